import type { ObjectKind } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import { type TenantTx, withHashJoins } from '../db/index.ts'

/** Baselines: what is, made into intent batch by batch. What there is, is read where the inventory keeps it. */

/** How far the intent of a kind is from what was last seen of it. */
export interface KindPreview {
  /** Seen now, and nothing is wished of it yet. */
  readonly fresh: number
  /** Has an intention already, which a baseline leaves as it is. */
  readonly kept: number
  /** When the kind was last read completely; null: never. */
  readonly completeAt: Date | null
}

const tables = { account: 'account', entitlement: 'entitlement', grant: 'access_grant' } as const

export function previewKind(trx: TenantTx, connectionId: string, kind: ObjectKind): Promise<KindPreview> {
  return withHashJoins(trx, () => previewHashed(trx, connectionId, kind))
}

async function previewHashed(trx: TenantTx, connectionId: string, kind: ObjectKind): Promise<KindPreview> {
  const { rows } = await sql<KindPreview>`
    select count(*) filter (where intent.id is null)::int as fresh,
           count(*) filter (where intent.id is not null)::int as kept,
           (select max(sweep.at) from inventory_sweep sweep
             where sweep.connection_id = ${connectionId} and sweep.kind = ${kind.name}) as "completeAt"
    from ${sql.table(tables[kind.yields])} seen left join ${intentOf(kind)}
    where seen.connection_id = ${connectionId} and seen.kind = ${kind.name} and seen.stale_since is null
      and seen.held_run is null`.execute(trx)
  return rows[0]!
}

function intentOf(kind: ObjectKind): RawBuilder<unknown> {
  return kind.yields === 'grant'
    ? sql`assignment intent on intent.connection_id = seen.connection_id and intent.kind = seen.kind
          and intent.entitlement_external_id = seen.entitlement_external_id
          and intent.account_external_id = seen.account_external_id and intent.grant_type = seen.grant_type`
    : sql`desired_object intent on intent.connection_id = seen.connection_id and intent.kind = seen.kind
          and intent.external_id = seen.external_id`
}

/** The connector of a connection, and what was entered for it; null when there is no such connection. */
export async function findConnection(
  trx: TenantTx,
  id: string,
): Promise<{
  readonly name: string
  readonly connector: string
  readonly config: Readonly<Record<string, string>>
} | null> {
  const row = await trx
    .selectFrom('connection')
    .select(['name', 'connector', 'config'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** Null when one is running. */
export async function insertBaseline(
  trx: TenantTx,
  connectionId: string,
  kinds: readonly { readonly kind: string; readonly total: number }[],
  by: { readonly actorName: string; readonly at: Date },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into baseline (connection_id, status, actor_name, started_at)
    values (${connectionId}, 'running', ${by.actorName}, ${by.at})
    on conflict do nothing returning id`.execute(trx)
  const id = rows[0]?.id
  if (id === undefined) return null
  await trx
    .insertInto('baseline_kind')
    .values(kinds.map(({ kind, total }, position) => ({ baseline_id: id, kind, total, position })))
    .execute()
  return id
}

export interface BaselineKind {
  readonly kind: string
  readonly cursor: string | null
  readonly total: number
  readonly taken: number
  readonly kept: number
  readonly finishedAt: Date | null
}

export interface Baseline {
  readonly id: string
  readonly connectionId: string
  readonly status: 'running' | 'complete' | 'cancelled'
  readonly actorName: string
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly kinds: readonly BaselineKind[]
}

const columns = [
  'id',
  'connection_id as connectionId',
  'status',
  'actor_name as actorName',
  'started_at as startedAt',
  'finished_at as finishedAt',
] as const

/** The one with this id, for update where it is to be worked on. */
export async function findBaseline(trx: TenantTx, id: string, isLocked = false): Promise<Baseline | null> {
  const select = trx.selectFrom('baseline').select(columns).where('id', '=', id)
  const row = await (isLocked ? select.forUpdate() : select).executeTakeFirst()
  return row ? { ...row, kinds: await findKinds(trx, row.id) } : null
}

export async function findLatest(trx: TenantTx, connectionId: string): Promise<Baseline | null> {
  const row = await trx
    .selectFrom('baseline')
    .select(columns)
    .where('connection_id', '=', connectionId)
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row ? { ...row, kinds: await findKinds(trx, row.id) } : null
}

async function findKinds(trx: TenantTx, baselineId: string): Promise<readonly BaselineKind[]> {
  return trx
    .selectFrom('baseline_kind')
    .select(['kind', 'cursor', 'total', 'taken', 'kept', 'finished_at as finishedAt'])
    .where('baseline_id', '=', baselineId)
    .orderBy('position')
    .execute()
}

export interface Batch {
  readonly baselineId: string
  readonly connectionId: string
  readonly kind: ObjectKind
  readonly after: string | null
  readonly size: number
  readonly actorName: string
  readonly at: Date
}

export interface Taken {
  readonly read: number
  readonly taken: number
  readonly last: string | null
}

/** Makes the next objects or grants into intentions; those that have one keep it. */
export async function takeBatch(trx: TenantTx, batch: Batch): Promise<Taken> {
  const { rows } = await sql<Taken>`
    with batch as (
      select * from ${sql.table(tables[batch.kind.yields])} seen
      where seen.connection_id = ${batch.connectionId} and seen.kind = ${batch.kind.name}
        and seen.stale_since is null and seen.held_run is null
        and (${batch.after}::uuid is null or seen.id > ${batch.after}::uuid)
      order by seen.id limit ${batch.size}
    ), made as (${insertFrom(batch)} on conflict do nothing returning 1)
    select (select count(*)::int from batch) as read, (select count(*)::int from made) as taken,
           (select id from batch order by id desc limit 1) as last`.execute(trx)
  return rows[0]!
}

function insertFrom({ kind, baselineId, actorName, at }: Batch): RawBuilder<unknown> {
  const origin = sql`true, 'baseline', ${baselineId}::text, ${actorName}::text, 1, 1, ${at}::timestamptz`
  const originColumns = sql`wanted, source, source_id, actor_name, desired_version, applied_version, since`
  if (kind.yields === 'grant')
    return sql`
      insert into assignment (connection_id, kind, entitlement_type, entitlement_external_id, grant_type,
        account_external_id, ${originColumns})
      select connection_id, kind, entitlement_type, entitlement_external_id, grant_type, account_external_id,
        ${origin} from batch`
  const type = kind.yields === 'entitlement' ? sql`type` : sql`null`
  return sql`
    insert into desired_object (connection_id, kind, yields, entitlement_type, external_id, fields, ${originColumns})
    select connection_id, kind, ${kind.yields}::text, ${type}, external_id,
      owlie_fields(${kind.governed ?? []}::text[], ${ownValues(kind)}, attributes), ${origin} from batch`
}

/** The values an object has beside its attributes. Drift compares with the same. */
function ownValues(kind: ObjectKind): RawBuilder<unknown> {
  return kind.yields === 'account'
    ? sql`jsonb_build_object('status', status, 'displayName', display_name, 'email', email)`
    : sql`jsonb_build_object('displayName', display_name, 'description', description)`
}

export async function moveOn(
  trx: TenantTx,
  baselineId: string,
  kind: string,
  { read, taken, last }: Taken,
  finishedAt: Date | null,
): Promise<void> {
  await sql`
    update baseline_kind set cursor = coalesce(${last}::uuid, cursor), taken = taken + ${taken},
      kept = kept + ${read - taken}, finished_at = ${finishedAt}
    where baseline_id = ${baselineId} and kind = ${kind}`.execute(trx)
}

/** From now on what appears in this kind by itself is a disagreement; a kind that had a baseline keeps its date. */
export async function governKind(trx: TenantTx, { connectionId, kind, baselineId, actorName, at }: Batch) {
  await sql`
    insert into governed_kind (connection_id, kind, since, baseline_id, actor_name)
    values (${connectionId}, ${kind.name}, ${at}, ${baselineId}, ${actorName})
    on conflict (connection_id, kind) do nothing`.execute(trx)
}

export async function finish(
  trx: TenantTx,
  id: string,
  status: 'complete' | 'cancelled',
  at: Date,
): Promise<void> {
  await trx
    .updateTable('baseline')
    .set({ status, finished_at: at })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute()
}

/** Baselines nobody works on. */
export async function findDue(trx: TenantTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from baseline where status = 'running' and owlie_lease_free('baseline:' || id)`.execute(trx)
  return rows.map(({ id }) => id)
}
