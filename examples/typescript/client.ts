// What some addresses hold, printed: a client whose every field is checked against the schema before it runs.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'

import { type HowReadFragment, RunesOfAddressesDocument } from './generated/operations.js'

const URL = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000/graphql'

async function ask<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch(URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
    body: JSON.stringify({ query: print(document), variables }),
  })
  const { data, errors } = (await response.json()) as { data?: Result | null; errors?: { message: string }[] }
  // Errors are about the request; what a provider could not tell stands in the data, beside what others told.
  if (!data) throw new Error(errors?.map(({ message }) => message).join('\n') ?? `HTTP ${response.status}`)
  return data
}

/** Say how a figure was read; the compiler knows that no outcome is left out. */
function reading({ outcome, problem, provenance }: HowReadFragment): string {
  switch (outcome) {
    case 'FRESH':
      return `read at ${provenance?.readAt}`
    case 'STALE':
      return `as of ${provenance?.readAt}: ${problem?.message}`
    case 'ABSENT':
      return 'nothing there'
    case 'UNAVAILABLE':
      return `not known: ${problem?.message} (${problem?.reference})`
  }
}

const addresses = process.argv.slice(2)
const { accounts } = await ask(RunesOfAddressesDocument, { addresses })
for (const { address, runes } of accounts) {
  console.log(`${address}: ${runes ? reading(runes) : 'no runes on this chain'}`)
  for (const { rune, amount } of runes?.nodes ?? []) console.log(`  ${amount.display} ${rune.symbol} ${rune.name}`)
}
