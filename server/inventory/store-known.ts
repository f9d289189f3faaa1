import type { ObjectKind, Observation } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** An object as it was last seen, under the target's own id. */
export interface Known {
  readonly observation: Exclude<Observation, { type: 'grant' }>
  readonly isStale: boolean
}

interface Row {
  readonly id: string
  readonly displayName: string
  readonly description: string | null
  readonly email: string | null
  readonly status: 'active' | 'blocked'
  readonly attributes: Known['observation']['attributes']
  readonly isStale: boolean
}

/** Accounts or entitlements of a kind by the target's ids; those never seen are left out. */
export async function findKnown(
  trx: TenantTx,
  connectionId: string,
  kind: ObjectKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const common = sql`external_id as id, display_name as "displayName", attributes, stale_since is not null as "isStale"`
  const { rows } =
    kind.yields === 'account'
      ? await sql<Row>`
          select ${common}, email, status from account
          where connection_id = ${connectionId} and external_id = any(${ids}::text[])`.execute(trx)
      : await sql<Row>`
          select ${common}, description from entitlement
          where connection_id = ${connectionId} and type = ${kind.entitlementType ?? ''}
            and external_id = any(${ids}::text[])`.execute(trx)
  return new Map(rows.map((row) => [row.id, { observation: observationOf(kind, row), isStale: row.isStale }]))
}

function observationOf(kind: ObjectKind, row: Row): Known['observation'] {
  const { id, displayName, attributes } = row
  if (kind.yields === 'account')
    return { type: 'account', id, displayName, email: row.email, status: row.status, attributes }
  const entitlementType = kind.entitlementType ?? ''
  return { type: 'entitlement', entitlementType, id, displayName, description: row.description, attributes }
}

/** The grants of a kind these accounts were last seen to hold, by `account entitlement`. */
export async function findHeld(
  trx: TenantTx,
  connectionId: string,
  { name }: ObjectKind,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, readonly Observation[]>> {
  const { rows } = await sql<{ account: string; entitlement: string; grantType: string }>`
    select account_external_id as account, entitlement_external_id as entitlement, grant_type as "grantType"
    from access_grant
    where connection_id = ${connectionId} and kind = ${name} and stale_since is null
      and account_external_id = any(${accounts}::text[])`.execute(trx)
  return new Map(rows.map((row) => [`${row.account} ${row.entitlement}`, [{ type: 'grant', ...row }]]))
}
