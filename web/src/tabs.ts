/** The tabs GraphiQL opens on: one per thing the gateway does, asked about addresses that the sandbox knows. */
import everythingOfOwner from "./tabs/everything-of-owner.graphql?raw";
import exchangeWallets from "./tabs/exchange-wallets.graphql?raw";
import manyAddresses from "./tabs/many-addresses.graphql?raw";
import oneTokenAccount from "./tabs/one-token-account.graphql?raw";
import portfolio from "./tabs/portfolio.graphql?raw";
import providersAndLimits from "./tabs/providers-and-limits.graphql?raw";
import runeById from "./tabs/rune-by-id.graphql?raw";
import runesOfAddress from "./tabs/runes-of-address.graphql?raw";
import tokenAccountsTogether from "./tabs/token-accounts-together.graphql?raw";
import type { Settings } from "./settings";

const runesHolder = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt";
const documentedHolder = "bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch";
const legacyHolder = "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22";
const emptyHolder = "bc1qtzxrp82npyp8vrp797utjzk52t6apsu8pqtyjd";
const runeId = "840123:17";

const owner = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL";
const account = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK";
const scaledAccount = "4pSPKggRgkcFKGyaxc7Q3hCmra7wC95WTQ8Rr5V4kUWU";
const deepestAccount = "4WUTFTNNk55KSadLxyMibaj3hg4bJk8SVXvpjzcvEStH";
const zeroAccount = "CzzuyPq9xeYgPyZc6KFKR4WXdkUaXe2MZcPbC8qXJG7C";
const frozenAccount = "57pXmzc8syBd1i86acfJ3ios7j9qCeYAw6XNFEMAJZuA";
const closedAccount = "BfmL2Z8DbzESnkUnDSRDgEk1JuCgrTq6Tit68p8KAyNw";

function tab(query: string, variables?: object, headers?: object) {
  return { query, variables: text(variables), headers: text(headers) };
}

function text(object?: object) {
  return object ? JSON.stringify(object, null, 2) : "";
}

/** In the order shown; the exchange's carries the sandbox's demo key, or the form of a key to fill in. */
export function openingTabs({ sandbox, demoKey }: Settings) {
  const key = sandbox && demoKey ? demoKey : "<name>.<secret>";
  return [
    tab(runesOfAddress, { address: runesHolder }),
    tab(manyAddresses, { addresses: [runesHolder, documentedHolder, legacyHolder, emptyHolder, owner, runesHolder] }),
    tab(oneTokenAccount, { address: account, maxAge: 5 }),
    tab(tokenAccountsTogether, {
      // The last of them is no token account but a wallet.
      addresses: [scaledAccount, frozenAccount, zeroAccount, deepestAccount, closedAccount, owner],
    }),
    tab(everythingOfOwner, { owner }),
    tab(exchangeWallets, { currencies: null }, { Authorization: `Bearer ${key}` }),
    tab(
      portfolio,
      // The third is one of the second's token accounts, and counts once.
      { addresses: [runesHolder, owner, account, documentedHolder], exchanges: ["SFOX"] },
      { Authorization: `Bearer ${key}` },
    ),
    tab(runeById, { id: runeId }),
    tab(providersAndLimits),
  ];
}
