/** Every client hears the present state, and then each change exactly once and in order, over each transport. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DEMO_KEY, startGateway } from "./gateway.mjs";
import { Heard, QUICK, WAYS, hold, openWs } from "./listening.mjs";
import { ADDRESS, HELD, QUESTION } from "./question.mjs";

const TIME = { timeout: 180_000 };

describe("Subscriptions", TIME, () => {
  let gateway;
  before(async () => (gateway = await startGateway({ environ: QUICK })));
  after(() => gateway.stop());

  it("tell every listener over every transport each change once and in order", async () => {
    await hold(gateway, "1000");
    const listeners = Object.entries(WAYS).map(([name, listen]) => {
      const heard = new Heard();
      return { name, heard, stop: listen(gateway)(heard) };
    });
    const amounts = ["1000", "1001", "1002", "7", "18446744073709551615"];
    for (const [index, amount] of amounts.entries()) {
      await hold(gateway, amount);
      await Promise.all(listeners.map(({ heard }) => heard.amount(index + 1)));
    }
    for (const { name, heard, stop } of listeners) {
      assert.deepEqual([heard.amounts, heard.troubles, heard.completed], [amounts, [], false], name);
      stop();
    }
    const query = { method: "POST", headers: { "content-type": "application/json" } };
    const body = JSON.stringify({ query: QUESTION, variables: { address: ADDRESS } });
    const { data } = await (await fetch(gateway.url, { ...query, body })).json();
    assert.equal(data.tokenAccount.amount.atomic, amounts.at(-1));
    await hold(gateway, HELD.amount.atomic);
  });

  it("answer a query over WebSocket, with the caller that its payload shows", async () => {
    const client = openWs(gateway, { connectionParams: { Authorization: `Bearer ${DEMO_KEY}` } });
    for await (const { data, errors } of client.iterate({ query: "{ exchangeWallets { outcome } }" })) {
      assert.equal(errors, undefined);
      assert.equal(data.exchangeWallets.outcome, "FRESH");
    }
    await client.dispose();
  });

  it("refuse a key that opens nothing, and say so to graphql-ws", async () => {
    const client = openWs(gateway, { retryAttempts: 0, connectionParams: { Authorization: "Bearer demo.wrong" } });
    const heard = new Heard();
    client.subscribe({ query: "{ __typename }" }, heard);
    await heard.until(() => heard.troubles.length);
    assert.equal(heard.troubles[0].code, 4403);
  });
});

describe("A gateway that stops", TIME, () => {
  for (const [name, listen] of Object.entries(WAYS)) {
    it(`does not end what is heard over ${name} as if it were complete`, async () => {
      const gateway = await startGateway({ environ: QUICK });
      const heard = new Heard();
      const stop = listen(gateway, { retryAttempts: 0 })(heard);
      try {
        await heard.amount(1);
      } finally {
        await gateway.stop();
      }
      await heard.until(() => heard.troubles.length || heard.completed);
      assert.deepEqual([heard.troubles.length, heard.amounts], [1, [HELD.amount.atomic]]);
      stop();
    });
  }

  for (const name of ["graphql-ws", "graphql-sse"]) {
    it(`is found again by ${name} once it is back`, async () => {
      const first = await startGateway({ environ: QUICK });
      const { port } = new URL(first.url);
      const heard = new Heard();
      let again;
      const retryWait = async () => {
        again ??= startGateway({ environ: { ...QUICK, GATEWAY_PORT: port } });
        await again;
      };
      const stop = WAYS[name](first, { retryAttempts: 5, [name === "graphql-ws" ? "retryWait" : "retry"]: retryWait })(heard);
      await heard.amount(1);
      await first.stop();
      await heard.amount(2);
      assert.deepEqual(heard.troubles, []);
      stop();
      await (await again).stop();
    });
  }
});
