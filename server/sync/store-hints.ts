import type { Failure, Json } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** The checkpoint of hints: one per connection, moved only in the transaction that stored what they brought. */

export interface HintCheckpoint {
  readonly cursor: Json
  readonly connectionVersion: number
  readonly baseRun: string
  readonly movedRun: string
  readonly movedAt: Date
  readonly lost: Failure | null
}

export async function findHintCheckpoint(
  trx: TenantTx,
  connectionId: string,
): Promise<HintCheckpoint | null> {
  const row = await trx
    .selectFrom('sync_hint_checkpoint')
    .select([
      'cursor',
      'connection_version as connectionVersion',
      'base_run as baseRun',
      'moved_run as movedRun',
      'moved_at as movedAt',
      'lost',
    ])
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row ?? null
}

export interface Moved {
  readonly cursor: Json
  /** Looked at on the way, and of those the ones that named something known as it is. */
  readonly hints: number
  readonly known: number
}

/** Moves a run's own place among the hints; the connection's checkpoint stays where it is. */
export async function moveRun(trx: TenantTx, runId: string, { cursor, hints, known }: Moved): Promise<void> {
  await sql`
    update sync_run set hint_cursor = ${JSON.stringify(cursor)}::json, hints = hints + ${hints}::int,
      hints_known = hints_known + ${known}::int
    where id = ${runId} and finished_at is null`.execute(trx)
}

/** The target's change marker of a full run, or why there is none. */
export async function saveMarker(
  trx: TenantTx,
  runId: string,
  marker: { readonly cursor: Json } | { readonly failure: Failure },
): Promise<void> {
  const cursor = 'cursor' in marker ? JSON.stringify(marker.cursor) : null
  const failure = 'failure' in marker ? JSON.stringify(marker.failure) : null
  await sql`
    update sync_run set hint_cursor = ${cursor}::json, hint_failure = ${failure}::jsonb
    where id = ${runId} and finished_at is null`.execute(trx)
}

/** After a complete full run: hints are followed from its marker on. Without a marker nothing changes. */
export async function saveBase(trx: TenantTx, runId: string, at: Date): Promise<void> {
  await sql`
    insert into sync_hint_checkpoint (connection_id, cursor, connection_version, base_run, moved_run, moved_at)
    select connection_id, hint_cursor, (settings ->> 'version')::int, id, id, ${at}::timestamptz from sync_run
    where id = ${runId} and mode = 'full' and hint_cursor is not null and settings ? 'version'
    on conflict (connection_id) do update set
      cursor = excluded.cursor, connection_version = excluded.connection_version, base_run = excluded.base_run,
      moved_run = excluded.moved_run, moved_at = excluded.moved_at, lost = null`.execute(trx)
}

/** After an incremental run that followed everything. */
export async function moveCheckpoint(
  trx: TenantTx,
  { id, connectionId }: { readonly id: string; readonly connectionId: string },
  at: Date,
): Promise<void> {
  await sql`
    update sync_hint_checkpoint checkpoint
    set cursor = run.hint_cursor, moved_run = run.id, moved_at = ${at}
    from sync_run run
    where run.id = ${id} and run.hint_cursor is not null and checkpoint.connection_id = ${connectionId}`.execute(
    trx,
  )
}

export async function loseHints(
  trx: TenantTx,
  { id, connectionId }: { readonly id: string; readonly connectionId: string },
  why: Failure,
): Promise<void> {
  const lost = JSON.stringify(why)
  await sql`update sync_run set hint_failure = ${lost}::jsonb where id = ${id}`.execute(trx)
  await sql`
    update sync_hint_checkpoint set lost = ${lost}::jsonb where connection_id = ${connectionId}`.execute(trx)
}

/** Incremental runs that found nothing are kept for a day of one every five minutes; those that did, for good. */
const keptFollowed = 288

export async function pruneFollowed(trx: TenantTx, connectionId: string): Promise<void> {
  await sql`
    delete from sync_run where id in (
      select run.id from sync_run run
      where run.connection_id = ${connectionId} and run.mode = 'incremental' and run.status = 'complete'
        and not exists (
          select from sync_kind kind
          where kind.run_id = run.id and kind.created + kind.changed + kind.stale + kind.quarantined > 0)
      order by run.generation desc offset ${keptFollowed})`.execute(trx)
}
