import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { fromCursor, isId, pageSize, toCursor } from '../model/index.ts'
import type { InventoryRecord, PageInput } from './inventory.ts'

/** One line, and the rest of its place after its kind: what it is sorted by. */
interface Line {
  readonly place: readonly [string, string, string]
  readonly record: InventoryRecord
}

/**
 * Everything present (not stale) of a connection, sorted by kind, then by id (grants by account, entitlement, type),
 * all in byte order of UTF-8. The kinds are `account`, `grant`, and the types of entitlements.
 */
export async function exportRecords(
  trx: TenantTx,
  connectionId: string,
  input: PageInput,
): Promise<{ readonly records: readonly InventoryRecord[]; readonly next: string | null }> {
  if (!isId(connectionId)) return { records: [], next: null }
  const size = pageSize(input.first)
  const from = fromCursor(input.after, 4)
  const kinds = [...(await entitlementTypes(trx, connectionId)), 'account', 'grant'].sort()
  const lines: { readonly kind: string; readonly line: Line }[] = []
  for (const kind of kinds) {
    if (from && kind < from[0]!) continue
    const after = from && kind === from[0] ? ([from[1]!, from[2]!, from[3]!] as const) : null
    const missing = size + 1 - lines.length
    const found = await readLines(trx, connectionId, kind, after, missing)
    lines.push(...found.map((line) => ({ kind, line })))
    if (lines.length > size) break
  }
  const shown = lines.slice(0, size)
  const last = shown.at(-1)
  return {
    records: shown.map(({ line }) => line.record),
    next: lines.length > size && last ? toCursor([last.kind, ...last.line.place]) : null,
  }
}

async function entitlementTypes(trx: TenantTx, connectionId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ type: string }>`
    select distinct type from entitlement where connection_id = ${connectionId}`.execute(trx)
  return rows.map(({ type }) => type)
}

function readLines(
  trx: TenantTx,
  connectionId: string,
  kind: string,
  after: Line['place'] | null,
  limit: number,
): Promise<readonly Line[]> {
  if (kind === 'grant') return readGrants(trx, connectionId, after, limit)
  return readObjects(trx, connectionId, kind, after?.[0] ?? null, limit)
}

async function readObjects(
  trx: TenantTx,
  connectionId: string,
  kind: string,
  after: string | null,
  limit: number,
): Promise<readonly Line[]> {
  const table = kind === 'account' ? 'account' : 'entitlement'
  const typed = kind === 'account' ? sql`` : sql`and type = ${kind}`
  const beyond = after === null ? sql`` : sql`and external_id > ${after}`
  const { rows } = await sql<{ id: string; attributes: Record<string, unknown> }>`
    select external_id as id, attributes from ${sql.table(table)}
    where connection_id = ${connectionId} and stale_since is null ${typed} ${beyond}
    order by external_id limit ${limit}`.execute(trx)
  return rows.map(({ id, attributes }) => ({
    place: [id, '', ''] as const,
    record: { kind, id, attributes },
  }))
}

async function readGrants(
  trx: TenantTx,
  connectionId: string,
  after: Line['place'] | null,
  limit: number,
): Promise<readonly Line[]> {
  const order = sql`account_external_id, entitlement_external_id, grant_type collate "C"`
  const beyond = after ? sql`and (${order}) > (${after[0]}, ${after[1]}, ${after[2]} collate "C")` : sql``
  const { rows } = await sql<{ account: string; entitlement: string; type: string }>`
    select account_external_id as account, entitlement_external_id as entitlement, grant_type as type
    from access_grant
    where connection_id = ${connectionId} and stale_since is null ${beyond}
    order by ${order} limit ${limit}`.execute(trx)
  return rows.map(({ account, entitlement, type }) => ({
    place: [account, entitlement, type] as const,
    record: { kind: 'grant' as const, account, entitlement, type },
  }))
}
