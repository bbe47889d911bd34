// The schema composes with other subgraphs, in the composition tool of each router.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import { composeServices as composeApollo } from '@apollo/composition'
import { composeServices as composeGuild } from '@theguild/federation-composition'
import { ROUTER_COMPATIBILITY_VERSION_ONE, federateSubgraphs } from '@wundergraph/composition'
import { parse } from 'graphql'

import { SUBGRAPHS } from './subgraphs.mjs'

const GATEWAY = SUBGRAPHS.gateway.sdl
const MARKET = SUBGRAPHS.market.sdl
const STRANGER = readFileSync(new URL('stranger.graphql', import.meta.url), 'utf8')

/** Each tool takes schemas by name, and gives what is wrong with them together: an empty list where nothing is. */
const TOOLS = {
  '@apollo/composition': (schemas) => {
    const { errors, hints } = composeApollo(services(schemas))
    return [...(errors ?? []), ...(hints ?? []).filter(({ definition }) => definition.level.name === 'WARN')]
  },
  '@theguild/federation-composition': (schemas) => composeGuild(services(schemas)).errors ?? [],
  '@wundergraph/composition': (schemas) => {
    const subgraphs = services(schemas).map(({ typeDefs, ...subgraph }) => ({ ...subgraph, definitions: typeDefs }))
    const result = federateSubgraphs({ subgraphs, version: ROUTER_COMPATIBILITY_VERSION_ONE })
    return [...(result.errors ?? []), ...result.warnings]
  },
}

function services(schemas) {
  return Object.entries(schemas).map(([name, sdl]) => ({ name, url: `http://${name}.test/graphql`, typeDefs: parse(sdl) }))
}

const messages = (errors) => errors.map(({ message }) => message)

for (const [tool, compose] of Object.entries(TOOLS)) {
  describe(tool, () => {
    test('takes the gateway by itself', () => {
      assert.deepEqual(messages(compose({ gateway: GATEWAY })), [])
    })

    test('takes the gateway with the example subgraph', () => {
      assert.deepEqual(messages(compose({ gateway: GATEWAY, market: MARKET })), [])
    })

    test('takes the gateway with a subgraph that has the same values', () => {
      assert.deepEqual(messages(compose({ gateway: GATEWAY, market: MARKET, stranger: STRANGER })), [])
    })

    test('would refuse a page info that the gateway keeps to itself', () => {
      const unshared = GATEWAY.replace('type PageInfo @shareable', 'type PageInfo')
      assert.match(messages(compose({ gateway: unshared, market: MARKET })).join('\n'), /PageInfo/)
    })
  })
}
