import { type Selectable, sql } from 'kysely'
import type { Tables, TenantTx } from '../db/index.ts'

export type KeyRow = Selectable<Tables['connection_key']>

/** Where a waiting key is for: a saved connection, or one of this connector that is yet to be saved. */
export interface KeyPlace {
  readonly connector: string
  readonly connectionId: string | null
}

export async function insertKey(
  trx: TenantTx,
  row: KeyPlace & {
    readonly id: string
    readonly sealed: string
    readonly publicKey: string
    readonly by: string
  },
): Promise<KeyRow> {
  return trx
    .insertInto('connection_key')
    .values({
      id: row.id,
      connector: row.connector,
      connection_id: row.connectionId,
      sealed: row.sealed,
      public_key: row.publicKey,
      made_by: row.by,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function findKey(trx: TenantTx, id: string): Promise<KeyRow | undefined> {
  return trx.selectFrom('connection_key').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function listKeys(trx: TenantTx, place: KeyPlace): Promise<readonly KeyRow[]> {
  const { connector, connectionId } = place
  return trx
    .selectFrom('connection_key')
    .selectAll()
    .where('connector', '=', connector)
    .where('connection_id', connectionId === null ? 'is' : '=', connectionId)
    .orderBy('made_at', 'desc')
    .orderBy('id')
    .execute()
}

export async function deleteKey(trx: TenantTx, id: string): Promise<void> {
  await trx.deleteFrom('connection_key').where('id', '=', id).execute()
}

/** Keys nobody took into use within `days`: the person who made one has long made another. */
export async function forgetOldKeys(trx: TenantTx, days: number): Promise<void> {
  await trx
    .deleteFrom('connection_key')
    .where('made_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .execute()
}

/** One maker at a time, so that counting first is enough. */
export async function lockKeys(trx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('connection-key:' || current_setting('owlie.tenant_id'), 0))`.execute(
    trx,
  )
}
