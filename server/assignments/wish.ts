import type { TenantTx } from '../db/index.ts'
import type { GrantWish, ObjectWish, Origin, Whose, Wish, Wished } from './intent.ts'
import { findOf } from './store-read.ts'
import * as store from './store-wish.ts'

export interface WishOptions {
  readonly origin: Origin
  readonly at: Date
  /** The target is already so (adopted, taken over): nothing is left to be applied. Default false. */
  readonly isAsObserved?: boolean
}

/**
 * Says what ought to be. The desired version of each rises by one when the wish differs from what was wished before
 * (a first wish is version 1), and stays when it does not. One answer per distinct wish, in no particular order;
 * where one thing is wished twice, the later wish counts.
 */
export async function wish(
  trx: TenantTx,
  wishes: readonly Wish[],
  { origin, at, isAsObserved = false }: WishOptions,
): Promise<readonly Wished[]> {
  const context = { origin, at, isAsObserved }
  const grants = lastOfEach(wishes.filter((each): each is GrantWish => each.is === 'grant'))
  const objects = lastOfEach(wishes.filter((each): each is ObjectWish => each.is === 'object'))
  const named = objects.filter(({ id }) => id !== undefined)
  const fresh = objects.filter(({ id }) => id === undefined)
  const wished = [
    ...(await store.rewishObjects(trx, named, context)),
    ...(await store.wishObjects(
      trx,
      fresh.filter(({ externalId }) => externalId !== null),
      context,
    )),
    ...(await store.insertUncreated(
      trx,
      fresh.filter(({ externalId }) => externalId === null),
      context,
    )),
    ...(await store.wishGrants(
      trx,
      grants.filter(({ account }) => account !== null),
      context,
      'account',
    )),
    ...(await store.wishGrants(
      trx,
      grants.filter(({ account }) => account === null),
      context,
      'identity',
    )),
  ]
  return withIdentities(trx, wished, [...grants, ...objects])
}

async function withIdentities(
  trx: TenantTx,
  wished: readonly Wished[],
  wishes: readonly Wish[],
): Promise<readonly Wished[]> {
  const owners = new Map(
    wishes.flatMap((each) => (each.identityId ? [[keyOf(each), each.identityId] as const] : [])),
  )
  if (owners.size === 0) return wished
  const all = wished.map((each): Wished => {
    const { intent } = each
    const identityId = owners.get(keyOf(intent)) ?? owners.get(`id ${intent.id}`) ?? intent.identityId
    return identityId === intent.identityId ? each : { ...each, intent: { ...intent, identityId } }
  })
  const changed = all.filter((each, index) => each !== wished[index]).map(({ intent }) => intent)
  const of = (is: 'grant' | 'object') =>
    changed
      .filter((intent) => intent.is === is)
      .map(({ id, identityId }) => ({ id, identityId: identityId! }))
  await store.nameIdentities(trx, 'assignment', of('grant'))
  await store.nameIdentities(trx, 'desired_object', of('object'))
  return all
}

/** Of each thing the later wish; fields the earlier one named alone stay wished. */
function lastOfEach<Of extends Wish>(wishes: readonly Of[]): readonly Of[] {
  const last = new Map<string, Of>()
  for (const [index, each] of wishes.entries()) {
    const key = keyOf(each, index)
    const before = last.get(key)
    const isSame = before?.is === 'object' && each.is === 'object' && before.wanted === each.wanted
    last.set(key, isSame ? { ...each, fields: { ...before.fields, ...each.fields } } : each)
  }
  return [...last.values()]
}

/** Same thing, same key. Things still to be created are each their own (`index`). */
function keyOf(
  of: (GrantWish | Omit<ObjectWish, 'fields' | 'yields'>) & { readonly id?: string },
  index?: number,
): string {
  const { connectionId, kind } = of
  if (of.is === 'grant') {
    const holder = of.account ?? `identity ${of.identityId}`
    return JSON.stringify([connectionId, kind, of.entitlement, holder, of.grantType])
  }
  if (of.externalId !== null) return JSON.stringify([connectionId, kind, of.externalId])
  return of.id === undefined ? `new ${index}` : `id ${of.id}`
}

/** The target has been seen to be as wished in `version`; a later look or an earlier version changes nothing. */
export async function applied(
  trx: TenantTx,
  raised: readonly { readonly id: string; readonly version: number }[],
  at: Date,
): Promise<void> {
  // Ids are unique over both tables, and an id that is not there raises nothing.
  await store.raiseApplied(trx, 'assignment', raised, at)
  await store.raiseApplied(trx, 'desired_object', raised, at)
}

/** Writes earlier states as new versions, where nothing has moved since. Answers with the ids it wrote. */
export async function restore(
  trx: TenantTx,
  earlier: readonly store.Earlier[],
  { origin, at, isAsObserved = false }: WishOptions,
): Promise<readonly string[]> {
  const context = { origin, at, isAsObserved }
  const grants = earlier.filter(({ fields }) => fields === null)
  const objects = earlier.filter(({ fields }) => fields !== null)
  return [
    ...(await store.restore(trx, 'assignment', grants, context)),
    ...(await store.restore(trx, 'desired_object', objects, context)),
  ]
}

/** What ought to be for an account, an entitlement, an identity, or under the given ids. */
export function of(trx: TenantTx, whose: Whose) {
  return findOf(trx, whose)
}
