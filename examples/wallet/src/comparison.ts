/** The wallet's panel: connect, ask, and see its figures beside the gateway's with the verdict. */
import { CompareRunesDocument, type CompareRunesQuery } from '../generated/operations'
import type { Verdict } from '../generated/schema'
import { divisibilityOf, type Row } from './answer'
import { assetHeading, originText, troubles } from './asset'
import { element, table } from './element'
import { inUnits } from './exact'
import { ask } from './gateway'
import { installedWallets, Session, type Installed } from './wallet'

type Compared = CompareRunesQuery['reconcileRunes'][number]

const VERDICTS: Readonly<Record<Verdict, { readonly sign: string; readonly words: string }>> = {
  AGREED: { sign: '✓', words: 'agreed' },
  DISPUTED: { sign: '✗', words: 'disputed' },
  SINGLE_SOURCE: { sign: '?', words: 'one source only' },
  NOT_COMPARABLE: { sign: '~', words: 'not comparable' },
}

/** Fill the panel; `connected` is told the address. */
export function comparisonPanel(section: HTMLElement, connected: (address: string) => void): void {
  const status = element('p', { role: 'status', class: 'status' })
  const alert = element('p', { role: 'alert', class: 'alert' })
  const account = element('p', { class: 'account' })
  const figures = element('div')
  const choice = element('div', { class: 'actions' })
  let session: Session | undefined
  let stop = () => {}
  // Grows with all that makes earlier answers worthless.
  let turn = 0

  function say(text: string, trouble = ''): void {
    status.textContent = text
    alert.textContent = trouble
  }

  function forget(): void {
    turn += 1
    stop()
    stop = () => {}
    session = undefined
    account.replaceChildren()
    figures.replaceChildren()
    offer()
  }

  /** One button for each wallet, or for what can be done with the one that is connected. */
  function offer(): void {
    const wallets = installedWallets()
    const buttons = session
      ? [button('Compare again', compare), button('Disconnect', disconnect)]
      : wallets.map((wallet) => button(`Connect ${wallet.name}`, () => connect(wallet)))
    choice.replaceChildren(...buttons)
    if (wallets.length === 0) say('', 'No wallet is installed in this browser. Install one, and load the page again.')
  }

  async function connect(wallet: Installed): Promise<void> {
    const mine = ++turn
    say(`Waiting for you to agree in ${wallet.name} …`)
    try {
      const opened = await Session.open(wallet.id)
      if (mine !== turn) return
      session = opened
    } catch (trouble) {
      if (mine === turn) say('', words(trouble))
      return
    }
    account.replaceChildren('Account ', element('code', {}, session.address), session.tellsChanges ? '' : SILENT)
    stop = session.onChange(() => {
      forget()
      say('', 'The wallet has changed its account or its network: what it said is no longer shown. Connect again.')
    })
    offer()
    choice.querySelector('button')?.focus()
    connected(session.address)
    await compare()
  }

  async function disconnect(): Promise<void> {
    const left = session
    forget()
    say('Disconnected.')
    choice.querySelector('button')?.focus()
    await left?.close()
  }

  async function compare(): Promise<void> {
    const open = session
    if (!open) return
    const mine = ++turn
    say('Asking the wallet …')
    figures.replaceChildren()
    let rows: readonly Row[] = []
    try {
      rows = await open.runes()
      if (mine !== turn) return
      say('Asking the gateway …')
      const { reconcileRunes } = await ask(CompareRunesDocument, { address: open.address, wallet: rows })
      if (mine !== turn) return
      figures.replaceChildren(...comparedTables(reconcileRunes))
      say(summary(reconcileRunes))
    } catch (trouble) {
      if (mine !== turn) return
      if (rows.length > 0) figures.replaceChildren(aloneTable(rows))
      say('', words(trouble))
    }
  }

  section.append(
    element('h2', { id: 'wallet-title' }, 'Wallet and gateway'),
    element('p', {}, 'Your wallet says which runes its taproot address holds. The gateway asks an indexer the same.'),
    choice,
    account,
    status,
    alert,
    figures,
  )
  offer()
}

const SILENT = '. This wallet does not tell when you select another account: connect again after you do.'

function button(text: string, press: () => Promise<void>): HTMLButtonElement {
  const made = element('button', { type: 'button' }, text)
  made.addEventListener('click', () => void press())
  return made
}

function words(trouble: unknown): string {
  return trouble instanceof Error ? trouble.message : String(trouble)
}

/** What all the verdicts come to. */
function summary(found: readonly Compared[]): string {
  if (found.length === 0) return 'Both were read now, and neither lists a rune at this address.'
  const counts = Object.entries(VERDICTS).flatMap(([verdict, { words: said }]) => {
    const count = found.filter((each) => each.verdict === verdict).length
    return count > 0 ? [`${count} ${said}`] : []
  })
  return `Runes compared: ${found.length}. ${counts.join(', ')}.`
}

function comparedTables(found: readonly Compared[]): readonly HTMLElement[] {
  if (found.length === 0) return []
  return [table('Runes, as the wallet and the gateway have them', ['Rune', 'Wallet', 'Gateway', 'Verdict'], found.map(comparedRow))]
}

function comparedRow(found: Compared): HTMLElement {
  const { sign, words: said } = VERDICTS[found.verdict]
  const wallet = found.observations.filter(({ provenance }) => provenance.provider === 'WALLET')
  const gateway = found.observations.filter(({ provenance }) => provenance.provider !== 'WALLET')
  return element(
    'tr',
    { 'data-verdict': found.verdict },
    assetHeading(found.asset),
    observed(wallet),
    observed(gateway),
    element('td', {}, element('span', { class: 'verdict' }, element('span', { 'aria-hidden': 'true' }, sign), ` ${said}`), troubles(found.problems)),
  )
}

function observed(observations: Compared['observations']): HTMLElement {
  if (observations.length === 0) return element('td', { class: 'unknown' }, 'not known')
  return element(
    'td',
    {},
    ...observations.flatMap(({ amount, provenance }) => [
      element('span', { class: 'amount' }, amount.display),
      element('small', {}, originText(provenance)),
    ]),
  )
}

/** The wallet's figures where the gateway gave none: nothing is said of whether they are right. */
function aloneTable(rows: readonly Row[]): HTMLElement {
  return table(
    'Runes, as the wallet alone has them: not compared',
    ['Rune', 'Wallet'],
    rows.map((row) => {
      const scale = divisibilityOf(row)
      const figure = scale === null ? `${row.amount} of the smallest unit` : inUnits(row.amount, scale)
      return element(
        'tr',
        {},
        element('th', { scope: 'row' }, `${row.runeName} ${row.symbol ?? ''}`),
        element('td', {}, element('span', { class: 'amount' }, figure)),
      )
    }),
  )
}
