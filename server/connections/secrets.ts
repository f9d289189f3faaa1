import { createHash, timingSafeEqual } from 'node:crypto'
import { type ConfigField, type Failure, isFailure, Secret } from '@owlie/connector-kit'
import { type Binding, type Keyring, open, seal } from '../secrets/index.ts'
import { lastFourOf } from './present.ts'
import { putSecret, type SecretRow } from './store.ts'
import type { TenantTx } from '../db/index.ts'
import { lossOf } from './decide-update.ts'

type Config = Readonly<Record<string, string>>
type Secrets = Readonly<Record<string, Secret>>

/** Where a connection lives, for binding. */
export interface Place {
  readonly tenantId: string
  readonly connectionId: string
}

/** The fields a sealed secret is bound to. A connector that binds others would not be protected, so it is refused at start. */
export const boundFields: readonly string[] = ['domain', 'clientId']

function bindingOf(place: Place, config: Config, field: string, version: number): Binding {
  return {
    ...place,
    field,
    domain: config['domain'] ?? '',
    clientId: config['clientId'] ?? '',
    version,
  }
}

/** Seals and stores each secret for exactly this connection, these bound values and this version. */
export async function storeSecrets(
  trx: TenantTx,
  keyring: Keyring,
  place: Place,
  what: {
    readonly config: Config
    readonly secrets: Secrets
    /** By field, of those secrets that are private keys. */
    readonly publicKeys: Config
    readonly version: number
    readonly by: string
  },
): Promise<void> {
  for (const [field, secret] of Object.entries(what.secrets)) {
    const sealed = await seal(keyring, secret, bindingOf(place, what.config, field, what.version))
    await putSecret(trx, {
      connectionId: place.connectionId,
      field,
      sealed,
      version: what.version,
      lastFour: lastFourOf(secret),
      publicKey: what.publicKeys[field] ?? null,
      by: what.by,
    })
  }
}

/** Opens the named secrets, or says beside its field why one does not open. */
export async function openSecrets(
  keyring: Keyring,
  place: Place,
  config: Config,
  rows: readonly SecretRow[],
): Promise<{ readonly secrets: Secrets } | { readonly failure: Failure }> {
  const secrets: Record<string, Secret> = {}
  for (const row of rows) {
    const opened = await open(keyring, row.sealed, bindingOf(place, config, row.field, row.version))
    if (isFailure(opened)) return { failure: { ...opened, field: row.field } }
    secrets[row.field] = opened
  }
  return { secrets }
}

/**
 * A digest of everything that is sent to the target, secrets included, so that a test vouches only for exactly what
 * it tried. Sealed: a bare digest of a short secret could be guessed by whoever reads the database.
 */
export async function sealDigest(keyring: Keyring, test: TestedValues): Promise<string> {
  return seal(keyring, new Secret(digestOf(test)), digestBinding(test))
}

export async function digestMatches(keyring: Keyring, sealed: string, test: TestedValues): Promise<boolean> {
  const opened = await open(keyring, sealed, digestBinding(test))
  if (isFailure(opened)) return false
  return timingSafeEqual(Buffer.from(opened.reveal()), Buffer.from(digestOf(test)))
}

export interface TestedValues {
  readonly tenantId: string
  readonly testId: string
  readonly connector: string
  readonly config: Config
  readonly secrets: Secrets
}

function digestOf({ connector, config, secrets }: TestedValues): string {
  const sorted = (entries: [string, string][]) => entries.sort(([a], [b]) => (a < b ? -1 : 1))
  const plain = Object.entries(secrets).map(([name, secret]): [string, string] => [name, secret.reveal()])
  const text = JSON.stringify([connector, sorted(Object.entries(config)), sorted(plain)])
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function digestBinding({ tenantId, testId }: TestedValues): Binding {
  return {
    tenantId,
    connectionId: `test:${testId}`,
    field: 'config_digest',
    domain: '',
    clientId: '',
    version: 0,
  }
}

/** Beside the field of a secret that is needed and not there: why it went away, or that it never was there. */
export function secretMissing(
  field: ConfigField,
  lost: { readonly rebound: readonly ConfigField[]; readonly dropped: readonly string[] } | null,
): Failure {
  const loss = lost && lossOf(field, lost.dropped)
  const changed = new Intl.ListFormat('en').format((lost?.rebound ?? []).map((other) => other.label))
  if (loss === 'key')
    return {
      kind: 'config',
      code: 'connection.key_rebound',
      message: `A new key pair is needed, because ${changed} changed.`,
      why: 'A key belongs to the application it was made for.',
      remedy: `Make a new key pair and paste its public key into the application, or enter ${field.label}.`,
      field: field.name,
    }
  return {
    kind: 'config',
    code: loss ? 'connection.secret_rebound' : 'connection.required',
    message: loss
      ? `${field.label} must be entered again, because ${changed} changed.`
      : `${field.label} is empty.`,
    ...(loss ? { why: 'A stored secret is only ever sent where it was entered for.' } : {}),
    remedy: `Enter ${field.label}.`,
    field: field.name,
  }
}
