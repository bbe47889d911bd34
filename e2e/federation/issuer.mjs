// Signs tokens for a router's callers, and publishes the key that proves them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { generateKeyPairSync, sign } from 'node:crypto'

export async function openIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'only', alg: 'RS256', use: 'sig' }
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: [key] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const token = (scope) => {
    const now = Math.floor(Date.now() / 1000)
    const plain = [{ alg: 'RS256', kid: 'only' }, { sub: 'caller', scope, iat: now, exp: now + 600 }].map(encoded).join('.')
    return `${plain}.${sign('sha256', Buffer.from(plain), privateKey).toString('base64url')}`
  }
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/jwks.json`, token, close }
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
