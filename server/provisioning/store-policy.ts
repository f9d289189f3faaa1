import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { ApprovalRule } from './approval-policy.ts'

/** Which actions of a connection need no person's approval, and what of them was approved so. */

export interface KeptRule extends ApprovalRule {
  readonly setBy: string
  readonly setAt: Date
}

export async function listRules(trx: TenantTx, connectionId: string): Promise<readonly KeptRule[]> {
  const { rows } = await sql<KeptRule>`
    select action, most, set_by as "setBy", set_at as "setAt" from approval_rule
    where connection_id = ${connectionId} order by action`.execute(trx)
  return rows
}

export async function saveRule(trx: TenantTx, connectionId: string, rule: KeptRule): Promise<void> {
  await sql`
    insert into approval_rule (connection_id, action, most, set_by, set_at)
    values (${connectionId}, ${rule.action}, ${rule.most}, ${rule.setBy}, ${rule.setAt})
    on conflict (connection_id, action) do update set most = excluded.most, set_by = excluded.set_by,
      set_at = excluded.set_at`.execute(trx)
}

export async function dropRule(trx: TenantTx, connectionId: string, action: string): Promise<void> {
  await sql`delete from approval_rule where connection_id = ${connectionId} and action = ${action}`.execute(
    trx,
  )
}

/** Changes the rules have approved since then, by action, whatever became of them. */
export async function approvedByRules(
  trx: TenantTx,
  connectionId: string,
  since: Date,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ action: string; changes: number }>`
    select step.action, sum(jsonb_array_length(step.body->'units'))::int as changes
    from operation_plan plan
    join operation on operation.id = plan.operation_id
    join operation_step step on step.operation_id = plan.operation_id and step.plan_number = plan.number
    where plan.approved_by_policy is not null and plan.approved_at > ${since}
      and operation.connection_id = ${connectionId}
    group by step.action`.execute(trx)
  return new Map(rows.map(({ action, changes }) => [action, changes]))
}
