import type { Failure, Json } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'

/** The checkpoint of hints: one per connection, moved only in the transaction that stored what they brought. */

export interface HintCheckpoint {
  readonly cursor: Json
  readonly connectionVersion: number
  readonly baseRun: string
  readonly movedRun: string
  readonly movedAt: Date
  readonly lost: Failure | null
}

export async function findHintCheckpoint(
  trx: TenantTx,
  connectionId: string,
): Promise<HintCheckpoint | null> {
  const row = await trx
    .selectFrom('sync_hint_checkpoint')
    .select([
      'cursor',
      'connection_version as connectionVersion',
      'base_run as baseRun',
      'moved_run as movedRun',
      'moved_at as movedAt',
      'lost',
    ])
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row ?? null
}
