// Two routers, one in JavaScript and one in Rust, each with the gateway and the example subgraph behind one endpoint.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { openApollo } from './apollo.mjs'
import { MISSING, openGrafbase } from './grafbase.mjs'
import { openIssuer } from './issuer.mjs'
import { batches } from './recorder.mjs'
import { DEMO_KEY, ask, openStage } from './stage.mjs'

const MANY_RUNES_HOLDER = 'bc1pjnex24t7e7up7kd7rzj76xma8hv7szf6rqt0r6xq4wl8d57aht7q9jhcj0'
const TREASURY = 'bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt'
const TOKEN_ACCOUNT = 'Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK'
const RUNE_FACTS = 'GET /v1/runes/batch-info'
const RUNES = 'GET /v2/runes/address/{address}/balance'
const WALLETS = 'GET /v1/user/balance'

/** What holds of any router; `open` starts one over a stage. */
function answersInBothDirections(open) {
  let stage, router

  before(async () => {
    stage = await openStage()
    router = await open(stage)
  })
  after(async () => {
    await router?.close()
    await stage?.close()
  })

  test("the gateway's facts are found for all the market's runes in one upstream call", async () => {
    const { data, errors } = await ask(router.url, '{ priced { id name divisibility price { amount currency { code } } } }')
    assert.equal(errors, undefined)
    assert.equal(data.priced.length, 8)
    assert.deepEqual(data.priced[1], {
      id: '840123:17',
      name: 'SANDBOX•ALPHA•COIN',
      divisibility: 5,
      price: { amount: '3.5', currency: { code: 'USD' } },
    })
    assert.deepEqual(batches(stage.recorders.gateway.asked, 'Rune').map((each) => each.length), [8])
    assert.equal((await stage.calls('xverse'))[RUNE_FACTS], 1)
  })

  test("the market's prices are found for all runes of an account in one request", async () => {
    const { data, errors } = await ask(
      router.url,
      `query ($address: Address!) {
        account(address: $address) { label runes(first: 130) { outcome nodes { rune { id price { amount } } amount { display } } } }
      }`,
      { variables: { address: MANY_RUNES_HOLDER } },
    )
    assert.equal(errors, undefined)
    assert.equal(data.account.label, null)
    assert.equal(data.account.runes.outcome, 'FRESH')
    assert.equal(data.account.runes.nodes.length, 130)
    assert.deepEqual(batches(stage.recorders.market.asked, 'Rune').map((each) => each.length), [130])
    assert.equal((await stage.calls('xverse'))[RUNES], 1)
  })

  test("the gateway's balances are found for the accounts that the market labels, page by page", async () => {
    const query = `query ($after: String! = "") {
      labelled(first: 3, after: $after) {
        nodes { label address chain runes { outcome nodes { rune { id price { amount } } amount { display } } } tokenAccounts { totalCount } }
        pageInfo { hasNextPage endCursor }
      }
    }`
    const first = await ask(router.url, query)
    assert.equal(first.errors, undefined)
    const { nodes, pageInfo } = first.data.labelled
    assert.deepEqual(nodes.map(({ label, chain }) => [label, chain]), [
      ['Cold storage', 'BITCOIN'],
      ['Payroll', 'SOLANA'],
      ['Treasury', 'BITCOIN'],
    ])
    assert.equal(nodes[1].runes, null)
    assert.ok(nodes[1].tokenAccounts.totalCount > 0)
    const coin = nodes[2].runes.nodes.find(({ rune }) => rune.id === '840123:17')
    assert.deepEqual(coin.rune.price, { amount: '3.5' })
    const second = await ask(router.url, query, { variables: { after: pageInfo.endCursor } })
    assert.deepEqual(second.data.labelled.nodes.map(({ label }) => label), ['Market maker'])
    assert.equal(second.data.labelled.pageInfo.hasNextPage, false)
  })

  test('no digit of an amount or a price is lost on the way through', async () => {
    const { data } = await ask(
      router.url,
      `{ account(address: "${TREASURY}") { runes(filter: {ids: ["840200:3", "845000:211"]}) {
        nodes { rune { id price { amount } } amount { atomic scale display } }
      } } }`,
    )
    const [widest] = data.account.runes.nodes.filter(({ rune }) => rune.id === '840200:3')
    assert.equal(widest.amount.display, '3.40282366920938463463374607431768211455')
    assert.equal(widest.rune.price.amount, '0.00000000000000000001')
  })
}

describe('Apollo Gateway', () => {
  const routers = []
  answersInBothDirections(async (stage) => {
    const router = await openApollo(stage)
    routers.push({ router, stage })
    return router
  })

  test("an exchange account is read with the key that the router passes on, and without one it is not", async () => {
    const [{ router, stage }] = routers
    const query = '{ exchangeWallets(currencies: ["btc"]) { nodes { id balance { display } } } }'
    const refused = await ask(router.url, query)
    assert.equal(refused.errors[0].extensions.code, 'UNAUTHENTICATED')
    assert.equal(refused.data, null)
    assert.equal((await stage.calls('sfox'))[WALLETS], undefined)
    const { data } = await ask(router.url, query, { headers: { authorization: DEMO_KEY } })
    assert.equal(data.exchangeWallets.nodes[0].balance.display, '1')
  })
})

describe('Grafbase', { skip: MISSING }, () => {
  const routers = []
  let issuer
  answersInBothDirections(async (stage) => {
    issuer = await openIssuer()
    const router = await openGrafbase(stage, issuer)
    routers.push({ router, stage })
    return router
  })
  after(() => issuer?.close())

  const query = '{ exchangeWallets(currencies: ["btc"]) { nodes { id balance { display } } } }'
  const token = (scope) => ({ 'router-token': `Bearer ${issuer.token(scope)}` })

  test('the scope that the gateway declares is asked for by the router, before the gateway is', async () => {
    const [{ router, stage }] = routers
    for (const headers of [{}, { authorization: DEMO_KEY }, { authorization: DEMO_KEY, ...token('balances:read') }]) {
      const refused = await ask(router.url, query, { headers })
      assert.equal(refused.data, null)
      assert.ok(refused.errors.some(({ message }) => message === 'Insufficient scopes'), JSON.stringify(refused))
    }
    assert.equal(stage.recorders.gateway.asked.filter(({ query }) => query.includes('exchangeWallets')).length, 0)
  })

  test('a router that lets a caller through is not believed: the gateway asks for its own key', async () => {
    const [{ router, stage }] = routers
    const refused = await ask(router.url, query, { headers: token('exchange:read') })
    assert.match(JSON.stringify(refused.errors), /UNAUTHENTICATED/)
    assert.equal(refused.data, null)
    assert.equal((await stage.calls('sfox'))[WALLETS], undefined)
    const { data } = await ask(router.url, query, { headers: { authorization: DEMO_KEY, ...token('exchange:read') } })
    assert.equal(data.exchangeWallets.nodes[0].balance.display, '1')
  })

  test('it takes every BigInt for 64 bits, so that atomic amounts are refused, aloud, and display is what to ask for', async () => {
    const [{ router }] = routers
    const { data, errors } = await ask(router.url, `{ tokenAccount(address: "${TOKEN_ACCOUNT}") { amount { atomic scale display } } }`)
    assert.deepEqual(data.tokenAccount.amount, { atomic: null, scale: 2, display: '98.64' })
    assert.match(errors[0].message, /^invalid type: string "9864", expected i64/)
    assert.deepEqual(errors[0].path, ['tokenAccount', 'amount', 'atomic'])
  })
})
