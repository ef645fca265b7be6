/** Numbers as people read them. */

/** @param {number} share 0 to 1. @param {number} [digits] */
export function percent(share, digits = 1) {
  // What is not certain is never rounded to 0 or 100.
  const step = 10 ** -digits;
  let value = Number((share * 100).toFixed(digits));
  if (share > 0 && share < 1) value = Math.min(Math.max(value, step), 100 - step);
  return `${value.toFixed(digits).replace(/\.0+$/, "")}\u00a0%`;
}

/** @param {number} number @param {string} noun */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
