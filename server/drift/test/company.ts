import { randomUUID } from 'node:crypto'
import type { Connector, ObjectKind } from '@owlie/connector-kit'
import type { TestDatabase } from '../../test/database.ts'

const base = { prerequisites: [], scopes: [], capability: '' }

/** A connector that is only its manifest: what a sync would have seen is written into the inventory directly. */
const kinds: readonly ObjectKind[] = [
  { name: 'users', label: 'Users', yields: 'account', governed: ['status', 'title'], ...base },
  {
    ...{ name: 'roles', label: 'Roles', yields: 'entitlement', entitlementType: 'role' },
    ...{ governed: ['displayName'], ...base },
  },
  { name: 'role_members', label: 'Role holders', yields: 'grant', entitlementType: 'role', ...base },
]
export const company = {
  manifest: { name: 'company', label: 'Company', kinds, fields: [] },
} as unknown as Connector

export interface Company {
  readonly connectionId: string
  /** Seen now, with these attributes. */
  user(id: string, attributes?: object): Promise<void>
  role(id: string): Promise<void>
  holds(account: string, role: string): Promise<void>
  /** No longer seen. */
  gone(table: 'account' | 'entitlement' | 'access_grant', id: string): Promise<void>
  /** All kinds (or these) were read completely, from now on. */
  complete(only?: readonly string[]): Promise<void>
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export async function newCompany(database: TestDatabase, tenantId = 'default'): Promise<Company> {
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    (await database.pool.query<Row>(text, [...values])).rows
  const [row] = await query<{ id: string }>(
    `insert into connection (tenant_id, name, connector, config, state, created_by, updated_by)
     values ($1, $2, 'company', '{}', 'ready', 'x', 'x') returning id`,
    [tenantId, randomUUID()],
  )
  const connectionId = row!.id
  let generation = 0
  const seenAgain = `stale_since = null, missed_first_at = null, last_seen_at = null, changed_at = clock_timestamp()`
  return {
    connectionId,
    query,
    async user(id, attributes = {}) {
      await query(
        `insert into account (tenant_id, connection_id, kind, external_id, display_name, status, attributes,
           content_hash, sort_name, search_text, first_seen_at, changed_at)
         values ($1, $2, 'users', $3, 'User ' || $3, 'active', $4, sha256('x'), $3, $3, clock_timestamp(),
           clock_timestamp())
         on conflict (tenant_id, connection_id, external_id) do update set attributes = excluded.attributes, ${seenAgain}`,
        [tenantId, connectionId, id, JSON.stringify(attributes)],
      )
    },
    async role(id) {
      await query(
        `insert into entitlement (tenant_id, connection_id, kind, type, external_id, display_name, attributes,
           content_hash, sort_name, search_text, first_seen_at, changed_at)
         values ($1, $2, 'roles', 'role', $3, 'Role ' || $3, '{}', sha256('x'), $3, $3, clock_timestamp(),
           clock_timestamp())
         on conflict (tenant_id, connection_id, type, external_id) do update set ${seenAgain}`,
        [tenantId, connectionId, id],
      )
    },
    async holds(account, role) {
      await query(
        `insert into access_grant (tenant_id, connection_id, kind, entitlement_type, entitlement_external_id,
           account_external_id, grant_type, first_seen_at, changed_at)
         values ($1, $2, 'role_members', 'role', $4, $3, 'role', clock_timestamp(), clock_timestamp())
         on conflict (tenant_id, connection_id, kind, entitlement_external_id, account_external_id, grant_type)
         do update set ${seenAgain}`,
        [tenantId, connectionId, account, role],
      )
    },
    async gone(table, id) {
      const column =
        table === 'access_grant' ? `account_external_id || ' ' || entitlement_external_id` : 'external_id'
      await query(
        `update ${table} set stale_since = clock_timestamp(), missed_first_at = clock_timestamp(),
           last_seen_at = clock_timestamp() where connection_id = $1 and ${column} = $2`,
        [connectionId, id],
      )
    },
    async complete(only = kinds.map(({ name }) => name)) {
      generation += 1
      for (const kind of only)
        await query(
          `insert into inventory_sweep (tenant_id, connection_id, run_id, kind, generation, at, seen, newly_stale)
           values ($1, $2, gen_random_uuid(), $3, $4, clock_timestamp(), 0, 0)`,
          [tenantId, connectionId, kind, generation],
        )
    },
  }
}
