/** Hive Gateway over what Mesh composed; the contract's fields are resolvers that ask the two subgraphs. */
import { defineConfig } from "@graphql-hive/gateway";
import InMemoryLRUCache from "@graphql-mesh/cache-inmemory-lru";
import DataLoader from "dataloader";
import { typeDefs } from "./contract.mjs";
import { runesShown, tokenAccountShown } from "./reading.mjs";
import { settings } from "./settings.mjs";

const balances = "{ balances { runeId runeName symbol divisibility confirmedBalance availableBalance } }";
const accounts = "{ result { value { data { parsed { info { tokenAmount { amount decimals } } } } } } }";
const loaders = new WeakMap();

async function runesOf(address, context, info) {
  const args = { address };
  return runesShown(await context.Xverse.Query.balance({ args, context, info, selectionSet: balances }));
}

/** Repeats within a request are merged. */
function runes(address, context, info) {
  if (!loaders.has(context)) {
    const load = (addresses) => Promise.all(addresses.map((each) => runesOf(each, context, info)));
    loaders.set(context, new DataLoader(load));
  }
  return loaders.get(context).load(address);
}

async function tokenAccounts(addresses, context, info) {
  const distinct = [...new Set(addresses)];
  const args = { input: { params: [distinct, { encoding: "jsonParsed", commitment: "finalized" }] } };
  const answer = await context.Solana.Query.getMultipleAccounts({ args, context, info, selectionSet: accounts });
  const shown = new Map(distinct.map((each, n) => [each, tokenAccountShown(each, answer.result.value[n])]));
  return addresses.map((each) => shown.get(each));
}

/** Keeps upstream answers: the providers send no Cache-Control, so the gateway's own HTTP cache would keep none. */
function keepAnswers() {
  const kept = new Map();
  return {
    onFetch({ url, options, endResponse }) {
      const name = `${url} ${options.body ?? ""}`;
      const entry = kept.get(name);
      if (entry !== undefined && entry.until > Date.now()) {
        return endResponse(new Response(entry.body, entry));
      }
      return async ({ response, setResponse }) => {
        const body = await response.text();
        const headers = { "content-type": response.headers.get("content-type") };
        const answer = { body, status: response.status, headers, until: Date.now() + settings.keepFor * 1000 };
        if (response.status === 200) kept.set(name, answer);
        setResponse(new Response(body, answer));
      };
    },
  };
}

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH,
  port: settings.port,
  host: "127.0.0.1",
  fork: 1,
  logging: false,
  graphiql: false,
  landingPage: false,
  transportEntries: { Xverse: { location: settings.xverse.url }, Solana: { location: settings.solana.url } },
  // Its response cache cannot stand beside graphql-jit: both put themselves in the place of `execute`.
  jit: !settings.responseCache,
  additionalTypeDefs: typeDefs,
  additionalResolvers: {
    Query: {
      accounts: (_, { addresses }) => addresses.map((address) => ({ address })),
      tokenAccounts: (_, { addresses }, context, info) => tokenAccounts(addresses, context, info),
    },
    Account: {
      runes: { selectionSet: "{ address }", resolve: ({ address }, _, context, info) => runes(address, context, info) },
    },
  },
  plugins: () => (settings.keepFor > 0 ? [keepAnswers()] : []),
  ...(settings.responseCache && {
    // Each response takes an entry for every rune in it; the usual size holds a few dozen.
    cache: new InMemoryLRUCache({ max: 1_000_000 }),
    responseCaching: { session: () => null, ttl: settings.keepFor * 1000 },
  }),
});
