import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { Evidence } from '../identities/index.ts'
import { fromCursor, fromNameCursor, isId, pageSize, toCursor } from '../model/index.ts'

/** What waits for an admin, and accounts without an identity. */

export interface ReviewCandidate {
  readonly identityId: string
  readonly rule: string
  readonly score: number
  readonly evidence: readonly Evidence[]
  readonly foundAt: Date
}

/** An account that may be somebody's. */
export interface ReviewItem {
  readonly accountId: string
  /** It has an identity of its own already: then the candidates are likely duplicates of that. */
  readonly identityId: string | null
  readonly score: number
  /** The likeliest first. */
  readonly candidates: readonly ReviewCandidate[]
}

export interface QueueInput {
  /** 1–1000. */
  readonly first: number
  readonly after?: string | null | undefined
  readonly connectionId?: string | null | undefined
  /** Only those the best candidate of which was found by that rule. */
  readonly rule?: string | null | undefined
}

export interface Page<Node> {
  readonly nodes: readonly Node[]
  readonly next: string | null
  readonly total: number
}

/** A decision of an admin takes effect at once, also before the next pass has cleaned up. */
const stillOpen = sql`
  identity.merged_into is null and link.identity_id is distinct from candidate.identity_id
  and coalesce(link.nature, 'personal') = 'personal'
  and not exists (select from identity_apart apart
    where apart.account_id = candidate.account_id and apart.identity_id = candidate.identity_id)
  and (link.identity_id is null or candidate.rule in ('email', 'employee_id', 'external_id', 'custom'))`

const openItems = (where: RawBuilder<unknown>) => sql`
  select candidate.account_id, link.identity_id, max(candidate.score)::int as score,
         jsonb_agg(jsonb_build_object('identityId', candidate.identity_id, 'rule', candidate.rule,
           'score', candidate.score, 'evidence', candidate.evidence, 'foundAt', candidate.found_at)
           order by candidate.score desc, candidate.identity_id) as candidates
  from correlation_candidate candidate
  join identity on identity.id = candidate.identity_id
  join account on account.id = candidate.account_id
  left join identity_account link on link.account_id = candidate.account_id
  where ${stillOpen} and ${where}
  group by candidate.account_id, link.identity_id`

/** The likeliest first. */
export async function listQueue(trx: TenantTx, input: QueueInput): Promise<Page<ReviewItem>> {
  const { connectionId, rule } = input
  if (connectionId && !isId(connectionId)) return { nodes: [], next: null, total: 0 }
  const where = sql.join(
    [
      sql`true`,
      ...(connectionId ? [sql`account.connection_id = ${connectionId}`] : []),
      ...(rule ? [sql`candidate.rule = ${rule}`] : []),
    ],
    sql` and `,
  )
  const size = pageSize(input.first)
  const place = fromScoreCursor(input.after)
  const after = place
    ? sql`where item.score < ${place[0]} or (item.score = ${place[0]} and item.account_id > ${place[1]}::uuid)`
    : sql``
  const { rows } = await sql<ItemRow>`
    select * from (${openItems(where)}) item ${after}
    order by item.score desc, item.account_id limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from (${openItems(where)}) item`.execute(trx)
  const last = rows.slice(0, size).at(-1)
  return {
    nodes: rows.slice(0, size).map(toItem),
    next: rows.length > size && last ? toCursor([String(last.score), last.account_id]) : null,
    total: counted[0]!.total,
  }
}

export async function findItem(trx: TenantTx, accountId: string): Promise<ReviewItem | null> {
  if (!isId(accountId)) return null
  const { rows } = await sql<ItemRow>`${openItems(sql`candidate.account_id = ${accountId}`)}`.execute(trx)
  return rows[0] ? toItem(rows[0]) : null
}

export interface OpenCounts {
  /** Accounts that wait in the queue. */
  readonly review: number
  /** Accounts that are present and have no identity, service accounts aside. */
  readonly orphans: number
  readonly serviceAccounts: number
}

export async function countOpen(trx: TenantTx): Promise<OpenCounts> {
  const { rows } = await sql<OpenCounts>`
    select (select count(*)::int from (${openItems(sql`true`)}) item) as review,
      (select count(*)::int from account left join identity_account link on link.account_id = account.id
       where account.stale_since is null and link.identity_id is null
         and coalesce(link.nature, 'personal') = 'personal') as orphans,
      (select count(*)::int from identity_account where nature = 'service') as "serviceAccounts"`.execute(trx)
  return rows[0]!
}

export interface OrphansInput {
  /** 1–1000. */
  readonly first: number
  readonly after?: string | null | undefined
  readonly connectionId?: string | null | undefined
  /** `service`: the accounts marked as such, whether an identity answers for them or not. */
  readonly nature?: 'personal' | 'service' | null | undefined
  /** Folded by the caller's search; see `searched`. */
  readonly search: readonly RawBuilder<unknown>[]
}

/** Ids of accounts without an identity, by name. */
export async function listOrphans(trx: TenantTx, input: OrphansInput): Promise<Page<string>> {
  const { connectionId, nature } = input
  if (connectionId && !isId(connectionId)) return { nodes: [], next: null, total: 0 }
  const all = sql.join(
    [
      sql`account.stale_since is null`,
      ...input.search,
      ...(connectionId ? [sql`account.connection_id = ${connectionId}`] : []),
      nature === 'service'
        ? sql`link.nature = 'service'`
        : sql`link.identity_id is null and coalesce(link.nature, 'personal') = 'personal'`,
    ],
    sql` and `,
  )
  const size = pageSize(input.first)
  const place = fromNameCursor(input.after)
  const after = place ? sql`and (account.sort_name, account.id) > (${place[0]}, ${place[1]}::uuid)` : sql``
  const from = sql`from account left join identity_account link on link.account_id = account.id`
  const { rows } = await sql<{ id: string; sort_name: string }>`
    select account.id, account.sort_name ${from} where ${all} ${after}
    order by account.sort_name, account.id limit ${size + 1}`.execute(trx)
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total ${from} where ${all}`.execute(trx)
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return {
    nodes: shown.map(({ id }) => id),
    next: rows.length > size && last ? toCursor([last.sort_name, last.id]) : null,
    total: counted[0]!.total,
  }
}

interface ItemRow {
  readonly account_id: string
  readonly identity_id: string | null
  readonly score: number
  readonly candidates: readonly (Omit<ReviewCandidate, 'foundAt'> & { readonly foundAt: string })[]
}

function toItem(row: ItemRow): ReviewItem {
  return {
    accountId: row.account_id,
    identityId: row.identity_id,
    score: row.score,
    candidates: row.candidates.map((each) => ({ ...each, foundAt: new Date(each.foundAt) })),
  }
}

/** @throws FailureError `list.bad_cursor` */
function fromScoreCursor(after: string | null | undefined): readonly [number, string] | null {
  const place = fromCursor(after, 2)
  if (!place) return null
  const score = Number(place[0])
  const checked = fromNameCursor(toCursor(['', place[1]!]))
  return [Number.isInteger(score) ? score : 0, checked![1]]
}
