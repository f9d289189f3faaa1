import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Candidate } from './decide.ts'
import type { ExclusiveValue, KnownHolder } from './decide-batch.ts'
import { exclusiveSpaces } from './rules.ts'

/** Accounts to be decided about, who has the same values, and what came of it. */

export type Outcome = 'pending' | 'linked' | 'review' | 'orphan'

export interface OpenAccount {
  readonly id: string
  readonly connectionId: string
  readonly isStale: boolean
  readonly outcome: Outcome
  readonly identityId: string | null
  /** An admin or a rule has decided something about it. */
  readonly hasLink: boolean
  readonly isService: boolean
}

/** An admin took the account from its identity since: it is open again. */
export async function reopenTaken(trx: TenantTx): Promise<void> {
  await sql`
    update correlation_account seen set outcome = 'pending' from identity_account link
    where link.account_id = seen.account_id and link.identity_id is null and seen.outcome = 'linked'`.execute(
    trx,
  )
}

/** Up to `limit` accounts, after `after` by id, of whom something may have to be decided. */
export interface OpenBatch {
  readonly accounts: readonly OpenAccount[]
  /** The last that was looked at; null when there is no further one. */
  readonly last: string | null
}

/** Accounts that are not linked in peace. */
export async function findOpen(trx: TenantTx, after: string | null, limit: number): Promise<OpenBatch> {
  const { rows } = await sql<{ id: string }>`
    select seen.account_id as id from correlation_account seen
    where seen.outcome <> 'linked' and (${after}::uuid is null or seen.account_id > ${after}::uuid)
    order by seen.account_id limit ${limit}`.execute(trx)
  const ids = rows.map(({ id }) => id)
  const accounts = await sql<OpenAccount>`
    select account.id, account.connection_id as "connectionId", account.stale_since is not null as "isStale",
           seen.outcome, link.identity_id as "identityId", link.account_id is not null as "hasLink",
           coalesce(link.nature = 'service', false) as "isService"
    from correlation_account seen
    join account on account.id = seen.account_id
    left join identity_account link on link.account_id = seen.account_id
    where seen.account_id = any(${ids}::uuid[])
    order by seen.account_id`.execute(trx)
  return { accounts: accounts.rows, last: ids.length === limit ? ids.at(-1)! : null }
}

/** Of these accounts, those one of whose values an identity has too. */
export async function findShared(trx: TenantTx, accountIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (accountIds.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    select mine.account_id as id from correlation_key mine
    join correlation_key theirs on theirs.space = mine.space and theirs.value = mine.value
    join identity_account held on held.account_id = theirs.account_id and held.identity_id is not null
    where mine.account_id = any(${accountIds as string[]}::uuid[])
    union
    select mine.account_id from correlation_key mine
    join identity_key theirs on theirs.space = mine.space and theirs.value = mine.value
    where mine.account_id = any(${accountIds as string[]}::uuid[])`.execute(trx)
  return new Set(rows.map(({ id }) => id))
}

/** Of one value; of a doubtful one far fewer are looked at (rules.ts), of a sure one they are mostly one identity. */
const holdersPerValue = 50

/** Who has the values these accounts have. Service accounts speak for nobody. */
export async function findHolders(
  trx: TenantTx,
  accountIds: readonly string[],
): Promise<readonly KnownHolder[]> {
  const { rows } = await sql<KnownHolder>`
    with mine as materialized (
      select distinct space, value from correlation_key where account_id = any(${accountIds as string[]}::uuid[])
    )
    select mine.space, mine.value, theirs."identityId", theirs."connectionId", theirs.trusted, theirs."isStale",
           theirs."isDisabled"
    from mine cross join lateral (
      select link.identity_id as "identityId", account.connection_id as "connectionId", key.trusted,
             account.stale_since is not null as "isStale", identity.status = 'disabled' as "isDisabled"
      from correlation_key key
      join identity_account link on link.account_id = key.account_id and link.nature = 'personal'
      join identity on identity.id = link.identity_id
      join account on account.id = key.account_id
      where key.space = mine.space and key.value = mine.value
      order by key.trusted desc, account.stale_since nulls first, key.account_id
      limit ${holdersPerValue}
    ) theirs
    union all
    select key.space, key.value, key.identity_id, null, true, false, identity.status = 'disabled'
    from mine join identity_key key on key.space = mine.space and key.value = mine.value
    join identity on identity.id = key.identity_id and identity.merged_into is null`.execute(trx)
  return rows
}

/** The trusted values of these identities of which a person has one. */
export async function findExclusive(
  trx: TenantTx,
  identityIds: readonly string[],
): Promise<readonly ExclusiveValue[]> {
  if (identityIds.length === 0) return []
  const { rows } = await sql<ExclusiveValue>`
    select link.identity_id as "identityId", key.space, key.value
    from identity_account link join correlation_key key on key.account_id = link.account_id
    where link.identity_id = any(${identityIds as string[]}::uuid[]) and link.nature = 'personal'
      and key.trusted and key.space = any(${exclusiveSpaces as string[]}::text[])
    union
    select identity_id, space, value from identity_key
    where identity_id = any(${identityIds as string[]}::uuid[])
      and space = any(${exclusiveSpaces as string[]}::text[])`.execute(trx)
  return rows
}

export interface CandidateRow extends Candidate {
  readonly accountId: string
}

export async function findCandidates(
  trx: TenantTx,
  accountIds: readonly string[],
): Promise<readonly CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`
    select account_id as "accountId", identity_id as "identityId", rule, score, evidence from correlation_candidate
    where account_id = any(${accountIds as string[]}::uuid[])`.execute(trx)
  return rows
}

export async function deleteCandidates(
  trx: TenantTx,
  pairs: readonly { readonly accountId: string; readonly identityId: string }[],
): Promise<void> {
  if (pairs.length === 0) return
  await sql`
    delete from correlation_candidate candidate
    using json_to_recordset(${JSON.stringify(pairs)}::json) as sent("accountId" uuid, "identityId" uuid)
    where candidate.account_id = sent."accountId" and candidate.identity_id = sent."identityId"`.execute(trx)
}

/** `found_at` stays with what only changed its evidence: how long it has been waiting. */
export async function putCandidates(trx: TenantTx, rows: readonly CandidateRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into correlation_candidate (account_id, identity_id, rule, score, evidence, found_at)
    select "accountId", "identityId", rule, score, evidence, ${at}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent(
      "accountId" uuid, "identityId" uuid, rule text, score smallint, evidence jsonb)
    on conflict (account_id, identity_id) do update set rule = excluded.rule, score = excluded.score,
      evidence = excluded.evidence`.execute(trx)
}

export async function setOutcomes(
  trx: TenantTx,
  rows: readonly { readonly accountId: string; readonly outcome: Outcome }[],
  at: Date,
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update correlation_account seen set outcome = sent.outcome, considered_at = ${at}
    from json_to_recordset(${JSON.stringify(rows)}::json) as sent("accountId" uuid, outcome text)
    where seen.account_id = sent."accountId" and seen.outcome <> sent.outcome`.execute(trx)
}
