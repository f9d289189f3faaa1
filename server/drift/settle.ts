import type { Finding, OpenDrift, Resolution, Rule } from './drift.ts'
import { isSame, type Verdict } from './judge.ts'

/** What a comparison does about one thing. */
export type Action =
  | { readonly do: 'nothing' }
  /** Make a row, and carry the rule out. */
  | { readonly do: 'open'; readonly finding: Finding; readonly rule: Rule }
  | { readonly do: 'close'; readonly why: Resolution }
  /** Another type of disagreement than before: the old row ends, a new one begins. */
  | { readonly do: 'replace'; readonly finding: Finding; readonly rule: Rule }
  /** The same disagreement with other values; `reopens`: what was decided was about the old ones. */
  | { readonly do: 'change'; readonly finding: Finding; readonly rule: Rule; readonly reopens: boolean }
  /** Nothing moved but the policy. */
  | { readonly do: 'follow'; readonly finding: Finding; readonly rule: Rule }

const nothing: Action = { do: 'nothing' }

/**
 * What follows from a verdict, the drift there was (null: none), and the rule. A person's decision stands until the
 * values move; a policy's lasts as long as the policy. `intentVersion` is the wish's version now, 0 for none. Pure.
 */
export function settle(
  verdict: Verdict,
  before: OpenDrift | null,
  intentVersion: number,
  ruleFor: (type: Finding['type']) => Rule,
): Action {
  if (verdict.is === 'wait') return nothing
  if (verdict.is === 'agree') return before ? { do: 'close', why: whyOver(before, intentVersion) } : nothing
  const { finding } = verdict
  const rule = ruleFor(finding.type)
  if (!before) return rule.policy === 'ignore' ? nothing : { do: 'open', finding, rule }
  if (before.type !== finding.type)
    return rule.policy === 'ignore' ? { do: 'close', why: 'became_other' } : { do: 'replace', finding, rule }
  const isUnderWay = before.state === 'operation_queued'
  const isDecided = isUnderWay || (!before.byPolicy && before.state !== 'open')
  if (rule.policy === 'ignore' && !isDecided) return { do: 'close', why: 'ignored_by_policy' }
  const sameValues = isSame(before.observed, finding.observed) && isSame(before.intended, finding.intended)
  if (!sameValues || before.intentVersion !== finding.intentVersion) {
    const reopens = !sameValues && (before.state === 'ignored' || before.state === 'flagged')
    return { do: 'change', finding, rule, reopens }
  }
  return isDecided || follows(before, rule) ? nothing : { do: 'follow', finding, rule }
}

/** The row is as the rule would have it. */
function follows(before: OpenDrift, rule: Rule): boolean {
  if (before.policy !== rule.policy) return false
  // What was held back (by the guard, by an operation that failed) is for a person to take up again.
  if (rule.policy === 'preserve') return before.state === 'operation_wanted' || before.heldReason !== null
  return rule.policy === 'flag' && before.state === 'open'
}

function whyOver(before: OpenDrift, intentVersion: number): Resolution {
  if (before.intentVersion !== intentVersion) return 'intent_changed'
  return before.state === 'operation_queued' ? 'put_back' : 'source_changed'
}
