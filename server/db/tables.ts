/** The tables as kysely sees them: one interface each, in the order of their migrations. */
import type { Check, Failure, Json } from '@owlie/connector-kit'
import type { ColumnType, Generated } from 'kysely'
import type { GuardTables } from './tables-guard.ts'
import type { IdentityTables } from './tables-identities.ts'
import type { IntentTables } from './tables-intent.ts'
import type { ProvisioningTables } from './tables-provisioning.ts'
import type { ScheduleTables } from './tables-schedule.ts'

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

/** 0002: the audit chain. Read only; `owlie_audit_append` writes. */
export interface AuditEventTable {
  tenant_id: Generated<string>
  seq: number
  at: Date
  /** Canonical JSON of `{ action, actor, detail, subject }`. */
  content: string
  prev_hash: string
  hash: string
  action: ColumnType<string | null, never, never>
  actor_id: ColumnType<string | null, never, never>
  subject_id: ColumnType<string | null, never, never>
}

export interface AuditHeadTable {
  tenant_id: Generated<string>
  seq: number
  hash: string
}

/** 0004: who may do what inside Owlie. */
export interface OperatorTable {
  tenant_id: Generated<string>
  id: string
  email: string
  name: string
  role: 'admin' | 'auditor' | 'requester'
  created_at: Generated<Date>
  /** 0016 */
  disabled_at: Date | null
  one_time_until: Date | null
  created_by: string | null
  signed_in_at: Date | null
  /** 0031 */
  counts_from: Generated<Date>
}

/** 0005: who works on what; the living worker processes; whose turn it is to sweep. */
export interface LeaseTable {
  tenant_id: Generated<string>
  resource: string
  owner: string | null
  token: number
  expires_at: Date
}

export interface WorkerProcessTable {
  id: string
  pool: string
  lock_key: string
  started_at: Generated<Date>
  seen_at: Generated<Date>
}

export interface WorkerSweepTable {
  only_row: Generated<boolean>
  swept_at: Date
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
  /** 0013, with the three below. `unknown`, `custom`, or one of the connector's plans. */
  rate_plan: Generated<string>
  rate_burst: number | null
  rate_per_minute: number | null
  reserve_percent: Generated<number>
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
  /** 0016: of a private key, PEM (SPKI). */
  public_key: string | null
}

/** 0016: a key pair that waits to be taken into use. */
export interface ConnectionKeyTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connector: string
  connection_id: string | null
  sealed: string
  public_key: string
  made_by: string
  made_at: Generated<Date>
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

/** 0011: what is, as the syncs saw it. */
interface SeenColumns {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  kind: string
  first_seen_at: Date
  first_seen_run: string | null
  changed_at: Date
  changed_run: string | null
  /** Null: seen by the last complete run of its kind. */
  last_seen_at: Date | null
  missed_first_at: Date | null
  missed_first_run: string | null
  stale_since: Date | null
  /** 0030: it came in a run the guard held, and no run that is believed has seen it since. */
  held_run: string | null
}

interface DescribedColumns extends SeenColumns {
  external_id: string
  display_name: string
  attributes: ColumnType<Readonly<Record<string, Json>>, string, string>
  content_hash: Buffer
  sort_name: string
  search_text: string
}

export interface AccountTable extends DescribedColumns {
  email: string | null
  status: 'active' | 'blocked'
}

export interface EntitlementTable extends DescribedColumns {
  type: string
  description: string | null
}

export interface AccessGrantTable extends SeenColumns {
  entitlement_type: string
  entitlement_external_id: string
  account_external_id: string
  grant_type: string
}

export interface ObservationPageTable {
  tenant_id: Generated<string>
  connection_id: string
  run_id: string
  kind: string
  sequence: number
  container: string
  seen: string[]
  vanished: Generated<boolean>
  at: Date
}

export interface InventorySweepTable {
  tenant_id: Generated<string>
  connection_id: string
  run_id: string
  kind: string
  generation: number
  at: Date
  seen: number
  newly_stale: number
}

/** 0034: operations whose changes were read back. */
export interface InventoryProofTable {
  tenant_id: Generated<string>
  connection_id: string
  source: string
  at: Date
}

/** 0012: sync runs. */
export interface SyncRunTable {
  id: Generated<string>
  tenant_id: Generated<string>
  connection_id: string
  generation: number
  status: 'queued' | 'running' | 'complete' | 'incomplete' | 'failed' | 'cancelled'
  trigger: 'manual' | 'api' | 'schedule' | 'event'
  actor_name: string | null
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
  in_turn: Generated<boolean>
  interruptions: Generated<number>
  faults: Generated<number>
  parks: Generated<number>
  progress_at: Date | null
  waiting_until: Date | null
  waiting_reason: string | null
  /** `{ total, byRoute, throttled, waitedMs }` */
  requests: ColumnType<unknown, string, string>
  worked_ms: Generated<number>
  failure: ColumnType<Failure | null, string | null, string | null>
  /** `[{ at, kind, fromPage }]` */
  resumptions: ColumnType<unknown, string | undefined, string>
  forecast: ColumnType<unknown, string | null | undefined, string | null>
  /** From here 0015. */
  mode: Generated<'full' | 'incremental'>
  paused_at: Date | null
  paused_by: string | null
  paused_version: number | null
  /** `{ connection, connector, version, config }` */
  settings: ColumnType<unknown, string | null | undefined, string | null>
  /** Scopes. */
  granted: ColumnType<unknown, string | null | undefined, string | null>
  hint_cursor: ColumnType<Json, string | null | undefined, string | null>
  hint_failure: ColumnType<Failure | null, string | null | undefined, string | null>
  hints: Generated<number>
  hints_known: Generated<number>
}

export interface SyncKindTable {
  tenant_id: Generated<string>
  run_id: string
  kind: string
  label: string
  position: number
  state: 'pending' | 'running' | 'ended'
  end: 'complete' | 'held' | 'truncated' | 'skipped' | 'failed' | null
  reason: string | null
  failure: ColumnType<Failure | null, string | null, string | null>
  checkpoint_version: Generated<number>
  cursor: ColumnType<Json, string | undefined, string>
  container: string | null
  within_container: Generated<boolean>
  container_pages: Generated<number>
  restarts: Generated<number>
  containers_done: Generated<number>
  containers_total: number | null
  containers_vanished: Generated<number>
  truncations: Generated<number>
  truncated_why: ColumnType<Failure | null, string | null, string | null>
  pages: Generated<number>
  read: Generated<number>
  created: Generated<number>
  changed: Generated<number>
  unchanged: Generated<number>
  stale: Generated<number>
  quarantined: Generated<number>
  nameless: Generated<number>
  total: number | null
  total_exact: Generated<boolean>
  started_at: Date | null
  ended_at: Date | null
  /** From here 0015. */
  requests: Generated<number>
  /** `{ words: lists }` */
  proofs: ColumnType<Readonly<Record<string, number>>, string | undefined, string>
}

export interface SyncPageTable {
  tenant_id: Generated<string>
  run_id: string
  kind: string
  sequence: number
  container: string
  restart: number
  cursor_hash: Buffer | null
  records: number
  /** `[{ id, reason }]` */
  quarantined: ColumnType<unknown, string | undefined, string>
  at: Date
}

/** 0013: what is left of a target's rate limits. */
export interface RateBudgetTable {
  tenant_id: Generated<string>
  target: string
  /** By the name of each limit (server/rate); written as JSON text. */
  buckets: ColumnType<Readonly<Record<string, unknown>>, string | undefined, string>
  used_at: Generated<Date>
}

export interface Tables
  extends GuardTables, IntentTables, IdentityTables, ProvisioningTables, ScheduleTables {
  owlie_migration: OwlieMigrationTable
  tenant: TenantTable
  audit_event: AuditEventTable
  audit_head: AuditHeadTable
  operator: OperatorTable
  lease: LeaseTable
  worker_process: WorkerProcessTable
  worker_sweep: WorkerSweepTable
  connection: ConnectionTable
  connection_secret: ConnectionSecretTable
  connection_test: ConnectionTestTable
  connection_key: ConnectionKeyTable
  account: AccountTable
  entitlement: EntitlementTable
  access_grant: AccessGrantTable
  observation_page: ObservationPageTable
  inventory_sweep: InventorySweepTable
  inventory_proof: InventoryProofTable
  sync_run: SyncRunTable
  sync_kind: SyncKindTable
  sync_page: SyncPageTable
  rate_budget: RateBudgetTable
}
