import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** An object that has been gone for long, by what names it in the target. */
export interface GoneObject {
  readonly id: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  /** The account's or entitlement's id, or the account's of a grant. */
  readonly externalId: string
  readonly entitlementType: string | null
  /** Of a grant. */
  readonly entitlementExternalId: string | null
}

/** Stale since before that time, of all sorts, by id. */
export async function staleBefore(
  trx: TenantTx,
  connectionId: string,
  before: Date,
  limit: number,
  after: string | null,
): Promise<readonly GoneObject[]> {
  const { rows } = await sql<GoneObject>`
    select * from (
      select id, 'grant' as yields, account_external_id as "externalId", entitlement_type as "entitlementType",
             entitlement_external_id as "entitlementExternalId"
      from access_grant where connection_id = ${connectionId} and stale_since < ${before}
      union all
      select id, 'account', external_id, null, null from account
      where connection_id = ${connectionId} and stale_since < ${before}
      union all
      select id, 'entitlement', external_id, type, null from entitlement
      where connection_id = ${connectionId} and stale_since < ${before}
    ) gone
    where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`.execute(trx)
  return rows
}

/** Removes objects for good, those that came back meanwhile excepted. */
export async function removeObjects(
  trx: TenantTx,
  connectionId: string,
  ids: readonly string[],
): Promise<void> {
  for (const table of ['access_grant', 'account', 'entitlement'] as const)
    await sql`
      delete from ${sql.table(table)} where connection_id = ${connectionId} and id = any(${ids}::uuid[])
        and stale_since is not null`.execute(trx)
}
