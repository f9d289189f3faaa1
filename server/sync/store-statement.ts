import { canonical } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { hashOf, stateCompleteness } from './state-completeness.ts'
import { findKinds, findQuarantined, findRun } from './store.ts'

export interface StoredStatement {
  readonly content: string
  readonly hash: string
}

const mostQuarantined = 1000

/** Writes what the run is worth, once, in the transaction that ends it. Returns the hash for the audit. */
export async function keepStatement(trx: TenantTx, runId: string): Promise<string | null> {
  const run = await findRun(trx, runId)
  if (!run) return null
  const kinds = await findKinds(trx, [runId])
  const quarantined = await findQuarantined(trx, runId, mostQuarantined)
  const content = canonical(stateCompleteness(run, kinds, quarantined))
  const hash = hashOf(content)
  await trx.insertInto('sync_statement').values({ run_id: runId, content, hash }).execute()
  return hash
}

export async function findStatement(trx: TenantTx, runId: string): Promise<StoredStatement | null> {
  const row = await trx
    .selectFrom('sync_statement')
    .select(['content', 'hash'])
    .where('run_id', '=', runId)
    .executeTakeFirst()
  return row ?? null
}
