import type { Failure, Json, ObjectKind } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type {
  KindRow,
  Resumption,
  RequestCounts,
  RunMode,
  RunRow,
  RunSettings,
  RunStatus,
  SyncForecast,
  Trigger,
} from './sync-run.ts'

/** Runs and their kinds: finding and starting them. Progress is written by store-progress.ts. */

export const noRequests: RequestCounts = { total: 0, byRoute: {}, throttled: 0, waitedMs: 0 }

const runColumns = [
  'id',
  'connection_id as connectionId',
  'generation',
  'status',
  'trigger',
  'actor_name as actorName',
  'created_at as createdAt',
  'started_at as startedAt',
  'finished_at as finishedAt',
  'in_turn as inTurn',
  'interruptions',
  'faults',
  'parks',
  'progress_at as progressAt',
  'waiting_until as waitingUntil',
  'waiting_reason as waitingReason',
  'requests',
  'worked_ms as workedMs',
  'failure',
  'resumptions',
  'forecast',
  'mode',
  'paused_at as pausedAt',
  'paused_by as pausedBy',
  'paused_version as pausedVersion',
  'settings',
  'granted',
  'hint_cursor as hintCursor',
  'hint_failure as hintFailure',
  'hints',
  'hints_known as hintsKnown',
] as const

export const kindColumns = [
  'run_id as runId',
  'kind',
  'label',
  'state',
  'end',
  'reason',
  'failure',
  'cursor',
  'container',
  'within_container as withinContainer',
  'container_pages as containerPages',
  'restarts',
  'containers_done as containersDone',
  'containers_total as containersTotal',
  'containers_vanished as containersVanished',
  'truncations',
  'truncated_why as truncatedWhy',
  'pages',
  'read',
  'created',
  'changed',
  'unchanged',
  'stale',
  'quarantined',
  'nameless',
  'total',
  'total_exact as totalExact',
  'started_at as startedAt',
  'ended_at as endedAt',
  'requests',
  'proofs',
] as const

export interface KindOfRunRow extends KindRow {
  readonly runId: string
}

/** Null when the connection has an active run. Two starts at the same moment: one of them gets null. */
export async function insertRun(
  trx: TenantTx,
  run: {
    readonly connectionId: string
    readonly mode: RunMode
    readonly trigger: Trigger
    readonly actorName: string
    readonly settings: RunSettings
    readonly at: Date
  },
  kinds: readonly ObjectKind[],
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into sync_run
      (connection_id, generation, status, trigger, actor_name, created_at, requests, mode, settings)
    select ${run.connectionId}, coalesce(max(generation), 0) + 1, 'queued', ${run.trigger}, ${run.actorName},
           ${run.at}, ${JSON.stringify(noRequests)}::jsonb, ${run.mode}, ${JSON.stringify(run.settings)}::jsonb
    from sync_run where connection_id = ${run.connectionId}
    on conflict do nothing returning id`.execute(trx)
  const id = rows[0]?.id
  if (id === undefined) return null
  await trx
    .insertInto('sync_kind')
    .values(
      kinds.map(({ name, label }, position) => ({
        run_id: id,
        kind: name,
        label,
        position,
        state: 'pending' as const,
      })),
    )
    .execute()
  return id
}

export async function findRun(trx: TenantTx, id: string): Promise<RunRow | null> {
  const row = await trx.selectFrom('sync_run').select(runColumns).where('id', '=', id).executeTakeFirst()
  return row ? toRun(row) : null
}

export async function lockRun(trx: TenantTx, id: string): Promise<RunRow | null> {
  const row = await trx
    .selectFrom('sync_run')
    .select(runColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ? toRun(row) : null
}

export async function findActive(trx: TenantTx, connectionId: string): Promise<RunRow | null> {
  const row = await trx
    .selectFrom('sync_run')
    .select(runColumns)
    .where('connection_id', '=', connectionId)
    .where('status', 'in', ['queued', 'running'])
    .executeTakeFirst()
  return row ? toRun(row) : null
}

/** Newest first; `before` is a generation. */
export async function listRuns(
  trx: TenantTx,
  connectionId: string,
  limit: number,
  before: number | null,
): Promise<readonly RunRow[]> {
  let select = trx
    .selectFrom('sync_run')
    .select(runColumns)
    .where('connection_id', '=', connectionId)
    .orderBy('generation', 'desc')
    .limit(limit)
  if (before !== null) select = select.where('generation', '<', before)
  return (await select.execute()).map(toRun)
}

export async function findKinds(trx: TenantTx, runIds: readonly string[]): Promise<readonly KindOfRunRow[]> {
  if (runIds.length === 0) return []
  return trx
    .selectFrom('sync_kind')
    .select(kindColumns)
    .where('run_id', 'in', [...runIds])
    .orderBy('run_id')
    .orderBy('position')
    .execute()
}

/** Who keeps a run from going on. */
export interface Pause {
  readonly at: Date
  readonly by: string
  /** Where Owlie itself does: why, and with which version of the connection. */
  readonly refused?: { readonly failure: Failure; readonly version: number }
}

/** Keeps a run from going on, or lets it. False when it has ended, or is so already. */
export async function setPaused(
  trx: TenantTx,
  runId: string,
  paused: Pause | null,
  at: Date,
): Promise<boolean> {
  const refused = paused?.refused
  // The time it stood still is no time without progress.
  const { rows } = await sql`
    update sync_run set paused_at = ${paused?.at ?? null}::timestamptz, paused_by = ${paused?.by ?? null}::text,
      paused_version = ${refused?.version ?? null}::int,
      failure = ${refused ? JSON.stringify(refused.failure) : null}::jsonb,
      progress_at = case when ${paused === null} and progress_at is not null then ${at} else progress_at end
    where id = ${runId} and finished_at is null and (paused_at is null) = ${paused !== null}
    returning id`.execute(trx)
  return rows.length > 0
}

/** Whether Owlie paused it for its credentials, and the connection has been changed since. */
export async function isPauseOver(trx: TenantTx, runId: string): Promise<boolean> {
  const { rows } = await sql`
    select from sync_run run join connection on connection.id = run.connection_id
    where run.id = ${runId} and run.paused_version <> connection.version`.execute(trx)
  return rows.length > 0
}

/** Runs that nobody works on and that do not wait; those whose refused credentials have been changed among them. */
export async function findDue(trx: TenantTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from sync_run
    where status in ('queued', 'running') and (paused_at is null or exists (
        select from connection where id = connection_id and version <> paused_version))
      and (waiting_until is null or waiting_until <= clock_timestamp())
      and owlie_lease_free('sync:' || connection_id)`.execute(trx)
  return rows.map(({ id }) => id)
}

/** The quarantined records of a run, kind by kind, at most `limit`. */
export async function findQuarantined(
  trx: TenantTx,
  runId: string,
  limit: number,
): Promise<readonly { readonly kind: string; readonly id: string | null; readonly reason: string }[]> {
  const { rows } = await sql<{ kind: string; id: string | null; reason: string }>`
    select page.kind, record ->> 'id' as id, record ->> 'reason' as reason
    from sync_page page, jsonb_array_elements(page.quarantined) record
    where page.run_id = ${runId} and page.quarantined <> '[]'
    order by page.kind, page.sequence limit ${limit}`.execute(trx)
  return rows
}

interface RawRun {
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
  readonly requests: unknown
  readonly workedMs: number
  readonly failure: Failure | null
  readonly resumptions: unknown
  readonly forecast: unknown
  readonly mode: RunMode
  readonly pausedAt: Date | null
  readonly pausedBy: string | null
  readonly pausedVersion: number | null
  readonly settings: unknown
  readonly granted: unknown
  readonly hintCursor: Json
  readonly hintFailure: Failure | null
  readonly hints: number
  readonly hintsKnown: number
}

function toRun(row: RawRun): RunRow {
  return {
    ...row,
    requests: row.requests as RequestCounts,
    resumptions: row.resumptions as readonly Resumption[],
    forecast: row.forecast as SyncForecast | null,
    settings: row.settings as RunSettings | null,
    granted: row.granted as readonly string[] | null,
  }
}
