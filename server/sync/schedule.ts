import type { RunMode } from './sync-run.ts'

/** When a connection is synced by itself. */
export interface Schedule {
  readonly connectionId: string
  readonly enabled: boolean
  /** Five fields, in `timeZone`: when everything is read. */
  readonly cron: string
  /** An IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string
  /** Between two incremental runs; null: full runs only. */
  readonly incrementalMinutes: number | null
  /** The next three full runs, ascending; none while it is off. */
  readonly next: readonly Date[]
  readonly nextIncremental: Date | null
  readonly lastFull: LastDue | null
  readonly lastIncremental: LastDue | null
  readonly updatedAt: Date
  readonly updatedBy: string
}

/** What became of the last time a run was due. */
export interface LastDue {
  readonly at: Date
  readonly outcome: 'started' | 'skipped'
  /** One sentence, when it was skipped. */
  readonly reason: string | null
  /** The run that was started, or the one that was in the way. */
  readonly runId: string | null
}

export interface ScheduleInput {
  readonly enabled: boolean
  readonly cron: string
  readonly timeZone: string
  readonly incrementalMinutes: number | null
}

/** As it is stored. */
export interface ScheduleRow extends ScheduleInput {
  readonly connectionId: string
  readonly dueAt: Date | null
  readonly incrementalDueAt: Date | null
  readonly lastFull: StoredDue | null
  readonly lastIncremental: StoredDue | null
  readonly updatedAt: Date
  readonly updatedBy: string
}

export interface StoredDue extends Omit<LastDue, 'at'> {
  readonly at: string
}

/** Which run is due at `now`; a full one makes an incremental one needless. Pure. */
export function dueMode(
  row: Pick<ScheduleRow, 'enabled' | 'dueAt' | 'incrementalDueAt'>,
  now: number,
): RunMode | null {
  if (!row.enabled) return null
  if (row.dueAt && row.dueAt.getTime() <= now) return 'full'
  return row.incrementalDueAt && row.incrementalDueAt.getTime() <= now ? 'incremental' : null
}
