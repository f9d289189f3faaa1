import type { Failure } from './failure.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A person's or machine's profile as seen in the target. */
export interface AccountObservation {
  readonly type: 'account'
  /** The target's own immutable id, byte for byte. */
  readonly id: string
  readonly displayName: string
  readonly email: string | null
  readonly status: 'active' | 'blocked'
  /** Everything else worth governing, canonical: same state, same JSON. Never a secret. */
  readonly attributes: { readonly [key: string]: Json }
}

/** Something that can be held: a role, an organization membership. */
export interface EntitlementObservation {
  readonly type: 'entitlement'
  readonly entitlementType: string
  readonly id: string
  readonly displayName: string
  readonly description: string | null
  readonly attributes: { readonly [key: string]: Json }
}

/** That an account holds an entitlement, and how. */
export interface GrantObservation {
  readonly type: 'grant'
  readonly account: string
  readonly entitlement: string
  /** How it is held: `role` (assigned directly), `member` (of an organization), … */
  readonly grantType: string
}

export type Observation = AccountObservation | EntitlementObservation | GrantObservation

/**
 * How a page ends. Exactly one of three, said positively:
 * - `more`: go on with this cursor (opaque, JSON, versioned by the connector).
 * - `complete`: everything of this kind (or of this container) has now been read, and the connector can prove it.
 * - `truncated`: something may be missing; `why` says exactly what. Such a kind never marks anything stale.
 */
export type PageEnd =
  | { readonly is: 'more'; readonly cursor: Json }
  | {
      readonly is: 'complete'
      /** How the connector knows, in one or two sentences that hold for many lists; part of a run's statement. */
      readonly proof?: string
    }
  | { readonly is: 'truncated'; readonly why: Failure }

export interface Page {
  readonly observations: readonly Observation[]
  /**
   * Observations of the kinds this one carries, by the name of the kind. Empty: there were none on this page. Absent:
   * the page does not say, and that kind cannot end complete. The same entitlement may come on several pages.
   */
  readonly carried?: Readonly<Record<string, readonly Observation[]>>
  readonly end: PageEnd
  /** The target's own count, if it gives one. A hint for progress, never a proof; `exact` only when it is. */
  readonly total?: { readonly count: number; readonly exact: boolean }
  /** Records that could not be understood, one by one; the page itself stands. */
  readonly quarantined?: readonly { readonly id: string | null; readonly reason: string }[]
}

export type ReadResult = { readonly page: Page } | { readonly failure: Failure }

/** What one object is now, read by its id. Null: the target says that there is no such object. */
export type FindResult =
  { readonly found: AccountObservation | EntitlementObservation | null } | { readonly failure: Failure }

/** All grants of a kind that one account holds now. */
export type HeldResult =
  | {
      readonly grants: readonly GrantObservation[]
      /** Entitlements that exist only by being held (`ObjectKind.carriedBy`), by the name of their kind. */
      readonly carried?: Readonly<Record<string, readonly EntitlementObservation[]>>
      /** Which entitlements were asked about, by their ids; absent: all there are. Others may be held besides. */
      readonly covers?: (entitlement: string) => boolean
    }
  | { readonly failure: Failure }
