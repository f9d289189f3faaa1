import { looksLikeCredential, record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import {
  badReason,
  identityNotFound,
  identityWasMerged,
  mergeIntoItself,
  mergeIsCovered,
  notMerged,
} from './failures.ts'
import type { Identity } from './identity.ts'
import { resolveAll } from './resolve-all.ts'
import type { Hand } from './run.ts'
import * as links from './store-links.ts'
import * as merges from './store-merges.ts'
import * as store from './store.ts'
import { nameForAudit, subjectOf } from './subject.ts'

export interface MergeIdentities {
  readonly fromId: string
  readonly intoId: string
  readonly reason?: string | null | undefined
}

/**
 * Two identities are one person: the accounts of the one go to the other. What was entered for the one stays with it
 * and counts again when the merge is undone. Returns the identity that stays.
 */
export async function merge(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  { fromId, intoId, reason }: MergeIdentities,
): Promise<Identity | Refusal> {
  const locked = await store.lockIdentities(trx, [fromId, intoId])
  const from = locked.find(({ id }) => id === fromId.toLowerCase())
  const into = locked.find(({ id }) => id === intoId.toLowerCase())
  if (!from || !into) return refuse(identityNotFound())
  if (from.id === into.id) return refuse(mergeIntoItself())
  for (const each of [from, into]) {
    if (each.mergedInto) return refuse(identityWasMerged(each.displayName, each.mergedInto))
  }
  const why = reason?.trim() || null
  if (why !== null && (looksLikeCredential(why) || why.length > 500)) return refuse(badReason())
  const at = hand.now()
  const before = await joinAll(trx, from.id, into.id, actor.name, at)
  await merges.insertMerge(trx, {
    ...{ fromId: from.id, intoId: into.id, reason: why },
    ...{ before, by: actor.name, at },
  })
  await store.setMergedInto(trx, from.id, into.id, at)
  await resolveAll(trx, hand.connectors, [into.id], at)
  await hand.changed(trx, actor)
  const detail = { count: before.links.length, ...(why === null ? {} : { reason: why }) }
  await record(trx, {
    actor,
    action: 'identity.merged_away',
    subject: subjectOf(from),
    detail: { ...detail, to: into.id },
  })
  await record(trx, {
    actor,
    action: 'identity.merged',
    subject: subjectOf(into),
    detail: { ...detail, from: from.id, name: nameForAudit(from.displayName) },
  })
  return (await store.findIdentities(trx, [into.id]))[0]!
}

/** Moves links, and the words that something is not the same; returns what that changed. */
async function joinAll(
  trx: TenantTx,
  fromId: string,
  intoId: string,
  by: string,
  at: Date,
): Promise<merges.BeforeMerge> {
  const moved = await links.takeLinks(trx, fromId)
  const ours = (await links.linksOf(trx, [fromId])).map(({ accountId }) => accountId)
  const theirs = (await links.linksOf(trx, [intoId])).map(({ accountId }) => accountId)
  const apartRemoved = [
    ...(await links.deleteApart(trx, ours, intoId)),
    ...(await links.deleteApart(trx, theirs, fromId)),
  ]
  // Who is not the one is not the other either.
  const strangers = await links.accountsApartFrom(trx, fromId)
  const pairs = strangers.map((accountId) => ({ accountId, identityId: intoId }))
  const apartAdded = await links.insertApart(trx, pairs, by, at)
  await links.moveLinks(trx, fromId, intoId)
  return { links: moved, apartAdded, apartRemoved }
}

export interface Unmerged {
  /** As it was before it was merged. */
  readonly identity: Identity
  readonly from: Identity
  /** Accounts that somebody has moved on since: they stay where they are. */
  readonly stayed: readonly string[]
}

/** Puts back what was, row by row. `id` is the identity that was merged away. */
export async function unmerge(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  id: string,
): Promise<Unmerged | Refusal> {
  const open = await merges.findOpen(trx, id)
  const locked = await store.lockIdentities(trx, open ? [open.fromId, open.intoId] : [id])
  const from = locked.find((each) => each.id === id.toLowerCase())
  if (!from) return refuse(identityNotFound())
  if (!open || from.mergedInto !== open.intoId) return refuse(notMerged())
  const into = locked.find((each) => each.id === open.intoId)!
  if (into.mergedInto) return refuse(mergeIsCovered(into.displayName))
  const at = hand.now()
  // Only one of two who undo it at once gets here with an open merge.
  if (!(await merges.closeMerge(trx, open.id, actor.name, at))) return refuse(notMerged())
  const { links: moved, apartAdded, apartRemoved } = open.before
  const restored = new Set(await links.restoreLinks(trx, moved, into.id))
  await links.deleteApart(trx, apartAdded, into.id)
  await links.restoreApart(trx, apartRemoved)
  await store.setMergedInto(trx, from.id, null, at)
  await resolveAll(trx, hand.connectors, [from.id, into.id], at)
  await hand.changed(trx, actor)
  const stayed = open.accountIds.filter((accountId) => !restored.has(accountId))
  const detail = { count: restored.size, unchanged: stayed.length }
  await record(trx, {
    actor,
    action: 'identity.unmerged',
    subject: subjectOf(into),
    detail: { ...detail, to: from.id, name: nameForAudit(from.displayName) },
  })
  await record(trx, {
    actor,
    action: 'identity.restored',
    subject: subjectOf(from),
    detail: { ...detail, from: into.id },
  })
  const now = new Map((await store.findIdentities(trx, [from.id, into.id])).map((each) => [each.id, each]))
  return { identity: now.get(from.id)!, from: now.get(into.id)!, stayed }
}
