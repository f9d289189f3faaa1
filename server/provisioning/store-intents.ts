import type { Json } from '@owlie/connector-kit'
import { sql } from 'kysely'
import type { TenantTx } from '../db/index.ts'

/** Which intentions an operation carries out, and in which version. */

export interface IntentRow {
  readonly unitKey: string
  readonly intentId: string
  readonly version: number
  /** Of what this unit wishes of an object that is there: the values wished before, of the fields that had one. */
  readonly earlier: { readonly fields: Readonly<Record<string, Json>>; readonly isApplied: boolean } | null
}

export async function insertIntents(
  trx: TenantTx,
  operationId: string,
  rows: readonly IntentRow[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into operation_intent (operation_id, unit_key, intent_id, version, earlier)
    select ${operationId}, "unitKey", "intentId", version, earlier
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as sent("unitKey" text, "intentId" uuid, version integer, earlier jsonb)
    on conflict (operation_id, unit_key, intent_id) do update set version = excluded.version`.execute(trx)
}

/** All of an operation, or those of some units. */
export async function listIntents(
  trx: TenantTx,
  operationId: string,
  units: readonly string[] | null = null,
): Promise<readonly IntentRow[]> {
  const { rows } = await sql<IntentRow>`
    select unit_key as "unitKey", intent_id as "intentId", version, earlier from operation_intent
    where operation_id = ${operationId} and (${units}::text[] is null or unit_key = any(${units}::text[]))`.execute(
    trx,
  )
  return rows
}

/** They are no longer carried out by this operation. */
export async function dropIntents(
  trx: TenantTx,
  operationId: string,
  units: readonly string[],
): Promise<void> {
  await sql`delete from operation_intent
    where operation_id = ${operationId} and unit_key = any(${units}::text[])`.execute(trx)
}
