/** GraphQL Yoga on Node's own HTTP server, plain, with graphql-jit, or with its response cache. */
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { useResponseCache } from "@graphql-yoga/plugin-response-cache";
import { createYoga } from "graphql-yoga";
import { Asked } from "./balances.mjs";
import { schema } from "./contract.mjs";
import { settings } from "./settings.mjs";

const jit = settings.jit ? [useGraphQlJit({ disableLeafSerialization: true })] : [];
const responses = settings.responseCache
  ? [useResponseCache({ session: () => null, ttl: settings.keepFor * 1000, enabled: () => true })]
  : [];
const yoga = createYoga({
  schema,
  context: () => new Asked(),
  logging: false,
  graphiql: false,
  landingPage: false,
  maskedErrors: true,
  plugins: [...jit, ...responses],
});
createServer(yoga).listen(settings.port, "127.0.0.1");
