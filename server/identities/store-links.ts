import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { isId } from '../model/index.ts'
import type { AccountLink, AccountNature, Evidence } from './identity.ts'

/** Whose an account is, and whose it is not. */

interface LinkRow {
  readonly account_id: string
  readonly identity_id: string | null
  readonly nature: AccountNature
  readonly origin: 'rule' | 'manual'
  readonly rule: string | null
  readonly score: number | null
  readonly evidence: readonly Evidence[]
  readonly decided_at: Date
  readonly decided_by: string
}

const linkColumns = sql`
  link.account_id, link.identity_id, link.nature, link.origin, link.rule, link.score, link.evidence,
  link.decided_at, link.decided_by`

export async function findLinks(
  trx: TenantTx,
  accountIds: readonly string[],
): Promise<readonly AccountLink[]> {
  const asked = accountIds.filter(isId)
  if (asked.length === 0) return []
  const { rows } = await sql<LinkRow>`
    select ${linkColumns} from identity_account link where link.account_id = any(${asked}::uuid[])`.execute(
    trx,
  )
  return rows.map(toLink)
}

/** The accounts of identities, by the account's name. */
export async function linksOf(
  trx: TenantTx,
  identityIds: readonly string[],
): Promise<readonly AccountLink[]> {
  const asked = identityIds.filter(isId)
  if (asked.length === 0) return []
  const { rows } = await sql<LinkRow>`
    select ${linkColumns} from identity_account link join account on account.id = link.account_id
    where link.identity_id = any(${asked}::uuid[])
    order by account.sort_name, account.id`.execute(trx)
  return rows.map(toLink)
}

export interface RuleLink {
  readonly accountId: string
  readonly identityId: string
  readonly rule: string
  /** Null for an identity made from the account. */
  readonly score: number | null
  readonly evidence: readonly Evidence[]
}

/**
 * Links accounts nobody has decided about to identities that live. Returns those it linked: somebody may have decided,
 * or merged the identity, since the caller looked.
 */
export async function insertRuleLinks(
  trx: TenantTx,
  rows: readonly RuleLink[],
  by: string,
  at: Date,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const { rows: linked } = await sql<{ account_id: string }>`
    insert into identity_account (account_id, identity_id, origin, rule, score, evidence, decided_at, decided_by)
    select sent."accountId", sent."identityId", 'rule', sent.rule, sent.score, sent.evidence, ${at}, ${by}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      "accountId" uuid, "identityId" uuid, rule text, score smallint, evidence jsonb)
    join identity on identity.id = sent."identityId" and identity.merged_into is null
    for share of identity
    on conflict (account_id) do nothing
    returning account_id`.execute(trx)
  return new Set(linked.map((row) => row.account_id))
}

/** An account as far as links need it. Locks it, so that two decisions about one account come one after the other. */
export async function lockAccount(
  trx: TenantTx,
  accountId: string,
): Promise<{ readonly id: string; readonly name: string; readonly connectionId: string } | null> {
  if (!isId(accountId)) return null
  const { rows } = await sql<{ id: string; name: string; connectionId: string }>`
    select id, display_name as name, connection_id as "connectionId" from account
    where id = ${accountId} for no key update`.execute(trx)
  return rows[0] ?? null
}

export interface ManualLink {
  readonly accountId: string
  readonly identityId: string | null
  readonly nature?: AccountNature
}

/** An admin's word. What spoke for an earlier link is forgotten with it. */
export async function putManualLink(
  trx: TenantTx,
  { accountId, identityId, nature }: ManualLink,
  by: string,
  at: Date,
): Promise<void> {
  await sql`
    insert into identity_account (account_id, identity_id, nature, origin, decided_at, decided_by)
    values (${accountId}, ${identityId}, ${nature ?? 'personal'}, 'manual', ${at}, ${by})
    on conflict (account_id) do update set
      identity_id = excluded.identity_id, nature = coalesce(${nature ?? null}, identity_account.nature),
      origin = 'manual', rule = null, score = null, evidence = '[]', decided_at = excluded.decided_at,
      decided_by = excluded.decided_by`.execute(trx)
}

export async function updateNature(trx: TenantTx, accountId: string, nature: AccountNature): Promise<void> {
  await trx.updateTable('identity_account').set({ nature }).where('account_id', '=', accountId).execute()
}

/** As if nobody had decided anything: rules may look at it again. */
export async function deleteLink(trx: TenantTx, accountId: string): Promise<void> {
  await trx.deleteFrom('identity_account').where('account_id', '=', accountId).execute()
}

/** Rows of links as they are, and putting them back so. */
export async function takeLinks(trx: TenantTx, identityId: string): Promise<readonly unknown[]> {
  const { rows } = await sql<{ row: unknown }>`
    select to_jsonb(link) as row from identity_account link
    where link.identity_id = ${identityId} order by link.account_id for update`.execute(trx)
  return rows.map(({ row }) => row)
}

export async function moveLinks(trx: TenantTx, fromId: string, intoId: string): Promise<void> {
  await sql`update identity_account set identity_id = ${intoId} where identity_id = ${fromId}`.execute(trx)
}

/** Puts back the rows of accounts that are still where the merge put them. Returns those accounts. */
export async function restoreLinks(
  trx: TenantTx,
  rows: readonly unknown[],
  intoId: string,
): Promise<readonly string[]> {
  const { rows: restored } = await sql<{ account_id: string }>`
    update identity_account link set identity_id = sent.identity_id, nature = sent.nature, origin = sent.origin,
      rule = sent.rule, score = sent.score, evidence = sent.evidence, decided_at = sent.decided_at,
      decided_by = sent.decided_by
    from jsonb_populate_recordset(null::identity_account, ${JSON.stringify(rows)}::jsonb) sent
    where link.account_id = sent.account_id and link.identity_id = ${intoId}
    returning link.account_id`.execute(trx)
  return restored.map((row) => row.account_id)
}

export async function insertApart(
  trx: TenantTx,
  pairs: readonly { readonly accountId: string; readonly identityId: string }[],
  by: string,
  at: Date,
): Promise<readonly string[]> {
  if (pairs.length === 0) return []
  const { rows } = await sql<{ account_id: string }>`
    insert into identity_apart (account_id, identity_id, decided_at, decided_by)
    select "accountId", "identityId", ${at}, ${by}
    from json_to_recordset(${JSON.stringify(pairs)}::json) as sent("accountId" uuid, "identityId" uuid)
    on conflict do nothing returning account_id`.execute(trx)
  return rows.map((row) => row.account_id)
}

export async function deleteApart(
  trx: TenantTx,
  accountIds: readonly string[],
  identityId: string,
): Promise<readonly unknown[]> {
  const { rows } = await sql<{ row: unknown }>`
    delete from identity_apart apart
    where apart.account_id = any(${accountIds as string[]}::uuid[]) and apart.identity_id = ${identityId}
    returning to_jsonb(apart) as row`.execute(trx)
  return rows.map(({ row }) => row)
}

export async function restoreApart(trx: TenantTx, rows: readonly unknown[]): Promise<void> {
  await sql`
    insert into identity_apart
    select apart.* from jsonb_populate_recordset(null::identity_apart, ${JSON.stringify(rows)}::jsonb) apart
    where exists (select from account where account.id = apart.account_id)
    on conflict do nothing`.execute(trx)
}

/** Accounts an admin has said are not this identity's. */
export async function accountsApartFrom(trx: TenantTx, identityId: string): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom('identity_apart')
    .select('account_id')
    .where('identity_id', '=', identityId)
    .execute()
  return rows.map((row) => row.account_id)
}

/** Of these accounts, the identities each is not. */
export async function findApart(
  trx: TenantTx,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await sql<{ account_id: string; ids: string[] }>`
    select account_id, array_agg(identity_id::text) as ids from identity_apart
    where account_id = any(${accountIds as string[]}::uuid[]) group by account_id`.execute(trx)
  return new Map(rows.map((row) => [row.account_id, new Set(row.ids)]))
}

function toLink(row: LinkRow): AccountLink {
  return {
    accountId: row.account_id,
    identityId: row.identity_id,
    nature: row.nature,
    origin: row.origin,
    rule: row.rule,
    score: row.score,
    evidence: row.evidence,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
  }
}
