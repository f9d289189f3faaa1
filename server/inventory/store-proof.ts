import type { ObjectKind } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { GrantKey, KindOfRun, ProofMeasure, SeenVersion } from './inventory.ts'
import { tableOf } from './objects.ts'
import { notOwn, ownSources } from './store-own.ts'
import { lastSeenSql } from './store-sweep.ts'

/** Single objects: whether one is known as it is, and marks for those a target has proven to be gone. */

/** Ids of those that are present and have this value in their attributes already. */
export async function findKnownVersions(
  trx: TenantTx,
  { connectionId, kind }: { readonly connectionId: string; readonly kind: ObjectKind },
  versions: readonly SeenVersion[],
): Promise<ReadonlySet<string>> {
  if (versions.length === 0 || kind.yields === 'grant') return new Set()
  const sent = JSON.stringify(versions)
  const { rows } = await sql<{ id: string }>`
    select known.external_id as id from ${sql.table(tableOf(kind).name)} known
    join json_to_recordset(${sent}::json) as sent(id text, attribute text, value jsonb)
      on sent.id = known.external_id
    where known.connection_id = ${connectionId} and known.kind = ${kind.name}
      and known.external_id = any(${versions.map(({ id }) => id)}::text[])
      and known.stale_since is null and known.missed_first_at is null
      and known.attributes -> sent.attribute = sent.value`.execute(trx)
  return new Set(rows.map(({ id }) => id))
}

/** What an account is known to hold of a kind and is not stale. */
export async function findHeld(
  trx: TenantTx,
  { connectionId, kind }: { readonly connectionId: string; readonly kind: ObjectKind },
  account: string,
): Promise<readonly GrantKey[]> {
  const { rows } = await sql<GrantKey>`
    select id, entitlement_external_id as entitlement, grant_type as "grantType" from access_grant
    where connection_id = ${connectionId} and account_external_id = ${account} and kind = ${kind.name}
      and stale_since is null`.execute(trx)
  return rows
}

/** Marks objects as stale. Returns how many were not so before. */
export async function markObjects(
  trx: TenantTx,
  of: KindOfRun,
  externalIds: readonly string[],
  at: Date,
): Promise<number> {
  if (externalIds.length === 0) return 0
  return mark(trx, of, at, sql`object.external_id = any(${externalIds}::text[])`)
}

export async function markGrants(
  trx: TenantTx,
  of: KindOfRun,
  ids: readonly string[],
  at: Date,
): Promise<number> {
  return ids.length === 0 ? 0 : mark(trx, of, at, sql`object.id = any(${ids}::uuid[])`)
}

/** Marks the grants of a kind whose account, or whose entitlement of this type, is gone. */
export async function markGrantsOf(
  trx: TenantTx,
  of: KindOfRun,
  gone: { readonly accounts: readonly string[] } | { readonly entitlements: readonly string[] },
  at: Date,
): Promise<number> {
  const ends =
    'accounts' in gone
      ? sql`object.account_external_id = any(${gone.accounts}::text[])`
      : sql`object.entitlement_external_id = any(${gone.entitlements}::text[])`
  return mark(trx, of, at, ends)
}

export async function markGrantPairs(
  trx: TenantTx,
  of: KindOfRun,
  pairs: readonly { readonly account: string; readonly entitlement: string }[],
  at: Date,
): Promise<number> {
  if (pairs.length === 0) return 0
  const accounts = pairs.map(({ account }) => account)
  const entitlements = pairs.map(({ entitlement }) => entitlement)
  const named = sql`(object.account_external_id, object.entitlement_external_id) in (
    select * from unnest(${accounts}::text[], ${entitlements}::text[]))`
  return mark(trx, of, at, named)
}

async function mark(
  trx: TenantTx,
  { connectionId, runId, kind }: KindOfRun,
  at: Date,
  which: ReturnType<typeof sql>,
): Promise<number> {
  const { rows } = await sql`
    update ${sql.table(tableOf(kind).name)} object
    set last_seen_at = ${lastSeenSql('object')}, missed_first_at = coalesce(object.missed_first_at, ${at}),
        missed_first_run = coalesce(object.missed_first_run, ${runId}), stale_since = ${at}
    where object.connection_id = ${connectionId} and object.kind = ${kind.name} and object.stale_since is null
      and ${which}
    returning object.id`.execute(trx)
  return rows.length
}

/**
 * What this run has done to a kind so far, and what the time since `since` has: counted on the rows themselves, the
 * marks of this transaction included.
 */
export async function measureProof(trx: TenantTx, of: KindOfRun, since: Date): Promise<ProofMeasure> {
  const { connectionId, runId, kind } = of
  const { rows } = await sql<Record<string, number>>`
    with ${ownSources(connectionId)}, time as materialized (
      select greatest(${since}::timestamptz, min(at)) as since from inventory_sweep
      where connection_id = ${connectionId} and kind = ${kind.name}
    )
    select count(*) filter (where object.first_seen_run = ${runId})::int as created,
      count(*) filter (where object.changed_run = ${runId}
        and object.first_seen_run is distinct from ${runId}::uuid)::int as changed,
      count(*) filter (where object.missed_first_run = ${runId} and object.stale_since is not null)::int as missed,
      count(*) filter (where object.first_seen_at > since and ${notOwn('object.first_seen_run')})::int as day_created,
      count(*) filter (where object.changed_at > since and object.first_seen_at <= since
        and ${notOwn('object.changed_run')})::int as day_changed,
      count(*) filter (where object.stale_since > since and ${notOwn('object.missed_first_run')})::int as day_missed,
      count(*) filter (where (object.stale_since is null or object.missed_first_run = ${runId})
        and object.first_seen_run is distinct from ${runId}::uuid)::int as present,
      count(*) filter (where object.first_seen_at <= since
        and (object.stale_since is null or object.stale_since > since))::int as before
    from ${sql.table(tableOf(kind).name)} object cross join time
    where object.connection_id = ${connectionId} and object.kind = ${kind.name}`.execute(trx)
  const row = rows[0]!
  const of3 = (prefix: string) => ({
    created: row[`${prefix}created`] ?? 0,
    changed: row[`${prefix}changed`] ?? 0,
    missed: row[`${prefix}missed`] ?? 0,
  })
  return { run: of3(''), day: of3('day_'), present: row.present ?? 0, presentBefore: row.before ?? 0 }
}
