/** Apollo Client asks, caches, and tells errors from data. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { startGateway } from "./gateway.mjs";
import { ADDRESS, HELD, PARTLY, QUESTION } from "./question.mjs";

describe("Apollo Client", () => {
  let gateway;
  before(async () => (gateway = await startGateway()));
  after(() => gateway.stop());

  const connect = (options = {}) =>
    new ApolloClient({ link: new HttpLink({ uri: gateway.url, ...options }), cache: new InMemoryCache() });
  const question = { query: gql(QUESTION), variables: { address: ADDRESS } };

  for (const [how, options] of [["posted", {}], ["in a URL", { useGETForQueries: true }]]) {
    it(`gets an answer to a query ${how}`, async () => {
      const client = connect(options);
      const { data } = await client.query(question);
      const { outcome, amount } = data.tokenAccount;
      assert.equal(outcome, HELD.outcome);
      assert.equal(amount.display, HELD.amount.display);
      assert.deepEqual(client.readQuery(question), data);
    });
  }

  it("keeps the data that came beside errors", async () => {
    const { data, error } = await connect().query({ query: gql(PARTLY), errorPolicy: "all" });
    assert.equal(data.limits.maxDepth, 15);
    assert.equal(data.rune, null);
    assert.ok(CombinedGraphQLErrors.is(error));
    assert.deepEqual(error.errors.map((each) => each.extensions.code), ["BAD_USER_INPUT"]);
  });

  it("is told what is wrong with a document", async () => {
    const asked = connect().query({ query: gql("{ nothing }") });
    await assert.rejects(asked, (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), String(error));
      assert.equal(error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
      return true;
    });
  });
});
