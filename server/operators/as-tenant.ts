import { sql } from 'kysely'
import type { Database, SystemTx, TenantTx } from '../db/index.ts'

/**
 * A transaction that reaches both the sign-in tables (schema `auth`, owner only) and one tenant's rows, so that an
 * operator, a key and their audit event are written together or not at all. It acts as the owner, whom row-level security
 * does not limit: what runs in it names the tenant in each statement (store.ts) or in SQL (`owlie_audit_append`).
 */
export function asTenant<T>(
  database: Database,
  tenantId: string,
  work: (trx: TenantTx & SystemTx) => Promise<T>,
): Promise<T> {
  return database.system(async (trx) => {
    await sql`select set_config('owlie.tenant_id', ${tenantId}, true)`.execute(trx)
    return work(trx as unknown as TenantTx & SystemTx)
  })
}
