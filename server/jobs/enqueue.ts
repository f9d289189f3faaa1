import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** Ids only, e.g. `{ runId }`: what they stand for is read when the job runs. `tenantId` is added by the database. */
export type JobIds = Readonly<Record<string, string>>

export interface EnqueueOptions {
  /** One waiting job per key; asking again moves its time. While it runs, asking again makes one more. */
  readonly key?: string
  /** Not before. Default: now. */
  readonly runAt?: Date
  /** Leave the time of a job that already waits under the key. */
  readonly keepRunAt?: boolean
}

/** Queues a wake-up with the caller's transaction: it exists if and only if that commits. */
export async function enqueue(
  trx: TenantTx,
  task: string,
  ids: JobIds,
  options: EnqueueOptions = {},
): Promise<void> {
  const { key = null, runAt = null, keepRunAt = false } = options
  await sql`
    select owlie_enqueue(${task}, ${JSON.stringify(ids)}::jsonb, ${key}, ${runAt}::timestamptz, ${keepRunAt})`.execute(
    trx,
  )
}
