import type { TenantTx } from '../db/index.ts'
import type { Decision, DriftType } from './drift.ts'
import type { SetPolicy } from './resolve-policy.ts'

/** Policies and settings, per connection and kind. */

/** How long a list of the target may lag behind a write, ms, unless set otherwise. */
export const defaultGraceMs = 60_000

export async function findPolicies(trx: TenantTx, connectionId: string): Promise<readonly SetPolicy[]> {
  const rows = await trx
    .selectFrom('drift_policy')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .execute()
  return rows.map((row) => ({
    kind: row.kind,
    type: row.type === '' ? null : row.type,
    policy: row.policy,
    by: row.actor_name,
    at: row.set_at,
  }))
}

export interface PolicyKey {
  readonly connectionId: string
  readonly kind: string
  /** Null: of any type. */
  readonly type: DriftType | null
}

/** `policy` null takes the rule away. */
export async function savePolicy(
  trx: TenantTx,
  { connectionId, kind, type }: PolicyKey,
  policy: Decision | null,
  by: { readonly name: string; readonly at: Date },
): Promise<void> {
  const key = { connection_id: connectionId, kind, type: type ?? ('' as const) }
  if (policy === null) {
    await trx
      .deleteFrom('drift_policy')
      .where('connection_id', '=', connectionId)
      .where('kind', '=', kind)
      .where('type', '=', key.type)
      .execute()
    return
  }
  const value = { policy, actor_name: by.name, set_at: by.at }
  await trx
    .insertInto('drift_policy')
    .values({ ...key, ...value })
    .onConflict((conflict) => conflict.columns(['connection_id', 'kind', 'type']).doUpdateSet(value))
    .execute()
}

export interface KindSetting {
  readonly kind: string
  readonly ignoredFields: readonly string[]
  readonly graceMs: number
}

export async function findSettings(
  trx: TenantTx,
  connectionId: string,
): Promise<ReadonlyMap<string, KindSetting>> {
  const rows = await trx
    .selectFrom('drift_setting')
    .select(['kind', 'ignored_fields as ignoredFields', 'grace_ms as graceMs'])
    .where('connection_id', '=', connectionId)
    .execute()
  return new Map(rows.map((row) => [row.kind, row]))
}

export async function saveSetting(
  trx: TenantTx,
  connectionId: string,
  { kind, ignoredFields, graceMs }: KindSetting,
  by: { readonly name: string; readonly at: Date },
): Promise<void> {
  const value = {
    ignored_fields: [...ignoredFields],
    grace_ms: graceMs,
    actor_name: by.name,
    set_at: by.at,
  }
  await trx
    .insertInto('drift_setting')
    .values({ connection_id: connectionId, kind, ...value })
    .onConflict((conflict) => conflict.columns(['connection_id', 'kind']).doUpdateSet(value))
    .execute()
}
