/**
 * # drift: where what is and what ought to be disagree
 *
 * Owns one row per disagreement, for as long as it lasts: `missing`, `excess` or `different`, with the observed and
 * the intended values, the run that showed it, the rule that applied, and what was decided. After a sync run, a
 * baseline or a change of policy a job compares the connection, kind by kind.
 *
 * Promises:
 *  - **Compared in sets, judged one by one.** SQL finds the pairs that may disagree (`store-pairs.ts`), a pure function
 *    says whether they do (`judge.ts`), another what follows (`settle.ts`). What agrees costs nothing: a pass over an
 *    unchanged source writes its own row and no other.
 *  - **No false drift.** `missing` only from a complete reading; never for fields that change by themselves (the
 *    connector's manifest lists those that are a matter of intent); what was looked at before the wish moved, or
 *    within the grace after a write of ours, waits for the next look.
 *  - **A policy per connection and kind**, or for one type of drift: adopt, flag (the default), preserve, ignore. It can
 *    be previewed. A policy puts nothing back when that would be a mass change: then it is listed, with the reason.
 *  - **A person's decision stands** until the values move. It is about what was listed: when that has moved meanwhile
 *    it is refused. It can be undone as long as nothing has come of it.
 *  - Preserve asks and never touches a target: the row is `operation_wanted` until provisioning takes it
 *    (`takeWanted`, or `requestOperation` at once), and closes when a later look shows the two agree.
 *
 * How it fails: doors return a `Refusal` (`drift.guard` asks for the number); a wrong `after` throws `drift.bad_cursor`.
 * Why rows and not a view: who decided what, when and on which evidence has to outlive the disagreement. Decision 0021.
 */
export { createDrift, type DriftDoor, type DriftParts } from './run.ts'
export {
  type Decision,
  decisions,
  type DriftState,
  type DriftType,
  driftTypes,
  type WantedChange,
} from './drift.ts'
export type { Decided, DecideInput, DecisionPreview } from './decide.ts'
export type { GuardVerdict } from './guard-decision.ts'
export type { KindPolicies, PolicyInput, PolicyPreview } from './policies.ts'
export type { DecisionMade, Drift, DriftCount, DriftFilter, DriftPage, IntentShown } from './store-list.ts'
export type { RequestOperation } from './wanted.ts'
export type { Undone } from './undo.ts'
