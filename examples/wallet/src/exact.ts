/** Amounts as text and as BigInt, and never as a number: a JavaScript number loses digits past 2^53. */

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Write an atomic amount in whole units, as the gateway does: no zeros at the end. */
export function inUnits(atomic: string, scale: number): string {
  const digits = BigInt(atomic).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return fraction ? `${whole}.${fraction}` : whole
}

/** Say which of two decimal texts is larger: below zero where the first is smaller, zero where they are the same. */
export function compared(one: string, other: string): -1 | 0 | 1 {
  const places = Math.max(fraction(one).length, fraction(other).length)
  const first = scaled(one, places)
  const second = scaled(other, places)
  return first < second ? -1 : first > second ? 1 : 0
}

function parts(text: string): RegExpExecArray {
  const found = DECIMAL.exec(text)
  if (!found) throw new Error(`${text} is no decimal number`)
  return found
}

function fraction(text: string): string {
  return parts(text)[3] ?? ''
}

function scaled(text: string, places: number): bigint {
  const [, sign, whole] = parts(text)
  return BigInt(`${sign}${whole}${fraction(text).padEnd(places, '0')}`)
}
