import type { ObjectKind } from '@owlie/connector-kit'
import { type Assignments, countByKind, governedKinds } from '../assignments/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { DriftType, KindContext, Rule } from './drift.ts'
import { resolvePolicy, type SetPolicy } from './resolve-policy.ts'
import { findReadFrom } from './store.ts'
import type { PairsOf } from './store-pairs.ts'
import { defaultGraceMs, findPolicies, findSettings } from './store-policy.ts'

/** Everything about a kind of a connection that a comparison or a decision goes by, read fresh. */
export interface KindState extends PairsOf, KindContext {
  readonly kind: ObjectKind
  readonly policies: readonly SetPolicy[]
  /** Who took the first baseline, and when. */
  readonly baseline: { readonly since: Date; readonly by: string } | null
  /** Wished things. */
  readonly intents: number
}

/** In the manifest's order; null: there is no such connection. */
export async function readKindStates(
  assignments: Assignments,
  trx: TenantTx,
  connectionId: string,
): Promise<readonly KindState[] | null> {
  const kinds = await assignments.kinds(trx, connectionId)
  if (!kinds) return null
  const governed = new Map((await governedKinds(trx, connectionId)).map((each) => [each.kind, each]))
  const readFrom = await findReadFrom(trx, connectionId)
  const policies = await findPolicies(trx, connectionId)
  const settings = await findSettings(trx, connectionId)
  const intents = await countByKind(trx, connectionId)
  return kinds.map((kind) => {
    const baseline = governed.get(kind.name)
    const setting = settings.get(kind.name)
    return {
      connectionId,
      kind,
      isGoverned: baseline !== undefined,
      baseline: baseline ? { since: baseline.since, by: baseline.actorName } : null,
      readFrom: readFrom.get(kind.name) ?? null,
      ignoredFields: setting?.ignoredFields ?? [],
      graceMs: setting?.graceMs ?? defaultGraceMs,
      policies: policies.filter((each) => each.kind === kind.name),
      intents: intents.get(kind.name) ?? 0,
    }
  })
}

export function ruleFor(state: KindState, policies = state.policies): (type: DriftType) => Rule {
  return (type) => resolvePolicy(policies, state.kind.name, type)
}
