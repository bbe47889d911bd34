/** What Mesh makes of Xverse's REST and a Solana node's JSON-RPC: a supergraph for Hive Gateway. */
import { defineConfig } from "@graphql-mesh/compose-cli";
import { loadJSONSchemaSubgraph } from "@omnigraph/json-schema";

const object = (title, properties) => ({ type: "object", title, properties });
const list = (items) => ({ type: "array", items });
const anything = {};
const string = { type: "string" };
const integer = { type: "integer" };

const xverse = loadJSONSchemaSubgraph("Xverse", {
  endpoint: "http://xverse.invalid",
  operationHeaders: { "x-api-key": "{env.XVERSE_KEY}" },
  operations: [
    {
      type: "Query",
      field: "balance",
      path: "/v2/runes/address/{args.address}/balance",
      method: "GET",
      argTypeMap: { address: { type: "string" } },
      responseSchema: object("RuneBalances", {
        balances: list(
          object("BalanceRow", {
            runeId: string,
            runeName: string,
            symbol: string,
            divisibility: integer,
            confirmedBalance: string,
            availableBalance: string,
          }),
        ),
      }),
    },
  ],
});

const tokenAmount = object("UiTokenAmount", { amount: string, decimals: integer });
const parsedData = object("AccountData", {
  parsed: object("ParsedAccount", { info: object("AccountInformation", { tokenAmount }) }),
});
const solana = loadJSONSchemaSubgraph("Solana", {
  endpoint: "http://solana.invalid",
  operationHeaders: { authorization: "{env.SOLANA_KEY}", "content-type": "application/json" },
  operations: [
    {
      type: "Query",
      field: "getMultipleAccounts",
      path: "/",
      method: "POST",
      requestBaseBody: { jsonrpc: "2.0", id: 1, method: "getMultipleAccounts" },
      requestSchema: object("RpcParameters", { params: list(anything) }),
      responseSchema: object("RpcAnswer", {
        result: object("RpcResult", { value: list(object("AccountShown", { data: parsedData })) }),
      }),
    },
  ],
});

export const composeConfig = defineConfig({
  subgraphs: [{ sourceHandler: xverse }, { sourceHandler: solana }],
});
