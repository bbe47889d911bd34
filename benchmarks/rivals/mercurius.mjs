/** Mercurius on Fastify, each operation compiled by graphql-jit the first time it is seen. */
import Fastify from "fastify";
import mercurius from "mercurius";
import { Asked } from "./balances.mjs";
import { schema } from "./contract.mjs";
import { settings } from "./settings.mjs";

const app = Fastify({ logger: false });
app.register(mercurius, { schema, context: () => new Asked(), jit: 1, graphiql: false });
await app.listen({ port: settings.port, host: "127.0.0.1" });
