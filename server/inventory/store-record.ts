import type { ObjectKind } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { type ObjectTable, tableOf } from './objects.ts'
import { grantKey, type Prepared } from './prepare.ts'

/** The writes of a page. One statement each; rows travel as one JSON parameter. */

/** What is stored of an object that was seen again. */
export interface Known {
  readonly id: string
  readonly key: string
  readonly hash: string
  readonly isMissed: boolean
  /** This run has created or changed it already, on an earlier page. */
  readonly isTouched: boolean
  /** Of an object that was looked up by itself just now; else null. */
  readonly version: string | null
}

export interface WriteContext {
  readonly connectionId: string
  readonly runId: string
  readonly kind: ObjectKind
  readonly at: Date
  readonly spared?: readonly string[]
}

/** Looks up rows by what identifies them. */
export async function findKnown(
  trx: TenantTx,
  { connectionId, runId, kind, spared = [] }: WriteContext,
  rows: readonly Prepared[],
): Promise<ReadonlyMap<string, Known>> {
  const table = tableOf(kind)
  const isGrant = table.name === 'access_grant'
  const keys = isGrant
    ? sql`known.entitlement_external_id, known.account_external_id, known.grant_type`
    : sql`known.external_id`
  const hash = table.hashed ? sql`encode(known.content_hash, 'hex')` : sql`''`
  const version =
    kind.version !== undefined && spared.length > 0
      ? sql`case when ${spared}::uuid[] && array[known.first_seen_run, known.changed_run]
              then known.attributes ->> ${kind.version} end`
      : sql`null::text`
  const { rows: found } = await sql<KnownRow>`
    select known.id, ${keys}, ${hash} as hash, known.missed_first_at is not null as is_missed,
           ${runId}::uuid in (known.first_seen_run, known.changed_run) as is_touched, ${version} as version
    from ${sql.table(table.name)} known
    where known.connection_id = ${connectionId} and ${identified(table, kind, rows)}`.execute(trx)
  const asked = new Set(rows.map(({ key }) => key))
  return new Map(found.map((row) => [keyOf(row), toKnown(row)] as const).filter(([key]) => asked.has(key)))
}

interface KnownRow {
  readonly id: string
  readonly external_id?: string
  readonly entitlement_external_id?: string
  readonly account_external_id?: string
  readonly grant_type?: string
  readonly hash: string
  readonly is_missed: boolean
  readonly is_touched: boolean | null
  readonly version: string | null
}

function toKnown(row: KnownRow): Known {
  const { id, hash, is_missed: isMissed, is_touched: isTouched, version } = row
  return { id, key: keyOf(row), hash, isMissed, isTouched: isTouched === true, version }
}

function keyOf(row: KnownRow): string {
  return row.external_id ?? grantKey(row.entitlement_external_id!, row.account_external_id!, row.grant_type!)
}

function identified(table: ObjectTable, kind: ObjectKind, rows: readonly Prepared[]): RawBuilder<unknown> {
  const all = (column: string) => rows.map((row) => row.columns[column] as string)
  switch (table.name) {
    case 'account':
      return sql`known.external_id = any(${all('external_id')}::text[])`
    case 'entitlement':
      return sql`known.type = ${kind.entitlementType ?? ''} and known.external_id = any(${all('external_id')}::text[])`
    case 'access_grant':
      // Finds a few more where a page mixes entitlements; as a join on pairs it would not use the index.
      return sql`known.kind = ${kind.name}
        and known.entitlement_external_id = any(${[...new Set(all('entitlement_external_id'))]}::text[])
        and known.account_external_id = any(${all('account_external_id')}::text[])`
  }
}

/** Ids of what the target named but sent in a shape that could not be stored: seen all the same. */
export async function findNamed(
  trx: TenantTx,
  { connectionId, kind }: WriteContext,
  container: string | null,
  ids: readonly string[],
): Promise<readonly string[]> {
  const table = tableOf(kind)
  const named =
    table.name === 'access_grant'
      ? sql`account_external_id = any(${ids}::text[])
            and (${container}::text is null or entitlement_external_id = ${container})`
      : sql`external_id = any(${ids}::text[])`
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(table.name)}
    where connection_id = ${connectionId} and kind = ${kind.name} and ${named}`.execute(trx)
  return rows.map((row) => row.id)
}

/** Returns the new rows' ids. A row somebody else wrote in between is taken over. */
export async function insertObjects(
  trx: TenantTx,
  { connectionId, runId, kind, at }: WriteContext,
  rows: readonly Prepared[],
): Promise<readonly string[]> {
  const table = tableOf(kind)
  const names = table.columns.map(([name]) => name)
  const { rows: inserted } = await sql<{ id: string }>`
    insert into ${sql.table(table.name)}
      (connection_id, kind, first_seen_at, first_seen_run, changed_at, changed_run,
       ${columnList(names)}${table.hashed ? sql`, content_hash` : sql``})
    select ${connectionId}, ${kind.name}, ${at}, ${runId}, ${at}, ${runId},
       ${columnList(names, 'sent')}${table.hashed ? sql`, decode(sent.hash, 'hex')` : sql``}
    from ${recordset(table, rows)}
    on conflict (tenant_id, connection_id, ${columnList(table.unique)}) do update set
      ${assignments(table, 'excluded', sql`excluded.content_hash`)}
      changed_at = ${at}, changed_run = ${runId}, missed_first_at = null, missed_first_run = null,
      stale_since = null, last_seen_at = null
    returning id`.execute(trx)
  return inserted.map((row) => row.id)
}

/** Writes new content, and clears the marks of a miss. `rows` are of known objects. */
export async function updateObjects(
  trx: TenantTx,
  { connectionId, runId, kind, at }: WriteContext,
  rows: readonly Prepared[],
): Promise<void> {
  const table = tableOf(kind)
  const matching = table.unique
    .filter((column) => column !== 'kind')
    .map((column) => sql`known.${sql.ref(column)} = sent.${sql.ref(column)}`)
  await sql`
    update ${sql.table(table.name)} known set
      ${assignments(table, 'sent', sql`decode(sent.hash, 'hex')`)}
      changed_at = ${at}, changed_run = ${runId}, missed_first_at = null, missed_first_run = null,
      stale_since = null, last_seen_at = null
    from ${recordset(table, rows)}
    where known.connection_id = ${connectionId} and known.kind = ${kind.name}
      and ${sql.join(matching, sql` and `)}`.execute(trx)
}

/** What changes when an object is written over: everything but what identifies it. */
function assignments(table: ObjectTable, from: string, hash: RawBuilder<unknown>): RawBuilder<unknown> {
  if (!table.hashed) return sql``
  const parts = table.columns
    .filter(([name]) => !table.unique.includes(name))
    .map(([name]) => sql`${sql.ref(name)} = ${sql.ref(`${from}.${name}`)}`)
  return sql`${sql.join(parts)}, content_hash = ${hash},`
}

function columnList(names: readonly string[], of?: string): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(of === undefined ? name : `${of}.${name}`)))
}

function recordset(table: ObjectTable, rows: readonly Prepared[]): RawBuilder<unknown> {
  const sent = JSON.stringify(rows.map(({ columns, hash }) => ({ ...columns, hash })))
  const columns = table.columns.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`)
  return sql`json_to_recordset(${sent}::json) as sent(${sql.join(columns)}, hash text)`
}

export async function insertPage(
  trx: TenantTx,
  page: Omit<WriteContext, 'kind'> & {
    readonly kind: ObjectKind
    readonly sequence: number
    readonly container: string | null
    readonly seen: readonly string[]
    readonly vanished: boolean
  },
): Promise<void> {
  await sql`
    insert into observation_page (connection_id, run_id, kind, sequence, container, seen, vanished, at)
    values (${page.connectionId}, ${page.runId}, ${page.kind.name}, ${page.sequence}, ${page.container ?? ''},
            ${page.seen}::uuid[], ${page.vanished}, ${page.at})`.execute(trx)
}
