/** Mercurius on Fastify, each operation compiled by graphql-jit the first time it is seen, leaves sent as they are. */
import Fastify from "fastify";
import mercurius from "mercurius";
import { Asked } from "./balances.mjs";
import { schema } from "./contract.mjs";
import { settings } from "./settings.mjs";

const app = Fastify({ logger: false });
const compilerOptions = { disableLeafSerialization: true };
app.register(mercurius, { schema, context: () => new Asked(), jit: 1, compilerOptions, graphiql: false });
await app.listen({ port: settings.port, host: "127.0.0.1" });
