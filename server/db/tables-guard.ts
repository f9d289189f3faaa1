/** The tables of the mass-change guard and of retention as kysely sees them. */
import type { ColumnType, Generated } from 'kysely'

/** 0018: how much may happen at once, and what was stopped. */
interface GuardLimitTable {
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  metric: 'created' | 'changed' | 'missed'
  free: number
  absolute: number | null
  percent: ColumnType<string | null, number | null, number | null>
  set_by: string
  set_at: Date
}

interface GuardStopTable {
  tenant_id: Generated<string>
  id: Generated<string>
  connection_id: string
  run_id: string
  generation: number
  kind: string
  label: string
  at: Date
  reasons: ColumnType<unknown, string, string>
  counts: ColumnType<unknown, string, string>
  missed: string[]
  set_hash: string
  state: 'stopped' | 'requested' | 'released' | 'superseded'
  requested_by: string | null
  requested_by_name: string | null
  requested_at: Date | null
  expires_at: Date | null
  released_by: string | null
  released_by_name: string | null
  released_at: Date | null
  closed_reason: string | null
}

/** 0019: how long what vanished is kept; null is for ever. */
interface RetentionTable {
  tenant_id: Generated<string>
  connection_id: string
  days: number | null
  set_by: string
  set_at: Date
}

export interface GuardTables {
  guard_limit: GuardLimitTable
  guard_stop: GuardStopTable
  retention: RetentionTable
}
