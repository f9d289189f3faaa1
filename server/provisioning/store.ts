import type { Failure } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Actor } from '../model/index.ts'
import type {
  Approval,
  Item,
  JournalEntry,
  OperationState,
  Plan,
  PlannedStep,
  PlanSummary,
  Step,
  StepBody,
  StepState,
} from './operation.ts'
import type { StepCounts } from './progress.ts'
import { finished, statesBefore } from './transitions.ts'

export interface OperationRow {
  readonly id: string
  readonly connectionId: string
  readonly idempotencyKey: string
  readonly payloadHash: string
  readonly items: readonly Item[]
  readonly title: string
  readonly reason: string | null
  readonly sourceId: string | null
  readonly state: OperationState
  readonly planNumber: number
  readonly actorKind: Actor['kind']
  readonly actorId: string
  readonly actorName: string
  readonly createdAt: Date
  readonly cancelRequestedBy: string | null
  readonly carryOn: boolean
  readonly waitingUntil: Date | null
  readonly waitingReason: string | null
  readonly inTurn: boolean
  readonly interruptions: number
  readonly failure: Failure | null
  readonly finishedAt: Date | null
}

const operationColumns = sql`
  id, connection_id as "connectionId", idempotency_key as "idempotencyKey", payload_hash as "payloadHash", items,
  title, reason, source_id as "sourceId", state, plan_number as "planNumber", actor_kind as "actorKind",
  actor_id as "actorId", actor_name as "actorName", created_at as "createdAt",
  cancel_requested_by as "cancelRequestedBy", carry_on as "carryOn", waiting_until as "waitingUntil",
  waiting_reason as "waitingReason", in_turn as "inTurn", interruptions, failure, finished_at as "finishedAt"`

/** Null when the key is taken: by this very call before, or by another one. */
export async function insertOperation(
  trx: TenantTx,
  row: Pick<
    OperationRow,
    | 'connectionId'
    | 'idempotencyKey'
    | 'payloadHash'
    | 'items'
    | 'title'
    | 'reason'
    | 'sourceId'
    | 'createdAt'
  > & { readonly actor: Actor },
): Promise<OperationRow | null> {
  const { actor } = row
  const { rows } = await sql<OperationRow>`
    insert into operation (connection_id, idempotency_key, payload_hash, items, title, reason, source_id, state,
      actor_kind, actor_id, actor_name, created_at)
    values (${row.connectionId}, ${row.idempotencyKey}, ${row.payloadHash}, ${JSON.stringify(row.items)}, ${row.title},
      ${row.reason}, ${row.sourceId}, 'planning', ${actor.kind}, ${actor.personId ?? actor.id}, ${actor.name},
      ${row.createdAt})
    on conflict (tenant_id, idempotency_key) do nothing
    returning ${operationColumns}`.execute(trx)
  return rows[0] ?? null
}

/** The connector's name; null when there is no such connection. */
export async function findConnector(trx: TenantTx, connectionId: string): Promise<string | null> {
  const { rows } = await sql<{ connector: string }>`
    select connector from connection where id = ${connectionId}`.execute(trx)
  return rows[0]?.connector ?? null
}

/** Whose transaction it is. */
export async function tenantOf(trx: TenantTx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select current_setting('owlie.tenant_id') as id`.execute(trx)
  return rows[0]!.id
}

export async function findByKey(trx: TenantTx, key: string): Promise<OperationRow | null> {
  const { rows } = await sql<OperationRow>`
    select ${operationColumns} from operation where idempotency_key = ${key}`.execute(trx)
  return rows[0] ?? null
}

export async function findOperations(
  trx: TenantTx,
  ids: readonly string[],
): Promise<readonly OperationRow[]> {
  const { rows } = await sql<OperationRow>`
    select ${operationColumns} from operation where id = any(${ids}::uuid[])`.execute(trx)
  return rows
}

/** Locked until the transaction ends. */
export async function lockOperation(trx: TenantTx, id: string): Promise<OperationRow | null> {
  const { rows } = await sql<OperationRow>`
    select ${operationColumns} from operation where id = ${id} for update`.execute(trx)
  return rows[0] ?? null
}

export interface ListFilter {
  readonly connectionId?: string | null
  readonly states?: readonly OperationState[] | null
}

/** Newest first. `before`: the place of the last one of the page before. */
export async function listOperations(
  trx: TenantTx,
  filter: ListFilter,
  limit: number,
  before: readonly [string, string] | null,
): Promise<readonly OperationRow[]> {
  const where = [
    sql`true`,
    ...(filter.connectionId ? [sql`connection_id = ${filter.connectionId}`] : []),
    ...(filter.states ? [sql`state = any(${filter.states}::text[])`] : []),
    ...(before ? [sql`(created_at, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)`] : []),
  ]
  const { rows } = await sql<OperationRow>`
    select ${operationColumns} from operation where ${sql.join(where, sql` and `)}
    order by created_at desc, id desc limit ${limit}`.execute(trx)
  return rows
}

/** Ids of those nobody works on though there is something to do now. */
export async function findDue(trx: TenantTx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from operation
    where state in ('planning', 'approved', 'applying') and coalesce(waiting_until, '-infinity') <= clock_timestamp()
      and owlie_lease_free('provision:' || connection_id)
    order by created_at limit 50`.execute(trx)
  return rows.map(({ id }) => id)
}

export interface StateChange {
  readonly to: OperationState
  readonly at: Date
  readonly failure?: Failure | null
  readonly planNumber?: number
  readonly carryOn?: boolean
}

/** False when the table of transitions does not allow it from the present state. */
export async function moveTo(trx: TenantTx, id: string, change: StateChange): Promise<boolean> {
  const { to, at, failure = null, planNumber = null, carryOn = null } = change
  const isOver = finished.includes(to)
  const { rows } = await sql`
    update operation set state = ${to}, failure = ${failure === null ? null : JSON.stringify(failure)}::jsonb,
      plan_number = coalesce(${planNumber}, plan_number), carry_on = coalesce(${carryOn}, carry_on),
      cancel_requested_by = case when ${to} = 'planning' then null else cancel_requested_by end,
      waiting_until = null, waiting_reason = null, interruptions = 0, finished_at = ${isOver ? at : null}
    where id = ${id} and state = any(${statesBefore(to)}::text[])
    returning id`.execute(trx)
  return rows.length > 0
}

export async function setTurn(
  trx: TenantTx,
  id: string,
  turn: {
    readonly inTurn: boolean
    readonly interruptions?: number
    readonly wait?: { readonly until: Date; readonly reason: string } | null
  },
): Promise<void> {
  const { inTurn, interruptions = null, wait } = turn
  await sql`
    update operation set in_turn = ${inTurn}, interruptions = coalesce(${interruptions}, interruptions)
      ${wait === undefined ? sql`` : sql`, waiting_until = ${wait?.until ?? null}, waiting_reason = ${wait?.reason ?? null}`}
    where id = ${id}`.execute(trx)
}

export async function askToCancel(trx: TenantTx, id: string, by: string): Promise<void> {
  await sql`update operation set cancel_requested_by = ${by}, waiting_until = null, waiting_reason = null
    where id = ${id}`.execute(trx)
}

export async function insertPlan(
  trx: TenantTx,
  operationId: string,
  made: {
    readonly number: number
    readonly hash: string
    readonly at: Date
    readonly summary: PlanSummary
    readonly steps: readonly PlannedStep[]
  },
): Promise<void> {
  await sql`
    insert into operation_plan (operation_id, number, hash, made_at, summary)
    values (${operationId}, ${made.number}, ${made.hash}, ${made.at}, ${JSON.stringify(made.summary)})`.execute(
    trx,
  )
  const rows = made.steps.map(({ action, changeId, destructive, ...body }, at) => ({
    position: at + 1,
    action,
    change_id: changeId,
    destructive,
    body,
  }))
  if (rows.length === 0) return
  await sql`
    insert into operation_step (operation_id, plan_number, position, action, change_id, destructive, body, state)
    select ${operationId}, ${made.number}, position, action, change_id, destructive, body, 'pending'
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as sent(position integer, action text, change_id text, destructive boolean, body jsonb)`.execute(trx)
}

export async function findPlans(
  trx: TenantTx,
  of: readonly { readonly id: string; readonly planNumber: number }[],
): Promise<ReadonlyMap<string, Plan>> {
  if (of.length === 0) return new Map()
  const { rows } = await sql<Plan & { operationId: string }>`
    select operation_id as "operationId", number, hash, made_at as "madeAt", summary, approvals,
      approved_at as "approvedAt", approved_by_policy as "approvedByPolicy", try_one as "tryOne"
    from operation_plan join json_to_recordset(${JSON.stringify(of)}::json) as asked(id uuid, "planNumber" integer)
      on operation_id = asked.id and number = asked."planNumber"`.execute(trx)
  return new Map(rows.map(({ operationId, ...plan }) => [operationId, plan]))
}

export async function approvePlan(
  trx: TenantTx,
  operationId: string,
  number: number,
  given: {
    readonly approvals: readonly Approval[]
    readonly approvedAt: Date | null
    readonly tryOne: boolean
    /** Where approving takes more than was seen when it was planned. */
    readonly guard?: PlanSummary['guard']
    readonly policy?: string | null
  },
): Promise<void> {
  const guard = given.guard ? JSON.stringify({ guard: given.guard }) : '{}'
  await sql`
    update operation_plan set approvals = ${JSON.stringify(given.approvals)}::jsonb, approved_at = ${given.approvedAt},
      try_one = ${given.tryOne}, approved_by_policy = ${given.policy ?? null}, 
      summary = summary || ${guard}::jsonb
    where operation_id = ${operationId} and number = ${number}`.execute(trx)
}

interface StepRow extends Omit<Step, keyof StepBody> {
  readonly body: StepBody
}

const stepColumns = sql`
  id, position, action, change_id as "changeId", body, destructive, state, attempts, failure,
  external_id as "externalId", proof, proof_reason as "proofReason", started_at as "startedAt", ended_at as "endedAt"`

const toStep = ({ body, ...row }: StepRow): Step => ({ ...row, ...body })

export async function listSteps(
  trx: TenantTx,
  operationId: string,
  planNumber: number,
  range: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly Step[]> {
  const { rows } = await sql<StepRow>`
    select ${stepColumns} from operation_step
    where operation_id = ${operationId} and plan_number = ${planNumber} and position > ${range.after ?? 0}
    order by position limit ${range.limit ?? 100_000}`.execute(trx)
  return rows.map(toStep)
}

/** What every plan of an operation did so far. */
export async function listDone(trx: TenantTx, operationId: string): Promise<readonly Step[]> {
  const { rows } = await sql<StepRow>`
    select ${stepColumns} from operation_step where operation_id = ${operationId}
    order by plan_number, position`.execute(trx)
  return rows.map(toStep)
}

/** Until the transaction ends nobody else approves anything of this connection. */
export async function lockApprovals(trx: TenantTx, connectionId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('owlie.approve:' || ${connectionId}, 0))`.execute(
    trx,
  )
}

/** Single destructive changes, by action, of other operations' plans that one person approved since, done or still to be. */
export async function destroyedByOne(
  trx: TenantTx,
  of: { readonly id: string; readonly connectionId: string; readonly since: Date },
): Promise<readonly { readonly action: string; readonly units: number }[]> {
  const { rows } = await sql<{ action: string; units: number }>`
    select action, count(distinct (operation_id, unit))::int as units
    from (
      select step.action, step.operation_id, jsonb_array_elements_text(step.body -> 'units') as unit
      from operation join operation_plan plan on plan.operation_id = operation.id
        join operation_step step on step.operation_id = plan.operation_id and step.plan_number = plan.number
      where operation.connection_id = ${of.connectionId} and operation.id <> ${of.id} and step.destructive
        and plan.approved_at > ${of.since} and jsonb_array_length(plan.approvals) < 2
        and step.state not in ('refused', 'skipped', 'superseded')
    ) taken group by action`.execute(trx)
  return rows
}

/** Keys of the single changes in every plan of an operation that had all its approvals. */
export async function approvedUnits(trx: TenantTx, operationId: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ unit: string }>`
    select distinct jsonb_array_elements_text(step.body -> 'units') as unit
    from operation_step step join operation_plan plan using (operation_id)
    where step.operation_id = ${operationId} and plan.number = step.plan_number and plan.approved_at is not null`.execute(
    trx,
  )
  return new Set(rows.map(({ unit }) => unit))
}

export interface StepChange {
  readonly state: StepState
  readonly failure?: Failure | null
  readonly externalId?: string | null
  readonly proof?: 'verified' | 'unproven' | null
  readonly proofReason?: string | null
  readonly at: Date
}

export async function setStep(trx: TenantTx, id: string, change: StepChange): Promise<void> {
  const { state, failure = null, externalId = null, proof = null, proofReason = null, at } = change
  const isTouch = state === 'touching'
  const isEnd = !['pending', 'touching', 'unknown'].includes(state)
  await sql`
    update operation_step set state = ${state}, failure = ${failure === null ? null : JSON.stringify(failure)}::jsonb,
      external_id = coalesce(${externalId}, external_id), proof = ${proof}, proof_reason = ${proofReason},
      attempts = attempts + ${isTouch ? 1 : 0}, started_at = coalesce(started_at, ${at}),
      ended_at = ${isEnd ? at : null}
    where id = ${id}`.execute(trx)
}

export async function countSteps(
  trx: TenantTx,
  of: readonly { readonly id: string; readonly planNumber: number }[],
): Promise<ReadonlyMap<string, StepCounts>> {
  if (of.length === 0) return new Map()
  const { rows } = await sql<StepCounts & { id: string }>`
    select step.operation_id as id, count(*)::int as steps,
      count(*) filter (where step.state in ('applied', 'same', 'superseded'))::int as done,
      count(*) filter (where step.state in ('refused', 'unknown'))::int as failed,
      count(*) filter (where step.ended_at >= plan.approved_at)::int as "endedSince"
    from operation_step step
    join json_to_recordset(${JSON.stringify(of)}::json) as asked(id uuid, "planNumber" integer)
      on step.operation_id = asked.id and step.plan_number = asked."planNumber"
    join operation_plan plan on plan.operation_id = step.operation_id and plan.number = step.plan_number
    group by step.operation_id`.execute(trx)
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}

export async function addEntry(
  trx: TenantTx,
  operationId: string,
  entry: Omit<JournalEntry, 'seq'>,
): Promise<void> {
  await sql`
    insert into operation_journal (operation_id, seq, at, step_id, entry, change_id, attempt, detail)
    select ${operationId}, coalesce(max(seq), 0) + 1, ${entry.at}, ${entry.stepId}::uuid, ${entry.entry},
      ${entry.changeId}::text, ${entry.attempt}::integer, ${JSON.stringify(entry.detail)}::jsonb
    from operation_journal where operation_id = ${operationId}`.execute(trx)
}

export async function listJournal(
  trx: TenantTx,
  operationId: string,
  range: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly JournalEntry[]> {
  const { rows } = await sql<JournalEntry>`
    select seq, at, step_id as "stepId", entry, change_id as "changeId", attempt, detail from operation_journal
    where operation_id = ${operationId} and seq > ${range.after ?? 0} order by seq
    limit ${range.limit ?? 100_000}`.execute(trx)
  return rows
}
