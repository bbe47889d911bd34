// Subscriptions through Grafbase's router: over each transport that it speaks to its clients, and to the gateway.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { createClient as createSse } from 'graphql-sse'
import { createClient as createWs } from 'graphql-ws'
import WebSocket from 'ws'

import { MISSING, openGrafbase } from './grafbase.mjs'
import { openIssuer } from './issuer.mjs'
import { DEMO_KEY, ask, openStage } from './stage.mjs'

const ADDRESS = 'Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK'
// What is held at first, and after each change, of a token with two decimals.
const HELD = '98.64'
const CHANGES = [
  ['1001', '10.01'],
  ['1002', '10.02'],
  ['7', '0.07'],
  ['18446744073709551615', '184467440737095516.15'],
]
const BALANCE = `subscription { tokenAccount(address: "${ADDRESS}") { outcome amount { display } } }`
const WALLETS = 'subscription { exchangeWallets { outcome nodes { id balance { display } } } }'

async function* overMultipart(url, query, headers) {
  const leaving = new AbortController()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;subscriptionSpec=1.0', ...headers },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    })
    assert.match(response.headers.get('content-type'), /^multipart\/mixed/)
    let read = ''
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      read += piece
      const [head, length] = /^[^]*?content-length: (\d+)\r\n\r\n/i.exec(read) ?? []
      if (head && read.length >= head.length + Number(length)) {
        yield JSON.parse(read.slice(head.length, head.length + Number(length)))
        read = read.slice(head.length + Number(length))
      }
    }
  } finally {
    leaving.abort()
  }
}

/** How a client may listen to the router: each gives its events, as an iterator that leaves when it is returned. */
const WAYS = {
  'server-sent events': (url, query, headers) => createSse({ url, headers, retryAttempts: 0 }).iterate({ query }),
  multipart: overMultipart,
  // Grafbase has an endpoint of its own for these, and reads headers from the payload of connection_init.
  WebSocket: (url, query, headers) => {
    const socketUrl = url.replace('http', 'ws').replace(/graphql$/, 'ws')
    return createWs({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { headers } }).iterate({ query })
  },
}

/** What holds of a router that reaches the gateway in one way. */
function passesOn(way, { webSocket }) {
  describe(`Grafbase over ${way} to the gateway`, { skip: MISSING, timeout: 120_000 }, () => {
    let stage, issuer, router

    before(async () => {
      stage = await openStage()
      issuer = await openIssuer()
      router = await openGrafbase(stage, issuer, webSocket)
    })
    after(async () => {
      await router?.close()
      issuer?.close()
      await stage?.close()
    })

    test('every client hears the present state, and then each change once and in order', async () => {
      const heard = Object.entries(WAYS).map(([name, listen]) => ({ name, events: listen(router.url, BALANCE, {}) }))
      const allHear = async (display) => {
        for (const { name, events } of heard) {
          const { value } = await events.next()
          assert.deepEqual(value, { data: { tokenAccount: { outcome: 'FRESH', amount: { display } } } }, name)
        }
      }
      await allHear(HELD)
      for (const [amount, display] of CHANGES) {
        await stage.order('solana', { balance: { tokenAccount: ADDRESS, amount } })
        await allHear(display)
      }
      await Promise.all(heard.map(({ events }) => events.return()))
      assert.equal((await stage.calls('solana')).accountSubscribe, 1)
      const asked = stage.recorders.gateway.asked.filter(({ query }) => query.startsWith('subscription'))
      assert.equal(asked.length, webSocket ? 0 : heard.length)
    })

    for (const [name, listen] of Object.entries(WAYS)) {
      test(`the caller's key comes through over ${name}, and without it the gateway tells nothing`, async () => {
        const scope = { 'router-token': `Bearer ${issuer.token('exchange:read')}` }
        const first = async (headers) => {
          const events = listen(router.url, WALLETS, headers)
          const { value } = await events.next()
          await events.return()
          return value
        }
        const refused = await first(scope)
        assert.equal(refused.data, null)
        assert.match(JSON.stringify(refused.errors), /UNAUTHENTICATED/)
        const { data } = await first({ ...scope, authorization: DEMO_KEY })
        assert.equal(data.exchangeWallets.nodes[0].balance.display, '1')
        const hidden = await first({ authorization: DEMO_KEY })
        assert.equal(hidden.data?.exchangeWallets?.nodes ?? null, null)
        assert.match(JSON.stringify(hidden.errors), /Insufficient scopes/)
      })
    }

    test('a client that takes no stream is told so by the router', async () => {
      const { errors } = await ask(router.url, BALANCE)
      assert.match(errors[0].message, /^Subscriptions are only/)
    })
  })
}

passesOn('server-sent events', { webSocket: false })
passesOn('a WebSocket', { webSocket: true })
