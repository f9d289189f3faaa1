import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { ScheduleRow, StoredDue } from './schedule.ts'
import type { RunMode } from './sync-run.ts'

const columns = [
  'connection_id as connectionId',
  'enabled',
  'cron',
  'time_zone as timeZone',
  'incremental_minutes as incrementalMinutes',
  'due_at as dueAt',
  'incremental_due_at as incrementalDueAt',
  'last_full as lastFull',
  'last_incremental as lastIncremental',
  'updated_at as updatedAt',
  'updated_by as updatedBy',
] as const

export async function findSchedule(trx: TenantTx, connectionId: string): Promise<ScheduleRow | null> {
  const row = await trx
    .selectFrom('sync_schedule')
    .select(columns)
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row ? toRow(row) : null
}

export async function lockSchedule(trx: TenantTx, connectionId: string): Promise<ScheduleRow | null> {
  const row = await trx
    .selectFrom('sync_schedule')
    .select(columns)
    .where('connection_id', '=', connectionId)
    .forUpdate()
    .executeTakeFirst()
  return row ? toRow(row) : null
}

export async function saveSchedule(
  trx: TenantTx,
  row: Omit<ScheduleRow, 'lastFull' | 'lastIncremental'>,
): Promise<void> {
  const values = {
    enabled: row.enabled,
    cron: row.cron,
    time_zone: row.timeZone,
    incremental_minutes: row.incrementalMinutes,
    due_at: row.dueAt,
    incremental_due_at: row.incrementalDueAt,
    updated_at: row.updatedAt,
    updated_by: row.updatedBy,
  }
  await trx
    .insertInto('sync_schedule')
    .values({ connection_id: row.connectionId, ...values })
    .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(values))
    .execute()
}

/** Moves on to the next times and keeps what became of this one. */
export async function moveOn(
  trx: TenantTx,
  connectionId: string,
  next: { readonly dueAt: Date | null; readonly incrementalDueAt: Date | null },
  mode: RunMode,
  last: StoredDue,
): Promise<void> {
  const text = JSON.stringify(last)
  await trx
    .updateTable('sync_schedule')
    .set({
      due_at: next.dueAt,
      incremental_due_at: next.incrementalDueAt,
      ...(mode === 'full' ? { last_full: text } : { last_incremental: text }),
    })
    .where('connection_id', '=', connectionId)
    .execute()
}

export async function findDueSchedules(trx: TenantTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select connection_id as id from sync_schedule
    where enabled and least(due_at, incremental_due_at) <= clock_timestamp()`.execute(trx)
  return rows.map(({ id }) => id)
}

function toRow(
  row: Omit<ScheduleRow, 'lastFull' | 'lastIncremental'> & {
    readonly lastFull: unknown
    readonly lastIncremental: unknown
  },
): ScheduleRow {
  return {
    ...row,
    lastFull: row.lastFull as StoredDue | null,
    lastIncremental: row.lastIncremental as StoredDue | null,
  }
}
