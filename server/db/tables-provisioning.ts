/** The tables of provisioning (0024), as kysely sees them. */
import type { Failure } from '@owlie/connector-kit'
import type { ColumnType, Generated } from 'kysely'

/** Written as JSON text. */
type JsonText = ColumnType<unknown, string, string>
type JsonTextOrDefault = ColumnType<unknown, string | undefined, string>
type JsonTextOrNull = ColumnType<unknown, string | null, string | null>

interface OperationTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  idempotency_key: string
  payload_hash: string
  items: JsonText
  title: string
  reason: string | null
  source_id: string | null
  state: string
  plan_number: Generated<number>
  actor_kind: string
  actor_id: string
  actor_name: string
  created_at: Date
  cancel_requested_by: string | null
  carry_on: Generated<boolean>
  waiting_until: Date | null
  waiting_reason: string | null
  in_turn: Generated<boolean>
  interruptions: Generated<number>
  failure: ColumnType<Failure | null, string | null, string | null>
  finished_at: Date | null
}

interface OperationPlanTable {
  tenant_id: Generated<string>
  operation_id: string
  number: number
  hash: string
  made_at: Date
  summary: JsonText
  approvals: JsonTextOrDefault
  approved_at: Date | null
  try_one: Generated<boolean>
  /** 0033: why no person was asked. */
  approved_by_policy: string | null
}

/** 0033: actions that need no person's approval. */
interface ApprovalRuleTable {
  tenant_id: Generated<string>
  connection_id: string
  action: string
  most: number
  set_by: string
  set_at: Date
}

interface OperationStepTable {
  id: Generated<string>
  tenant_id: Generated<string>
  operation_id: string
  plan_number: number
  position: number
  action: string
  change_id: string
  body: JsonText
  destructive: boolean
  state: string
  attempts: Generated<number>
  failure: ColumnType<Failure | null, string | null, string | null>
  external_id: string | null
  proof: 'verified' | 'unproven' | null
  proof_reason: string | null
  started_at: Date | null
  ended_at: Date | null
}

interface OperationJournalTable {
  tenant_id: Generated<string>
  operation_id: string
  seq: number
  at: Date
  step_id: string | null
  entry: 'intent' | 'outcome' | 'look' | 'proof' | 'note'
  change_id: string | null
  attempt: number | null
  detail: JsonText
}

interface OperationIntentTable {
  tenant_id: Generated<string>
  operation_id: string
  unit_key: string
  intent_id: string
  version: number
  earlier: JsonTextOrNull
}

export interface ProvisioningTables {
  operation: OperationTable
  operation_plan: OperationPlanTable
  approval_rule: ApprovalRuleTable
  operation_step: OperationStepTable
  operation_journal: OperationJournalTable
  operation_intent: OperationIntentTable
}
