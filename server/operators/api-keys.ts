import type { Failure, Secret } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, SystemTx, TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { asTenant } from './as-tenant.ts'
import type { AuthInside } from './auth-inside.ts'
import {
  actorOf,
  apiKeyScopes,
  type ApiKeyScope,
  checkScopes,
  mayGrant,
  type Principal,
} from './permissions.ts'
import { deleteKey, expireKey, type KeyRow, readKeys } from './store.ts'

/** A signed-in principal, or the server itself (first start, the command line on the host). */
export type By = Principal | (Actor & { readonly kind: 'system' })

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly string[]
  /** 1 to 3650; without it the key does not expire. */
  readonly expiresInDays?: number | null
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  /** The first characters, to tell keys apart. */
  readonly start: string
  readonly scopes: readonly ApiKeyScope[]
  readonly createdAt: Date
  readonly createdBy: string | null
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
}

export interface CreatedApiKey {
  readonly apiKey: ApiKey
  /** The only time it is known; the database holds its hash. */
  readonly key: Secret
}

export async function createApiKey(
  database: Database,
  inside: AuthInside,
  by: By,
  input: NewApiKey,
): Promise<CreatedApiKey | Refusal> {
  const scopes = checkScopes(input.scopes)
  const name = input.name.trim()
  const days = input.expiresInDays ?? null
  const problems: Failure[] = []
  if (name === '' || name.length > 100) problems.push(badName)
  if ('code' in scopes) problems.push(scopes)
  if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= 3650)) problems.push(badExpiry)
  if (problems.length > 0 || 'code' in scopes) return refuse(problems[0]!, ...problems.slice(1))
  const beyond = by.kind === 'system' ? ({ allowed: true } as const) : mayGrant(by, scopes)
  if (!beyond.allowed) return refuse(beyond)
  const actor = by.kind === 'system' ? by : actorOf(by)
  return asTenant(database, actor.tenantId, async (trx) => {
    const created = await insert(trx, inside, actor, { name, scopes, days })
    await record(trx, {
      actor,
      action: 'api_key.created',
      subject: { kind: 'api_key', id: created.apiKey.id, name },
      detail: { scopes: scopes.join(' '), expiresAt: created.apiKey.expiresAt?.toISOString() ?? null },
    })
    return created
  })
}

/** Newest first, without the expired ones. */
export function listApiKeys(database: Database, tenantId: string): Promise<readonly ApiKey[]> {
  return database.system(async (trx) => (await readKeys(trx, tenantId)).map(toApiKey))
}

/** At once: the next request with it is refused. */
export async function revokeApiKey(
  database: Database,
  by: By,
  id: string,
): Promise<{ readonly id: string } | Refusal> {
  const actor = by.kind === 'system' ? by : actorOf(by)
  const may = by.kind === 'system' ? ({ allowed: true } as const) : mayGrant(by, [])
  if (!may.allowed) return refuse(may)
  return asTenant(database, actor.tenantId, async (trx) => {
    const old = (await readKeys(trx, actor.tenantId)).find((row) => row.id === id)
    if (!old || !(await deleteKey(trx, actor.tenantId, id))) return refuse(unknownKey)
    await record(trx, { actor, action: 'api_key.revoked', subject: { kind: 'api_key', id, name: old.name } })
    return { id }
  })
}

/** A new key with the same name, scopes and lifetime; the old one works for `overlapMinutes` more (0 to 7 days). */
export async function rollApiKey(
  database: Database,
  inside: AuthInside,
  by: By,
  id: string,
  overlapMinutes: number,
): Promise<CreatedApiKey | Refusal> {
  if (!(overlapMinutes >= 0 && overlapMinutes <= 7 * 24 * 60)) return refuse(badOverlap)
  const actor = by.kind === 'system' ? by : actorOf(by)
  return asTenant(database, actor.tenantId, async (trx) => {
    const row = (await readKeys(trx, actor.tenantId)).find((each) => each.id === id)
    if (!row) return refuse(unknownKey)
    const old = toApiKey(row)
    const may = by.kind === 'system' ? ({ allowed: true } as const) : mayGrant(by, old.scopes)
    if (!may.allowed) return refuse(may)
    const lifetime = old.expiresAt ? old.expiresAt.getTime() - old.createdAt.getTime() : null
    const days = lifetime === null ? null : Math.max(Math.round(lifetime / 86_400_000), 1)
    const created = await insert(trx, inside, actor, { name: old.name, scopes: old.scopes, days })
    if (overlapMinutes === 0) await deleteKey(trx, actor.tenantId, id)
    else await expireKey(trx, actor.tenantId, id, new Date(Date.now() + overlapMinutes * 60_000))
    await record(trx, {
      actor,
      action: 'api_key.rolled',
      subject: { kind: 'api_key', id, name: old.name },
      detail: { replacedBy: created.apiKey.id },
    })
    return created
  })
}

async function insert(
  trx: TenantTx & SystemTx,
  inside: AuthInside,
  actor: Actor,
  input: { readonly name: string; readonly scopes: readonly ApiKeyScope[]; readonly days: number | null },
): Promise<CreatedApiKey> {
  const { name, scopes, days } = input
  const made = await inside.createKey(trx, {
    name,
    scopes,
    days,
    tenantId: actor.tenantId,
    createdBy: actor.name,
    ownerId: actor.personId ?? null,
  })
  const row = (await readKeys(trx, actor.tenantId)).find((each) => each.id === made.id)
  if (!row) throw new Error('the key just made is not there')
  return { apiKey: toApiKey(row), key: made.key }
}

function toApiKey(row: KeyRow): ApiKey {
  const { id, name, start, createdAt, expiresAt, lastUsedAt } = row
  const metadata = JSON.parse(row.metadata ?? 'null') as { createdBy?: unknown } | null
  const createdBy = typeof metadata?.createdBy === 'string' ? metadata.createdBy : null
  return {
    id,
    name,
    start,
    scopes: scopesOf(JSON.parse(row.permissions ?? 'null')),
    createdAt,
    createdBy,
    expiresAt,
    lastUsedAt,
  }
}

/** The operator who made a key, from its metadata; null when nobody knows. */
export function ownerOf(metadata: unknown): string | null {
  const owner = (metadata as { ownerId?: unknown } | null)?.ownerId
  return typeof owner === 'string' ? owner : null
}

/** Our scopes inside the plugin's permissions. A word that is no scope (any more) gives nothing. */
export function scopesOf(permissions: unknown): readonly ApiKeyScope[] {
  const scopes = (permissions as { owlie?: unknown } | null)?.owlie
  if (!Array.isArray(scopes)) return []
  return scopes.filter(
    (scope): scope is ApiKeyScope => typeof scope === 'string' && Object.hasOwn(apiKeyScopes, scope),
  )
}

const badName: Failure = {
  kind: 'config',
  code: 'api_key.bad_name',
  message: 'An API key needs a name of 1 to 100 characters.',
  remedy: 'Name the program that will use it.',
  field: 'name',
}

const badExpiry: Failure = {
  kind: 'config',
  code: 'api_key.bad_expiry',
  message: 'A key lives for 1 to 3650 whole days.',
  remedy: 'Give a number of days in that range, or leave it out for a key that does not expire.',
  field: 'expiresInDays',
}

const badOverlap: Failure = {
  kind: 'config',
  code: 'api_key.bad_overlap',
  message: 'The old key can go on working for 0 minutes to 7 days.',
  remedy: 'Give a number of minutes from 0 to 10080.',
  field: 'overlapMinutes',
}

const unknownKey: Failure = {
  kind: 'missing',
  code: 'api_key.not_found',
  message: 'There is no such API key.',
  remedy: 'Reload the list of keys; it may have been revoked or have expired.',
}
