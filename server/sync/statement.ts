import type { Failure } from '@owlie/connector-kit'
import type { KindEnd, Resumption, RunMode, RunStatus, Trigger } from './sync-run.ts'

/**
 * What a run is worth as evidence: for every kind whether all of it was read, how that is known, and exactly what is
 * missing where it was not. Written once when the run ends and never changed. Times are ISO 8601 in UTC.
 */
export interface CompletenessStatement {
  readonly format: 'owlie.completeness/1'
  /** One sentence. */
  readonly summary: string
  readonly connection: {
    readonly id: string
    readonly name: string | null
    readonly connector: string | null
    /** Counts edits; the settings below are those of this version. */
    readonly version: number | null
    readonly config: Readonly<Record<string, string>>
  }
  readonly run: {
    readonly id: string
    readonly generation: number
    readonly mode: RunMode
    readonly status: RunStatus
    readonly trigger: Trigger
    readonly startedBy: string | null
    readonly from: string
    readonly until: string | null
    readonly failure: StatedFailure | null
    readonly resumptions: readonly Resumption[]
  }
  readonly scopes: {
    readonly entered: readonly string[]
    /** Null when no token was got. */
    readonly granted: readonly string[] | null
  }
  readonly kinds: readonly StatedKind[]
  /** Kinds the connector could read and this connection does not, for lack of permissions. */
  readonly leftOut: readonly LeftOut[]
  readonly requests: {
    readonly total: number
    readonly throttled: number
    readonly waitedMs: number
    readonly byRoute: Readonly<Record<string, number>>
  }
  readonly quarantined: {
    readonly total: number
    /** At most 1,000 of them. */
    readonly records: readonly {
      readonly kind: string
      readonly id: string | null
      readonly reason: string
    }[]
  }
  /** Of incremental runs. */
  readonly hints: {
    readonly followed: number
    readonly alreadyKnown: number
    /** Kinds whose changes the target does not tell of, or that are not followed. */
    readonly notFollowed: readonly string[]
  } | null
}

export interface LeftOut {
  readonly kind: string
  readonly label: string
  readonly missingScopes: readonly string[]
}

export type StatedFailure = Pick<Failure, 'code' | 'message' | 'why' | 'remedy'>

export interface StatedKind {
  readonly kind: string
  readonly label: string
  /** Null: an incremental run had no reason to read any of it. */
  readonly end: KindEnd | null
  /** How it is known that a list was whole, in words, and of how many lists that holds. */
  readonly proofs: readonly { readonly words: string; readonly lists: number }[]
  /** For every other end than `complete`: what is missing, and why. */
  readonly reason: string | null
  readonly failure: StatedFailure | null
  /** For kinds read once per object of another one. */
  readonly lists: {
    readonly total: number
    readonly read: number
    readonly vanished: number
    readonly incomplete: number
  } | null
  readonly read: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  /** Newly marked stale. */
  readonly stale: number
  readonly quarantined: number
  /** The target's own count; not a proof unless the words above say so. */
  readonly targetCount: { readonly count: number; readonly exact: boolean } | null
  readonly pages: number
  readonly requests: number
  readonly from: string | null
  readonly until: string | null
}
