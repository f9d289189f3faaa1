/**
 * # connector-kit/testing: does a connector keep the contract?
 *
 * `runConformance` turns every rule of the contract that a program can check into a vitest test. It needs a target
 * (a sandbox of the system, never a customer's tenant) and knows nothing of the system behind it.
 *
 * Promises: it reads, and writes only to what `ConformanceTarget.writes` offers; it fails with the sentence of the rule that is broken and the place; it never prints a
 * secret. A rule is a function that returns complaints (`rules`), so that a connector that lies on purpose can
 * prove that each rule catches what it is for.
 *
 * It does not prove that a connector is *complete*: only its own tests know the truth of its target. It proves
 * that what it says is well-formed, repeatable, moving, ending and free of secrets.
 */
export { runConformance } from './run-conformance.ts'
export { type Complaint, type ConformanceRule, type ConformanceTarget, rules } from './rules.ts'
export { type WriteFault, type WriteTarget } from './write-rules.ts'
export { type VirtualClock, virtualClock } from './virtual-clock.ts'
