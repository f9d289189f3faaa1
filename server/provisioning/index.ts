/**
 * # provisioning: from a wish to a proven change
 *
 * Owns operations (a wished change under an idempotency key), their plans, steps and journal. A wish is checked when
 * it is made, planned from what is there now, approved by people, carried out touch by touch, and read back.
 *
 * Promises:
 *  - **The plan shown is the plan run.** It is stored with its premises and a hash; approving names the hash. Before a
 *    touch that could overwrite something the premises are read again: what moved makes the plan stale, and it is
 *    made anew, saying what moved.
 *  - **A touch is written down before and after.** After a crash or a lost reply the outcome is unknown, and nothing is
 *    touched again before a look has said that it did not happen (or repeating it changes nothing). Something to be
 *    created that is there already is adopted, and no later plan creates it.
 *  - **One key, one operation**; the same key with another wish is refused. One operation at a time touches a target,
 *    under a lease with a fencing token.
 *  - What it wishes becomes an intention with the last approval (server/assignments). A step that a later wish has
 *    taken back is not done; what was seen to be in effect raises the applied version.
 *  - Plans that take nothing away may be let through without a person, by rules per connection, action and day that are
 *    off until somebody sets them. What had to be planned anew always asks a person.
 *  - Taking away needs its count typed, and above the guard, alone or with what one person approved within 24 hours, a
 *    second person. "Try with one first" stops after one.
 *  - Recovery plans what is left from what is there, so nothing is done twice. Cancelling stops after the step in hand,
 *    and withdraws what was not begun.
 *
 * How it fails: doors return a `Refusal`; what happens to a step is in the step and the journal, decided by the
 * failure's kind alone. No value of an input and no answer of the target is in the journal, the log or the audit.
 *
 * Why no secrets: an operation is stored, shown and exported. A new account gets a password nobody knows.
 */
export { createProvisioning, type Provisioning, type ProvisioningGiven } from './run.ts'
export type { ApproveInput } from './approve.ts'
export type { SubmitInput } from './submit.ts'
export type { WishLine } from './read-wishes.ts'
export type { RuleInput } from './rules.ts'
export type { KeptRule } from './store-policy.ts'
export type { WishFile } from './wish-file.ts'
export type { ProvisioningLimits } from './parts.ts'
export { reasonNotTo, type Verb } from './transitions.ts'
export {
  type Approval,
  type Difference,
  type Item,
  type JournalEntry,
  type Moved,
  type Operation,
  type OperationState,
  operationStates,
  type Plan,
  type PlanSummary,
  type Step,
  type StepState,
} from './operation.ts'
