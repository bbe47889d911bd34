/** An exchange account as it moves: by subscription while a socket is to be had, and by asking again while none is. */
import { print } from 'graphql'
import { createClient, type Client, type ClientOptions } from 'graphql-ws'

import { FollowExchangeDocument, ReadExchangeDocument, type ExchangeReadingFragment } from '../generated/operations'
import { ask, GRAPHQL, isRefusal, NoAnswer, refused, type Refused } from './gateway'

export type Way = 'socket' | 'polling'

export interface Seen {
  reading(reading: ExchangeReadingFragment, way: Way): void
  /** Nothing was read this time; it goes on. */
  trouble(trouble: NoAnswer): void
  /** Nothing will be read with this key. */
  end(trouble: NoAnswer): void
}

// The exchange answers five times in ten seconds.
const POLL_MS = 3_000
const FIRST_EVENT_MS = 2_000
const SOCKET_AGAIN_MS = 15_000
const PONG_MS = 5_000

/** Follow the account that the key opens; returns how to stop. */
export function follow(key: string, seen: Seen): () => void {
  const client: Client = createClient({
    url: new URL(GRAPHQL, location.href.replace(/^http/, 'ws')).href,
    connectionParams: { Authorization: `Bearer ${key}` },
    // A lost socket is reported, and polled for, before another is tried.
    retryAttempts: 0,
    keepAlive: 10_000,
    ...endingSilence(() => client),
  })
  const timers = { poll: 0, socket: 0 }
  let over = false
  // Whether events come: what was asked for before they did is older than they are.
  let flowing = false
  // Growing with each return to polling, so that only one round of it goes on.
  let round = 0

  function stop(): void {
    over = true
    clearTimeout(timers.poll)
    clearTimeout(timers.socket)
    void client.dispose()
  }

  function end(trouble: NoAnswer): void {
    if (over) return
    stop()
    seen.end(trouble)
  }

  async function poll(mine: number): Promise<void> {
    try {
      const { exchangeWallets } = await ask(ReadExchangeDocument, {}, key)
      if (!over && !flowing && mine === round) seen.reading(exchangeWallets, 'polling')
    } catch (trouble) {
      if (over || flowing || mine !== round) return
      const known = trouble instanceof NoAnswer ? trouble : new NoAnswer(String(trouble))
      if (known.isRefusal) return end(known)
      seen.trouble(known)
    }
    if (!over && !flowing && mine === round) timers.poll = window.setTimeout(() => void poll(mine), POLL_MS)
  }

  function startPolling(after: number): void {
    clearTimeout(timers.poll)
    const mine = ++round
    timers.poll = window.setTimeout(() => void poll(mine), after)
  }

  function lost(): void {
    if (over) return
    const flowed = flowing
    flowing = false
    if (flowed || round === 1) startPolling(0)
    timers.socket = window.setTimeout(listen, flowed ? POLL_MS : SOCKET_AGAIN_MS)
  }

  function listen(): void {
    client.subscribe<{ exchangeWallets: ExchangeReadingFragment }>(
      { query: print(FollowExchangeDocument) },
      {
        next({ data, errors }) {
          if (errors?.[0]) return heard(errors[0])
          if (over || !data) return
          flowing = true
          clearTimeout(timers.poll)
          seen.reading(data.exchangeWallets, 'socket')
        },
        error(cause) {
          // What the gateway says is a list of errors; what happens to the socket is an event.
          if (Array.isArray(cause)) heard(cause[0])
          else if (cause instanceof CloseEvent && cause.code === 4403) return end(new NoAnswer(cause.reason, 'FORBIDDEN'))
          lost()
        },
        complete: lost,
      },
    )
  }

  function heard(error: Refused): void {
    const trouble = refused(error)
    if (isRefusal(trouble.code)) end(trouble)
    else if (flowing) seen.trouble(trouble)
  }

  startPolling(FIRST_EVENT_MS)
  listen()
  return stop
}

/** Close a socket over which not even a pong comes: what is dead looks like an account that does not move. */
function endingSilence(client: () => Client): Pick<ClientOptions, 'on'> {
  let timer = 0
  return {
    on: {
      ping: (received: boolean) => {
        if (!received) timer = window.setTimeout(() => client().terminate(), PONG_MS)
      },
      pong: (received: boolean) => {
        if (received) clearTimeout(timer)
      },
      closed: () => clearTimeout(timer),
    },
  }
}
