/** Asks the gateway, at the page's own origin. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'

export const GRAPHQL = '/graphql'
// The gateway itself gives up sooner; a proxy may not.
const PATIENCE_MS = 15_000

/** Why there is no answer. `code` is one of docs/errors.md; null where the gateway was not reached. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    readonly code: string | null = null,
  ) {
    super(message)
  }

  /** Whether asking again with the same key would be refused again. */
  get isRefusal(): boolean {
    return isRefusal(this.code)
  }
}

export interface Refused {
  readonly message: string
  readonly extensions?: { readonly code?: unknown }
}

export function isRefusal(code: unknown): boolean {
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN'
}

export function refused(error: Refused): NoAnswer {
  const code = error.extensions?.code
  return new NoAnswer(error.message, typeof code === 'string' ? code : null)
}

export async function ask<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  key?: string,
): Promise<Result> {
  const response = await sent(JSON.stringify({ query: print(document), variables }), key)
  // Whoever stands between the page and a gateway that is down answers something else than GraphQL.
  const answer: { data?: Result | null; errors?: Refused[] } = await response.json().catch(() => ({}))
  const error = answer.errors?.[0]
  if (error) throw refused(error)
  if (!answer.data) throw new NoAnswer(`The gateway cannot be reached (HTTP ${response.status}).`)
  return answer.data
}

async function sent(body: string, key: string | undefined): Promise<Response> {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
  })
  if (key) headers.set('authorization', `Bearer ${key}`)
  try {
    return await fetch(GRAPHQL, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch {
    throw new NoAnswer('The gateway cannot be reached.')
  }
}
