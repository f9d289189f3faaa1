/** What of a kind is counted. `missed`: there before, not seen now. */
export const metrics = ['created', 'changed', 'missed'] as const
export type Metric = (typeof metrics)[number]

/** How much may happen before the guard stops it. Over either limit is too much; `free` objects are never too many. */
export interface Limit {
  readonly free: number
  /** Objects; null: not limited this way. */
  readonly absolute: number | null
  /** Of what was there, 0…100; null: not limited this way. */
  readonly percent: number | null
}

export type Limits = Readonly<Record<Metric, Limit>>

/** One kind of one run, counted: within the run, and within the last 24 hours with it. */
export interface Measure {
  readonly yields: 'account' | 'entitlement' | 'grant'
  readonly seen: number
  /** There before the run. */
  readonly present: number
  readonly run: Readonly<Record<Metric, number>>
  /** With the run, without what people have released. */
  readonly day: Readonly<Record<Metric, number>>
  /** There 24 hours ago. */
  readonly presentDayAgo: number
}

/** Why the guard stopped, as figures. */
export interface StopReason {
  readonly metric: Metric
  /** `run`: this run alone; `day`: the last 24 hours together. */
  readonly window: 'run' | 'day'
  /** `empty`: nothing at all was seen where something was there, which no limit allows. */
  readonly rule: 'absolute' | 'percent' | 'empty'
  readonly count: number
  readonly base: number
  /** What the rule allows: objects for `absolute`, percent for `percent`, 0 for `empty`. */
  readonly limit: number
}

/**
 * From `stopped` to `requested`, when an admin asks for the release; from there to `released`, when another one
 * confirms within an hour, or back, when nobody did or the asker took it back. To `superseded` from either, when a
 * later run found something else. Nothing leads out of the last two.
 */
export type StopState = 'stopped' | 'requested' | 'released' | 'superseded'

export interface GuardStop {
  readonly id: string
  readonly connectionId: string
  readonly runId: string
  readonly generation: number
  readonly kind: string
  readonly label: string
  readonly at: Date
  readonly reasons: readonly StopReason[]
  readonly counts: Readonly<Record<'present' | 'seen' | Metric, number>>
  readonly missedCount: number
  readonly setHash: string
  /** As of now: a request nobody confirmed within its hour is `stopped` again. */
  readonly state: StopState
  readonly request: {
    readonly by: string
    /** As `personOf` says. */
    readonly person: string
    readonly at: Date
    readonly expiresAt: Date
  } | null
  readonly release: { readonly by: string; readonly at: Date } | null
  /** Why it is superseded. */
  readonly closedReason: string | null
}
