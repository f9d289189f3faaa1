import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

export interface CountRow {
  readonly connection_id: string
  readonly connector: string
  readonly kind: string
  readonly present: number
  readonly stale: number
}

export interface AsOfRow {
  readonly connection_id: string
  readonly kind: string
  readonly at: Date
}

/** Present and stale objects per connection and kind. Connections without any object have no row. */
export async function countKinds(
  trx: TenantTx,
  connectionIds: readonly string[],
): Promise<readonly CountRow[]> {
  const { rows } = await sql<CountRow>`
    with object as (
      select connection_id, kind, stale_since from account where connection_id = any(${connectionIds}::uuid[])
      union all
      select connection_id, kind, stale_since from entitlement where connection_id = any(${connectionIds}::uuid[])
      union all
      select connection_id, kind, stale_since from access_grant where connection_id = any(${connectionIds}::uuid[])
    )
    select object.connection_id, connection.connector, object.kind,
           count(*) filter (where stale_since is null)::int as present,
           count(*) filter (where stale_since is not null)::int as stale
    from object join connection on connection.id = object.connection_id
    group by 1, 2, 3`.execute(trx)
  return rows
}

export async function connectorsOf(
  trx: TenantTx,
  connectionIds: readonly string[],
): Promise<readonly { readonly id: string; readonly connector: string }[]> {
  const { rows } = await sql<{ id: string; connector: string }>`
    select id, connector from connection where id = any(${connectionIds}::uuid[])`.execute(trx)
  return rows
}

/** When each kind was last read completely. */
export async function latestSweeps(
  trx: TenantTx,
  connectionIds: readonly string[],
): Promise<readonly AsOfRow[]> {
  const { rows } = await sql<AsOfRow>`
    select distinct on (connection_id, kind) connection_id, kind, at from inventory_sweep
    where connection_id = any(${connectionIds}::uuid[])
    order by connection_id, kind, generation desc`.execute(trx)
  return rows
}

export interface OverviewRow {
  readonly accounts: number
  readonly blocked: number
  readonly roles: number
  readonly organizations: number
  readonly grants: number
  readonly stale: number
}

export async function overview(trx: TenantTx): Promise<OverviewRow> {
  const { rows } = await sql<OverviewRow>`
    select a.accounts, a.blocked, e.roles, e.organizations, g.grants, a.stale + e.stale + g.stale as stale
    from (select count(*) filter (where stale_since is null)::int as accounts,
                 count(*) filter (where stale_since is null and status = 'blocked')::int as blocked,
                 count(stale_since)::int as stale from account) a,
         (select count(*) filter (where stale_since is null and type = 'role')::int as roles,
                 count(*) filter (where stale_since is null and type = 'organization')::int as organizations,
                 count(stale_since)::int as stale from entitlement) e,
         (select count(*) filter (where stale_since is null)::int as grants,
                 count(stale_since)::int as stale from access_grant) g`.execute(trx)
  return rows[0]!
}

/** One row per day (UTC), also for days without a new account, oldest first. */
export async function firstSeenPerDay(
  trx: TenantTx,
  now: Date,
  days: number,
): Promise<readonly { readonly day: string; readonly count: number }[]> {
  const { rows } = await sql<{ day: string; count: number }>`
    with today as (select date_trunc('day', ${now}::timestamptz at time zone 'UTC') as at), seen as (
      select date_trunc('day', first_seen_at at time zone 'UTC') as at, count(*)::int as count
      from account, today
      where first_seen_at >= (today.at - make_interval(days => ${days - 1}::int)) at time zone 'UTC'
      group by 1
    )
    select to_char(day, 'YYYY-MM-DD') as day, coalesce(seen.count, 0) as count
    from today, generate_series(today.at - make_interval(days => ${days - 1}::int), today.at, interval '1 day') day
    left join seen on seen.at = day order by day`.execute(trx)
  return rows
}
