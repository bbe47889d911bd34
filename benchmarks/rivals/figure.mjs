/** Exact amounts: the providers' digits stay digits, and none passes through a number. */

/** The digits with a point put in, and no zero after it that says nothing. */
export function display(atomic, scale) {
  if (scale === 0) return atomic;
  const digits = atomic.padStart(scale + 1, "0");
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end -= 1;
  return end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`;
}

/** An `Amount` of the contract. */
export const amount = (atomic, scale) => ({ atomic, scale, display: display(atomic, scale), precision: "EXACT" });
