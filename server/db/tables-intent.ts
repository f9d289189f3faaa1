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

export interface IntentTables {
  assignment: AssignmentTable
  desired_object: DesiredObjectTable
  baseline: BaselineTable
  baseline_kind: BaselineKindTable
  governed_kind: GovernedKindTable
}
