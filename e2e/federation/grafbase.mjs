// Grafbase's router in front of the stage: it composes from the published schemas, and lets in whom its own tokens name.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { started } from './process.mjs'
import { EXAMPLE, SUBGRAPHS } from './subgraphs.mjs'

// What npm's `grafbase` unpacks on this platform; the others' packages are not all published in this version.
const BINARY = fileURLToPath(new URL('node_modules/@grafbase/cli-x86_64-unknown-linux-musl/grafbase', import.meta.url))

/** Why it is not tried here; false where it is. */
export const MISSING = process.platform === 'linux' && process.arch === 'x64' ? false : 'its router is pinned for Linux on x86-64 alone'

/** Start it; with `webSocket` it subscribes at the gateway over one, and else over server-sent events. */
export async function openGrafbase(stage, issuer, webSocket = false) {
  const home = await mkdtemp(join(tmpdir(), 'grafbase-'))
  const config = join(home, 'router.toml')
  const subscribing = webSocket ? `websocket_url = "${stage.url.replace('http', 'ws')}"` : ''
  await writeFile(config, (await routing(stage.recorders, subscribing)) + authentication(issuer.url))
  const port = await freePort()
  const router = await started(
    BINARY,
    ['dev', '--gateway-config', config, '--graph-overrides', 'subgraphs.toml', '--port', `${port}`],
    { cwd: EXAMPLE, env: { PATH: process.env.PATH, HOME: home }, ready: (line) => line.includes('Listening') },
  )
  const close = async () => {
    await router.stop()
    await rm(home, { recursive: true })
  }
  return { url: `http://127.0.0.1:${port}/graphql`, close }
}

/** The example's own routing, with this stage's addresses in place of its fixed ones. */
async function routing(recorders, subscribing) {
  let text = await readFile(join(EXAMPLE, 'router.toml'), 'utf8')
  text = text.replace('[subgraphs.gateway]\n', `$&${subscribing}\n`)
  for (const [name, { routingUrl }] of Object.entries(SUBGRAPHS)) {
    const moved = text.replace(`"${routingUrl}"`, `"${recorders[name].url}"`)
    if (moved === text) throw new Error(`router.toml does not reach ${name} at ${routingUrl}`)
    text = moved
  }
  return text
}

function authentication(jwks) {
  return `
[[authentication.providers]]
[authentication.providers.jwt]
name = "issuer"
[authentication.providers.jwt.jwks]
url = "${jwks}"
[authentication.providers.jwt.header]
name = "Router-Token"
value_prefix = "Bearer "
[[authentication.providers]]
[authentication.providers.anonymous]
`
}

/** Grafbase takes no port 0. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
