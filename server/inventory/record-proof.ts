import type { ObjectKind, Observation } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { storeObservations } from './record-page.ts'
import { isKnownKind, noteSource } from './store-own.ts'
import * as proof from './store-proof.ts'

/** What was done in the target and read back by an immediately consistent look. */
export interface ProvenChange {
  readonly connectionId: string
  /** The operation's id. */
  readonly source: string
  readonly kind: ObjectKind
  /** As it is now. */
  readonly present: readonly Observation[]
  /** Accounts or entitlements that do not exist any more, by their external ids. */
  readonly gone: readonly string[]
  /** Grants that are not held any more. */
  readonly taken: readonly { readonly account: string; readonly entitlement: string }[]
  readonly at: Date
}

/**
 * Brings the inventory up to date with a change of ours, so that nobody has to wait for the next run to see it. Of a kind
 * no run has read completely nothing is written: there is nothing for it to be part of.
 */
export async function recordProof(
  trx: TenantTx,
  change: ProvenChange,
  kinds: readonly ObjectKind[],
): Promise<void> {
  const { connectionId, source, kind, present, gone, taken, at } = change
  if (!(await isKnownKind(trx, connectionId, kind.name))) return
  await noteSource(trx, connectionId, source, at)
  const of = { connectionId, runId: source, kind }
  if (present.length > 0)
    await storeObservations(trx, { ...of, at, container: null, observations: present, quarantined: [] }, true)
  await markGone(trx, of, kinds, gone, at)
  await proof.markGrantPairs(trx, of, taken, at)
}

/** Marks what does not exist any more; a grant does not outlive either of its ends. Says how many of which kind. */
export async function markGone(
  trx: TenantTx,
  of: { readonly connectionId: string; readonly runId: string; readonly kind: ObjectKind },
  kinds: readonly ObjectKind[],
  gone: readonly string[],
  at: Date,
): Promise<ReadonlyMap<ObjectKind, number>> {
  const marked = new Map<ObjectKind, number>()
  if (gone.length === 0) return marked
  marked.set(of.kind, await proof.markObjects(trx, of, gone, at))
  for (const grants of kinds.filter(({ yields }) => yields === 'grant')) {
    const target = { ...of, kind: grants }
    if (of.kind.yields === 'account')
      marked.set(grants, await proof.markGrantsOf(trx, target, { accounts: gone }, at))
    else if (grants.entitlementType === of.kind.entitlementType)
      marked.set(grants, await proof.markGrantsOf(trx, target, { entitlements: gone }, at))
  }
  return marked
}
