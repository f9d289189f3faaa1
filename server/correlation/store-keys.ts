import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { believedSql } from '../inventory/index.ts'
import { type Picked, pickedSql } from '../identities/index.ts'
import type { Key } from './keys-of.ts'
import type { CustomKey, EmailTrust } from './setting.ts'

/** Accounts whose keys have to be read, and the keys. */

export interface ConnectionRow {
  readonly id: string
  readonly connector: string
  readonly createIdentities: boolean | null
  readonly emailTrust: EmailTrust | null
  readonly keys: readonly CustomKey[] | null
  readonly version: number | null
}

export async function findConnections(trx: TenantTx): Promise<readonly ConnectionRow[]> {
  const { rows } = await sql<ConnectionRow>`
    select connection.id, connection.connector, setting.create_identities as "createIdentities",
           setting.email_trust as "emailTrust", setting.keys, setting.version
    from connection left join correlation_setting setting on setting.connection_id = connection.id
    order by connection.created_at, connection.id`.execute(trx)
  return rows
}

export interface ChangedAccount {
  readonly id: string
  readonly externalId: string
  readonly displayName: string
  readonly email: string | null
  readonly contentHash: string
  readonly isStale: boolean
  readonly picked: Picked
}

/** Accounts of a connection that are new, or are not as they were when their keys were read; after `after`, by id. */
export async function findChanged(
  trx: TenantTx,
  of: { readonly connectionId: string; readonly fingerprint: number; readonly paths: readonly string[] },
  after: string | null,
  limit: number,
): Promise<readonly ChangedAccount[]> {
  const { rows } = await sql<ChangedAccount>`
    select account.id, account.external_id as "externalId", account.display_name as "displayName", account.email,
           encode(account.content_hash, 'hex') as "contentHash", account.stale_since is not null as "isStale",
           ${pickedSql('account.attributes', of.paths)} as picked
    from account left join correlation_account seen on seen.account_id = account.id
    where account.connection_id = ${of.connectionId} and ${believedSql('account')} and (${after}::uuid is null or account.id > ${after}::uuid)
      and (seen.account_id is null or seen.content_hash <> account.content_hash
        or seen.is_stale <> (account.stale_since is not null) or seen.setting_version <> ${of.fingerprint})
    order by account.id limit ${limit}`.execute(trx)
  return rows
}

export interface KeyRow extends Key {
  readonly accountId: string
}

export async function findKeys(trx: TenantTx, accountIds: readonly string[]): Promise<readonly KeyRow[]> {
  const { rows } = await sql<KeyRow>`
    select account_id as "accountId", space, value, trusted from correlation_key
    where account_id = any(${accountIds as string[]}::uuid[])`.execute(trx)
  return rows
}

export async function deleteKeys(trx: TenantTx, rows: readonly KeyRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    delete from correlation_key key
    using json_to_recordset(${JSON.stringify(rows)}::json) as sent("accountId" uuid, space text, value text)
    where key.account_id = sent."accountId" and key.space = sent.space and key.value = sent.value`.execute(
    trx,
  )
}

export async function putKeys(trx: TenantTx, rows: readonly KeyRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into correlation_key (account_id, space, value, trusted)
    select "accountId", space, value, trusted
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      "accountId" uuid, space text, value text, trusted boolean)
    on conflict (account_id, space, value) do update set trusted = excluded.trusted`.execute(trx)
}

export interface ReadAccount {
  readonly accountId: string
  readonly contentHash: string
  readonly isStale: boolean
  /** Its keys are others than before, or it is back: to be decided anew. */
  readonly isPending: boolean
}

export async function putRead(
  trx: TenantTx,
  rows: readonly ReadAccount[],
  fingerprint: number,
  at: Date,
): Promise<void> {
  await sql`
    insert into correlation_account (account_id, content_hash, is_stale, setting_version, outcome, considered_at)
    select "accountId", decode("contentHash", 'hex'), "isStale", ${fingerprint}, 'pending', ${at}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      "accountId" uuid, "contentHash" text, "isStale" boolean)
    on conflict (account_id) do update set content_hash = excluded.content_hash, is_stale = excluded.is_stale,
      setting_version = excluded.setting_version, considered_at = excluded.considered_at`.execute(trx)
  const pending = rows.filter(({ isPending }) => isPending).map(({ accountId }) => accountId)
  if (pending.length === 0) return
  await sql`
    update correlation_account set outcome = 'pending'
    where account_id = any(${pending}::uuid[]) and outcome <> 'pending'`.execute(trx)
}

/** Has the statistics of what was just written brought up to date, for the plans of what reads it next. */
export async function analyze(trx: TenantTx): Promise<void> {
  await sql`select owlie_analyze_correlation()`.execute(trx)
}

/** The identities of accounts. */
export async function identitiesOf(trx: TenantTx, accountIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct identity_id as id from identity_account
    where account_id = any(${accountIds as string[]}::uuid[]) and identity_id is not null`.execute(trx)
  return rows.map(({ id }) => id)
}
