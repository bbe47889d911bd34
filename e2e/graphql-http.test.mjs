/** The audits of GraphQL over HTTP that graphql-http publishes: all of them, and not only what a server must do. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { serverAudits } from "graphql-http";
import { startGateway } from "./gateway.mjs";

let gateway;
before(async () => (gateway = await startGateway()));
after(() => gateway.stop());

const audits = serverAudits({ url: () => gateway.url });

describe("GraphQL over HTTP", () => {
  it("is audited in full", () => assert.equal(audits.length, 61));

  for (const audit of audits) {
    it(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, "ok", result.reason);
    });
  }
});
