/**
 * Values made comparable, so that equal means the same person and nothing else. Pure.
 *
 * For sure matches no Unicode cleverness is allowed: `K` (the Kelvin sign) lowercases to `k`, `ı` uppercases to `I`, and
 * whoever registers such an address would take over somebody else's identity. So only ASCII letters lose their case,
 * and everything else must be equal byte for byte.
 */
export function comparableEmail(text: string): string | null {
  const value = asciiLower(text.trim())
  const at = value.lastIndexOf('@')
  const isAddress = at > 0 && at < value.length - 1 && !/\s/.test(value)
  return isAddress && fits(value) ? value : null
}

/** Values that stand for having none. */
const placeholders = new Set([
  '',
  '-',
  '0',
  'n/a',
  'na',
  'none',
  'null',
  'undefined',
  'unknown',
  'tbd',
  'test',
  'x',
])

/** An employee number or another identifier. Null for what stands for none. */
export function comparableId(text: string): string | null {
  const value = asciiLower(text.trim())
  return placeholders.has(value) || /^0+$/.test(value) || !fits(value) ? null : value
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function fits(value: string): boolean {
  return value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= 400
}
