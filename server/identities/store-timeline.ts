import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import type { TimelineEntry } from './timeline.ts'

/** What was seen of an identity's accounts, and what rules decided about them. */
export async function findTraces(
  trx: TenantTx,
  identityId: string,
  first: number,
): Promise<readonly TimelineEntry[]> {
  const { rows } = await sql<{
    at: Date
    action: string
    actor: string | null
    account_id: string
    account_name: string
    detail: string | null
  }>`
    with own as (
      select account.id, account.display_name, account.first_seen_at, account.stale_since,
             link.origin, link.rule, link.decided_at, link.decided_by
      from identity_account link join account on account.id = link.account_id
      where link.identity_id = ${identityId}
    )
    select first_seen_at as at, 'account.appeared' as action, null as actor, id as account_id,
           display_name as account_name, null as detail from own
    union all
    select stale_since, 'account.went_stale', null, id, display_name, null from own where stale_since is not null
    union all
    select decided_at, 'account.linked_by_rule', decided_by, id, display_name, rule from own where origin = 'rule'
    order by 1 desc limit ${first}`.execute(trx)
  return rows.map((row) => ({
    at: row.at,
    action: row.action,
    actor: row.actor,
    accountId: row.account_id,
    accountName: row.account_name,
    otherIdentityId: null,
    detail: row.detail,
  }))
}
