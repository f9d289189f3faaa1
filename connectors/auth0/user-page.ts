import { createHash } from 'node:crypto'

/** A user as Auth0 sent it; only what the walk looks at is named. */
export interface UserRow {
  readonly user_id: string
  readonly created_at?: string
  readonly [field: string]: unknown
}

export interface UserQuery {
  readonly q?: string
  readonly sort: string
  readonly page: number
  readonly perPage: number
}

export interface UserAnswer {
  readonly rows: readonly UserRow[]
  /** As echoed; Auth0 may give smaller pages than asked for. */
  readonly limit: number
  /** Auth0's count for this query, at most 1,000; null when it gave none. */
  readonly total: number | null
}

/** A hole that is known, for the completeness statement. */
export interface Gap {
  readonly code: 'stalled' | 'count' | 'no_created_at' | 'order' | 'tie'
  readonly at: string | null
  readonly missing: number | null
}

/** 72 bits of an id: short enough for a checkpoint, long enough never to collide within one moment. */
export function fingerprint(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 12)
}
