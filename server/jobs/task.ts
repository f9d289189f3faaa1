import type { TenantTx } from '../db/index.ts'
import type { JobIds } from './enqueue.ts'

export interface TaskContext {
  /** Aborts when the process is to stop: finish the page in hand, commit, return. */
  readonly signal: AbortSignal
  /** This process, as an owner of leases. */
  readonly processId: string
  /** 1 on the first run of this job. */
  readonly attempt: number
}

/** What was enqueued, and the tenant it was enqueued in (empty when it was not in a tenant's transaction). */
export type Task = (ids: JobIds & { readonly tenantId: string }, context: TaskContext) => Promise<void>

export type Tasks = Readonly<Record<string, Task>>

export interface WakeUp {
  readonly task: string
  readonly ids: JobIds
  /** One waiting job per key. Required here, or each sweep would add one more. */
  readonly key: string
}

/**
 * Finds unfinished work of one tenant that is due and that nobody holds (`owlie_lease_free(resource)` in SQL), every
 * two seconds. Must be cheap: one indexed query. A job already waiting under the key keeps its time.
 */
export type Wake = (trx: TenantTx) => Promise<readonly WakeUp[]>

export interface Cron {
  /** Stable: it is how the database knows when it last ran. */
  readonly name: string
  /** Five fields, UTC, e.g. `0 3 * * *`. */
  readonly match: string
  /** Runs that were missed while no worker lived are made up for, this far back. Default 0. */
  readonly backfillMs?: number
  readonly run: (context: TaskContext & { readonly at: Date }) => Promise<void>
}

export type JobLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void
