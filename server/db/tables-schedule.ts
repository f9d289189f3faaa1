/** The tables of schedules, hints and statements as kysely sees them. */
import type { Failure, Json } from '@owlie/connector-kit'
import type { ColumnType, Generated } from 'kysely'

/** 0015: when to run, up to where hints were followed, what an ended run is worth. */
interface SyncScheduleTable {
  tenant_id: Generated<string>
  connection_id: string
  enabled: boolean
  cron: string
  time_zone: string
  incremental_minutes: number | null
  due_at: Date | null
  incremental_due_at: Date | null
  /** `{ at, outcome, reason, runId }` */
  last_full: ColumnType<unknown, string | null | undefined, string | null>
  last_incremental: ColumnType<unknown, string | null | undefined, string | null>
  updated_at: Date
  updated_by: string
}

interface SyncHintCheckpointTable {
  tenant_id: Generated<string>
  connection_id: string
  cursor: ColumnType<Json, string, string>
  connection_version: number
  base_run: string
  moved_run: string
  moved_at: Date
  lost: ColumnType<Failure | null, string | null | undefined, string | null>
}

interface SyncStatementTable {
  tenant_id: Generated<string>
  run_id: string
  content: string
  hash: string
}

export interface ScheduleTables {
  sync_schedule: SyncScheduleTable
  sync_hint_checkpoint: SyncHintCheckpointTable
  sync_statement: SyncStatementTable
}
