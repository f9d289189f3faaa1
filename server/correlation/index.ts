/**
 * # correlation: whose account is it
 *
 * Looks, after each sync run, at accounts that are new or changed and finds out which identity they belong to. Owns the
 * keys accounts are compared by, the doubtful matches that wait for an admin, and how each connection is matched.
 * The rules are data (rules.ts) and decided purely (decide.ts); what they find is written by `identities`.
 *
 * Promises:
 *  - **Only a sure match links**, and only when it is the only one and nothing speaks against it. Doubtful ones wait in
 *    the queue with rule, score and evidence. Two identities are never joined by a rule; likely duplicates are offered.
 *  - **An e-mail address counts only when it is proven on both sides**: anybody can register with another's address.
 *    What a user may have typed, shared mailboxes, values of accounts that are gone and of disabled identities are never
 *    sure, because numbers and addresses get new owners.
 *  - **A decision of an admin stands**: what has a link is never touched, what was set apart is never offered again, a
 *    service account is left alone.
 *  - Incremental and set-based: hashes say what to read, every batch of 500 accounts is one transaction under the
 *    tenant's lease, memory does not grow with the tenant, and where nothing changed nothing is written. A pass that
 *    died is begun again by its job and finds what it did.
 *
 * Why hashes and not a time since which: two processes' clocks may differ, and what an unlucky one skipped would be lost.
 */
export {
  createCorrelation,
  type Correlation,
  type CorrelationParts,
  enqueuePass,
  type OrphansInput,
} from './run.ts'
export { type Rule, rules } from './rules.ts'
export type { CorrelationSetting, CustomKey, EmailTrust } from './setting.ts'
export type { SetCorrelation } from './settings.ts'
export type { OpenCounts, QueueInput, ReviewCandidate, ReviewItem } from './store-queue.ts'
