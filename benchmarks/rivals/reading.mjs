/** What the providers answer, in the contract's shape: made once, and kept so. */
import { amount } from "./figure.mjs";

const byName = (one, other) => (one.rune.name < other.rune.name ? -1 : Number(one.rune.name > other.rune.name));

const balanceShown = (row) => ({
  rune: { id: row.runeId, name: row.runeName, symbol: row.symbol ?? "¤", divisibility: row.divisibility },
  amount: amount(row.confirmedBalance, row.divisibility),
  spendable: amount(row.availableBalance, row.divisibility),
});

/** A `RuneConnection` of Xverse's v2 answer. */
export const runesShown = (answer) => ({ outcome: "FRESH", nodes: answer.balances.map(balanceShown).sort(byName) });

/** A `TokenAccount` of what a node shows under jsonParsed. */
export function tokenAccountShown(address, account) {
  if (account === null) return { address, outcome: "ABSENT", amount: null };
  const held = account.data.parsed.info.tokenAmount;
  return { address, outcome: "FRESH", amount: amount(held.amount, held.decimals) };
}
