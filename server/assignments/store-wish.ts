import type { Json } from '@owlie/connector-kit'
import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { GrantWish, Intent, ObjectWish, Origin, Wished } from './intent.ts'
import {
  assignmentColumns,
  type AssignmentRow,
  objectColumns,
  type ObjectRow,
  toAssignment,
  toObject,
} from './store-read.ts'

/** Writing intentions: set-based, one statement for all wishes of a kind of wish. */

export interface WishContext {
  readonly origin: Origin
  readonly at: Date
  /** It is so already: the applied version moves with the desired one. */
  readonly isAsObserved: boolean
}

/** Grants whose account is known (`account`), or of identities without one (`identity`). */
export async function wishGrants(
  trx: TenantTx,
  wishes: readonly GrantWish[],
  context: WishContext,
  holder: 'account' | 'identity',
): Promise<readonly Wished[]> {
  if (wishes.length === 0) return []
  const byAccount = holder === 'account'
  const target = byAccount
    ? sql`(tenant_id, connection_id, kind, entitlement_external_id, account_external_id, grant_type)
          where account_external_id is not null`
    : sql`(tenant_id, connection_id, kind, entitlement_external_id, identity_id, grant_type)
          where account_external_id is null`
  const sent = recordset(
    wishes.map((wish) => ({ ...wish, identityId: wish.identityId ?? null })),
    sql`"connectionId" uuid, kind text, "entitlementType" text, entitlement text, "grantType" text,
        account text, "identityId" uuid, wanted boolean`,
  )
  const { rows } = await sql<AssignmentRow>`
    with written as (
      insert into assignment as held (connection_id, kind, entitlement_type, entitlement_external_id, grant_type,
        account_external_id, identity_id, wanted, ${originColumns}, desired_version, applied_version, since)
      select "connectionId", kind, "entitlementType", entitlement, "grantType", account, "identityId", wanted,
        ${originValues(context)}, 1, ${context.isAsObserved ? 1 : 0}, ${context.at}
      from ${sent}
      on conflict ${target} do update set ${movedTo(context)}, wanted = excluded.wanted
      where held.wanted <> excluded.wanted
      returning held.*
    )
    select ${assignmentColumns} from written as assignment`.execute(trx)
  const written = rows.map((row): Wished => ({ intent: toAssignment(row), moved: true }))
  if (written.length === wishes.length) return written
  const same = byAccount
    ? sql`assignment.account_external_id = sent.account`
    : sql`assignment.account_external_id is null and assignment.identity_id = sent."identityId"`
  const { rows: all } = await sql<AssignmentRow>`
    select ${assignmentColumns} from ${sent} join assignment
      on assignment.connection_id = sent."connectionId" and assignment.kind = sent.kind
     and assignment.entitlement_external_id = sent.entitlement and assignment.grant_type = sent."grantType"
     and ${same}`.execute(trx)
  return withUnmoved(written, all.map(toAssignment))
}

/** Objects with an external id. */
export async function wishObjects(
  trx: TenantTx,
  wishes: readonly ObjectWish[],
  context: WishContext,
): Promise<readonly Wished[]> {
  if (wishes.length === 0) return []
  const sent = sentObjects(wishes)
  const { rows } = await sql<ObjectRow>`
    with written as (
      insert into desired_object as held (${objectInsertColumns})
      select ${objectInsertValues(context)} from ${sent}
      on conflict (tenant_id, connection_id, kind, external_id) where external_id is not null do update set
        ${movedTo(context)}, wanted = excluded.wanted, fields = held.fields || excluded.fields
      where ${objectMoves}
      returning held.*
    )
    select ${objectColumns} from written as desired_object`.execute(trx)
  const written = rows.map((row): Wished => ({ intent: toObject(row), moved: true }))
  if (written.length === wishes.length) return written
  const { rows: all } = await sql<ObjectRow>`
    select ${objectColumns} from ${sent} join desired_object
      on desired_object.connection_id = sent."connectionId" and desired_object.kind = sent.kind
     and desired_object.external_id = sent."externalId"`.execute(trx)
  return withUnmoved(written, all.map(toObject))
}

/** Objects that are still to be created: each is a new intention. */
export async function insertUncreated(
  trx: TenantTx,
  wishes: readonly ObjectWish[],
  context: WishContext,
): Promise<readonly Wished[]> {
  if (wishes.length === 0) return []
  const { rows } = await sql<ObjectRow>`
    insert into desired_object (${objectInsertColumns})
    select ${objectInsertValues(context)} from ${sentObjects(wishes)}
    returning ${objectColumns}`.execute(trx)
  return rows.map((row) => ({ intent: toObject(row), moved: true }))
}

/** Objects named by their intention, with or without an external id. An unknown id is left out of the answer. */
export async function rewishObjects(
  trx: TenantTx,
  wishes: readonly ObjectWish[],
  context: WishContext,
): Promise<readonly Wished[]> {
  if (wishes.length === 0) return []
  const { rows } = await sql<ObjectRow>`
    update desired_object held set ${movedTo(context)}, wanted = excluded.wanted, fields = held.fields || excluded.fields
    from ${sentObjects(wishes, 'excluded')} where held.id = excluded.id and ${objectMoves}
    returning ${sql.raw('held.*')}`.execute(trx)
  const { rows: all } = await sql<ObjectRow>`
    select ${objectColumns} from desired_object
    where id = any(${wishes.map(({ id }) => id!)}::uuid[])`.execute(trx)
  return withUnmoved(
    rows.map((row) => ({ intent: toObject(row), moved: true })),
    all.map(toObject),
  )
}

/** Whose they are, where that is known now; not a change of what is wished. */
export async function nameIdentities(
  trx: TenantTx,
  table: 'assignment' | 'desired_object',
  named: readonly { readonly id: string; readonly identityId: string }[],
): Promise<void> {
  if (named.length === 0) return
  await sql`
    update ${sql.table(table)} held set identity_id = sent."identityId"
    from ${recordset(named, sql`id uuid, "identityId" uuid`)}
    where held.id = sent.id and held.identity_id is distinct from sent."identityId"`.execute(trx)
}

/** The applied version rises to `version`, never above the desired one and never down. */
export async function raiseApplied(
  trx: TenantTx,
  table: 'assignment' | 'desired_object',
  raised: readonly { readonly id: string; readonly version: number }[],
  at: Date,
): Promise<void> {
  if (raised.length === 0) return
  await sql`
    update ${sql.table(table)} held set
      applied_version = greatest(held.applied_version, least(sent.version, held.desired_version)),
      applied_at = ${at}
    from ${recordset(raised, sql`id uuid, version integer`)} where held.id = sent.id`.execute(trx)
}

/**
 * The account an intention is about has come to be. When an intention of the same object was made meanwhile (a sync
 * saw it and it was adopted), that one gives way: the older wish is the one with a plan behind it.
 */
export async function bindObject(trx: TenantTx, id: string, externalId: string): Promise<void> {
  const { rows } = await sql<{ version: number }>`
    delete from desired_object other using desired_object own
    where own.id = ${id} and other.id <> own.id and other.connection_id = own.connection_id
      and other.kind = own.kind and other.external_id = ${externalId}
    returning other.desired_version as version`.execute(trx)
  const seen = rows[0]?.version ?? 0
  await sql`
    update desired_object set external_id = ${externalId},
      desired_version = greatest(desired_version, ${seen}::int + 1)
    where id = ${id}`.execute(trx)
}

/** What an identity ought to hold in a connection is from now on held by this account; those it has stay as they are. */
export async function bindIdentity(
  trx: TenantTx,
  of: { readonly connectionId: string; readonly identityId: string; readonly account: string },
): Promise<void> {
  await sql`
    update assignment held set account_external_id = ${of.account}
    where held.connection_id = ${of.connectionId} and held.identity_id = ${of.identityId}
      and held.account_external_id is null and not exists (
        select from assignment other
        where other.connection_id = held.connection_id and other.kind = held.kind
          and other.entitlement_external_id = held.entitlement_external_id
          and other.grant_type = held.grant_type and other.account_external_id = ${of.account})`.execute(trx)
}

export interface Earlier {
  readonly id: string
  /** Only where the desired version is still this one. */
  readonly version: number
  readonly wanted: boolean
  /** All of them; null for assignments. */
  readonly fields: Readonly<Record<string, Json>> | null
}

/** Writes an earlier state as a new version; the ids that had moved on meanwhile are left out of the answer. */
export async function restore(
  trx: TenantTx,
  table: 'assignment' | 'desired_object',
  earlier: readonly Earlier[],
  context: WishContext,
): Promise<readonly string[]> {
  if (earlier.length === 0) return []
  const fields = table === 'desired_object' ? sql`, fields = coalesce(excluded.fields, held.fields)` : sql``
  const { rows } = await sql<{ id: string }>`
    update ${sql.table(table)} held set ${movedTo(context)}, wanted = excluded.wanted ${fields}
    from ${recordset(earlier, sql`id uuid, version integer, wanted boolean, fields jsonb`, 'excluded')}
    where held.id = excluded.id and held.desired_version = excluded.version
    returning held.id`.execute(trx)
  return rows.map(({ id }) => id)
}

const originColumns = sql`source, source_id, actor_name, reason`

function originValues({ origin }: WishContext): RawBuilder<unknown> {
  return sql`${origin.source}, ${origin.sourceId}, ${origin.actorName}, ${origin.reason}`
}

const objectInsertColumns = sql`connection_id, kind, yields, entitlement_type, external_id, identity_id, wanted,
  fields, ${originColumns}, desired_version, applied_version, since`

function objectInsertValues(context: WishContext): RawBuilder<unknown> {
  return sql`"connectionId", kind, yields, "entitlementType", "externalId", "identityId", wanted, fields,
    ${originValues(context)}, 1, ${context.isAsObserved ? 1 : 0}, ${context.at}`
}

const objectMoves = sql`(
  held.wanted <> excluded.wanted or held.fields is distinct from held.fields || excluded.fields)`

/** The version, where it came from and since when: only where the wish moves. */
function movedTo({ origin, at, isAsObserved }: WishContext): RawBuilder<unknown> {
  return sql`
    desired_version = held.desired_version + 1,
    applied_version = ${isAsObserved ? sql`held.desired_version + 1` : sql`held.applied_version`},
    source = ${origin.source}, source_id = ${origin.sourceId}, actor_name = ${origin.actorName},
    reason = ${origin.reason}, since = ${at}`
}

function sentObjects(wishes: readonly ObjectWish[], as = 'sent'): RawBuilder<unknown> {
  const rows = wishes.map((wish) => ({ ...wish, id: wish.id ?? null, identityId: wish.identityId ?? null }))
  return recordset(
    rows,
    sql`id uuid, "connectionId" uuid, kind text, yields text, "entitlementType" text, "externalId" text,
        "identityId" uuid, wanted boolean, fields jsonb`,
    as,
  )
}

function recordset(rows: readonly object[], columns: RawBuilder<unknown>, as = 'sent'): RawBuilder<unknown> {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as ${sql.raw(as)}(${columns})`
}

function withUnmoved(written: readonly Wished[], all: readonly Intent[]): readonly Wished[] {
  const known = new Set(written.map(({ intent }) => intent.id))
  return [...written, ...all.filter(({ id }) => !known.has(id)).map((intent) => ({ intent, moved: false }))]
}
