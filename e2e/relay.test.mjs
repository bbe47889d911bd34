/** Relay's compiler takes the schema as it is printed, and Relay's runtime runs what the compiler made of a query. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import compiler from "relay-compiler";
import relay from "relay-runtime";
import { startGateway } from "./gateway.mjs";
import { ADDRESS, HELD, QUESTION } from "./question.mjs";

const { Environment, Network, RecordSource, Store, fetchQuery } = relay;
const schema = new URL("../schema.graphql", import.meta.url);

/** Compile the question in a folder of its own; gives the artifact. */
async function compiled(folder) {
  await cp(schema, join(folder, "schema.graphql"));
  await mkdir(join(folder, "src"));
  const source = `import { graphql } from "relay-runtime";\nexport const held = graphql\`${QUESTION.replace("Held", "askedHeldQuery")}\`;\n`;
  await writeFile(join(folder, "src", "askedHeld.js"), source);
  const config = { src: "src", schema: "schema.graphql", language: "javascript", eagerEsModules: false };
  await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
  await promisify(execFile)(compiler, ["relay.config.json"], { cwd: folder });
  const text = await readFile(join(folder, "src", "__generated__", "askedHeldQuery.graphql.js"), "utf8");
  const module = { exports: {} };
  new Function("module", text)(module);
  return module.exports;
}

describe("Relay", () => {
  let gateway;
  let folder;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "relay-"));
    gateway = await startGateway();
  });
  after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  it("runs what its compiler made of a query", async () => {
    const send = async ({ text }, variables) => {
      const body = JSON.stringify({ query: text, variables });
      const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
      return (await fetch(gateway.url, { method: "POST", headers, body })).json();
    };
    const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
    const data = await fetchQuery(environment, await compiled(folder), { address: ADDRESS }).toPromise();
    assert.deepEqual(JSON.parse(JSON.stringify(data.tokenAccount)), HELD);
  });
});
