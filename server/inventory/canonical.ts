import { createHash } from 'node:crypto'
import type { Json } from '@owlie/connector-kit'

/** Deeper values are not stored: neither PostgreSQL nor a page can do anything with them. */
export const deepest = 100

/** JSON with sorted keys: same value, same text. The value must not be deeper than `deepest`. Pure. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value as { readonly [key: string]: Json })
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** Lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether a value nests deeper than `deepest`; walks with a list of its own, so that depth cannot break it. Pure. */
export function isTooDeep(value: Json): boolean {
  let level: Json[] = [value]
  for (let depth = 0; depth <= deepest; depth++) {
    const next: Json[] = []
    for (const item of level) {
      if (item === null || typeof item !== 'object') continue
      for (const inner of Array.isArray(item) ? item : Object.values(item)) next.push(inner as Json)
    }
    if (next.length === 0) return false
    level = next
  }
  return true
}
