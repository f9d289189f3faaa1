import { sql } from 'kysely'
import type { TenantTx } from './open.ts'

/**
 * Runs whole-table joins as hash joins. Before a table has statistics (a first sync, a first baseline) the planner
 * guesses few rows and would walk one side once per row of the other; hashing is right for few and for many.
 */
export async function withHashJoins<T>(trx: TenantTx, work: () => Promise<T>): Promise<T> {
  await sql`select set_config('enable_nestloop', 'off', true)`.execute(trx)
  const value = await work()
  await sql`select set_config('enable_nestloop', 'on', true)`.execute(trx)
  return value
}
