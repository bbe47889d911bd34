// The gateway over its sandbox, the example subgraph, and a recorder in front of each.
import { started } from './process.mjs'
import { recorder } from './recorder.mjs'
import { ROOT } from './subgraphs.mjs'

export const DEMO_KEY = 'Bearer demo.sandbox-secret'
const PYTHON = `${ROOT}.venv/bin/python`
const PROVIDERS = ['xverse', 'solana', 'bloxroute', 'sfox']

/**
 * Start both subgraphs on free ports; `url` is the gateway's own endpoint, `calls(provider)` counts, by route, what the
 * sandbox was asked, and `order(provider, change)` changes what it says.
 */
export async function openStage() {
  const closing = []
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const gateway = await pythonic(['-m', 'gateway', 'serve', '--sandbox', '--sandbox-port', '0'], sandboxUrls())
    closing.push(gateway.stop)
    const market = await pythonic(['examples/supergraph/market.py', '--port', '0'], (line) => line.match(/(http:\S+)/)?.[1])
    closing.push(market.stop)
    const { url, ...sandbox } = gateway.found
    const recorders = { gateway: await recorder(url), market: await recorder(market.found) }
    for (const each of Object.values(recorders)) closing.push(each.close)
    const calls = async (provider) => (await (await fetch(`${sandbox[provider]}/_sandbox`)).json()).calls
    const order = async (provider, change) => {
      const answer = await fetch(`${sandbox[provider]}/_sandbox`, { method: 'POST', body: JSON.stringify(change) })
      if (!answer.ok) throw new Error(await answer.text())
    }
    return { url, recorders, calls, order, close }
  } catch (trouble) {
    await close()
    throw trouble
  }
}

function pythonic(args, ready) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GATEWAY_')))
  return started(PYTHON, args, { cwd: ROOT, env: { ...env, GATEWAY_PORT: '0' }, ready })
}

/** Gather the addresses that the gateway prints one on a line; all are there once the last provider is told. */
function sandboxUrls() {
  const found = {}
  return (line) => {
    const [, name, url] = line.match(/^ {2}(\w+) +(http:\S+)/) ?? []
    if (name) found[name === 'open' ? 'url' : name] = url
    return PROVIDERS.every((provider) => found[provider]) && found
  }
}

/** Post an operation to a router. */
export async function ask(url, query, { variables, headers } = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}
