import type { Json } from '@owlie/connector-kit'

/** Where an intention came from. */
export type Source = 'person' | 'rule' | 'baseline' | 'operation' | 'adopted'

/** Who wishes it and why; kept with the intention and shown wherever it is asked about. */
export interface Origin {
  readonly source: Source
  /** The baseline, rule, operation or drift. */
  readonly sourceId: string | null
  /** As shown to people. */
  readonly actorName: string
  readonly reason: string | null
}

/** That an account ought to hold an entitlement of a connection, or ought not to. */
export interface GrantWish {
  readonly is: 'grant'
  readonly connectionId: string
  /** The manifest's kind of the grants, e.g. `role_members`. */
  readonly kind: string
  readonly entitlementType: string
  /** The target's id of what is held. */
  readonly entitlement: string
  /** How it is held: `role`, `member`, … */
  readonly grantType: string
  /** The target's id of the account; null while the identity has none there. */
  readonly account: string | null
  readonly identityId?: string | null
  readonly wanted: boolean
}

/** How an object of a connection ought to be, or that it ought not to exist. */
export interface ObjectWish {
  readonly is: 'object'
  readonly connectionId: string
  readonly kind: string
  readonly yields: 'account' | 'entitlement'
  /** For entitlements. */
  readonly entitlementType: string | null
  /** The target's id; null for one that is still to be created. */
  readonly externalId: string | null
  /** Of an intention that exists but has no external id yet. */
  readonly id?: string
  readonly identityId?: string | null
  readonly wanted: boolean
  /** Values by field; those not named stay as they were wished before. */
  readonly fields: Readonly<Record<string, Json>>
}

export type Wish = GrantWish | ObjectWish

interface Intention extends Origin {
  readonly id: string
  readonly connectionId: string
  readonly kind: string
  readonly identityId: string | null
  readonly wanted: boolean
  /** Rises by one when what is wished changes, never otherwise. */
  readonly desiredVersion: number
  /** The version the target is known to have reached; at most `desiredVersion`. */
  readonly appliedVersion: number
  /** Since when it is wished as it is now. */
  readonly since: Date
  /** When a write to the target was last verified; null when none was needed. */
  readonly appliedAt: Date | null
}

export interface Assignment extends Intention {
  readonly is: 'grant'
  readonly entitlementType: string
  readonly entitlement: string
  readonly grantType: string
  readonly account: string | null
}

export interface DesiredObject extends Intention {
  readonly is: 'object'
  readonly yields: 'account' | 'entitlement'
  readonly entitlementType: string | null
  readonly externalId: string | null
  readonly fields: Readonly<Record<string, Json>>
}

export type Intent = Assignment | DesiredObject

/** What a wish did. */
export interface Wished {
  readonly intent: Intent
  /** The desired version moved. */
  readonly moved: boolean
}

/** Whose intentions. */
export type Whose =
  | { readonly account: { readonly connectionId: string; readonly externalId: string } }
  | {
      readonly entitlement: {
        readonly connectionId: string
        readonly type: string
        readonly externalId: string
      }
    }
  | { readonly identityId: string }
  /** Objects alone, by the target's ids. */
  | { readonly objects: { readonly connectionId: string; readonly externalIds: readonly string[] } }
  | { readonly ids: readonly string[] }
