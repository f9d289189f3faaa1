import type { ActionName, Failure, Json, Look } from '@owlie/connector-kit'

/** One wished thing: an action on any number of targets. What the connector takes per request is the plan's matter. */
export interface Item {
  readonly action: ActionName
  /** Ids by the names of the action's targets. */
  readonly target: Readonly<Record<string, readonly string[]>>
  readonly input: { readonly [key: string]: Json }
}

export const operationStates = [
  'planning',
  'planned',
  'approved',
  'applying',
  'tried',
  'applied',
  'failed',
  'refused',
  'cancelled',
] as const

/**
 * - `planning`: both sides are being read. `planned`: waits for approval. `approved`, `applying`: being carried out.
 * - `tried`: one step was done to see; the rest waits for a word.
 * - `applied`: everything is as wished. `failed`: ended with steps that did not work; can be recovered.
 * - `refused`: no plan can be made, nothing was touched. `cancelled`: stopped by a person.
 */
export type OperationState = (typeof operationStates)[number]

export type StepState =
  'pending' | 'touching' | 'applied' | 'same' | 'refused' | 'unknown' | 'superseded' | 'skipped'

/** Something that was so when the plan was made. The plan is stale when it is neither so any more nor as wished. */
export interface Premise {
  /** The key of the single change it is about. */
  readonly unit: string
  readonly look: Look
  /** What of it matters to the step, e.g. `{ exists: true, fields: { name: 'Ada' } }`. */
  readonly value: Json
}

export interface Difference {
  readonly what: string
  readonly from: Json
  readonly to: Json
}

/** What a step is, from its making to its end. Covered by the plan's hash. */
export interface StepBody {
  readonly target: Readonly<Record<string, readonly string[]>>
  readonly input: { readonly [key: string]: Json }
  readonly sentence: string
  /** The exact call, e.g. `POST /organizations/org_…/members`. */
  readonly request: string
  readonly differences: readonly Difference[]
  readonly premises: readonly Premise[]
  /** Keys of the single changes in it. */
  readonly units: readonly string[]
  /** What it is for: the number of the item, from 1, and that of the companion's. */
  readonly items: readonly number[]
  readonly scopes: readonly string[]
  readonly reversible: boolean
}

export interface PlannedStep extends StepBody {
  readonly action: ActionName
  readonly changeId: string
  readonly destructive: boolean
}

/** What moved since the plan before: why it was made anew. */
export interface Moved {
  readonly sentence: string
  readonly from: Json
  readonly to: Json
}

/** What carrying a plan out takes while nothing is in doubt. */
export interface PlanForecast {
  readonly writes: number
  /** To look before a write, where that matters, and after it. */
  readonly reads: number
  /** What the rate limits make it take at least; null where the connector does not say. */
  readonly seconds: number | null
}

export interface PlanSummary {
  /** Single changes, not requests. */
  readonly create: number
  readonly change: number
  readonly destroy: number
  /** Already as wished. */
  readonly same: number
  /** Why each thing that is already so needs no step; at most 20. */
  readonly adopted: readonly string[]
  /** Objects that were to be created and are there already. */
  readonly found: readonly { readonly unit: string; readonly externalId: string }[]
  readonly warnings: readonly string[]
  /** Not empty: the plan is refused. */
  readonly problems: readonly Failure[]
  readonly forecast: PlanForecast
  readonly moved: readonly Moved[]
  readonly guard: {
    /** To be typed by who approves; null where nothing is destroyed. */
    readonly count: number | null
    readonly secondPerson: boolean
    readonly why: string | null
  }
}

export interface Approval {
  /** The person, or the key where nobody knows whose it is. */
  readonly personId: string
  readonly name: string
  readonly at: string
}

export interface Step extends PlannedStep {
  readonly id: string
  readonly position: number
  readonly state: StepState
  readonly attempts: number
  readonly failure: Failure | null
  readonly externalId: string | null
  readonly proof: 'verified' | 'unproven' | null
  readonly proofReason: string | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export interface Plan {
  readonly number: number
  readonly hash: string
  readonly madeAt: Date
  readonly summary: PlanSummary
  readonly approvals: readonly Approval[]
  readonly approvedAt: Date | null
  /** Why no person was asked, e.g. `Update user, up to 10 a day`; null where persons were. */
  readonly approvedByPolicy: string | null
  readonly tryOne: boolean
}

export interface JournalEntry {
  readonly seq: number
  readonly at: Date
  readonly stepId: string | null
  readonly entry: 'intent' | 'outcome' | 'look' | 'proof' | 'note'
  readonly changeId: string | null
  readonly attempt: number | null
  readonly detail: { readonly [key: string]: Json }
}

export interface Operation {
  readonly id: string
  readonly connectionId: string
  readonly idempotencyKey: string
  readonly title: string
  readonly reason: string | null
  readonly items: readonly Item[]
  readonly state: OperationState
  readonly actor: string
  readonly createdAt: Date
  readonly finishedAt: Date | null
  readonly cancelRequestedBy: string | null
  readonly waiting: { readonly until: Date; readonly reason: string } | null
  readonly failure: Failure | null
  /** The plan that counts; null before the first. */
  readonly plan: Plan | null
  readonly progress: {
    readonly steps: number
    readonly done: number
    readonly failed: number
    /** Steps that ended per minute since the last approval; null before the first. */
    readonly perMinute: number | null
    /** Milliseconds; null while nothing can be said. */
    readonly etaMs: number | null
  }
}
