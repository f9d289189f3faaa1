import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { isId } from '../model/index.ts'
import type { EntitlementCore, EntitlementsBy } from './inventory.ts'

interface Row {
  readonly id: string
  readonly type: string
  readonly external_id: string
  readonly display_name: string
  readonly description: string | null
  readonly attributes: Record<string, unknown>
}

export async function findEntitlementsBy(
  trx: TenantTx,
  connectionId: string,
  { type, attribute, values }: EntitlementsBy,
): Promise<readonly EntitlementCore[]> {
  if (values.length === 0 || !isId(connectionId)) return []
  const wanted = attribute === null ? sql`external_id` : sql`attributes->>${attribute}::text`
  const { rows } = await sql<Row>`
    select id, type, external_id, display_name, description, attributes from entitlement
    where connection_id = ${connectionId} and type = ${type} and stale_since is null
      and ${wanted} = any(${[...values]}::text[])
    order by external_id`.execute(trx)
  return rows.map(({ external_id: externalId, display_name: displayName, ...row }) => ({
    ...row,
    externalId,
    displayName,
  }))
}
