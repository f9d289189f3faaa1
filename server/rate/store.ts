import type { BucketStates } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

interface Budget {
  readonly states: BucketStates
  /** The database's clock, ms since the epoch. */
  readonly now: number
}

/** Locks the target's row, making it when it is not there, until the transaction ends. */
export async function lockBudget(trx: TenantTx, target: string): Promise<Budget> {
  const found = await selectBudget(trx, target)
  if (found) return found
  // Targets nobody works on any more; once in a target's life is often enough.
  await trx
    .deleteFrom('rate_budget')
    .where('used_at', '<', sql<Date>`now() - interval '30 days'`)
    .execute()
  await trx
    .insertInto('rate_budget')
    .values({ target })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await selectBudget(trx, target))!
}

async function selectBudget(trx: TenantTx, target: string): Promise<Budget | undefined> {
  // A count that is lost in a crash of the database does no harm, so nobody waits for the disk.
  const { rows } = await sql<{ buckets: BucketStates; now: number }>`
    select buckets, extract(epoch from clock_timestamp())::float8 * 1000 as now,
      set_config('synchronous_commit', 'off', true)
    from rate_budget where target = ${target} for update`.execute(trx)
  return rows[0] && { states: rows[0].buckets, now: rows[0].now }
}

export async function writeBudget(trx: TenantTx, target: string, states: BucketStates): Promise<void> {
  await trx
    .updateTable('rate_budget')
    .set({ buckets: JSON.stringify(states), used_at: sql<Date>`now()` })
    .where('target', '=', target)
    .execute()
}
