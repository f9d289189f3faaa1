import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { SourceOrder } from './attributes.ts'
import { pickedSql, type SpeakingAccount } from './statements.ts'

/** Who speaks for an identity's attributes, and in which order. */

/** Ids of connections by age, with their connectors. */
export async function findConnectors(trx: TenantTx): Promise<ReadonlyMap<string, string>> {
  const rows = await trx
    .selectFrom('connection')
    .select(['id', 'connector'])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return new Map(rows.map(({ id, connector }) => [id, connector]))
}

export interface ChosenSources {
  readonly attribute: string
  readonly sources: readonly string[]
  readonly version: number
  readonly updatedAt: Date
  readonly updatedBy: string
}

export async function findChosen(trx: TenantTx): Promise<readonly ChosenSources[]> {
  return trx
    .selectFrom('attribute_source')
    .select(['attribute', 'sources', 'version', 'updated_at as updatedAt', 'updated_by as updatedBy'])
    .execute()
}

export async function findOrder(
  trx: TenantTx,
): Promise<SourceOrder & { readonly connectors: ReadonlyMap<string, string> }> {
  const connectors = await findConnectors(trx)
  const chosen = new Map((await findChosen(trx)).map(({ attribute, sources }) => [attribute, sources]))
  return { chosen, connectors, connections: [...connectors.keys()] }
}

/** False when the version is not the one that is there (0: none is). */
export async function putSources(
  trx: TenantTx,
  attribute: string,
  sources: readonly string[],
  version: number,
  by: string,
  at: Date,
): Promise<boolean> {
  const { rows } = await sql`
    insert into attribute_source (attribute, sources, updated_at, updated_by)
    select ${attribute}, ${JSON.stringify(sources)}::jsonb, ${at}, ${by} where ${version} = 0
    on conflict do nothing returning attribute`.execute(trx)
  if (version === 0) return rows.length > 0
  const { rows: updated } = await sql`
    update attribute_source set sources = ${JSON.stringify(sources)}::jsonb, version = version + 1,
      updated_at = ${at}, updated_by = ${by}
    where attribute = ${attribute} and version = ${version} returning attribute`.execute(trx)
  return updated.length > 0
}

export interface SpeakingIdentity {
  readonly id: string
  readonly displayName: string
  readonly manual: Readonly<Record<string, string>>
  readonly accounts: readonly SpeakingAccount[]
}

interface SpeakingRow {
  readonly id: string
  readonly display_name: string
  readonly manual: Readonly<Record<string, string>>
  readonly account_id: string | null
  readonly connection_id: string
  readonly account_name: string
  readonly account_email: string | null
  readonly is_stale: boolean
  readonly first_seen_at: Date
  readonly picked: Readonly<Record<string, string | null>>
}

/** Identities with what their accounts say. Service accounts say nothing of the person that answers for them. */
export async function findSpeaking(
  trx: TenantTx,
  ids: readonly string[],
  paths: readonly string[],
): Promise<readonly SpeakingIdentity[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<SpeakingRow>`
    select identity.id, identity.display_name, identity.manual, account.id as account_id, account.connection_id,
           account.display_name as account_name, account.email as account_email,
           account.stale_since is not null as is_stale, account.first_seen_at,
           ${pickedSql('account.attributes', paths)} as picked
    from identity
    left join identity_account link on link.identity_id = identity.id
      and (link.nature = 'personal' or identity.kind = 'machine')
    left join account on account.id = link.account_id
    where identity.id = any(${ids as string[]}::uuid[])
    order by identity.id, account.id`.execute(trx)
  const byIdentity = Map.groupBy(rows, (row) => row.id)
  return [...byIdentity.values()].map((group) => ({
    id: group[0]!.id,
    displayName: group[0]!.display_name,
    manual: group[0]!.manual,
    accounts: group.flatMap((row) => (row.account_id === null ? [] : [speaking(row, row.account_id)])),
  }))
}

function speaking(row: SpeakingRow, accountId: string): SpeakingAccount {
  return {
    accountId,
    connectionId: row.connection_id,
    displayName: row.account_name,
    email: row.account_email,
    isStale: row.is_stale,
    firstSeenAt: row.first_seen_at,
    picked: row.picked,
  }
}

/** Accounts with what they say. */
export async function findAccounts(
  trx: TenantTx,
  ids: readonly string[],
  paths: readonly string[],
): Promise<readonly SpeakingAccount[]> {
  const { rows } = await sql<SpeakingAccount>`
    select id as "accountId", connection_id as "connectionId", display_name as "displayName", email,
           stale_since is not null as "isStale", first_seen_at as "firstSeenAt",
           ${pickedSql('account.attributes', paths)} as picked
    from account where id = any(${ids as string[]}::uuid[])`.execute(trx)
  return rows
}

/** Ids of living identities that more than one source speaks for, after `after`: only there an order decides. */
export async function findContested(
  trx: TenantTx,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select identity.id from identity
    where identity.merged_into is null and (${after}::uuid is null or identity.id > ${after}::uuid)
      and (identity.manual <> '{}' or (
        select count(distinct account.connection_id) from identity_account link
        join account on account.id = link.account_id where link.identity_id = identity.id) > 1)
    order by identity.id limit ${limit}`.execute(trx)
  return rows.map(({ id }) => id)
}
