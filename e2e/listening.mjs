/** One subscription that every client asks for, over each transport, and the means to change what it tells. */
import assert from "node:assert/strict";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";
import { ADDRESS } from "./question.mjs";

const LISTEN = /* GraphQL */ `
  subscription Listen($address: Address!) {
    tokenAccount(address: $address) {
      outcome
      amount {
        atomic
      }
    }
  }
`;
const variables = { address: ADDRESS };

/** The least that `startGateway` needs for a change to be told at once. */
export const QUICK = { GATEWAY_SOLANA__FRESH_FOR: "0.1" };

/** What is heard, in order, and a way to wait for so much of it. */
export class Heard {
  amounts = [];
  troubles = [];
  completed = false;
  #waiting = [];

  next({ data, errors }) {
    this.amounts.push(errors?.[0].extensions.code ?? data.tokenAccount.amount.atomic);
    this.#look();
  }

  error(trouble) {
    this.troubles.push(trouble);
    this.#look();
  }

  complete() {
    this.completed = true;
    this.#look();
  }

  #look() {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => !holds() || resolve());
  }

  /** Wait until something holds; a test's own time limit ends what waits for ever. */
  async until(holds) {
    if (!holds()) await new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  /** Wait until so many amounts have been heard. */
  async amount(count) {
    await this.until(() => this.amounts.length >= count);
  }
}

const socketUrl = (gateway) => gateway.url.replace("http", "ws");

export const openWs = (gateway, options = {}) =>
  createWs({ url: socketUrl(gateway), webSocketImpl: WebSocket, ...options });

const overApollo = (link) => (heard) => {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const events = client.subscribe({ query: gql(LISTEN), variables }).subscribe({
    next: ({ data, error }) => (error ? heard.error(error) : heard.next({ data })),
    error: (trouble) => heard.error(trouble),
    complete: () => heard.complete(),
  });
  return () => events.unsubscribe();
};

const overUrql = (gateway, exchanges, options = {}) => (heard) => {
  const client = new Client({ url: gateway.url, exchanges, preferGetMethod: false, ...options });
  const events = client.subscription(LISTEN, variables).subscribe(({ data, error }) =>
    error ? heard.error(error) : heard.next({ data }),
  );
  return () => events.unsubscribe();
};

const forwarded = (client) => ({
  forwardSubscription: ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
  }),
});

/**
 * Every way to listen: each gives, for a gateway and what clients may be told besides, a function that begins to
 * listen and gives one that ends it.
 */
export const WAYS = {
  "graphql-ws": (gateway, options) => (heard) => openWs(gateway, options).subscribe({ query: LISTEN, variables }, heard),
  "graphql-sse": (gateway, options) => (heard) =>
    createSse({ url: gateway.url, ...options }).subscribe({ query: LISTEN, variables }, heard),
  "Apollo Client over WebSocket": (gateway, options) => overApollo(new GraphQLWsLink(openWs(gateway, options))),
  "Apollo Client over multipart": (gateway) => overApollo(new HttpLink({ uri: gateway.url })),
  "urql over WebSocket": (gateway, options) =>
    overUrql(gateway, [subscriptionExchange(forwarded(openWs(gateway, options)))]),
  "urql over graphql-sse": (gateway, options) =>
    overUrql(gateway, [subscriptionExchange(forwarded(createSse({ url: gateway.url, ...options })))]),
  "urql by itself": (gateway) => overUrql(gateway, [fetchExchange], { fetchSubscriptions: true }),
};

/** Change what the sandbox says that the account holds. */
export async function hold(gateway, amount) {
  const response = await fetch(`${gateway.providers.solana}/_sandbox`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ balance: { tokenAccount: ADDRESS, amount } }),
  });
  assert.equal(response.status, 200, await response.text());
}
