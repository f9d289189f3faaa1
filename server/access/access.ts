import type { AccountPermission } from '@owlie/connector-kit'

/** Where something comes from. */
export interface AccessOrigin {
  /** `assigned directly in Auth0`, `through group Engineering → role Editor`. */
  readonly words: string
  /** Ids of the entitlements it comes through, from what the account itself holds on; empty when held directly. */
  readonly through: readonly string[]
  /** The entitlement inside which alone it counts: an organization; null when it counts everywhere. */
  readonly inside: string | null
}

export interface HeldEntitlement {
  readonly entitlementId: string
  /** At least one. */
  readonly origins: readonly AccessOrigin[]
}

export interface AllowedPermission {
  readonly name: string
  readonly description: string | null
  /** The API's identifier, and its name where it is known. */
  readonly api: string
  readonly apiName: string | null
  readonly origins: readonly AccessOrigin[]
}

/** Something that was never read completely, so that what comes through it is missing. */
export interface Unseen {
  /** The kind's name in the manifest. */
  readonly kind: string
  readonly label: string
  readonly sentence: string
  /** Permissions that would let Owlie read it. */
  readonly scopes: readonly string[]
}

/** What an account can do and why, as the syncs saw it. */
export interface EffectiveAccess {
  readonly entitlements: readonly HeldEntitlement[]
  readonly permissions: readonly AllowedPermission[]
  readonly unseen: readonly Unseen[]
  /** The oldest of the complete reads it rests on; null when there was none. */
  readonly asOf: Date | null
}

/** Everything an account may do, as the target said it when asked. */
export interface AccountPermissions {
  readonly permissions: readonly AccountPermission[]
  readonly readAt: Date
  /** What it cost, the token included. */
  readonly requests: number
}
