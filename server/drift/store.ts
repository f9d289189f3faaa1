import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type {
  Decision,
  DriftState,
  DriftType,
  Fields,
  Finding,
  Resolution,
  Rule,
  Subject,
  WantedChange,
} from './drift.ts'

/** Writing drift and decisions: set-based. */

export interface NewDrift extends Finding, Subject {
  readonly id: string
  readonly state: DriftState
  readonly rule: Rule
  readonly heldReason: string | null
  /** Set for one that is over as it begins (adopted by a policy). */
  readonly resolution: Resolution | null
}

/** What a comparison was made from. */
export interface Evidence {
  readonly connectionId: string
  readonly kind: string
  readonly runId: string | null
  readonly generation: number | null
  readonly at: Date
}

export async function insertDrift(trx: TenantTx, rows: readonly NewDrift[], from: Evidence): Promise<void> {
  if (rows.length === 0) return
  const sent = rows.map(({ rule, ...row }) => ({ ...row, policy: rule.policy, policyBy: rule.by }))
  await sql`
    insert into drift (id, connection_id, kind, yields, type, entitlement_type, entitlement_external_id,
      account_external_id, grant_type, intent_id, intent_version, observed, intended, state, policy, policy_by,
      held_reason, first_seen_at, first_seen_run, first_seen_generation, changed_at, closed_at, resolution)
    select id, ${from.connectionId}, ${from.kind}, yields, type, "entitlementType", entitlement, account, "grantType",
      "intentId", "intentVersion", observed, intended, state, policy, "policyBy", "heldReason", ${from.at},
      ${from.runId}::uuid, ${from.generation}::int, ${from.at},
      case when resolution is not null then ${from.at}::timestamptz end, resolution
    from ${recordset(
      sent,
      sql`id uuid, yields text, type text, "entitlementType" text, entitlement text, account text, "grantType" text,
          "intentId" uuid, "intentVersion" int, observed jsonb, intended jsonb, state text, policy text,
          "policyBy" text, "heldReason" text, resolution text`,
    )}`.execute(trx)
}

export interface Closing {
  readonly id: string
  readonly why: Resolution
}

export async function closeDrift(trx: TenantTx, rows: readonly Closing[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update drift set state = 'closed', closed_at = ${at}, resolution = sent.why
    from ${recordset(rows, sql`id uuid, why text`)}
    where drift.id = sent.id and drift.closed_at is null`.execute(trx)
}

export interface Changing extends Finding {
  readonly id: string
  readonly state: DriftState
  readonly policy: Decision
  readonly policyBy: string | null
  readonly heldReason: string | null
}

/** The values, the state and the rule that are so from now on. */
export async function changeDrift(trx: TenantTx, rows: readonly Changing[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update drift set observed = sent.observed, intended = sent.intended, intent_id = sent."intentId",
      intent_version = sent."intentVersion", state = sent.state, policy = sent.policy,
      policy_by = sent."policyBy", held_reason = sent."heldReason", changed_at = ${at}
    from ${recordset(
      rows,
      sql`id uuid, observed jsonb, intended jsonb, "intentId" uuid, "intentVersion" int, state text, policy text,
          "policyBy" text, "heldReason" text`,
    )} where drift.id = sent.id`.execute(trx)
}

/** Only a person's decision: what was seen stays as it is. */
export async function setState(trx: TenantTx, ids: readonly string[], state: DriftState): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update drift set state = ${state}, held_reason = null where id = any(${ids}::uuid[])
      and closed_at is null`.execute(trx)
}

export interface NewDecision {
  readonly driftId: string
  readonly batchId: string
  readonly decision: Decision
  readonly byPolicy: boolean
  readonly actorName: string
  readonly reason: string | null
  readonly stateBefore: DriftState
  readonly intentId: string | null
  readonly intentVersion: number | null
  readonly wantedBefore: boolean | null
  readonly fieldsBefore: Fields | null
}

export async function insertDecisions(trx: TenantTx, rows: readonly NewDecision[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into drift_decision (drift_id, batch_id, decision, by_policy, actor_name, reason, at, state_before,
      intent_id, intent_version, wanted_before, fields_before)
    select "driftId", "batchId", decision, "byPolicy", "actorName", reason, ${at}, "stateBefore", "intentId",
      "intentVersion", "wantedBefore", "fieldsBefore"
    from ${recordset(
      rows,
      sql`"driftId" uuid, "batchId" uuid, decision text, "byPolicy" boolean, "actorName" text, reason text,
          "stateBefore" text, "intentId" uuid, "intentVersion" int, "wantedBefore" boolean, "fieldsBefore" jsonb`,
    )}`.execute(trx)
}

export interface BatchRow {
  readonly decisionId: string
  readonly driftId: string
  readonly connectionId: string
  readonly decision: Decision
  readonly stateBefore: Exclude<DriftState, 'closed'>
  readonly state: DriftState
  readonly yields: Subject['yields']
  readonly intentId: string | null
  readonly intentVersion: number | null
  readonly wantedBefore: boolean | null
  readonly fieldsBefore: Fields | null
  /** A later decision about the same drift, or another drift of the same thing, has taken its place. */
  readonly isSuperseded: boolean
}

/** What a batch decided and nobody has undone, locked. */
export async function findBatch(trx: TenantTx, batchId: string): Promise<readonly BatchRow[]> {
  const { rows } = await sql<BatchRow>`
    select made.id as "decisionId", drift.id as "driftId", drift.connection_id as "connectionId", made.decision,
      made.state_before as "stateBefore", drift.state, drift.yields, made.intent_id as "intentId",
      made.intent_version as "intentVersion", made.wanted_before as "wantedBefore",
      made.fields_before as "fieldsBefore",
      exists (select from drift_decision later where later.drift_id = drift.id and later.undone_at is null
        and later.at > made.at) or exists (
        select from drift other where other.id <> drift.id and other.closed_at is null
          and other.connection_id = drift.connection_id and other.kind = drift.kind
          and other.entitlement_external_id = drift.entitlement_external_id
          and other.account_external_id = drift.account_external_id
          and other.grant_type = drift.grant_type) as "isSuperseded"
    from drift_decision made join drift on drift.id = made.drift_id
    where made.batch_id = ${batchId} and made.undone_at is null
    order by drift.id for update of drift, made`.execute(trx)
  return rows
}

export async function markUndone(
  trx: TenantTx,
  decisionIds: readonly string[],
  by: string,
  at: Date,
): Promise<void> {
  await sql`
    update drift_decision set undone_at = ${at}, undone_by = ${by}
    where id = any(${decisionIds}::uuid[])`.execute(trx)
}

/** Back to what they were before they were decided. */
export async function reopen(
  trx: TenantTx,
  rows: readonly { readonly id: string; readonly state: DriftState }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update drift set state = sent.state, closed_at = null, resolution = null
    from ${recordset(rows, sql`id uuid, state text`)} where drift.id = sent.id`.execute(trx)
}

/** Drift whose operation nobody has taken up, oldest first, locked; what others hold is left out. */
export async function lockWanted(
  trx: TenantTx,
  { limit, ids }: { readonly limit: number; readonly ids?: readonly string[] },
): Promise<readonly WantedChange[]> {
  const only = ids ? sql`and drift.id = any(${ids}::uuid[])` : sql``
  const { rows } = await sql<WantedChange>`
    select id as "driftId", connection_id as "connectionId", kind, type, type <> 'excess' as wanted, yields,
      entitlement_type as "entitlementType", entitlement_external_id as entitlement,
      account_external_id as account, grant_type as "grantType", intended, observed, intent_id as "intentId",
      intent_version as "intentVersion"
    from drift where state = 'operation_wanted' ${only}
    order by changed_at, id limit ${limit} for update skip locked`.execute(trx)
  return rows
}

export async function setQueued(
  trx: TenantTx,
  taken: readonly { readonly driftId: string; readonly operationId: string }[],
): Promise<void> {
  if (taken.length === 0) return
  await sql`
    update drift set state = 'operation_queued', operation_id = sent."operationId"
    from ${recordset(taken, sql`"driftId" uuid, "operationId" text`)}
    where drift.id = sent."driftId" and drift.state = 'operation_wanted'`.execute(trx)
}

/** What cannot be put back needs review again. */
export async function giveBack(trx: TenantTx, ids: readonly string[], reason: string): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update drift set state = 'open', held_reason = ${reason}
    where id = any(${ids}::uuid[]) and state = 'operation_wanted'`.execute(trx)
}

/** An operation came to nothing: what it was to put back needs review again. */
export async function reopenFailed(trx: TenantTx, operationId: string, reason: string): Promise<number> {
  const { numAffectedRows } = await sql`
    update drift set state = 'open', held_reason = ${reason}
    where operation_id = ${operationId} and state = 'operation_queued'`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

export interface PassKind {
  readonly kind: string
  readonly opened: number
  readonly changed: number
  readonly closed: number
  readonly adopted: number
  readonly wanted: number
  /** Disagree, but nothing can be said yet. */
  readonly waiting: number
  /** Listed instead of put back, because they were too many at once. */
  readonly held: number
}

export interface Pass {
  readonly connectionId: string
  readonly runId: string | null
  readonly generation: number | null
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly kinds: readonly PassKind[]
}

const keptPasses = 20

export async function insertPass(trx: TenantTx, pass: Pass): Promise<void> {
  await trx
    .insertInto('drift_pass')
    .values({
      connection_id: pass.connectionId,
      run_id: pass.runId,
      generation: pass.generation,
      started_at: pass.startedAt,
      finished_at: pass.finishedAt,
      kinds: JSON.stringify(pass.kinds),
    })
    .execute()
  await sql`
    delete from drift_pass where connection_id = ${pass.connectionId} and id not in (
      select id from drift_pass where connection_id = ${pass.connectionId}
      order by finished_at desc limit ${keptPasses})`.execute(trx)
}

/** Connections whose last run nobody has compared. */
export async function findDue(trx: TenantTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select connection.id from connection cross join lateral (
      select sync_run.id from sync_run where sync_run.connection_id = connection.id
        and sync_run.finished_at is not null order by generation desc limit 1) run
    where not exists (select from drift_pass where drift_pass.run_id = run.id)
      and owlie_lease_free('drift:' || connection.id)`.execute(trx)
  return rows.map(({ id }) => id)
}

export interface LastRun {
  readonly id: string
  readonly generation: number
}

export async function findLastRun(trx: TenantTx, connectionId: string): Promise<LastRun | null> {
  const { rows } = await sql<LastRun>`
    select id, generation from sync_run where connection_id = ${connectionId} and finished_at is not null
    order by generation desc limit 1`.execute(trx)
  return rows[0] ?? null
}

/** When the reading of each kind's last complete run began. */
export async function findReadFrom(trx: TenantTx, connectionId: string): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await sql<{ kind: string; from: Date }>`
    select distinct on (sweep.kind) sweep.kind, coalesce(kind.started_at, run.started_at, sweep.at) as "from"
    from inventory_sweep sweep
    left join sync_kind kind on kind.run_id = sweep.run_id and kind.kind = sweep.kind
    left join sync_run run on run.id = sweep.run_id
    where sweep.connection_id = ${connectionId}
    order by sweep.kind, sweep.generation desc`.execute(trx)
  return new Map(rows.map((row) => [row.kind, row.from]))
}

export async function hasIntentOrDrift(
  trx: TenantTx,
  { connectionId, kind }: { readonly connectionId: string; readonly kind: { readonly name: string } },
): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (select from assignment where connection_id = ${connectionId} and kind = ${kind.name})
      or exists (select from desired_object where connection_id = ${connectionId} and kind = ${kind.name})
      or exists (select from drift where connection_id = ${connectionId} and kind = ${kind.name}
        and closed_at is null) as has`.execute(trx)
  return rows[0]!.has
}

/** What needs review, by kind. */
export async function countOpen(trx: TenantTx, connectionId: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ kind: string; count: number }>`
    select kind, count(*)::int as count from drift
    where connection_id = ${connectionId} and closed_at is null and state in ('open', 'flagged')
    group by kind`.execute(trx)
  return new Map(rows.map(({ kind, count }) => [kind, count]))
}

export async function countOpenOfType(
  trx: TenantTx,
  connectionId: string,
  kind: string,
): Promise<Readonly<Partial<Record<DriftType, number>>>> {
  const { rows } = await sql<{ type: DriftType; count: number }>`
    select type, count(*)::int as count from drift
    where connection_id = ${connectionId} and kind = ${kind} and closed_at is null and state = 'open'
      and policy <> 'preserve' group by type`.execute(trx)
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]))
}

function recordset(rows: readonly object[], columns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as sent(${columns})`
}
