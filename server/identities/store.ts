import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { searched } from '../db/index.ts'
import { fromNameCursor, isId, pageSize, toCursor } from '../model/index.ts'
import type { AttributeName } from './attributes.ts'
import type { IdentitiesInput, Identity, IdentityKind, IdentityStatus, Page } from './identity.ts'

/** Identities themselves. Links are in store-links.ts. */

interface IdentityRow {
  readonly id: string
  readonly kind: IdentityKind
  readonly status: IdentityStatus
  readonly display_name: string
  readonly email: string | null
  readonly profile: Readonly<Partial<Record<AttributeName, string>>>
  readonly manual: Readonly<Partial<Record<AttributeName, string>>>
  readonly merged_into: string | null
  readonly version: number
  readonly created_at: Date
  readonly created_by: string
  readonly updated_at: Date
  readonly account_count: number
  readonly sort_name: string
}

const identityColumns = sql`
  identity.id, identity.kind, identity.status, identity.display_name, identity.email, identity.profile,
  identity.manual, identity.merged_into, identity.version, identity.created_at, identity.created_by,
  identity.updated_at, identity.sort_name, (
    select count(*)::int from identity_account link where link.identity_id = identity.id
  ) as account_count`

export async function findIdentities(trx: TenantTx, ids: readonly string[]): Promise<readonly Identity[]> {
  const asked = ids.filter(isId)
  if (asked.length === 0) return []
  const { rows } = await sql<IdentityRow>`
    select ${identityColumns} from identity where identity.id = any(${asked}::uuid[])`.execute(trx)
  return rows.map(toIdentity)
}

/** Also locks them, in the order of their ids, until the caller commits. */
export async function lockIdentities(trx: TenantTx, ids: readonly string[]): Promise<readonly Identity[]> {
  const asked = ids.filter(isId)
  await sql`select id from identity where id = any(${asked}::uuid[]) order by id for update`.execute(trx)
  return findIdentities(trx, asked)
}

/** By name. Merged ones are not listed. */
export async function listIdentities(trx: TenantTx, input: IdentitiesInput): Promise<Page<Identity>> {
  const { connectionId } = input
  if (connectionId && !isId(connectionId)) return { nodes: [], next: null, total: 0 }
  const all = sql.join([sql`identity.merged_into is null`, ...filters(input)], sql` and `)
  const size = pageSize(input.first)
  const place = fromNameCursor(input.after)
  const after = place ? sql`and (identity.sort_name, identity.id) > (${place[0]}, ${place[1]}::uuid)` : sql``
  const { rows } = await sql<IdentityRow>`
    select ${identityColumns} from identity where ${all} ${after}
    order by identity.sort_name, identity.id limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from identity where ${all}`.execute(trx)
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return {
    nodes: shown.map(toIdentity),
    next: rows.length > size && last ? toCursor([last.sort_name, last.id]) : null,
    total: counted[0]!.total,
  }
}

function filters(input: IdentitiesInput): readonly RawBuilder<unknown>[] {
  const { search, kind, status, connectionId, withoutAccounts, minAccounts } = input
  const present = sql`
    select from identity_account link join account on account.id = link.account_id
    where link.identity_id = identity.id and account.stale_since is null`
  return [
    ...searched('identity', search),
    ...(kind ? [sql`identity.kind = ${kind}`] : []),
    ...(status ? [sql`identity.status = ${status}`] : []),
    ...(connectionId ? [sql`exists (${present} and account.connection_id = ${connectionId})`] : []),
    ...(withoutAccounts === true ? [sql`not exists (${present})`] : []),
    ...(withoutAccounts === false ? [sql`exists (${present})`] : []),
    ...(minAccounts
      ? [
          sql`(select count(*) from identity_account link where link.identity_id = identity.id) >= ${minAccounts}`,
        ]
      : []),
  ]
}

export interface IdentityCounts {
  readonly identities: number
  readonly machines: number
  readonly disabled: number
}

export async function countIdentities(trx: TenantTx): Promise<IdentityCounts> {
  const { rows } = await sql<IdentityCounts>`
    select count(*)::int as identities, count(*) filter (where kind = 'machine')::int as machines,
           count(*) filter (where status = 'disabled')::int as disabled
    from identity where merged_into is null`.execute(trx)
  return rows[0]!
}

/** What is stored of what won. */
export interface ResolvedRow {
  readonly id: string
  readonly display_name: string
  readonly email: string | null
  readonly profile: Readonly<Partial<Record<AttributeName, string>>>
  readonly sort_name: string
  readonly search_text: string
}

export interface NewIdentity extends ResolvedRow {
  readonly kind: IdentityKind
  readonly manual: Readonly<Partial<Record<AttributeName, string>>>
}

export async function insertIdentities(
  trx: TenantTx,
  rows: readonly NewIdentity[],
  by: string,
  at: Date,
): Promise<void> {
  await sql`
    insert into identity (id, kind, status, manual, display_name, email, profile, sort_name, search_text,
                          created_at, created_by, updated_at)
    select id, kind, 'active', manual, display_name, email, profile, sort_name, search_text, ${at}, ${by}, ${at}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      id uuid, kind text, manual jsonb, display_name text, email text, profile jsonb, sort_name text,
      search_text text)`.execute(trx)
}

/** Removes identities nobody has had a chance to see. */
export async function deleteIdentities(trx: TenantTx, ids: readonly string[]): Promise<void> {
  await sql`delete from identity where id = any(${ids as string[]}::uuid[])`.execute(trx)
}

/** Writes only what differs. Returns the ids that did. */
export async function updateResolved(
  trx: TenantTx,
  rows: readonly ResolvedRow[],
  at: Date,
): Promise<readonly string[]> {
  if (rows.length === 0) return []
  const { rows: changed } = await sql<{ id: string }>`
    update identity set display_name = sent.display_name, email = sent.email, profile = sent.profile,
      sort_name = sent.sort_name, search_text = sent.search_text, updated_at = ${at}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      id uuid, display_name text, email text, profile jsonb, sort_name text, search_text text)
    where identity.id = sent.id
      and (identity.display_name, identity.email, identity.profile, identity.search_text)
        is distinct from (sent.display_name, sent.email, sent.profile, sent.search_text)
    returning identity.id`.execute(trx)
  return changed.map(({ id }) => id)
}

export interface IdentityEdit {
  readonly kind: IdentityKind
  readonly status: IdentityStatus
  readonly manual: Readonly<Partial<Record<AttributeName, string>>>
}

export async function updateIdentity(trx: TenantTx, id: string, edit: IdentityEdit, at: Date): Promise<void> {
  await trx
    .updateTable('identity')
    .set((eb) => ({
      kind: edit.kind,
      status: edit.status,
      manual: JSON.stringify(edit.manual),
      version: eb('version', '+', 1),
      updated_at: at,
    }))
    .where('id', '=', id)
    .execute()
}

export async function setMergedInto(
  trx: TenantTx,
  id: string,
  mergedInto: string | null,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('identity')
    .set({ merged_into: mergedInto, updated_at: at })
    .where('id', '=', id)
    .execute()
}

/** Replaces what admins entered that tells people apart. */
export async function replaceKeys(
  trx: TenantTx,
  identityId: string,
  keys: readonly { readonly space: string; readonly value: string }[],
): Promise<void> {
  await trx.deleteFrom('identity_key').where('identity_id', '=', identityId).execute()
  if (keys.length === 0) return
  await trx
    .insertInto('identity_key')
    .values(keys.map((key) => ({ identity_id: identityId, ...key })))
    .execute()
}

function toIdentity(row: IdentityRow): Identity {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    displayName: row.display_name,
    email: row.email,
    profile: row.profile,
    manual: row.manual,
    mergedInto: row.merged_into,
    version: row.version,
    createdAt: row.created_at,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
    accountCount: row.account_count,
  }
}
