/**
 * # retention: what vanished is kept for a while, and then let go
 *
 * Owns how many days an object that a connection's complete runs no longer find stays in the inventory (30 unless
 * somebody says otherwise, or for ever), and removes it after that. It runs when a sync run of the connection closes.
 *
 * Promises:
 *  - **Only what syncs alone brought is removed.** What somebody wants (an assignment, a desired object) or what Owlie
 *    itself once provisioned is never removed, however long it is gone: its absence is drift, and drift needs its
 *    evidence.
 *  - Only what is stale is looked at, so an incomplete run and a guard stop remove nothing.
 *  - In batches with a transaction and an audit event each; interrupted, the next run goes on.
 *  - Nothing is done to the target, ever.
 *
 * How it fails: `setDays` returns a `Refusal`. Why not with the sweep: marking must be instant and reversible, removing
 * neither.
 */
export { createRetention, type Retention, type RetentionParts, removeTask } from './run.ts'
