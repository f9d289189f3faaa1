import { list } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { findTraces } from './store-timeline.ts'

export interface TimelineEntry {
  readonly at: Date
  /** The audit's `identity.merged`, …; or `account.appeared`, `account.linked_by_rule`, `account.went_stale`. */
  readonly action: string
  /** Who did it; null for what was seen. */
  readonly actor: string | null
  readonly accountId: string | null
  readonly accountName: string | null
  /** The other identity of a merge or move. */
  readonly otherIdentityId: string | null
  /** Rule, reason, or the fields that changed. */
  readonly detail: string | null
}

/** What happened to an identity and its accounts, newest first: decisions from the audit, sights from the inventory. */
export async function timelineOf(
  trx: TenantTx,
  identityId: string,
  first: number,
): Promise<readonly TimelineEntry[]> {
  const { events } = await list(trx, { first, subjectId: identityId })
  const decided = events.map((event): TimelineEntry => {
    const text = (name: string) => {
      const value = event.detail[name]
      return typeof value === 'string' ? value : null
    }
    return {
      at: new Date(event.at),
      action: event.action,
      actor: event.actor.name,
      accountId: text('account'),
      accountName: text('account') === null ? null : text('name'),
      otherIdentityId: text('from') ?? text('to') ?? text('identity'),
      detail: text('reason') ?? text('fields'),
    }
  })
  const seen = await findTraces(trx, identityId, first)
  return [...decided, ...seen].sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, first)
}
