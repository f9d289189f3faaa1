import type { Json } from '@owlie/connector-kit'

/**
 * What PostgreSQL can hold: it has no NUL in text and no half of a surrogate pair in UTF-8. NUL becomes ␀, a lone
 * half becomes �. An account with such a value is stored and governed like any other; leaving it out would let anyone
 * hide by writing a NUL into his own metadata. Pure.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u2400')
}

/** The same for every text and key inside a value (not deeper than `canonical.deepest`). Pure. */
export function storable(value: Json): Json {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map((item: Json) => storable(item))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value as { readonly [key: string]: Json })
  // fromEntries defines its keys, so a key named __proto__ stays a key.
  return Object.fromEntries(entries.map(([key, item]) => [storableText(key), storable(item)]))
}

/** Whether an id can be kept byte for byte and indexed. */
export function isStorableId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id === storableText(id) && Buffer.byteLength(id) <= 1000
}
