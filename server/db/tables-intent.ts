/** The tables of intent and drift (0021, 0022), as kysely sees them. */
import type { Json } from '@owlie/connector-kit'
import type { ColumnType, Generated } from 'kysely'

/** 0021: what ought to be. */
interface IntentColumns {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  identity_id: string | null
  wanted: boolean
  source: 'person' | 'rule' | 'baseline' | 'operation' | 'adopted'
  source_id: string | null
  actor_name: string
  reason: string | null
  desired_version: number
  applied_version: Generated<number>
  since: Date
  applied_at: Date | null
}

interface AssignmentTable extends IntentColumns {
  entitlement_type: string
  entitlement_external_id: string
  grant_type: string
  account_external_id: string | null
}

interface DesiredObjectTable extends IntentColumns {
  yields: 'account' | 'entitlement'
  entitlement_type: string | null
  external_id: string | null
  fields: ColumnType<Readonly<Record<string, Json>>, string, string>
}

interface BaselineTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  status: 'running' | 'complete' | 'cancelled'
  actor_name: string
  started_at: Date
  finished_at: Date | null
}

interface BaselineKindTable {
  tenant_id: Generated<string>
  baseline_id: string
  kind: string
  position: number
  cursor: string | null
  total: number
  taken: Generated<number>
  kept: Generated<number>
  finished_at: Date | null
}

interface GovernedKindTable {
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  since: Date
  baseline_id: string | null
  actor_name: string
}

/** 0022: where what is and what ought to be disagree. */
interface DriftTable {
  id: string
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  yields: 'account' | 'entitlement' | 'grant'
  type: DriftType
  entitlement_type: string | null
  entitlement_external_id: string
  account_external_id: string
  grant_type: string
  intent_id: string | null
  intent_version: number
  observed: ColumnType<Readonly<Record<string, Json>> | null, string | null, string | null>
  intended: ColumnType<Readonly<Record<string, Json>> | null, string | null, string | null>
  state: 'open' | 'flagged' | 'ignored' | 'operation_wanted' | 'operation_queued' | 'closed'
  policy: DriftDecision
  policy_by: string | null
  held_reason: string | null
  operation_id: string | null
  first_seen_at: Date
  first_seen_run: string | null
  first_seen_generation: number | null
  changed_at: Date
  closed_at: Date | null
  resolution:
    'adopted' | 'put_back' | 'source_changed' | 'intent_changed' | 'became_other' | 'ignored_by_policy' | null
}

type DriftType = 'missing' | 'excess' | 'different'
type DriftDecision = 'adopt' | 'flag' | 'preserve' | 'ignore'

interface DriftDecisionTable {
  id: Generated<string>
  tenant_id: Generated<string>
  drift_id: string
  batch_id: string
  decision: DriftDecision
  by_policy: boolean
  actor_name: string
  reason: string | null
  at: Date
  state_before: string
  intent_id: string | null
  intent_version: number | null
  wanted_before: boolean | null
  fields_before: ColumnType<Readonly<Record<string, Json>> | null, string | null, string | null>
  undone_at: Date | null
  undone_by: string | null
}

interface DriftPolicyTable {
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  /** Empty: of any type. */
  type: '' | DriftType
  policy: DriftDecision
  actor_name: string
  set_at: Date
}

interface DriftSettingTable {
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  ignored_fields: string[]
  grace_ms: number
  actor_name: string
  set_at: Date
}

interface DriftPassTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  run_id: string | null
  generation: number | null
  started_at: Date
  finished_at: Date
  /** `[{ kind, opened, changed, closed, adopted, wanted, waiting, held }]` */
  kinds: ColumnType<unknown, string, string>
}

export interface IntentTables {
  assignment: AssignmentTable
  desired_object: DesiredObjectTable
  baseline: BaselineTable
  baseline_kind: BaselineKindTable
  governed_kind: GovernedKindTable
  drift: DriftTable
  drift_decision: DriftDecisionTable
  drift_policy: DriftPolicyTable
  drift_setting: DriftSettingTable
  drift_pass: DriftPassTable
}
