import type { TenantTx } from '../db/index.ts'
import type { WantedChange } from './drift.ts'
import type { DriftParts } from './run.ts'
import { lockWanted, setQueued } from './store.ts'

/**
 * Makes operations of wanted changes in the caller's transaction; answers with the operation's id by drift. What is
 * left out of the answer stays wanted.
 */
export type RequestOperation = (
  trx: TenantTx,
  changes: readonly WantedChange[],
) => Promise<ReadonlyMap<string, string>>

/** Hands what is newly wanted to whoever makes operations; without one it waits to be taken (`takeWanted`). */
export async function requestOperations(
  { requestOperation }: Pick<DriftParts, 'requestOperation'>,
  trx: TenantTx,
  ids: readonly string[],
): Promise<void> {
  if (!requestOperation || ids.length === 0) return
  const changes = await lockWanted(trx, { limit: ids.length, ids })
  const operations = await requestOperation(trx, changes)
  await setQueued(
    trx,
    [...operations].map(([driftId, operationId]) => ({ driftId, operationId })),
  )
}
