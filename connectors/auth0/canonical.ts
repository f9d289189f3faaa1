import type { Json } from '@owlie/connector-kit'

/**
 * The same state as the same JSON: keys sorted, arrays as they are (their order can mean something: the first
 * identity is the primary one), and text that a database can hold. NUL and lone surrogates become U+FFFD.
 */
export function canonical(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return storable(value)
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object') return null
  // fromEntries, not assignment: a key named __proto__ is data here.
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]): [string, Json] => [storable(key), canonical(inner)])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
}

export function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed()
}
