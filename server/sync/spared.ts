import type { TenantTx } from '../db/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { followedSince, listedFrom } from './store-progress.ts'
import type { RunRow } from './sync-run.ts'

/**
 * Lists are served from an index that lags; a look at one object is not. Runs and operations that looked at single
 * objects up to `listLagMs` before the run began to list the kind: what they brought is not missed where the list lacks
 * it, nor written over by something older.
 */
export async function sparedBy(
  trx: TenantTx,
  inventory: Inventory,
  { id, connectionId }: Pick<RunRow, 'id' | 'connectionId'>,
  kind: string,
  listLagMs: number,
): Promise<readonly string[]> {
  const from = await listedFrom(trx, id, kind)
  if (from === null) return []
  const since = new Date(from.getTime() - listLagMs)
  const followed = await followedSince(trx, connectionId, since)
  return [...followed, ...(await inventory.provenSince(trx, connectionId, since))]
}
