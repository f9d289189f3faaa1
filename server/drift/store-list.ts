import { isId } from '../model/index.ts'
import { FailureError } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Decision, DriftState, DriftType, Fields, Resolution } from './drift.ts'
import { badCursor } from './failures.ts'

/** Lists of drift, newest first, and what a drift is about in words. */

export interface DriftFilter {
  readonly connectionId?: string | null | undefined
  readonly kind?: string | null | undefined
  readonly type?: DriftType | null | undefined
  /** `review`: open or flagged. Default: everything that is not over. */
  readonly state?: DriftState | 'review' | null | undefined
  /** Part of a name or id; case does not count. */
  readonly search?: string | null | undefined
  /** Only about this account or entitlement, by the target's id. */
  readonly about?: string | null | undefined
}

export interface DecisionMade {
  readonly batchId: string
  readonly decision: Decision
  readonly byPolicy: boolean
  readonly actor: string
  readonly reason: string | null
  readonly at: Date
  readonly undoneAt: Date | null
  readonly undoneBy: string | null
}

export interface IntentShown {
  readonly id: string
  readonly wanted: boolean
  readonly source: string
  readonly actor: string
  readonly reason: string | null
  readonly since: Date
  readonly desiredVersion: number
  readonly appliedVersion: number
}

export interface Drift {
  readonly id: string
  readonly connectionId: string
  readonly kind: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  readonly type: DriftType
  readonly state: DriftState
  readonly entitlementType: string | null
  /** The target's ids, and what the inventory knows by them; null where it is not about one, or never saw it. */
  readonly account: string | null
  readonly accountId: string | null
  readonly accountName: string | null
  readonly entitlement: string | null
  readonly entitlementId: string | null
  readonly entitlementName: string | null
  readonly grantType: string | null
  readonly observed: Fields | null
  readonly intended: Fields | null
  readonly policy: Decision
  readonly policyBy: string | null
  readonly heldReason: string | null
  readonly operationId: string | null
  readonly firstSeenAt: Date
  readonly firstSeenRun: string | null
  readonly firstSeenGeneration: number | null
  readonly changedAt: Date
  /** The last comparison that still found it, and the run it was made from. */
  readonly lastSeenAt: Date
  readonly lastSeenRun: string | null
  readonly lastSeenGeneration: number | null
  readonly closedAt: Date | null
  readonly resolution: Resolution | null
  readonly intent: IntentShown | null
  readonly decisions: readonly DecisionMade[]
}

export interface DriftPage {
  readonly nodes: readonly Drift[]
  readonly next: string | null
  readonly total: number
}

export async function listDrift(
  trx: TenantTx,
  filter: DriftFilter,
  { first, after }: { readonly first: number; readonly after?: string | null | undefined },
): Promise<DriftPage> {
  const size = Math.min(Math.max(Math.trunc(first) || 1, 1), 500)
  const isOver = filter.state === 'closed'
  const time = isOver ? sql`drift.closed_at` : sql`drift.first_seen_at`
  const place = fromCursor(after)
  const where = conditions(filter)
  const behind = place ? sql`and (${time}, drift.id) < (${place[0]}::timestamptz, ${place[1]}::uuid)` : sql``
  const { rows } = await sql<Drift>`
    with listed as (
      select drift.*, ${time} as place from drift ${named} where ${where} ${behind}
      order by ${time} desc, drift.id desc limit ${size + 1}
    )
    ${shown} order by drift.place desc, drift.id desc`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from drift ${named} where ${where}`.execute(trx)
  const nodes = rows.slice(0, size).map(withDates)
  const last = nodes.at(-1)
  const lastAt = last && (isOver ? last.closedAt : last.firstSeenAt)
  return {
    nodes,
    next: rows.length > size && last && lastAt ? toCursor([lastAt.toISOString(), last.id]) : null,
    total: counted[0]!.total,
  }
}

export async function findDrift(trx: TenantTx, id: string): Promise<Drift | null> {
  const { rows } = await sql<Drift>`
    with listed as (select drift.*, drift.first_seen_at as place from drift where id = ${id}) ${shown}`.execute(
    trx,
  )
  return rows[0] ? withDates(rows[0]) : null
}

/** Times inside JSON come as text. */
function withDates(row: Drift): Drift {
  const { intent, decisions } = row
  return {
    ...row,
    intent: intent && { ...intent, since: new Date(intent.since) },
    decisions: decisions.map((made) => ({
      ...made,
      at: new Date(made.at),
      undoneAt: made.undoneAt && new Date(made.undoneAt),
    })),
  }
}

/** Ids of what can be decided. */
export async function findIds(trx: TenantTx, filter: DriftFilter, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select drift.id from drift ${named} where ${conditions(filter)} and drift.closed_at is null
    order by drift.id limit ${limit}`.execute(trx)
  return rows.map(({ id }) => id)
}

/** The ids of drift that is not over, by connection and kind. */
export async function findPlaces(
  trx: TenantTx,
  ids: readonly string[],
): Promise<
  readonly { readonly connectionId: string; readonly kind: string; readonly ids: readonly string[] }[]
> {
  const { rows } = await sql<{ connectionId: string; kind: string; ids: string[] }>`
    select connection_id as "connectionId", kind, array_agg(id order by id) as ids from drift
    where id = any(${ids.filter(isId)}::uuid[]) and closed_at is null
    group by connection_id, kind order by connection_id, kind`.execute(trx)
  return rows
}

export interface DriftCount {
  readonly connectionId: string
  readonly kind: string
  readonly type: DriftType
  readonly state: DriftState
  readonly count: number
}

/** What is not over, counted; for the numbers beside filters, the chart and the dashboard. */
export async function countDrift(trx: TenantTx): Promise<readonly DriftCount[]> {
  const { rows } = await sql<DriftCount>`
    select connection_id as "connectionId", kind, type, state, count(*)::int as count
    from drift where closed_at is null group by 1, 2, 3, 4 order by 1, 2, 3, 4`.execute(trx)
  return rows
}

/** Names for search and display. */
const named = sql`
  left join account on account.connection_id = drift.connection_id and drift.account_external_id <> ''
    and account.external_id = drift.account_external_id
  left join entitlement on entitlement.connection_id = drift.connection_id and drift.entitlement_external_id <> ''
    and entitlement.type = drift.entitlement_type and entitlement.external_id = drift.entitlement_external_id`

const shown = sql`
  select drift.id, drift.connection_id as "connectionId", drift.kind, drift.yields, drift.type, drift.state,
    drift.entitlement_type as "entitlementType", nullif(drift.account_external_id, '') as account,
    account.id as "accountId", account.display_name as "accountName",
    nullif(drift.entitlement_external_id, '') as entitlement, entitlement.id as "entitlementId",
    entitlement.display_name as "entitlementName", nullif(drift.grant_type, '') as "grantType", drift.observed,
    drift.intended, drift.policy, drift.policy_by as "policyBy", drift.held_reason as "heldReason",
    drift.operation_id as "operationId", drift.first_seen_at as "firstSeenAt", drift.first_seen_run as "firstSeenRun",
    drift.first_seen_generation as "firstSeenGeneration", drift.changed_at as "changedAt",
    drift.closed_at as "closedAt", drift.resolution,
    coalesce(drift.closed_at, greatest(pass.finished_at, drift.changed_at), drift.changed_at) as "lastSeenAt",
    pass.run_id as "lastSeenRun", pass.generation as "lastSeenGeneration",
    coalesce(
      (select jsonb_build_object('id', id, 'wanted', wanted, 'source', source, 'actor', actor_name, 'reason', reason,
        'since', since, 'desiredVersion', desired_version, 'appliedVersion', applied_version)
        from assignment where id = drift.intent_id),
      (select jsonb_build_object('id', id, 'wanted', wanted, 'source', source, 'actor', actor_name, 'reason', reason,
        'since', since, 'desiredVersion', desired_version, 'appliedVersion', applied_version)
        from desired_object where id = drift.intent_id)) as intent,
    coalesce((
      select jsonb_agg(jsonb_build_object('batchId', batch_id, 'decision', decision, 'byPolicy', by_policy,
        'actor', actor_name, 'reason', reason, 'at', at, 'undoneAt', undone_at, 'undoneBy', undone_by)
        order by at desc, id)
      from drift_decision where drift_id = drift.id), '[]') as decisions
  from listed drift ${named}
  left join lateral (
    select finished_at, run_id, generation from drift_pass
    where drift_pass.connection_id = drift.connection_id order by finished_at desc limit 1) pass on true`

function conditions(filter: DriftFilter): RawBuilder<unknown> {
  const { connectionId, kind, type, state, search, about } = filter
  const where: RawBuilder<unknown>[] = []
  if (connectionId) where.push(isId(connectionId) ? sql`drift.connection_id = ${connectionId}` : sql`false`)
  if (kind) where.push(sql`drift.kind = ${kind}`)
  if (type) where.push(sql`drift.type = ${type}`)
  if (state === 'review') where.push(sql`drift.closed_at is null and drift.state in ('open', 'flagged')`)
  else if (state === 'closed') where.push(sql`drift.closed_at is not null`)
  else if (state) where.push(sql`drift.closed_at is null and drift.state = ${state}`)
  else where.push(sql`drift.closed_at is null`)
  if (about)
    where.push(sql`(drift.account_external_id = ${about} or drift.entitlement_external_id = ${about})`)
  for (const word of wordsOf(search)) where.push(contains(word))
  return sql.join(where, sql` and `)
}

function wordsOf(search: string | null | undefined): readonly string[] {
  return (search ?? '')
    .replaceAll('\0', '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 8)
}

function contains(word: string): RawBuilder<unknown> {
  const pattern = `%${word.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
  return sql`concat_ws(' ', account.display_name, account.email, entitlement.display_name,
    drift.account_external_id, drift.entitlement_external_id) ilike ${pattern}`
}

function toCursor(place: readonly [string, string]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** @throws FailureError `drift.bad_cursor` */
function fromCursor(after: string | null | undefined): readonly [string, string] | null {
  if (!after) return null
  try {
    const place = JSON.parse(Buffer.from(after, 'base64url').toString()) as unknown
    const isPlace =
      Array.isArray(place) &&
      place.length === 2 &&
      !Number.isNaN(Date.parse(String(place[0]))) &&
      isId(String(place[1]))
    if (isPlace) return place as unknown as readonly [string, string]
  } catch (error) {
    throw new FailureError({ ...badCursor, why: error instanceof Error ? error.name : 'not JSON' })
  }
  throw new FailureError(badCursor)
}
