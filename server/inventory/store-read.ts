import { type RawBuilder, sql } from 'kysely'
import { searched, type TenantTx } from '../db/index.ts'
import { fromNameCursor, isId, pageSize, toCursor } from '../model/index.ts'
import type { Account, AccountsInput, Entitlement, EntitlementsInput, Page } from './inventory.ts'
import { lastSeenSql } from './store-sweep.ts'

/** Lists of accounts and entitlements, by name. */

interface ObjectRow {
  readonly id: string
  readonly sort_name: string
}

const heldBy = sql<number>`(
  select count(*)::int from access_grant held
  where held.connection_id = account.connection_id and held.account_external_id = account.external_id
    and held.stale_since is null)`

const holdersOf = sql<number>`(
  select count(*)::int from access_grant held
  where held.connection_id = entitlement.connection_id and held.entitlement_type = entitlement.type
    and held.entitlement_external_id = entitlement.external_id and held.stale_since is null)`

const accountColumns = sql`
  account.id, account.connection_id, account.external_id, account.display_name, account.email, account.status,
  account.attributes, account.first_seen_at, ${lastSeenSql('account')} as last_seen_at, account.changed_at,
  account.stale_since, account.sort_name, ${heldBy} as grant_count`

const entitlementColumns = sql`
  entitlement.id, entitlement.connection_id, entitlement.type, entitlement.external_id, entitlement.display_name,
  entitlement.description, entitlement.attributes, entitlement.first_seen_at,
  ${lastSeenSql('entitlement')} as last_seen_at, entitlement.changed_at, entitlement.stale_since,
  entitlement.sort_name, ${holdersOf} as holder_count`

interface AccountRow extends ObjectRow {
  readonly connection_id: string
  readonly external_id: string
  readonly display_name: string
  readonly email: string | null
  readonly status: 'active' | 'blocked'
  readonly attributes: Record<string, unknown>
  readonly first_seen_at: Date
  readonly last_seen_at: Date
  readonly changed_at: Date
  readonly stale_since: Date | null
  readonly grant_count: number
}

interface EntitlementRow extends Omit<AccountRow, 'email' | 'status' | 'grant_count'> {
  readonly type: string
  readonly description: string | null
  readonly holder_count: number
}

export async function listAccounts(trx: TenantTx, input: AccountsInput): Promise<Page<Account>> {
  const { connectionId, entitlementId, search, stale, status } = input
  if (isUnknown(connectionId) || isUnknown(entitlementId)) return { nodes: [], next: null, total: 0 }
  const where = [
    sql`true`,
    ...(connectionId ? [sql`account.connection_id = ${connectionId}`] : []),
    ...(entitlementId ? [holds(entitlementId)] : []),
    ...searched('account', search),
    ...staleness('account', stale),
    ...(status ? [sql`account.status = ${status}`] : []),
  ]
  return byName('account', accountColumns, where, input, (row: AccountRow) => toAccount(row), trx)
}

export async function listEntitlements(trx: TenantTx, input: EntitlementsInput): Promise<Page<Entitlement>> {
  const { connectionId, search, stale, type } = input
  if (isUnknown(connectionId)) return { nodes: [], next: null, total: 0 }
  const where = [
    sql`true`,
    ...(connectionId ? [sql`entitlement.connection_id = ${connectionId}`] : []),
    ...(type ? [sql`entitlement.type = ${type}`] : []),
    ...searched('entitlement', search),
    ...staleness('entitlement', stale),
  ]
  return byName(
    'entitlement',
    entitlementColumns,
    where,
    input,
    (row: EntitlementRow) => toEntitlement(row),
    trx,
  )
}

function isUnknown(id: string | null | undefined): boolean {
  return Boolean(id) && !isId(id!)
}

function holds(entitlementId: string): RawBuilder<unknown> {
  return sql`exists (
    select from entitlement wanted join access_grant held
      on held.connection_id = wanted.connection_id and held.entitlement_type = wanted.type
     and held.entitlement_external_id = wanted.external_id
    where wanted.id = ${entitlementId} and held.connection_id = account.connection_id
      and held.account_external_id = account.external_id and held.stale_since is null)`
}

function staleness(table: string, stale: boolean | null | undefined): readonly RawBuilder<unknown>[] {
  if (stale === null || stale === undefined) return []
  const since = sql.ref(`${table}.stale_since`)
  return [stale ? sql`${since} is not null` : sql`${since} is null`]
}

async function byName<Row extends ObjectRow, Node>(
  table: 'account' | 'entitlement',
  columns: RawBuilder<unknown>,
  where: readonly RawBuilder<unknown>[],
  input: { readonly first: number; readonly after?: string | null | undefined },
  toNode: (row: Row) => Node,
  trx: TenantTx,
): Promise<Page<Node>> {
  const size = pageSize(input.first)
  const place = fromNameCursor(input.after)
  const all = sql.join(where, sql` and `)
  const after = place
    ? sql`and (${sql.ref(`${table}.sort_name`)}, ${sql.ref(`${table}.id`)}) > (${place[0]}, ${place[1]}::uuid)`
    : sql``
  const { rows } = await sql<Row>`
    select ${columns} from ${sql.table(table)} where ${all} ${after}
    order by ${sql.ref(`${table}.sort_name`)}, ${sql.ref(`${table}.id`)} limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from ${sql.table(table)} where ${all}`.execute(trx)
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return {
    nodes: shown.map(toNode),
    next: rows.length > size && last ? toCursor([last.sort_name, last.id]) : null,
    total: counted[0]!.total,
  }
}

export async function findAccounts(trx: TenantTx, ids: readonly string[]): Promise<readonly Account[]> {
  const { rows } = await sql<AccountRow>`
    select ${accountColumns} from account where account.id = any(${ids.filter(isId)}::uuid[])`.execute(trx)
  return rows.map(toAccount)
}

export async function findEntitlements(
  trx: TenantTx,
  ids: readonly string[],
): Promise<readonly Entitlement[]> {
  const { rows } = await sql<EntitlementRow>`
    select ${entitlementColumns} from entitlement
    where entitlement.id = any(${ids.filter(isId)}::uuid[])`.execute(trx)
  return rows.map(toEntitlement)
}

/** The entitlements with the most holders, largest first. */
export async function findLargest(trx: TenantTx, most: number): Promise<readonly Entitlement[]> {
  const { rows } = await sql<EntitlementRow>`
    with largest as (
      select connection_id, entitlement_type, entitlement_external_id, count(*) as holders
      from access_grant where stale_since is null
      group by 1, 2, 3 order by 4 desc, 3 limit ${most}
    )
    select ${entitlementColumns} from largest
    join entitlement on entitlement.connection_id = largest.connection_id
      and entitlement.type = largest.entitlement_type and entitlement.external_id = largest.entitlement_external_id
    order by largest.holders desc, entitlement.external_id`.execute(trx)
  return rows.map(toEntitlement)
}

function toAccount(row: AccountRow): Account {
  const { email, status, grant_count: grantCount } = row
  return { ...toObject(row), email, status, grantCount }
}

function toEntitlement(row: EntitlementRow): Entitlement {
  const { type, description, holder_count: holderCount } = row
  return { ...toObject(row), type, description, holderCount }
}

function toObject(row: Omit<AccountRow, 'email' | 'status' | 'grant_count'>) {
  return {
    id: row.id,
    connectionId: row.connection_id,
    externalId: row.external_id,
    displayName: row.display_name,
    attributes: row.attributes,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    changedAt: row.changed_at,
    staleSince: row.stale_since,
  }
}
