/** Apollo Server with DataLoader, and with its response cache where that is wanted. */
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginCacheControl } from "@apollo/server/plugin/cacheControl";
import { startStandaloneServer } from "@apollo/server/standalone";
import responseCachePlugin from "@apollo/server-plugin-response-cache";
import { InMemoryLRUCache } from "@apollo/utils.keyvaluecache";
import { Asked } from "./balances.mjs";
import { schema } from "./contract.mjs";
import { settings } from "./settings.mjs";

const cacheControl = ApolloServerPluginCacheControl({ defaultMaxAge: settings.keepFor, calculateHttpHeaders: false });
const server = new ApolloServer({
  schema,
  cache: new InMemoryLRUCache({ maxSize: 256 * 2 ** 20 }),
  csrfPrevention: true,
  introspection: false,
  plugins: settings.responseCache ? [cacheControl, responseCachePlugin()] : [],
});
await startStandaloneServer(server, {
  context: async () => new Asked(),
  listen: { port: settings.port, host: "127.0.0.1" },
});
