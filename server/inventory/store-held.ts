import { type RawBuilder, sql } from 'kysely'
import { type TenantTx, withHashJoins } from '../db/index.ts'
import type { KindMeasure, KindOfRun } from './inventory.ts'
import { tableOf } from './objects.ts'
import { notOwn, ownSources } from './store-own.ts'
import { lastSeenSql, seenBy, unlessSpared } from './store-sweep.ts'

/** For kinds that may be held back before they are swept: what a sweep would do, and the sweep afterwards. */

/**
 * What came, changed and went since then, the run that has not been swept included, and what was there before. Of a
 * kind first read completely after that moment it counts from there: a first reading is no change. What was held and is
 * not there any more never was.
 */
export async function countSince(
  trx: TenantTx,
  of: KindOfRun,
  since: Date,
): Promise<Pick<KindMeasure, 'day' | 'presentBefore'>> {
  const { connectionId, kind } = of
  return withHashJoins(trx, async () => {
    const { rows } = await sql<{ created: number; changed: number; missed: number; before: number }>`
      with ${seenBy(of)}, ${ownSources(connectionId)}, time as materialized (
        select greatest(${since}::timestamptz, min(at)) as since from inventory_sweep
        where connection_id = ${connectionId} and kind = ${kind.name}
      )
      select count(*) filter (where object.first_seen_at > since and ${notOwn('object.first_seen_run')})::int as created,
             count(*) filter (where object.changed_at > since and object.first_seen_at <= since
               and ${notOwn('object.changed_run')})::int as changed,
             count(*) filter (where object.held_run is null
               and ((object.stale_since > since and ${notOwn('object.missed_first_run')})
               or (object.stale_since is null and seen.id is null ${unlessSpared(of)})))::int as missed,
             count(*) filter (where object.held_run is null and object.first_seen_at <= since
               and (object.stale_since is null or object.stale_since > since))::int as before
      from ${sql.table(tableOf(kind).name)} object cross join time left join seen on seen.id = object.id
      where object.connection_id = ${connectionId} and object.kind = ${kind.name}
        and (object.held_run is null or seen.id is not null)`.execute(trx)
    const { before, ...day } = rows[0]!
    return { day, presentBefore: before }
  })
}

export async function missedIds(trx: TenantTx, of: KindOfRun): Promise<readonly string[]> {
  const { connectionId, kind } = of
  return withHashJoins(trx, async () => {
    const { rows } = await sql<{ id: string }>`
      with ${seenBy(of)}
      select object.id from ${sql.table(tableOf(kind).name)} object
      where object.connection_id = ${connectionId} and object.kind = ${kind.name}
        and object.stale_since is null and object.held_run is null
        and not exists (select from seen where seen.id = object.id) ${unlessSpared(of)}`.execute(trx)
    return rows.map((row) => row.id)
  })
}

type HeldKind = KindOfRun & {
  readonly generation: number
  readonly at: Date
  readonly missed: readonly string[]
  readonly seen: number
}

/** What was changed or came back after the held run ended was seen since. */
export async function markThese(trx: TenantTx, of: HeldKind): Promise<number> {
  const { connectionId, runId, kind, at } = of
  const { rows } = await sql<{ count: number }>`
    with marked as (
      update ${sql.table(tableOf(kind).name)} object
      set last_seen_at = ${lastSeenSql('object')}, missed_first_at = coalesce(object.missed_first_at, ${at}),
          missed_first_run = coalesce(object.missed_first_run, ${runId}), stale_since = ${at}
      where object.connection_id = ${connectionId} and object.kind = ${kind.name}
        and object.id = any(${of.missed}::uuid[]) and object.stale_since is null
      returning 1
    )
    select count(*)::int as count from marked`.execute(trx)
  return rows[0]!.count
}

export async function insertSweep(trx: TenantTx, of: HeldKind, newlyStale: number): Promise<void> {
  await sql`
    insert into inventory_sweep (connection_id, run_id, kind, generation, at, seen, newly_stale)
    values (${of.connectionId}, ${of.runId}, ${of.kind.name}, ${of.generation}, ${of.at}, ${of.seen}, ${newlyStale})
    on conflict (run_id, kind) do nothing`.execute(trx)
}

/** Nothing is to be built on what came in this run, nor on what was held before and is still there. */
export async function holdNew(trx: TenantTx, of: KindOfRun): Promise<void> {
  const { connectionId, runId, kind } = of
  await withHashJoins(trx, () =>
    sql`
      with ${seenBy(of)}
      update ${sql.table(tableOf(kind).name)} object set held_run = ${runId}
      where object.connection_id = ${connectionId} and object.kind = ${kind.name}
        and (object.first_seen_run = ${runId} or object.held_run is not null)
        and exists (select from seen where seen.id = object.id)`.execute(trx),
  )
}

/** The run is believed, and with it what it saw. */
export async function believeSeen(trx: TenantTx, of: KindOfRun): Promise<void> {
  const { connectionId, kind } = of
  await withHashJoins(trx, () =>
    sql`
      with ${seenBy(of)}
      update ${sql.table(tableOf(kind).name)} object set held_run = null
      where object.connection_id = ${connectionId} and object.kind = ${kind.name} and object.held_run is not null
        and exists (select from seen where seen.id = object.id)`.execute(trx),
  )
}

/** The same for a run that was held, when what it saw is no longer known page by page. */
export async function believeHeld(trx: TenantTx, { connectionId, runId, kind }: KindOfRun): Promise<void> {
  await sql`
    update ${sql.table(tableOf(kind).name)} set held_run = null
    where connection_id = ${connectionId} and kind = ${kind.name} and held_run = ${runId}`.execute(trx)
}

/**
 * Whether a row may be built on: the run it came in has ended, and the guard did not hold it. `of` is the alias of an
 * account, entitlement or grant.
 */
export function believedSql(of: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${of}.held_run`)} is null and not exists (
    select from observation_page page where page.run_id = ${sql.ref(`${of}.first_seen_run`)}))`
}

/** What objects of any sort are called, in the order asked for; ids that are none any more are left out. */
export async function labelled(
  trx: TenantTx,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly label: string; readonly externalId: string }[]> {
  const { rows } = await sql<{ id: string; label: string; externalId: string }>`
    with asked as (select * from unnest(${ids}::uuid[]) with ordinality as asked (id, place))
    select found.id, found.label, found."externalId" from (
      select place, object.id, display_name as label, external_id as "externalId"
      from asked join account object using (id)
      union all
      select place, object.id, display_name, external_id from asked join entitlement object using (id)
      union all
      select place, object.id,
             coalesce(holder.display_name, object.account_external_id) || ' in '
               || coalesce(held.display_name, object.entitlement_external_id),
             object.account_external_id || ' → ' || object.entitlement_external_id
      from asked join access_grant object using (id)
      left join account holder on holder.connection_id = object.connection_id
        and holder.external_id = object.account_external_id
      left join entitlement held on held.connection_id = object.connection_id
        and held.type = object.entitlement_type and held.external_id = object.entitlement_external_id
    ) found order by found.place`.execute(trx)
  return rows
}
