import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, isRefusal, refuse } from '../model/index.ts'
import { insertEmpty } from './edit.ts'
import {
  accountNotFound,
  identityNotFound,
  identityWasMerged,
  linkedElsewhere,
  notLinked,
} from './failures.ts'
import type { AccountNature, Identity } from './identity.ts'
import { resolveAll } from './resolve-all.ts'
import type { Hand } from './run.ts'
import * as links from './store-links.ts'
import * as store from './store.ts'
import { accountDetail, nameForAudit, subjectOf } from './subject.ts'

/** Decisions of admins about whose an account is. Each stands against every later sync. */

export interface LinkAccount {
  readonly accountId: string
  readonly identityId: string
  /** The identity it is taken from, when it is linked to another. */
  readonly moveFrom?: string | null | undefined
}

interface Place {
  readonly account: { readonly id: string; readonly name: string; readonly connectionId: string }
  /** Where it is now. */
  readonly from: Identity | null
  /** Nobody has decided anything yet. */
  readonly isUndecided: boolean
  readonly nature: AccountNature
}

/** The account and where it is, all locked. */
async function lockPlace(
  trx: TenantTx,
  accountId: string,
  alsoLock: readonly string[],
): Promise<Place | Refusal> {
  const account = await links.lockAccount(trx, accountId)
  if (!account) return refuse(accountNotFound())
  const [link] = await links.findLinks(trx, [account.id])
  const fromId = link?.identityId ?? null
  const locked = await store.lockIdentities(trx, [...alsoLock, ...(fromId ? [fromId] : [])])
  const from = locked.find(({ id }) => id === fromId) ?? null
  return { account, from, isUndecided: !link, nature: link?.nature ?? 'personal' }
}

export async function link(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  { accountId, identityId, moveFrom }: LinkAccount,
): Promise<Identity | Refusal> {
  const place = await lockPlace(trx, accountId, [identityId])
  if (isRefusal(place)) return place
  const { account, from } = place
  const [into] = await store.findIdentities(trx, [identityId])
  if (!into) return refuse(identityNotFound())
  if (into.mergedInto) return refuse(identityWasMerged(into.displayName, into.mergedInto))
  const isMove = from !== null && from.id !== into.id
  if (isMove && moveFrom?.toLowerCase() !== from.id) return refuse(linkedElsewhere(from.displayName))
  const at = hand.now()
  await links.putManualLink(trx, { accountId: account.id, identityId: into.id }, actor.name, at)
  await links.deleteApart(trx, [account.id], into.id)
  if (isMove) {
    await links.insertApart(trx, [{ accountId: account.id, identityId: from.id }], actor.name, at)
  }
  await resolveAll(trx, hand.connectors, [into.id, ...(isMove ? [from.id] : [])], at)
  await hand.changed(trx, actor)
  const detail = accountDetail(account)
  if (isMove) {
    const subject = subjectOf(from)
    await record(trx, {
      actor,
      action: 'identity.account_moved_away',
      subject,
      detail: { ...detail, to: into.id },
    })
  }
  await record(trx, {
    actor,
    action: 'identity.account_linked',
    subject: subjectOf(into),
    detail: { ...detail, ...(isMove ? { from: from.id } : {}) },
  })
  return (await store.findIdentities(trx, [into.id]))[0]!
}

/** A new identity for an account; it is set apart from those that were suggested. */
export async function createFor(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  accountId: string,
  apartFrom: readonly string[],
): Promise<Identity | Refusal> {
  const place = await lockPlace(trx, accountId, [])
  if (isRefusal(place)) return place
  const others = await store.findIdentities(trx, apartFrom)
  const { account, from, nature } = place
  if (from) return refuse(linkedElsewhere(from.displayName))
  const kind = nature === 'service' ? 'machine' : 'person'
  const id = await insertEmpty(hand, trx, actor, account.name, kind)
  await links.putManualLink(trx, { accountId: account.id, identityId: id }, actor.name, hand.now())
  const apart = others.map((other) => ({ accountId: account.id, identityId: other.id }))
  await links.insertApart(trx, apart, actor.name, hand.now())
  await resolveAll(trx, hand.connectors, [id], hand.now())
  const [made] = await store.findIdentities(trx, [id])
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: 'identity.created',
    subject: subjectOf(made!),
    detail: { kind, ...accountDetail(account) },
  })
  return made!
}

/** Takes an account from its identity: no rule links it again, and that identity is not suggested for it. */
export async function unlink(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  accountId: string,
  identityId: string,
): Promise<Identity | Refusal> {
  const place = await lockPlace(trx, accountId, [])
  if (isRefusal(place)) return place
  const { account, from } = place
  if (from?.id !== identityId.toLowerCase()) return refuse(notLinked())
  const at = hand.now()
  await links.putManualLink(trx, { accountId: account.id, identityId: null }, actor.name, at)
  await links.insertApart(trx, [{ accountId: account.id, identityId: from.id }], actor.name, at)
  await resolveAll(trx, hand.connectors, [from.id], at)
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: 'identity.account_unlinked',
    subject: subjectOf(from),
    detail: accountDetail(account),
  })
  return (await store.findIdentities(trx, [from.id]))[0]!
}

/**
 * Says that an account is not an identity's: never suggested again. Of an account that has an identity of its own, all
 * its accounts are set apart from the other and the other way round, because that is what was looked at.
 */
export async function setApart(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  accountId: string,
  identityId: string,
): Promise<Identity | Refusal> {
  const place = await lockPlace(trx, accountId, [identityId])
  if (isRefusal(place)) return place
  const { account, from } = place
  const [other] = await store.findIdentities(trx, [identityId])
  if (!other) return refuse(identityNotFound())
  if (from?.id === other.id) return refuse(linkedElsewhere(other.displayName))
  const ours = from ? (await links.linksOf(trx, [from.id])).map((each) => each.accountId) : [account.id]
  const theirs = from ? (await links.linksOf(trx, [other.id])).map((each) => each.accountId) : []
  const pairs = [
    ...ours.map((id) => ({ accountId: id, identityId: other.id })),
    ...theirs.map((id) => ({ accountId: id, identityId: from!.id })),
  ]
  await links.insertApart(trx, pairs, actor.name, hand.now())
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: 'identity.set_apart',
    subject: subjectOf(other),
    detail: {
      ...accountDetail(account),
      ...(from ? { identity: from.id } : {}),
    },
  })
  return other
}

/** Marks an account as a service account, or as a person's again. A service account is left alone by every rule. */
export async function setNature(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  accountId: string,
  nature: AccountNature,
): Promise<{ readonly accountId: string } | Refusal> {
  const place = await lockPlace(trx, accountId, [])
  if (isRefusal(place)) return place
  const { account, from, isUndecided } = place
  if (place.nature === nature) return { accountId: account.id }
  // Nothing but the mark was ever decided: rules may look at it again.
  const wasOnlyMarked = !from && (await links.findApart(trx, [account.id])).size === 0
  if (nature === 'personal' && wasOnlyMarked) await links.deleteLink(trx, account.id)
  else if (isUndecided) {
    const row = { accountId: account.id, identityId: null, nature }
    await links.putManualLink(trx, row, actor.name, hand.now())
  } else await links.updateNature(trx, account.id, nature)
  if (from) await resolveAll(trx, hand.connectors, [from.id], hand.now())
  await hand.changed(trx, actor)
  await record(trx, {
    actor,
    action: nature === 'service' ? 'account.marked_as_service' : 'account.marked_as_personal',
    subject: { kind: 'account', id: account.id, name: nameForAudit(account.name) },
    detail: { connectionId: account.connectionId, ...(from ? { identity: from.id } : {}) },
  })
  return { accountId: account.id }
}
