/** A stand-in for a wallet's extension, on the sandbox alone: it passes on to the sandbox what sats-connect asks. */

const WALLET = '/sandbox-wallet'
const CONTROL = `${WALLET}/_sandbox`
// Milliseconds after which the sandbox is asked again which account is selected.
const LOOK_AGAIN_MS = 500

interface Modes {
  readonly personality: 'current' | 'leaking' | 'old'
  readonly installed: boolean
  readonly account: string
}

interface Event {
  readonly eventName: string
  readonly cb: (event: { type: string }) => void
}

/** Put the provider object where the wallet of that age puts it; nowhere while none is installed. */
export async function installStandIn(): Promise<void> {
  const modes = await readModes()
  if (!modes?.installed) return
  const page = window as unknown as Record<string, unknown>
  if (modes.personality === 'old') {
    page['BitcoinProvider'] = { request }
    return
  }
  const provider = extension(modes.account)
  page['BitcoinProvider'] = provider
  page['XverseProviders'] = { BitcoinProvider: provider }
  const listed = (page['btc_providers'] ??= []) as unknown[]
  listed.push({ id: 'XverseProviders.BitcoinProvider', name: 'Xverse (stand-in)', icon: 'data:,', methods: [] })
}

/** A wallet that tells when another account is selected than the one that the page was let read. */
function extension(account: string) {
  let known = account
  return {
    async request(method: string, params: unknown): Promise<unknown> {
      // Seen first: what is selected after that is news to the page, and nothing from before.
      if (method === 'wallet_connect') known = (await readModes())?.account ?? known
      return request(method, params)
    },
    addListener: ({ eventName, cb }: Event): (() => void) => {
      if (eventName !== 'accountChange') return () => {}
      let listens = true
      const timer = setInterval(async () => {
        const selected = (await readModes())?.account
        if (!listens || !selected || selected === known) return
        known = selected
        cb({ type: eventName })
      }, LOOK_AGAIN_MS)
      return () => {
        listens = false
        clearInterval(timer)
      }
    },
  }
}

async function request(method: string, params: unknown): Promise<unknown> {
  const id = crypto.randomUUID()
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: params ?? null })
  const response = await fetch(WALLET, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (response.status === 204) return silence()
  const answer: unknown = await response.json()
  // An extension takes no answer to another call for its own.
  return isFor(answer, id) ? answer : silence()
}

function isFor(answer: unknown, id: string): boolean {
  return typeof answer !== 'object' || answer === null || !('id' in answer) || answer.id === id
}

function silence(): Promise<never> {
  return new Promise(() => {})
}

async function readModes(): Promise<Modes | null> {
  try {
    const response = await fetch(CONTROL)
    return response.ok ? ((await response.json()) as { modes: Modes }).modes : null
  } catch {
    return null
  }
}
