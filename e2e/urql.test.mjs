/** urql asks, posted and in a URL, and tells errors from data. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import { startGateway } from "./gateway.mjs";
import { ADDRESS, HELD, PARTLY, QUESTION } from "./question.mjs";

describe("urql", () => {
  let gateway;
  before(async () => (gateway = await startGateway()));
  after(() => gateway.stop());

  const connect = (preferGetMethod) => new Client({ url: gateway.url, exchanges: [fetchExchange], preferGetMethod });

  for (const [how, preferGetMethod] of [["posted", false], ["in a URL", "force"]]) {
    it(`gets an answer to a query ${how}`, async () => {
      const { data, error } = await connect(preferGetMethod).query(QUESTION, { address: ADDRESS }).toPromise();
      assert.equal(error, undefined);
      assert.deepEqual(data.tokenAccount, HELD);
    });
  }

  it("keeps the data that came beside errors", async () => {
    const { data, error } = await connect(false).query(PARTLY, {}).toPromise();
    assert.deepEqual(data, { limits: { maxDepth: 15 }, rune: null });
    assert.deepEqual(error.graphQLErrors.map((each) => each.extensions.code), ["BAD_USER_INPUT"]);
  });

  it("is told what is wrong with a document", async () => {
    const { data, error } = await connect(false).query("{ nothing }", {}).toPromise();
    assert.equal(data, undefined);
    assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  });
});
