/** What a wallet answered to `runes_getBalance`, checked as far as exactness needs it; the gateway checks the rest. */
import type { WalletRuneBalanceInput } from '../generated/schema'

const DIGITS = /^\d+$/

/** A row as it came. Wallets of 2025 send members that the type does not have, which the gateway leaves out. */
export type Row = WalletRuneBalanceInput

export class Nonsense extends Error {}

/** Give the rows, untouched. An amount that came as a JSON number has lost digits already: it is refused, and not shown. */
export function rowsOf(result: unknown): readonly Row[] {
  const rows = isObject(result) ? result['balances'] : undefined
  if (!Array.isArray(rows)) throw new Nonsense('There is no list of balances in it.')
  return rows.map(row)
}

/** How many digits follow the point; null where the wallet does not say, or says nonsense. */
export function divisibilityOf(row: Row): number | null {
  const told: unknown = row.divisibility
  const text = typeof told === 'number' || typeof told === 'string' ? `${told}` : ''
  return /^\d{1,2}$/.test(text) ? Number(text) : null
}

function row(told: unknown, at: number): Row {
  if (!isObject(told) || typeof told['runeName'] !== 'string') throw new Nonsense(`Row ${at} names no rune.`)
  for (const name of ['amount', 'spendableBalance']) {
    const amount = told[name]
    const absent = name !== 'amount' && (amount === undefined || amount === null)
    if (!absent && !(typeof amount === 'string' && DIGITS.test(amount)))
      throw new Nonsense(`The ${name} of ${told['runeName']} is no string of digits.`)
  }
  return told as unknown as Row
}

function isObject(told: unknown): told is Record<string, unknown> {
  return typeof told === 'object' && told !== null
}
