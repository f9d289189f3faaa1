import type { LeftOut } from './statement.ts'
import type { Failure, Json, KindForecast, ReadForecast } from '@owlie/connector-kit'

export type RunStatus = 'queued' | 'running' | 'complete' | 'incomplete' | 'failed' | 'cancelled'
/** `full`: every object of every kind. `incremental`: only those the target hints have changed. */
export type RunMode = 'full' | 'incremental'
/** `held`: read completely, but the mass-change guard does not believe it; nothing was marked. */
export type KindEnd = 'complete' | 'held' | 'truncated' | 'skipped' | 'failed'
export type Trigger = 'manual' | 'api' | 'schedule' | 'event'

export interface RequestCounts {
  readonly total: number
  readonly byRoute: Readonly<Record<string, number>>
  /** Answers with 429. */
  readonly throttled: number
  /** Time spent waiting for the rate limit, ms. */
  readonly waitedMs: number
}

/** One kind within a run, as it is stored: its report and its checkpoint. */
export interface KindRow {
  readonly kind: string
  readonly label: string
  readonly state: 'pending' | 'running' | 'ended'
  readonly end: KindEnd | null
  readonly reason: string | null
  readonly failure: Failure | null
  readonly cursor: Json
  readonly container: string | null
  readonly withinContainer: boolean
  readonly containerPages: number
  readonly restarts: number
  readonly containersDone: number
  readonly containersTotal: number | null
  readonly containersVanished: number
  readonly truncations: number
  readonly truncatedWhy: Failure | null
  readonly pages: number
  readonly read: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  readonly stale: number
  readonly quarantined: number
  readonly nameless: number
  readonly total: number | null
  readonly totalExact: boolean
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly requests: number
  /** In the connector's words, how its lists are known to be whole, and of how many that holds. */
  readonly proofs: Readonly<Record<string, number>>
}

export interface Resumption {
  readonly at: string
  /** The page it goes on with, counted from 1 within the kind. */
  readonly fromPage: number
  readonly kind: string | null
}

export interface RunRow {
  readonly id: string
  readonly connectionId: string
  readonly generation: number
  readonly status: RunStatus
  readonly trigger: Trigger
  readonly actorName: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly inTurn: boolean
  readonly interruptions: number
  readonly faults: number
  readonly parks: number
  readonly progressAt: Date | null
  readonly waitingUntil: Date | null
  readonly waitingReason: string | null
  readonly requests: RequestCounts
  readonly workedMs: number
  readonly failure: Failure | null
  readonly resumptions: readonly Resumption[]
  /** Made when its first turn had a session; null before, and where the connector makes none. */
  readonly forecast: SyncForecast | null
  readonly mode: RunMode
  readonly pausedAt: Date | null
  readonly pausedBy: string | null
  /** Owlie paused it because the credentials of this version of the connection were refused. */
  readonly pausedVersion: number | null
  readonly settings: RunSettings | null
  /** Scopes; null until a token was got. */
  readonly granted: readonly string[] | null
  readonly hintCursor: Json
  readonly hintFailure: Failure | null
  readonly hints: number
  readonly hintsKnown: number
}

/** What a run is expected to take. */
export interface SyncForecast extends Omit<ReadForecast, 'kinds'> {
  readonly kinds: readonly (KindForecast & { readonly label: string })[]
  /** The target's rate plan it goes by; `assumed` when nobody has said which. */
  readonly plan: { readonly label: string; readonly assumed: boolean }
  /** The share of each bucket left to others, 0…1. */
  readonly reserve: number
  /** When the sizes it goes by were counted, ISO 8601; null when nobody has counted yet. */
  readonly countedAt: string | null
}

/** What a run was told to read, at its start. Nothing in it is secret. */
export interface RunSettings {
  /** The connection's name. */
  readonly connection: string
  readonly connector: string
  /** The connection's, see `Connection.version`. */
  readonly version: number
  readonly config: Readonly<Record<string, string>>
  /** Scopes. */
  readonly entered: readonly string[]
  readonly leftOut: readonly LeftOut[]
  /** Labels of kinds an incremental run does not follow. */
  readonly notFollowed: readonly string[]
}

/** One kind's part of the report. */
export interface SyncKind {
  readonly name: string
  readonly label: string
  readonly running: boolean
  /** Null until it has ended. */
  readonly end: KindEnd | null
  /** One sentence, for every end but `complete`. */
  readonly reason: string | null
  readonly failure: Failure | null
  /** Distinct objects read; created + changed + unchanged. */
  readonly read: number
  readonly created: number
  /** Content changed, or it was stale and is back. */
  readonly changed: number
  readonly unchanged: number
  /** Marked stale by this run: missed for the first time. Known when the run has ended. */
  readonly stale: number
  /** Records that could not be understood or stored. */
  readonly quarantined: number
  readonly pages: number
  /** How many there are: the target's own count, or what the last complete run read. A hint for progress. */
  readonly total: number | null
  readonly totalExact: boolean
}

export interface Eta {
  readonly ms: number
  readonly lowMs: number
  readonly highMs: number
}

/** A run as everybody sees it. */
export interface SyncRun {
  readonly id: string
  readonly connectionId: string
  readonly generation: number
  readonly mode: RunMode
  /**
   * `paused` is a queued or running one that a person keeps from going on, or that waits for new credentials: then
   * `failure` says why they were refused.
   */
  readonly status: RunStatus | 'paused'
  readonly paused: { readonly at: Date; readonly by: string } | null
  readonly trigger: Trigger
  /** Of incremental runs: hints looked at, and those among them that named something known as it is. */
  readonly hints: { readonly followed: number; readonly known: number } | null
  /** Why the target's changes cannot be followed from this run on (full), or were lost (incremental). */
  readonly hintFailure: Failure | null
  readonly actor: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly durationMs: number
  readonly kinds: readonly SyncKind[]
  readonly requests: Omit<RequestCounts, 'byRoute'> & {
    /** Most first. */
    readonly byRoute: readonly { readonly route: string; readonly count: number }[]
  }
  /** Set while the run waits. */
  readonly waiting: { readonly reason: string; readonly until: Date } | null
  /** Null in the first seconds, when the total is unknown, and after the end. */
  readonly eta: Eta | null
  readonly failure: Failure | null
  readonly resumptions: readonly Resumption[]
  /** Null before the first turn, and where the connector makes none. */
  readonly forecast: SyncForecast | null
}
