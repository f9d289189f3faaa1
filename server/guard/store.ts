import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { GuardStop, Limit, Metric, StopReason } from './stop.ts'

/** The guard's tables. */

export interface StopRow extends Omit<GuardStop, 'request' | 'release'> {
  readonly requestedBy: string | null
  readonly requestedByName: string | null
  readonly requestedAt: Date | null
  readonly expiresAt: Date | null
  readonly releasedByName: string | null
  readonly releasedAt: Date | null
}

const columns = sql`
  id, connection_id as "connectionId", run_id as "runId", generation, kind, label, at, reasons, counts,
  cardinality(missed) as "missedCount", set_hash as "setHash", state, requested_by as "requestedBy",
  requested_by_name as "requestedByName", requested_at as "requestedAt", expires_at as "expiresAt",
  released_by_name as "releasedByName", released_at as "releasedAt", closed_reason as "closedReason"`

export async function findLimits(
  trx: TenantTx,
  connectionId: string,
): Promise<readonly (Limit & { readonly kind: string; readonly metric: Metric })[]> {
  const rows = await trx
    .selectFrom('guard_limit')
    .select(['kind', 'metric', 'free', 'absolute', 'percent'])
    .where('connection_id', '=', connectionId)
    .execute()
  return rows.map((row) => ({ ...row, percent: row.percent === null ? null : Number(row.percent) }))
}

export async function saveLimit(
  trx: TenantTx,
  of: { readonly connectionId: string; readonly kind: string; readonly metric: Metric },
  { free, absolute, percent }: Limit,
  by: string,
  at: Date,
): Promise<void> {
  await sql`
    insert into guard_limit (connection_id, kind, metric, free, absolute, percent, set_by, set_at)
    values (${of.connectionId}, ${of.kind}, ${of.metric}, ${free}, ${absolute}, ${percent}, ${by}, ${at})
    on conflict (connection_id, kind, metric) do update set free = excluded.free, absolute = excluded.absolute,
      percent = excluded.percent, set_by = excluded.set_by, set_at = excluded.set_at`.execute(trx)
}

export interface NewStop {
  readonly connectionId: string
  readonly runId: string
  readonly generation: number
  readonly kind: string
  readonly label: string
  readonly at: Date
  readonly reasons: readonly StopReason[]
  readonly counts: GuardStop['counts']
  readonly missed: readonly string[]
  readonly setHash: string
}

/** A stop for exactly the same set goes on with this run, its request with it. Null when there is none. */
export async function takeOver(trx: TenantTx, stop: NewStop): Promise<StopRow | null> {
  const { rows } = await sql<StopRow>`
    update guard_stop set run_id = ${stop.runId}, generation = ${stop.generation}, at = ${stop.at},
      reasons = ${JSON.stringify(stop.reasons)}::jsonb
    where connection_id = ${stop.connectionId} and kind = ${stop.kind} and set_hash = ${stop.setHash}
      and state in ('stopped', 'requested')
    returning ${columns}`.execute(trx)
  return rows[0] ?? null
}

export async function insertStop(trx: TenantTx, stop: NewStop): Promise<StopRow> {
  const { rows } = await sql<StopRow>`
    insert into guard_stop (connection_id, run_id, generation, kind, label, at, reasons, counts, missed, set_hash, state)
    values (${stop.connectionId}, ${stop.runId}, ${stop.generation}, ${stop.kind}, ${stop.label}, ${stop.at},
      ${JSON.stringify(stop.reasons)}::jsonb, ${JSON.stringify(stop.counts)}::jsonb, ${stop.missed}::uuid[],
      ${stop.setHash}, 'stopped')
    returning ${columns}`.execute(trx)
  return rows[0]!
}

/** Closes the open stop of a kind, if there is one: returns its id. */
export async function supersede(
  trx: TenantTx,
  connectionId: string,
  kind: string,
  reason: string,
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    update guard_stop set state = 'superseded', closed_reason = ${reason}
    where connection_id = ${connectionId} and kind = ${kind} and state in ('stopped', 'requested')
    returning id`.execute(trx)
  return rows[0]?.id ?? null
}

export async function lockStop(
  trx: TenantTx,
  id: string,
): Promise<(StopRow & { readonly missed: readonly string[] }) | null> {
  const { rows } = await sql<StopRow & { missed: string[] }>`
    select ${columns}, missed from guard_stop where id = ${id} for update`.execute(trx)
  return rows[0] ?? null
}

export async function findStop(trx: TenantTx, id: string): Promise<StopRow | null> {
  const { rows } = await sql<StopRow>`select ${columns} from guard_stop where id = ${id}`.execute(trx)
  return rows[0] ?? null
}

/** Newest first. */
export async function listStops(
  trx: TenantTx,
  of: { readonly connectionId?: string | null; readonly open?: boolean | null },
  limit: number,
): Promise<readonly StopRow[]> {
  const { rows } = await sql<StopRow>`
    select ${columns} from guard_stop
    where (${of.connectionId ?? null}::uuid is null or connection_id = ${of.connectionId ?? null}::uuid)
      and (${of.open ?? null}::boolean is null
        or (state in ('stopped', 'requested')) = ${of.open ?? null}::boolean)
    order by at desc, id limit ${limit}`.execute(trx)
  return rows
}

/** The ids a release would mark, some of them. */
export async function missedOf(
  trx: TenantTx,
  id: string,
  first: number,
  skip: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select missed.id from guard_stop, unnest(guard_stop.missed) with ordinality as missed (id, place)
    where guard_stop.id = ${id} order by place limit ${first} offset ${skip}`.execute(trx)
  return rows.map((row) => row.id)
}

export async function markRequested(
  trx: TenantTx,
  id: string,
  by: { readonly person: string; readonly name: string },
  at: Date,
  expiresAt: Date,
): Promise<void> {
  await sql`
    update guard_stop set state = 'requested', requested_by = ${by.person}, requested_by_name = ${by.name},
      requested_at = ${at}, expires_at = ${expiresAt} where id = ${id}`.execute(trx)
}

export async function withdrawRequest(trx: TenantTx, id: string): Promise<void> {
  await sql`
    update guard_stop set state = 'stopped', requested_by = null, requested_by_name = null, requested_at = null,
      expires_at = null where id = ${id}`.execute(trx)
}

export async function markReleased(
  trx: TenantTx,
  id: string,
  by: { readonly person: string; readonly name: string },
  at: Date,
): Promise<void> {
  await sql`
    update guard_stop set state = 'released', released_by = ${by.person}, released_by_name = ${by.name},
      released_at = ${at} where id = ${id}`.execute(trx)
}

/** What people have let through since then, by metric: it is not held against later runs. */
export async function releasedSince(
  trx: TenantTx,
  connectionId: string,
  kind: string,
  since: Date,
): Promise<Readonly<Record<Metric, number>>> {
  const { rows } = await sql<Record<Metric, number>>`
    select coalesce(sum((counts ->> 'created')::int), 0)::int as created,
           coalesce(sum((counts ->> 'changed')::int), 0)::int as changed,
           coalesce(sum((counts ->> 'missed')::int), 0)::int as missed
    from guard_stop where connection_id = ${connectionId} and kind = ${kind} and state = 'released'
      and released_at > ${since}`.execute(trx)
  return rows[0]!
}
