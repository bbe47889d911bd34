// Stands between a router and a subgraph, passes everything on, and remembers what was asked.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'

const PASSED_ON = ['content-type', 'authorization', 'accept']

/** Listen on a free port in front of `target`; `asked` holds each request's body, oldest first. */
export async function recorder(target) {
  const asked = []
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    asked.push(JSON.parse(body))
    const headers = Object.fromEntries(PASSED_ON.filter((name) => name in request.headers).map((name) => [name, request.headers[name]]))
    const leaving = new AbortController()
    response.on('close', () => leaving.abort())
    const answer = await fetch(target, { method: 'POST', headers, body, signal: leaving.signal })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
    // Piece by piece, for a subscription's answer has no end.
    await pipeline(answer.body, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/`, asked, close }
}

/** The representations of each request for entities of one kind: one list for each request. */
export function batches(asked, kind) {
  return asked
    .map(({ variables }) => Object.values(variables ?? {}).flat())
    .map((values) => values.filter((value) => value?.__typename === kind))
    .filter((representations) => representations.length > 0)
}
