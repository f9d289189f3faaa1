import { type RawBuilder, sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** Whose changes are Owlie's own: operations that read back what they did. */

export async function noteSource(
  trx: TenantTx,
  connectionId: string,
  source: string,
  at: Date,
): Promise<void> {
  await sql`
    insert into inventory_proof (connection_id, source, at) values (${connectionId}, ${source}, ${at})
    on conflict (connection_id, source) do update set at = greatest(inventory_proof.at, excluded.at)`.execute(
    trx,
  )
}

/** Whether a run has ever read the kind completely. */
export async function isKnownKind(trx: TenantTx, connectionId: string, kind: string): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from inventory_sweep where connection_id = ${connectionId} and kind = ${kind}) as known`.execute(
    trx,
  )
  return rows[0]!.known
}

/** Operations that have read something back since. */
export async function provenSince(
  trx: TenantTx,
  connectionId: string,
  since: Date,
): Promise<readonly string[]> {
  const { rows } = await sql<{ source: string }>`
    select source from inventory_proof where connection_id = ${connectionId} and at > ${since}`.execute(trx)
  return rows.map((row) => row.source)
}

/** The sources of a connection, for `notOwn`. */
export function ownSources(connectionId: string): RawBuilder<unknown> {
  return sql`own as materialized (select source from inventory_proof where connection_id = ${connectionId})`
}

/** Whether a row's column names a run, and not an operation of ours. */
export function notOwn(column: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${sql.ref(column)} not in (select source from own), true)`
}
