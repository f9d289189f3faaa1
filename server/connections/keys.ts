import { randomUUID } from 'node:crypto'
import { type ConfigField, type Connector, type Failure, isFailure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { type Binding, open, seal } from '../secrets/index.ts'
import { type CheckedEntry, inFormOrder } from './check-entered.ts'
import type { EditParts } from './edit.ts'
import { unknownConnector } from './failures.ts'
import { makeKeyPair, type PublicKey, publicKeyOf } from './key-pair.ts'
import * as store from './store.ts'
import {
  deleteKey,
  findKey,
  forgetOldKeys,
  insertKey,
  type KeyPlace,
  type KeyRow,
  listKeys,
  lockKeys,
} from './store-keys.ts'

/** A key pair that was made and waits to be taken into use. Only its public half is ever shown. */
export interface WaitingKey {
  readonly id: string
  readonly connector: string
  /** The connection it shall serve; null for one that is not saved yet. */
  readonly connectionId: string | null
  readonly publicKey: PublicKey
  readonly madeBy: string
  readonly madeAt: Date
}

export interface NewKey {
  /** With `connectionId` it may be left out. */
  readonly connector?: string | null
  readonly connectionId?: string | null
}

/** Waiting keys of one place: an application takes two public keys at once, more could never be tried together. */
const mostWaiting = 5
const keptDays = 90

/** Makes a key pair. The private half is sealed at once and leaves only to sign. */
export async function createKey(
  parts: EditParts,
  actor: Actor,
  input: NewKey,
): Promise<WaitingKey | Refusal> {
  // Before the transaction: making one takes up to a second.
  const pair = await makeKeyPair()
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const place = await placeOf(trx, input)
    if ('refused' in place) return place
    const connector = parts.connectors.get(place.connector)
    if (!connector) return refuse(unknownConnector(place.connector, [...parts.connectors.keys()]))
    const field = keyField(connector)
    if (!field) return refuse(noKeys(connector))
    await lockKeys(trx)
    await forgetOldKeys(trx, keptDays)
    if ((await listKeys(trx, place)).length >= mostWaiting) return refuse(tooManyKeys())
    const id = randomUUID()
    const sealed = await seal(parts.keyring, pair.privateKey, bindingOf(actor.tenantId, id))
    const row = await insertKey(trx, { ...place, id, sealed, publicKey: pair.publicKey, by: actor.name })
    const key = await toWaitingKey(row)
    await note(trx, actor, 'connection_key.created', key)
    return key
  })
}

/** Newest first; those made for this connection, or for one of this connector that is yet to be saved. */
export async function waitingKeys(trx: TenantTx, place: KeyPlace): Promise<readonly WaitingKey[]> {
  return Promise.all((await listKeys(trx, place)).map(toWaitingKey))
}

export async function removeKey(
  parts: EditParts,
  actor: Actor,
  id: string,
): Promise<{ readonly id: string } | Refusal> {
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const row = isId(id) ? await findKey(trx, id) : undefined
    if (!row) return refuse(keyNotFound())
    await deleteKey(trx, id)
    await note(trx, actor, 'connection_key.removed', await toWaitingKey(row))
    return { id }
  })
}

/** What was entered, with the private key of the waiting pair that was chosen, if one was. */
export interface EntryWithKey extends CheckedEntry {
  readonly keyId: string | null
  /** By field, of the secrets that are private keys. */
  readonly publicKeys: Readonly<Record<string, string>>
}

/** Puts the chosen key pair among the secrets, as if its private half had been typed. */
export async function withKey(
  trx: TenantTx,
  parts: EditParts,
  actor: Actor,
  what: {
    readonly connector: Connector
    readonly connectionId: string | null
    readonly entry: CheckedEntry
    readonly keyId: string | null | undefined
  },
): Promise<EntryWithKey> {
  const { connector, entry } = what
  if (!what.keyId) return { ...entry, keyId: null, publicKeys: {} }
  const refused = (failure: Failure): EntryWithKey => ({
    ...entry,
    failures: inFormOrder(connector.manifest.fields, [...entry.failures, failure]),
    keyId: null,
    publicKeys: {},
  })
  const field = keyField(connector)
  if (!field?.keyPair) return refused(noKeys(connector))
  if (entry.secrets[field.name]) return refused(secretAndKey(field))
  const row = isId(what.keyId) ? await findKey(trx, what.keyId) : undefined
  const isHere = row?.connection_id === null || row?.connection_id === what.connectionId
  if (row?.connector !== connector.manifest.name || !isHere)
    return refused({ ...keyNotFound(), field: field.name })
  const opened = await open(parts.keyring, row.sealed, bindingOf(actor.tenantId, row.id))
  if (isFailure(opened)) return refused({ ...opened, field: field.name })
  return {
    ...entry,
    secrets: { ...entry.secrets, [field.keyPair]: opened },
    keyId: row.id,
    publicKeys: { [field.keyPair]: row.public_key },
  }
}

/** The pair is in use now: its private half is sealed for the connection, so the waiting one goes. */
export async function takeKey(trx: TenantTx, keyId: string | null): Promise<void> {
  if (keyId) await deleteKey(trx, keyId)
}

export function keyField({ manifest }: Connector): ConfigField | undefined {
  return manifest.fields.find(({ keyPair }) => keyPair !== undefined)
}

async function placeOf(trx: TenantTx, input: NewKey): Promise<KeyPlace | Refusal> {
  if (!input.connectionId) return { connector: input.connector ?? '', connectionId: null }
  const row = isId(input.connectionId)
    ? await store.findConnection(trx, { id: input.connectionId })
    : undefined
  return row ? { connector: row.connector, connectionId: row.id } : refuse(connectionNotFound())
}

async function toWaitingKey(row: KeyRow): Promise<WaitingKey> {
  return {
    id: row.id,
    connector: row.connector,
    connectionId: row.connection_id,
    publicKey: await publicKeyOf(row.public_key),
    madeBy: row.made_by,
    madeAt: row.made_at,
  }
}

function bindingOf(tenantId: string, keyId: string): Binding {
  return {
    tenantId,
    connectionId: `key:${keyId}`,
    field: 'key_pair',
    domain: '',
    clientId: '',
    version: 0,
  }
}

async function note(trx: TenantTx, actor: Actor, action: string, key: WaitingKey): Promise<void> {
  const subject = key.connectionId
    ? { kind: 'connection', id: key.connectionId }
    : { kind: 'connection_key', id: key.id }
  const detail = { connector: key.connector, kid: key.publicKey.thumbprint }
  await record(trx, { actor, action, subject, detail })
}

function keyNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'connection.key_not_found',
    message: 'There is no such key pair waiting here.',
    remedy: 'Look at the keys that wait, or make a new one; a key nobody used is removed after 90 days.',
  }
}

function noKeys(connector: Connector): Failure {
  return {
    kind: 'unsupported',
    code: 'connection.no_key_pair',
    message: `${connector.manifest.label} takes no key pair.`,
    remedy: 'Enter its secret instead.',
  }
}

function tooManyKeys(): Failure {
  return {
    kind: 'conflict',
    code: 'connection.too_many_keys',
    message: `${mostWaiting} key pairs wait here already.`,
    remedy: 'Use one of them, or remove one first.',
  }
}

function secretAndKey(field: ConfigField): Failure {
  return {
    kind: 'config',
    code: 'connection.secret_and_key',
    message: `Both ${field.label} and a key pair were given.`,
    remedy: 'Give one of them.',
    field: field.name,
  }
}
