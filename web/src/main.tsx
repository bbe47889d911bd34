/** GraphiQL over the gateway's own endpoint, opened on one tab per thing the gateway does. */
import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import { createRoot } from "react-dom/client";
import { memory } from "./memory";
import { readSettings } from "./settings";
import "./page.css";
import { openingTabs } from "./tabs";

const send = createGraphiQLFetcher({ url: "/graphql" });

// Just after a tab is opened GraphiQL still names the operation of the tab before it: a name the query lacks is left out.
const fetcher: Fetcher = (request, options) => {
  const operation = new RegExp(`\\b(query|mutation|subscription)\\s+${request.operationName}\\b`);
  return send(operation.test(request.query) ? request : { ...request, operationName: null }, options);
};

const tabs = openingTabs(await readSettings());

// GraphiQL fills its editors from the first tab's query only, so the first tab's variables are given by name.
createRoot(document.getElementById("root")!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={memory}
    shouldPersistHeaders={false}
    defaultTabs={tabs}
    initialVariables={tabs[0]?.variables}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>balance-gateway</GraphiQL.Logo>
  </GraphiQL>,
);
