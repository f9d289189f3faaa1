import { type Wish, wish } from '../assignments/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { DriftState, Finding, Pair } from './drift.ts'
import type { KindState } from './kind-state.ts'
import { insertDecisions } from './store.ts'

/** A disagreement whose observed side becomes intent. */
export interface Adoption {
  readonly driftId: string
  readonly pair: Pair
  readonly finding: Finding
  readonly stateBefore: DriftState
  readonly by: { readonly actorName: string; readonly reason: string | null }
}

/** What would have to be wished for the two to agree. Pure. */
export function wishOf(connectionId: string, kind: string, { pair, finding }: Omit<Adoption, 'by'>): Wish {
  const wanted = finding.type !== 'missing'
  const { entitlementType, entitlement, account, grantType, yields } = pair
  if (yields === 'grant')
    return {
      ...{ is: 'grant', connectionId, kind, entitlementType: entitlementType ?? '' },
      ...{ entitlement, account, grantType, wanted },
    }
  return {
    ...{ is: 'object', connectionId, kind, yields, entitlementType },
    ...{ externalId: yields === 'account' ? account : entitlement, wanted },
    fields: finding.observed ?? {},
  }
}

/**
 * Makes what is into intent: the desired version of each rises by one, the applied one with it, because nothing is
 * left to be done. Keeps how it was before, so that it can be undone.
 */
export async function adopt(
  trx: TenantTx,
  state: KindState,
  adoptions: readonly Adoption[],
  batch: { readonly batchId: string; readonly at: Date; readonly byPolicy: boolean },
): Promise<void> {
  if (adoptions.length === 0) return
  const { connectionId, kind } = state
  const people = Map.groupBy(adoptions, ({ by }) => by.actorName)
  for (const [actorName, theirs] of people) {
    const { reason } = theirs[0]!.by
    const wishes = theirs.map((each) => wishOf(connectionId, kind.name, each))
    const origin = { source: 'adopted', sourceId: batch.batchId, actorName, reason } as const
    const wished = await wish(trx, wishes, { origin, at: batch.at, isAsObserved: true })
    const byKey = new Map(
      wished.map(({ intent }) => [
        intent.is === 'grant'
          ? keyOf(intent.entitlement, intent.account ?? '', intent.grantType)
          : keyOf(intent.externalId ?? '', '', ''),
        intent,
      ]),
    )
    const decisions = theirs.map(({ driftId, pair, stateBefore }) => {
      const intent = byKey.get(
        pair.yields === 'grant'
          ? keyOf(pair.entitlement, pair.account, pair.grantType)
          : keyOf(pair.entitlement || pair.account, '', ''),
      )
      return {
        ...{ driftId, batchId: batch.batchId, decision: 'adopt' as const, byPolicy: batch.byPolicy },
        ...{ actorName, reason, stateBefore },
        ...{ intentId: intent?.id ?? null, intentVersion: intent?.desiredVersion ?? null },
        ...{ wantedBefore: pair.intent?.wanted ?? null, fieldsBefore: pair.intent?.fields ?? null },
      }
    })
    await insertDecisions(trx, decisions, batch.at)
  }
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts)
}
