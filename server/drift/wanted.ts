import type { TenantTx } from '../db/index.ts'
import type { WantedChange } from './drift.ts'
import type { DriftParts } from './run.ts'
import { giveBack, lockWanted, setQueued } from './store.ts'

/**
 * Makes operations of wanted changes in the caller's transaction; answers with the operation's id by drift. What no
 * action puts right is left out of the answer.
 */
export type RequestOperation = (
  trx: TenantTx,
  changes: readonly WantedChange[],
) => Promise<ReadonlyMap<string, string>>

/** An object that is gone comes back as another one, and people should say as which. */
const nobodyCan =
  'Owlie cannot put this back by itself. Make it anew by an operation of its own, or take what is now as intent.'

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
  const left = changes.filter(({ driftId }) => !operations.has(driftId)).map(({ driftId }) => driftId)
  await giveBack(trx, left, nobodyCan)
}
