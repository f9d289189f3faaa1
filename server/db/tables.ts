/** The tables as kysely sees them: one interface each, in the order of their migrations. */
import type { Check } from '@owlie/connector-kit'
import type { ColumnType, Generated } from 'kysely'

export interface TenantTable {
  id: string
  name: string
  created_at: Generated<Date>
}

export interface OwlieMigrationTable {
  name: string
  checksum: string
  applied_at: ColumnType<Date, never, never>
}

/** 0010: a tenant's use of a connector. */
export interface ConnectionTable {
  id: Generated<string>
  tenant_id: Generated<string>
  name: string
  connector: string
  /** Written as JSON text. */
  config: ColumnType<Readonly<Record<string, string>>, string, string>
  state: 'incomplete' | 'ready'
  state_reason: string | null
  version: Generated<number>
  created_at: Generated<Date>
  created_by: string
  updated_at: Generated<Date>
  updated_by: string
}

export interface ConnectionSecretTable {
  tenant_id: Generated<string>
  connection_id: string
  field: string
  sealed: string
  version: number
  last_four: string | null
  set_by: string
  set_at: Generated<Date>
}

export interface ConnectionTestTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string | null
  connection_version: number | null
  connector: string
  config_digest: string
  status: 'running' | 'passed' | 'warning' | 'failed' | 'cancelled'
  summary: string
  /** Rows of the test (connector-kit's `Check`); written as JSON text. */
  checks: ColumnType<readonly Check[], string, string>
  granted_scopes: string[] | null
  actor_name: string
  started_at: Generated<Date>
  finished_at: Date | null
  alive_at: Generated<Date>
  cancel_requested_by: string | null
}

export interface Tables {
  owlie_migration: OwlieMigrationTable
  tenant: TenantTable
  connection: ConnectionTable
  connection_secret: ConnectionSecretTable
  connection_test: ConnectionTestTable
}
