// The subgraphs of the example, as its supergraph.yaml names them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const EXAMPLE = `${ROOT}examples/supergraph/`

const ENTRY = /^ {2}(\w+):\n {4}routing_url: (\S+)\n {4}schema:\n {6}file: (\S+)$/gm

/** By name: where a router finds it, and its schema. */
export const SUBGRAPHS = Object.fromEntries(
  [...readFileSync(`${EXAMPLE}supergraph.yaml`, 'utf8').matchAll(ENTRY)].map(([, name, routingUrl, file]) => [
    name,
    { routingUrl, sdl: readFileSync(`${EXAMPLE}${file}`, 'utf8') },
  ]),
)
