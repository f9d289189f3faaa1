import type { KindName, Session } from './connector.ts'
import type { Failure } from './failure.ts'
import type { Json, Observation } from './observation.ts'
import type { Secret } from './secret.ts'

/** The name of an action in the manifest, e.g. `user.create`, `organization.add_members`. */
export type ActionName = string

/** A JSON schema, draft 2020-12, as data: for the engine's check, for forms, for the API's readers. */
export type JsonSchema = { readonly [key: string]: Json }

/** An object an action is about, named by its id. */
export interface ActionTarget {
  /** The key in `Change.target`: `user`, `role`, `organization`. */
  readonly name: string
  /** The kind of object the id belongs to. */
  readonly kind: KindName
  readonly label: string
  /** What an id looks like; a regular expression over the whole of it. */
  readonly pattern: string
}

/**
 * One way to name several ids in one call. At most one target of a change may hold more than one id, and only one that
 * has a batch here.
 */
export interface ActionBatch {
  /** The target that may hold several: `user`. */
  readonly of: string
  readonly max: number
  /** Where the batch is another request than the single one. */
  readonly request?: string
  readonly scopes?: readonly string[]
}

/** A value that must not be seen again after it was given: a password. Never part of `input`. */
export interface ActionSecret {
  readonly name: string
  readonly label: string
  readonly hint: string
}

/** What an action does to what can be observed; the planner needs no more to know which steps are left. */
export type ActionEffect =
  /** An object of the kind comes to be. */
  | { readonly does: 'create'; readonly kind: KindName }
  /** The attributes in `input`, or these fixed ones, of the targeted object get these values. */
  | { readonly does: 'set'; readonly kind: KindName; readonly fixed?: Readonly<Record<string, Json>> }
  | { readonly does: 'delete'; readonly kind: KindName }
  /** Each combination of the two targets becomes, or stops being, a grant of the kind. */
  | {
      readonly does: 'grant' | 'revoke'
      readonly kind: KindName
      readonly account: string
      /** The targets that make the entitlement's id, joined by `:`. */
      readonly entitlement: readonly string[]
      /** How it is then held: `GrantObservation.grantType`. */
      readonly grantType: string
    }
  /** Parts of the targeted object, listed in one field of `input`, come or go: permissions of a role. */
  | { readonly does: 'include' | 'exclude'; readonly kind: KindName; readonly field: string }
  /** Something happens that leaves nothing to observe: sessions end. */
  | { readonly does: 'happen' }

/** One thing that can be done to the target system with exactly one request. Data: nothing here is a function. */
export interface ActionKind {
  readonly name: ActionName
  /** In the imperative, sentence case: `Add organization members`. */
  readonly label: string
  /** The capability in the manifest, whose scopes also read back what was written. */
  readonly capability: string
  readonly targets: readonly ActionTarget[]
  /** Of `Change.input`; `additionalProperties` is false at its root. */
  readonly input: JsonSchema
  readonly secrets?: readonly ActionSecret[]
  readonly effect: ActionEffect
  /** The request in words, with the names of targets in braces: `POST /organizations/{organization}/members`. */
  readonly request: string
  /** The target's permissions the request takes; all of them. */
  readonly scopes: readonly string[]
  /** Those that read back whether it took effect, immediately consistent. Without them an outcome stays unproven. */
  readonly proof: readonly string[]
  /** Takes something away that this action's inverse would not bring back whole, or from somebody. */
  readonly destructive: boolean
  /** Sending the same change again has no further effect: an unknown outcome may then be repeated. */
  readonly idempotent: boolean
  /** The action that undoes it, given the values of before; null: nothing does. */
  readonly inverse: ActionName | null
  /**
   * What belongs with it wherever the permissions are there, on the same targets and without input: who is blocked
   * shall also lose running sessions.
   */
  readonly companion?: ActionName
  readonly batch?: readonly ActionBatch[]
  /** Attributes of the object that nobody can change, so that naming one is told apart from a misspelling. */
  readonly immutable?: readonly string[]
  /** Fields that the target refuses in one request. */
  readonly notTogether?: readonly (readonly [string, string])[]
}

/** One touch of the target: exactly one request that writes. */
export interface Change {
  readonly action: ActionName
  /** Ids by the names of the action's targets, each in the target's own spelling. */
  readonly target: Readonly<Record<string, readonly string[]>>
  readonly input: { readonly [key: string]: Json }
  readonly secrets?: Readonly<Record<string, Secret>>
  /**
   * Names this touch for ever, on both sides (`X-Correlation-ID`): 1–64 of `A–Z a–z 0–9 . _ : -`. Another attempt at
   * the same step keeps it.
   */
  readonly changeId: string
}

/**
 * What is known after a touch.
 * - `applied`: the target said so. `id` is the new object's; `observed` what the answer showed.
 * - `refused`: surely nothing happened, because the target said no or the request never left.
 * - `unknown`: it may have happened: look (`find`) before anything else.
 */
export type Outcome =
  | { readonly is: 'applied'; readonly id?: string; readonly observed?: Observation }
  | { readonly is: 'refused'; readonly failure: Failure }
  | { readonly is: 'unknown'; readonly failure: Failure }

/** What a target keeps unique beside the id. */
export type NaturalKey =
  /** Unique only inside `within` (an Auth0 connection), where the target has such a thing. */
  { readonly email: string; readonly within?: string } | { readonly name: string }

/** How an object or a relationship is named when it is looked up. */
export type Reference =
  | { readonly id: string }
  | NaturalKey
  /** One grant. `within` as in `Holder`. */
  | { readonly account: string; readonly entitlement: string; readonly within?: string }
  /** Everything of the kind in this container. */
  | { readonly container: string }

/** Somewhere to look, and what kind of thing is there. */
export interface Look {
  readonly kind: KindName
  readonly reference: Reference
}

/** Empty is a positive statement: it is not there. */
export type Finding = { readonly found: readonly Observation[] } | { readonly failure: Failure }

export type Apply = (session: Session, change: Change) => Promise<Outcome>
