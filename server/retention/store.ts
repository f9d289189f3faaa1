import type { TenantTx } from '../db/index.ts'

export const defaultDays = 30

/** Null: for ever. */
export async function findDays(trx: TenantTx, connectionId: string): Promise<number | null> {
  const row = await trx
    .selectFrom('retention')
    .select('days')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row ? row.days : defaultDays
}

export async function saveDays(
  trx: TenantTx,
  connectionId: string,
  days: number | null,
  by: string,
  at: Date,
): Promise<void> {
  const values = { days, set_by: by, set_at: at }
  await trx
    .insertInto('retention')
    .values({ connection_id: connectionId, ...values })
    .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(values))
    .execute()
}
