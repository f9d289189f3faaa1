/**
 * # sync: one pass over a connection, complete or honest about it
 *
 * Owns runs, their checkpoints and their report. A run reads each kind of the connector's manifest page by page and
 * gives the pages to the inventory; the job system only nudges it along, in turns of some seconds.
 *
 * Promises:
 *  - **A page and its checkpoint are one transaction**, and it commits only while the run's lease is ours. After
 *    `kill -9` the run goes on from the last committed page (at most the pages in flight are read again), says so
 *    (`resumptions`), and a worker that was taken over can write nothing.
 *  - **Only what was read completely marks anything stale**, in the one transaction that closes the run. A kind that
 *    was truncated, skipped or failed, a run that failed or was cancelled, an empty answer for a kind that was not
 *    empty, records nobody can name: nothing is marked, and the report says why in a sentence.
 *    Nor is anything marked that was looked up by its id shortly before a list, which may lag, left it out.
 *  - **Between full runs, hints.** An incremental run reads again what the target says has changed, one by one, and marks
 *    only what was proven gone by its id. Its checkpoint moves when all was followed; what is lost is said and answered
 *    by a full run. Schedules start both; missed times make one run, a time in the way of an active run none.
 *  - A run can be paused after the page in flight; it stays the connection's active one. Refused credentials pause it, too,
 *    and a change of the connection lets it go on (decision 0032).
 *  - **Every run that ends states what it is worth**, kind by kind, once; the audit holds the statement's hash.
 *  - A kind waits for its prerequisites; one that lacks a scope is skipped with the scope named, in the words of the
 *    connection test; the others go on.
 *  - Every run ends. Lists that go in circles or on without bringing anything are cut (`truncated`), waits end after
 *    an hour without a page, interruptions and faults of ours after a bounded number in a row.
 *  - Requests are counted where they go out and stored with the page they brought.
 *
 * How it fails: doors return a `Refusal`; what happens inside a run is in its report, decided by the failure's kind
 * alone (judge-failure.ts). Only the database being away is thrown, to the job that asked.
 *
 * Why turns and not one long job: another process can take over at any page, a stopping server loses nothing, and one
 * large tenant does not keep a small one waiting.
 */
export { reasonNotToSync } from './judge-connection.ts'
export { createSync, type Sync, type SyncParts } from './run.ts'
export type { QuarantinedRecord, RunReaders, RunsPage, Statement } from './read-runs.ts'
export type { CompletenessStatement } from './statement.ts'
export type { SyncLimits } from './limits.ts'
export type { LastDue, Schedule, ScheduleInput } from './schedule.ts'
export type { SchedulePreview } from './run-schedule.ts'
export type {
  Eta,
  KindEnd,
  RunMode,
  RunStatus,
  SyncForecast,
  SyncKind,
  SyncRun,
  Trigger,
} from './sync-run.ts'
