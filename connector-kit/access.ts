import type { Failure } from './failure.ts'

/** An entitlement that is named by one of another one's attributes. */
export interface Named {
  readonly type: string
  /** The attribute that holds its external id. */
  readonly idIn: string
}

/**
 * For kinds of entitlements that nobody holds by themselves, but that give something to the holders of another one:
 * a group inside a group, a role of a group, a permission of a role. What it ties together is named in its attributes.
 */
export type Tie =
  /** Whoever holds the one also holds the other. */
  | { readonly holdersOf: Named; readonly gain: Named }
  /** Whoever holds the one may do this: the attributes with the permission's name, its API's id and name. */
  | {
      readonly holdersOf: Named
      readonly allows: { readonly nameIn: string; readonly apiIn: string; readonly apiNameIn: string }
    }

/** A permission of one account, as the target says it now. */
export interface AccountPermission {
  readonly name: string
  readonly description: string | null
  /** The API's identifier, and its name where it has one. */
  readonly api: string
  readonly apiName: string | null
  /** Why it has it; `direct` when it was given to the account itself. */
  readonly sources: readonly {
    readonly type: 'direct' | 'role' | 'other'
    readonly id: string | null
    readonly name: string | null
  }[]
}

/** All permissions of one account, or why not. A failure of kind `missing` says that there is no such account. */
export type PermissionsResult =
  { readonly permissions: readonly AccountPermission[] } | { readonly failure: Failure }
