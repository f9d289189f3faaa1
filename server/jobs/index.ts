/**
 * # jobs: what wakes up, and who may work on it
 *
 * Owns wake-ups (graphile-worker on the same database), schedules, leases with fencing tokens, and the sweep that
 * puts work back on its feet after a process has died.
 *
 * **The truth is in the features' tables; a job is only a nudge and carries ids.** So every job may come twice, late
 * or not at all: a task looks at its row, takes the lease, does one short turn, commits, and queues the next.
 *
 * Promises:
 *  - `enqueue` happens in the caller's transaction, and only for its own tenant: no commit, no job. With a `key`,
 *    one waiting job, however often it is asked for.
 *  - A lease is held by one owner at a time; each new holder has a larger token. `assertHeld(trx, …)` makes a write
 *    fail when somebody else has taken over since, even if the writer slept through it, and holds the takeover off
 *    until the write is committed. Times are the database's. A write to somewhere else asks `assertInTime()` first.
 *  - Every 2 s one process looks for dead ones (their connection is gone, or not seen for 15 s), frees their leases
 *    and jobs, and asks each feature's `wake` for unfinished work nobody holds. After `kill -9` and a restart, work
 *    goes on within 3 s; a job library alone would wait 4 h.
 *  - `stop` ends within 10 s: tasks get an aborted signal at once; what does not end is given back to the queue.
 *  - A task that throws is tried again later with growing delay. Only the error's name and code are stored: messages
 *    may hold what nobody should read.
 */
export { createJobs, type JobsOptions, type Jobs, type ProcessRole } from './run.ts'
export { enqueue, type EnqueueOptions, type JobIds } from './enqueue.ts'
export type { Cron, JobLog, Task, TaskContext, Tasks, Wake, WakeUp } from './task.ts'
export {
  acquireLease,
  assertHeld,
  type Held,
  holdLease,
  type Lease,
  releaseLease,
  renewLease,
} from './lease.ts'
