import { sql } from 'kysely'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { connectionNotFound, type Actor, isId, type Refusal, refuse } from '../model/index.ts'
import { settingChanged } from './failures.ts'
import { settingOf } from './pass.ts'
import { checkKeys, type CorrelationSetting, type CustomKey, type EmailTrust } from './setting.ts'
import { findConnections } from './store-keys.ts'

export interface SetCorrelation {
  readonly connectionId: string
  /** The one that was looked at. */
  readonly version: number
  readonly createIdentities: boolean
  readonly emailTrust: EmailTrust
  readonly keys: readonly CustomKey[]
}

export async function readSetting(trx: TenantTx, connectionId: string): Promise<CorrelationSetting | null> {
  const row = (await findConnections(trx)).find(({ id }) => id === connectionId.toLowerCase())
  return row ? settingOf(row) : null
}

export async function setSetting(
  trx: TenantTx,
  actor: Actor,
  input: SetCorrelation,
  { at, changed }: { readonly at: Date; readonly changed: () => Promise<void> },
): Promise<CorrelationSetting | Refusal> {
  const { connectionId, version, createIdentities, emailTrust, keys } = input
  const before = isId(connectionId) ? await readSetting(trx, connectionId) : null
  if (!before) return refuse(connectionNotFound())
  const [first, ...more] = checkKeys(keys)
  if (first) return refuse(first, ...more)
  const plain = keys.map(({ name, path, trusted }) => ({ name, path, trusted }))
  const { rows } = await sql`
    insert into correlation_setting as held
      (connection_id, create_identities, email_trust, keys, version, updated_at, updated_by)
    select ${connectionId}, ${createIdentities}, ${emailTrust}, ${JSON.stringify(plain)}::jsonb, 1, ${at}, ${actor.name}
    where ${version} = ${before.version}
    on conflict (connection_id) do update set create_identities = excluded.create_identities,
      email_trust = excluded.email_trust, keys = excluded.keys, version = held.version + 1,
      updated_at = excluded.updated_at, updated_by = excluded.updated_by
    where held.version = ${version}
    returning version`.execute(trx)
  if (rows.length === 0) return refuse(settingChanged())
  await changed()
  await record(trx, {
    actor,
    action: 'correlation.setting_set',
    subject: { kind: 'connection', id: connectionId },
    detail: {
      connectionId,
      policy: emailTrust,
      created: createIdentities,
      fields: plain.map(({ name, path, trusted }) => `${name}=${path}${trusted ? '' : '?'}`).join(' '),
    },
  })
  return (await readSetting(trx, connectionId))!
}
