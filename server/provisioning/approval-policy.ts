import { actionOf, type Manifest } from '@owlie/connector-kit'
import type { PlannedStep, PlanSummary } from './operation.ts'

/** An action that needs no person's approval, up to so many changes within 24 hours. */
export interface ApprovalRule {
  readonly action: string
  readonly most: number
}

/** An action may have a rule when it takes nothing away. Pure. */
export function mayHaveRule(manifest: Manifest, name: string): boolean {
  const action = actionOf(manifest, name)
  return action !== null && !action.destructive
}

/**
 * Why a plan needs no person's approval, in words; null when it needs one. All of it has to be covered: each action by
 * a rule with room left, nothing taken away, nothing above the guard. Only the first plan of an operation: what had to
 * be planned anew was not what was expected, so a person looks at it. Pure.
 */
export function approvedByPolicy(
  manifest: Manifest,
  rules: readonly ApprovalRule[],
  plan: { readonly number: number; readonly steps: readonly PlannedStep[]; readonly summary: PlanSummary },
  /** Changes the rules have approved within the last 24 hours, by action. */
  recent: ReadonlyMap<string, number>,
): string | null {
  const { number, steps, summary } = plan
  if (number !== 1 || steps.length === 0 || summary.problems.length > 0) return null
  if (summary.destroy > 0 || summary.guard.count !== null || summary.guard.secondPerson) return null
  const reasons: string[] = []
  for (const name of new Set(steps.map(({ action }) => action))) {
    const own = steps.filter(({ action }) => action === name)
    const changes = own.reduce((sum, { units }) => sum + units.length, 0)
    const rule = rules.find(({ action }) => action === name)
    if (!rule || !mayHaveRule(manifest, name) || own.some(({ destructive }) => destructive)) return null
    if ((recent.get(name) ?? 0) + changes > rule.most) return null
    reasons.push(`${actionOf(manifest, name)!.label}, up to ${rule.most} a day`)
  }
  return reasons.join('; ')
}
