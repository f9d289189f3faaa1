import { createHash } from 'node:crypto'

/** One stored event, exactly the columns its hash covers. */
export interface Link {
  readonly tenantId: string
  readonly seq: number
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string
  readonly content: string
  readonly prevHash: string
  readonly hash: string
}

/** What the first event of a chain follows. */
export const origin = '0'.repeat(64)

function hashOf(link: Omit<Link, 'hash'>): string {
  const text = [link.prevHash, link.tenantId, String(link.seq), link.at, link.content].join('\n')
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** What is wrong at one place, in words a person can act on. */
export interface Break {
  /** Where the chain stops being provable. */
  readonly seq: number
  readonly found: 'missing' | 'unlinked' | 'changed' | 'head' | 'unlike-known'
  readonly message: string
}

/**
 * Walks links in ascending order from `from` (the place before the first link given), and stops at the first that
 * does not hold.
 */
export function walk(
  from: { readonly seq: number; readonly hash: string },
  links: Iterable<Link>,
): Break | null {
  let { seq, hash } = from
  for (const link of links) {
    if (link.seq !== seq + 1) {
      const last = link.seq - 1
      const which = last === seq + 1 ? `Event ${last} is` : `Events ${seq + 1} to ${last} are`
      return {
        seq: seq + 1,
        found: 'missing',
        message: `${which} missing: ${seq} is followed by ${link.seq}.`,
      }
    }
    if (link.prevHash !== hash) {
      const message = `Event ${link.seq} does not follow event ${seq}: one of them was replaced, moved or inserted.`
      return { seq: link.seq, found: 'unlinked', message }
    }
    if (hashOf(link) !== link.hash) {
      return {
        seq: link.seq,
        found: 'changed',
        message: `Event ${link.seq} was changed after it was recorded.`,
      }
    }
    seq = link.seq
    hash = link.hash
  }
  return null
}

/** JSON with sorted keys and no spaces: the same value is the same text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
