import type { Decision, DriftType, Rule } from './drift.ts'

/** A policy as it was set; `type` null: for the whole kind. */
export interface SetPolicy {
  readonly kind: string
  readonly type: DriftType | null
  readonly policy: Decision
  readonly by: string
  readonly at: Date
}

/** The rule for a type of drift of a kind: the one for the type, else the one for the kind, else flag. Pure. */
export function resolvePolicy(policies: readonly SetPolicy[], kind: string, type: DriftType): Rule {
  const ofKind = policies.filter((each) => each.kind === kind)
  const own = ofKind.find((each) => each.type === type)
  if (own) return { policy: own.policy, scope: 'type', by: own.by }
  const wide = ofKind.find((each) => each.type === null)
  if (wide) return { policy: wide.policy, scope: 'kind', by: wide.by }
  return { policy: 'flag', scope: 'default', by: null }
}
