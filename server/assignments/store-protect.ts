import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** An object of the inventory, by what names it in the target. Grants name both their ends. */
export interface NamedObject {
  readonly id: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  /** The account's or entitlement's id, or the account's of a grant. */
  readonly externalId: string
  readonly entitlementType: string | null
  /** Of a grant. */
  readonly entitlementExternalId: string | null
}

/**
 * Ids of those that somebody wants, that an operation of ours made, or that are one end of something wanted: their
 * absence is a matter of drift, and must not be forgotten.
 */
export async function protectedAmong(
  trx: TenantTx,
  connectionId: string,
  objects: readonly NamedObject[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    with named as (
      select * from json_to_recordset(${JSON.stringify(objects)}::json) as named
        (id uuid, yields text, "externalId" text, "entitlementType" text, "entitlementExternalId" text)
    )
    select named.id from named
    where (named.yields <> 'grant' and exists (
        select from desired_object wish
        where wish.connection_id = ${connectionId} and wish.external_id = named."externalId"
          and wish.yields = named.yields and wish.entitlement_type is not distinct from named."entitlementType"
          and (wish.wanted or wish.source = 'operation')))
      or exists (
        select from assignment wish
        where wish.connection_id = ${connectionId} and (wish.wanted or wish.source = 'operation')
          and case named.yields
            when 'account' then wish.account_external_id = named."externalId"
            when 'entitlement' then wish.entitlement_type = named."entitlementType"
              and wish.entitlement_external_id = named."externalId"
            else wish.entitlement_type = named."entitlementType"
              and wish.entitlement_external_id = named."entitlementExternalId"
              and wish.account_external_id = named."externalId" end)`.execute(trx)
  return new Set(rows.map((row) => row.id))
}
