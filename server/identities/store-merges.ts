import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'
import { isId } from '../model/index.ts'
import type { IdentityMerge } from './identity.ts'

/** Rows as they were, and what was added, so that undoing a merge leaves nothing of it. */
export interface BeforeMerge {
  /** Of identity_account. */
  readonly links: readonly unknown[]
  /** Accounts set apart from the identity that stays. */
  readonly apartAdded: readonly string[]
  /** Of identity_apart. */
  readonly apartRemoved: readonly unknown[]
}

export async function insertMerge(
  trx: TenantTx,
  merge: {
    readonly fromId: string
    readonly intoId: string
    readonly reason: string | null
    readonly before: BeforeMerge
    readonly by: string
    readonly at: Date
  },
): Promise<void> {
  await trx
    .insertInto('identity_merge')
    .values({
      from_id: merge.fromId,
      into_id: merge.intoId,
      reason: merge.reason,
      before: JSON.stringify(merge.before),
      merged_at: merge.at,
      merged_by: merge.by,
    })
    .execute()
}

interface MergeRow {
  readonly id: string
  readonly from_id: string
  readonly into_id: string
  readonly reason: string | null
  readonly before: BeforeMerge
  readonly merged_at: Date
  readonly merged_by: string
  readonly undone_at: Date | null
  readonly undone_by: string | null
}

export async function findOpen(
  trx: TenantTx,
  fromId: string,
): Promise<(IdentityMerge & { readonly before: BeforeMerge }) | null> {
  if (!isId(fromId)) return null
  const { rows } = await sql<MergeRow>`
    select * from identity_merge where from_id = ${fromId} and undone_at is null`.execute(trx)
  return rows[0] ? { ...toMerge(rows[0]), before: rows[0].before } : null
}

/** Of an identity that stayed or was merged away, newest first. */
export async function mergesOf(trx: TenantTx, identityId: string): Promise<readonly IdentityMerge[]> {
  if (!isId(identityId)) return []
  const { rows } = await sql<MergeRow>`
    select * from identity_merge where ${identityId}::uuid in (from_id, into_id)
    order by merged_at desc, id`.execute(trx)
  return rows.map(toMerge)
}

/** False when it was undone already. */
export async function closeMerge(trx: TenantTx, id: string, by: string, at: Date): Promise<boolean> {
  const closed = await trx
    .updateTable('identity_merge')
    .set({ undone_at: at, undone_by: by })
    .where('id', '=', id)
    .where('undone_at', 'is', null)
    .returning('id')
    .execute()
  return closed.length > 0
}

function toMerge(row: MergeRow): IdentityMerge {
  return {
    id: row.id,
    fromId: row.from_id,
    intoId: row.into_id,
    reason: row.reason,
    accountIds: row.before.links.map((link) => (link as { account_id: string }).account_id),
    mergedAt: row.merged_at,
    mergedBy: row.merged_by,
    undoneAt: row.undone_at,
    undoneBy: row.undone_by,
  }
}
