import { type RawBuilder, sql } from 'kysely'
import { type TenantTx, withHashJoins } from '../db/index.ts'
import type { KindOfRun, KindTally } from './inventory.ts'
import { tableOf } from './objects.ts'

/** What a run has seen against what is there: counted, and marked. Set-based, never object by object. */

/** The ids a run saw of a kind. */
export function seenBy({ runId, kind }: KindOfRun): RawBuilder<unknown> {
  return sql`
    seen as materialized (
      select distinct unnest(seen) as id from observation_page where run_id = ${runId} and kind = ${kind.name}
    ), gone as materialized (
      select container from observation_page where run_id = ${runId} and kind = ${kind.name} and vanished
    )`
}

/** What a vanished container held, and what was just looked up, is neither seen nor missed. */
export function unlessSpared({ kind, spared = [] }: KindOfRun): RawBuilder<unknown> {
  const gone =
    tableOf(kind).name === 'access_grant'
      ? sql`and object.entitlement_external_id not in (select container from gone)`
      : sql``
  if (spared.length === 0) return gone
  return sql`${gone}
    and not coalesce(${spared}::uuid[] && array[object.first_seen_run, object.changed_run], false)`
}

export function tally(trx: TenantTx, of: KindOfRun): Promise<KindTally> {
  return withHashJoins(trx, () => tallyHashed(trx, of))
}

async function tallyHashed(trx: TenantTx, of: KindOfRun): Promise<KindTally> {
  const { connectionId, runId, kind } = of
  const { rows } = await sql<Record<keyof KindTally, number>>`
    with ${seenBy(of)}
    select (select count(*)::int from seen) as seen,
           count(*) filter (where object.first_seen_run = ${runId})::int as created,
           count(*) filter (where object.changed_run = ${runId}
             and object.first_seen_run is distinct from ${runId}::uuid)::int as changed,
           count(*) filter (where object.stale_since is null
             and object.held_run is null
             and object.first_seen_run is distinct from ${runId}::uuid)::int as present,
           count(*) filter (where object.stale_since is null and object.held_run is null and seen.id is null
             ${unlessSpared(of)})::int as missed
    from ${sql.table(tableOf(kind).name)} object left join seen on seen.id = object.id
    where object.connection_id = ${connectionId} and object.kind = ${kind.name}`.execute(trx)
  return rows[0]!
}

/** Marks what was missed; an object marked before keeps when it was missed first. */
export function markMissed(trx: TenantTx, of: KindOfRun, at: Date): Promise<number> {
  return withHashJoins(trx, () => markHashed(trx, of, at))
}

async function markHashed(trx: TenantTx, of: KindOfRun, at: Date): Promise<number> {
  const { connectionId, runId, kind } = of
  const lastSeen = lastSeenSql('object')
  const { rows } = await sql<{ count: number }>`
    with ${seenBy(of)}, marked as (
      update ${sql.table(tableOf(kind).name)} object
      set last_seen_at = ${lastSeen}, missed_first_at = coalesce(object.missed_first_at, ${at}),
          missed_first_run = coalesce(object.missed_first_run, ${runId}), stale_since = ${at}
      where object.connection_id = ${connectionId} and object.kind = ${kind.name}
        and object.stale_since is null and not exists (select from seen where seen.id = object.id)
        ${unlessSpared(of)}
      returning 1
    )
    select count(*)::int as count from marked`.execute(trx)
  return rows[0]!.count
}

/** What a vanished container held was last seen before this run: said on the row, because the sweep does not say it. */
export async function keepUnseen(trx: TenantTx, of: KindOfRun): Promise<void> {
  if (tableOf(of.kind).name === 'access_grant') await withHashJoins(trx, () => keepHashed(trx, of))
}

async function keepHashed(trx: TenantTx, of: KindOfRun): Promise<void> {
  const { connectionId, kind } = of
  await sql`
    with ${seenBy(of)}
    update access_grant object set last_seen_at = ${lastSeenSql('object')}
    where object.connection_id = ${connectionId} and object.kind = ${kind.name} and object.last_seen_at is null
      and object.entitlement_external_id in (select container from gone)
      and not exists (select from seen where seen.id = object.id)`.execute(trx)
}

export async function insertSweep(
  trx: TenantTx,
  of: KindOfRun & { readonly generation: number; readonly at: Date },
  newlyStale: number,
): Promise<void> {
  await sql`
    insert into inventory_sweep (connection_id, run_id, kind, generation, at, seen, newly_stale)
    select ${of.connectionId}, ${of.runId}, ${of.kind.name}, ${of.generation}, ${of.at},
           count(distinct id), ${newlyStale}::int
    from observation_page, unnest(seen) as id
    where run_id = ${of.runId} and kind = ${of.kind.name}`.execute(trx)
}

/** See `Account.lastSeenAt`. `of` is the alias of a row with connection_id, kind and the dates. */
export function lastSeenSql(of: string): RawBuilder<Date> {
  const column = (name: string) => sql.ref(`${of}.${name}`)
  return sql<Date>`coalesce(${column('last_seen_at')}, greatest(${column('changed_at')}, (
    select sweep.at from inventory_sweep sweep
    where sweep.connection_id = ${column('connection_id')} and sweep.kind = ${column('kind')}
    order by sweep.generation desc limit 1)))`
}

export async function countSeen(
  trx: TenantTx,
  { runId, kind }: KindOfRun,
  container: string | null,
  upTo: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct id)::int as count from observation_page, unnest(seen) as id
    where run_id = ${runId} and kind = ${kind.name} and container = ${container ?? ''}
      and sequence <= ${upTo}`.execute(trx)
  return rows[0]!.count
}

export function containersAfter(
  trx: TenantTx,
  of: KindOfRun,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  return withHashJoins(trx, () => containersHashed(trx, of, after, limit))
}

async function containersHashed(
  trx: TenantTx,
  of: KindOfRun,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const { connectionId, kind } = of
  const { rows } = await sql<{ id: string }>`
    with ${seenBy(of)}
    select object.external_id as id from ${sql.table(tableOf(kind).name)} object
    where object.connection_id = ${connectionId} and object.kind = ${kind.name}
      and (${after}::text is null or object.external_id > ${after})
      and exists (select from seen where seen.id = object.id)
    order by object.external_id limit ${limit}`.execute(trx)
  return rows.map((row) => row.id)
}

export async function deletePages(trx: TenantTx, runId: string): Promise<void> {
  await sql`delete from observation_page where run_id = ${runId}`.execute(trx)
}
