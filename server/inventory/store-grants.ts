import { type RawBuilder, sql } from 'kysely'
import { searched, type TenantTx } from '../db/index.ts'
import type { Page, PageInput } from './inventory.ts'
import { fromNameCursor, isId, pageSize, toCursor } from '../model/index.ts'
import { lastSeenSql } from './store-sweep.ts'

export interface GrantRow {
  readonly id: string
  readonly connection_id: string
  readonly connector: string
  readonly grant_type: string
  readonly entitlement_type: string
  readonly account_id: string | null
  readonly account_external_id: string
  readonly entitlement_id: string
  readonly first_seen_at: Date
  readonly last_seen_at: Date
  readonly stale_since: Date | null
  readonly sort_name: string
}

// A grant always has its entitlement: it is read per entitlement. Its account may never have been listed.
const joined = sql`
  access_grant held
  join connection on connection.id = held.connection_id
  join entitlement on entitlement.connection_id = held.connection_id
    and entitlement.type = held.entitlement_type and entitlement.external_id = held.entitlement_external_id
  left join account on account.connection_id = held.connection_id
    and account.external_id = held.account_external_id`

const columns = sql`
  held.id, held.connection_id, connection.connector, held.grant_type, held.entitlement_type,
  account.id as account_id, held.account_external_id, entitlement.id as entitlement_id,
  held.first_seen_at, ${lastSeenSql('held')} as last_seen_at, held.stale_since`

/** What an account holds, present and stale, by the entitlement's name. */
export function grantsOf(trx: TenantTx, accountId: string, input: PageInput): Promise<Page<GrantRow>> {
  return list(trx, sql`account.id = ${accountId}`, sql`entitlement.sort_name`, accountId, input)
}

/** Who holds an entitlement, present and stale, by the account's name (its id, when it was never listed). */
export function holdersOf(
  trx: TenantTx,
  entitlementId: string,
  input: PageInput & { readonly search?: string | null | undefined },
): Promise<Page<GrantRow>> {
  const where = [sql`entitlement.id = ${entitlementId}`, ...searched('account', input.search)]
  const name = sql`coalesce(account.sort_name, held.account_external_id)`
  return list(trx, sql.join(where, sql` and `), name, entitlementId, input)
}

async function list(
  trx: TenantTx,
  where: RawBuilder<unknown>,
  name: RawBuilder<unknown>,
  of: string,
  input: PageInput,
): Promise<Page<GrantRow>> {
  if (!isId(of)) return { nodes: [], next: null, total: 0 }
  const size = pageSize(input.first)
  const place = fromNameCursor(input.after)
  const after = place ? sql`and (${name}, held.id) > (${place[0]}, ${place[1]}::uuid)` : sql``
  const { rows } = await sql<GrantRow>`
    select ${columns}, ${name} as sort_name from ${joined} where ${where} ${after}
    order by ${name}, held.id limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from ${joined} where ${where}`.execute(trx)
  const nodes = rows.slice(0, size)
  const last = nodes.at(-1)
  return {
    nodes,
    next: rows.length > size && last ? toCursor([last.sort_name, last.id]) : null,
    total: counted[0]!.total,
  }
}
