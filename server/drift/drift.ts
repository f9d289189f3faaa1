import type { Json } from '@owlie/connector-kit'

export const driftTypes = ['missing', 'excess', 'different'] as const
/** `missing`: wished and not there. `excess`: there and not wished. `different`: there, with other values. */
export type DriftType = (typeof driftTypes)[number]

export const decisions = ['adopt', 'flag', 'preserve', 'ignore'] as const
/** Adopt: what is becomes intent. Flag: list it. Preserve: put Owlie's value back. Ignore: noise. */
export type Decision = (typeof decisions)[number]

/**
 * `open`: needs review. `flagged`: someone has looked and keeps it listed. `ignored`: decided to be noise while it
 * stays as it is. `operation_wanted`: Owlie's value is to be put back, nobody has taken that up. `operation_queued`:
 * somebody has. `closed`: see the resolution.
 */
export type DriftState = 'open' | 'flagged' | 'ignored' | 'operation_wanted' | 'operation_queued' | 'closed'

/**
 * Why it is over. `source_changed`, `intent_changed`: the two agree again because the target, or what is wished,
 * moved. `put_back`: an operation was asked for and the target now is as wished. `became_other`: it is another type of
 * disagreement now.
 */
export type Resolution =
  'adopted' | 'put_back' | 'source_changed' | 'intent_changed' | 'became_other' | 'ignored_by_policy'

export type Fields = Readonly<Record<string, Json>>

/** What a disagreement is about, by the target's ids; empty texts where there is none. */
export interface Subject {
  readonly yields: 'account' | 'entitlement' | 'grant'
  readonly entitlementType: string | null
  readonly entitlement: string
  readonly account: string
  readonly grantType: string
}

/** One thing, as it is and as it ought to be. */
export interface Pair extends Subject {
  readonly intent: {
    readonly id: string
    readonly desiredVersion: number
    readonly appliedVersion: number
    readonly wanted: boolean
    /** Null for grants. */
    readonly fields: Fields | null
    readonly since: Date
    readonly appliedAt: Date | null
  } | null
  /** Null: never seen. */
  readonly seen: {
    /** Not stale. */
    readonly present: boolean
    /** At least the fields that are wished, and all governed ones where it is not; null for grants. */
    readonly fields: Fields | null
    readonly changedAt: Date
  } | null
}

/** What is being compared, beside the pairs. */
export interface KindContext {
  /** A baseline was taken: what appears by itself is an excess. */
  readonly isGoverned: boolean
  /** When the reading of the last complete run of this kind began; null: it was never read completely. */
  readonly readFrom: Date | null
  readonly ignoredFields: readonly string[]
  /** How long after a write of ours a list may not show it, ms. */
  readonly graceMs: number
}

export interface Finding {
  readonly type: DriftType
  readonly observed: Fields | null
  readonly intended: Fields | null
  readonly intentId: string | null
  readonly intentVersion: number
}

/** A policy with where it comes from. */
export interface Rule {
  readonly policy: Decision
  /** Set for this type alone, for the whole kind, or nobody has set one. */
  readonly scope: 'type' | 'kind' | 'default'
  readonly by: string | null
}

/** A drift that is not over, as it is stored. */
export interface OpenDrift extends Finding {
  readonly id: string
  readonly state: Exclude<DriftState, 'closed'>
  readonly policy: Decision
  readonly policyBy: string | null
  readonly heldReason: string | null
  /** The last decision was a policy's. */
  readonly byPolicy: boolean
}

/** Something Owlie's value of which is to be put back in the target; provisioning makes an operation of it. */
export interface WantedChange extends Subject {
  readonly driftId: string
  readonly connectionId: string
  readonly kind: string
  readonly type: DriftType
  /** What ought to be. No intention (`intentId` null): it ought not to be there. */
  readonly wanted: boolean
  readonly intended: Fields | null
  readonly observed: Fields | null
  readonly intentId: string | null
  readonly intentVersion: number
}
