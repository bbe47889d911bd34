/** The data source that the rivals share: pooled connections, batches, and answers kept in memory for a time. */
import DataLoader from "dataloader";
import { Pool } from "undici";
import { runesShown, tokenAccountShown } from "./reading.mjs";
import { settings } from "./settings.mjs";

const POOL = { connections: 512, pipelining: 1 };
const xverse = new Pool(settings.xverse.url, POOL);
const solana = new Pool(settings.solana.url, POOL);
const xverseHeaders = { "x-api-key": settings.xverse.key };
const solanaHeaders = { authorization: settings.solana.key, "content-type": "application/json" };
// As many accounts as a node takes in one call.
const ACCOUNTS_AT_ONCE = 100;

/** Answers by address, each for as long as the settings say. */
class Kept {
  #entries = new Map();

  get(address) {
    const entry = this.#entries.get(address);
    return entry !== undefined && entry.until > Date.now() ? entry.reading : undefined;
  }

  set(address, reading) {
    if (settings.keepFor > 0) this.#entries.set(address, { reading, until: Date.now() + settings.keepFor * 1000 });
  }
}

const runesKept = new Kept();
const accountsKept = new Kept();

async function ask(pool, request) {
  const { statusCode, body } = await pool.request(request);
  if (statusCode !== 200) throw new Error(`an upstream said ${statusCode}: ${await body.text()}`);
  return body.json();
}

async function runesOf(address) {
  const path = `/v2/runes/address/${address}/balance`;
  const reading = runesShown(await ask(xverse, { path, method: "GET", headers: xverseHeaders }));
  runesKept.set(address, reading);
  return reading;
}

async function tokenAccountsOf(addresses) {
  const params = [addresses, { encoding: "jsonParsed", commitment: "finalized" }];
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getMultipleAccounts", params });
  const answer = await ask(solana, { path: "/", method: "POST", headers: solanaHeaders, body });
  return addresses.map((address, place) => {
    const reading = tokenAccountShown(address, answer.result.value[place]);
    accountsKept.set(address, reading);
    return reading;
  });
}

/** One request's context: repeats are merged, token accounts are asked for together. */
export class Asked {
  runes = new DataLoader((addresses) => Promise.all(addresses.map(runesOf)));
  tokenAccounts = new DataLoader(tokenAccountsOf, { maxBatchSize: ACCOUNTS_AT_ONCE });
}

/** At once where it is kept, else as a promise. */
export const runes = (address, asked) => runesKept.get(address) ?? asked.runes.load(address);
export const tokenAccount = (address, asked) => accountsKept.get(address) ?? asked.tokenAccounts.load(address);
