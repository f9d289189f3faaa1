import { betterAuth } from 'better-auth'
import { Kysely, PostgresDialect } from 'kysely'
import type { Secret } from '@owlie/connector-kit'
import type { Database } from '../db/index.ts'
import type { Actor, Refusal } from '../model/index.ts'
import * as apiKeys from './api-keys.ts'
import { authInside } from './auth-inside.ts'
import { type AuthLog, authOptions, keyPrefix } from './auth-options.ts'
import { answer } from './door.ts'
import { crossSite } from './origin.ts'
import * as people from './people.ts'
import * as access from './operator-access.ts'
import type { Principal, Role } from './permissions.ts'
import { asTenant } from './as-tenant.ts'
import { findOperator, type OperatorRow, type PersonRow, readPeople } from './store.ts'

export interface OperatorsOptions {
  readonly database: Database
  /** Where browsers reach this server, without a path, e.g. `https://owlie.example.com`. */
  readonly baseUrl: string
  /** Signs session cookies; at least 32 random characters, the same for all processes, kept over restarts. */
  readonly secret: Secret
  readonly log?: AuthLog
  /** For tests of the back-off. */
  readonly now?: () => number
}

export interface Operators {
  /** Everything under /api/auth. `address`: the client's, as the connection shows it, or null when unknown. */
  handler(request: Request, address: string | null): Promise<Response>
  /** Who asks, by session cookie or `Authorization: Owlie <key>`; null for nobody, and for a cross-site request. */
  authenticate(request: Request): Promise<Principal | null>
  firstStart(input: { tenantId: string; email: string; password?: Secret }): Promise<people.FirstStart>
  createOperator(by: Actor, input: people.NewOperator): Promise<people.CreatedOperator | Refusal>
  /** By e-mail address. */
  listOperators(tenantId: string): Promise<readonly PersonRow[]>
  setRole(by: Actor, operatorId: string, role: Role): Promise<OperatorRow | Refusal>
  setDisabled(by: Actor, operatorId: string, disabled: boolean): Promise<OperatorRow | Refusal>
  resetPassword(
    by: Actor,
    operatorId: string,
    secondFactorToo: boolean,
  ): Promise<access.IssuedPassword | Refusal>
  /** For the command on the host. */
  recoverAdmin(
    by: Actor & { readonly kind: 'system' },
    input: { readonly email: string | null; readonly secondFactorToo: boolean },
  ): Promise<access.IssuedPassword | Refusal>
  signOutEverywhere(by: Actor, operatorId: string): Promise<OperatorRow | Refusal>
  removeOperator(by: Actor, operatorId: string): Promise<{ readonly id: string } | Refusal>
  createApiKey(by: apiKeys.By, input: apiKeys.NewApiKey): Promise<apiKeys.CreatedApiKey | Refusal>
  listApiKeys(tenantId: string): Promise<readonly apiKeys.ApiKey[]>
  revokeApiKey(by: apiKeys.By, keyId: string): Promise<{ readonly id: string } | Refusal>
  rollApiKey(by: apiKeys.By, keyId: string, overlapMinutes: number): Promise<apiKeys.CreatedApiKey | Refusal>
}

/** @throws RangeError when `secret` is too short or `baseUrl` is not an origin: the configuration checks both first. */
export function createOperators(options: OperatorsOptions): Operators {
  const { database, baseUrl, log = () => undefined, now = Date.now } = options
  const secret = options.secret.reveal()
  if (secret.length < 32) throw new RangeError('the session secret needs at least 32 characters')
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: database.pool }) })
  const auth = betterAuth(authOptions({ db, baseUrl, secret, log }))
  const inside = authInside({ baseUrl, secret, log })

  async function byKey(key: string): Promise<Principal | null> {
    if (!key.startsWith(keyPrefix) || key.length > 200) return null
    const { valid, key: found } = await auth.api.verifyApiKey({ body: { key } })
    if (!valid || !found) return null
    const { id, name, referenceId: tenantId, permissions, metadata } = found
    const ownerId = apiKeys.ownerOf(metadata)
    const owner =
      ownerId === null ? null : await database.tenant(tenantId, (trx) => findOperator(trx, ownerId))
    const isGone = owner === undefined || (owner && (owner.disabledAt !== null || owner.role !== 'admin'))
    return {
      kind: 'api_key',
      ...{ id, name: name ?? '', tenantId, scopes: apiKeys.scopesOf(permissions), ownerId },
      ...(isGone ? { standing: 'gone' as const } : owner ? standingOf(owner) : {}),
    }
  }

  const standingOf = ({ countsFrom }: OperatorRow) =>
    countsFrom.getTime() > now() ? { standing: 'new' as const } : {}

  async function byCookie(request: Request): Promise<Principal | null> {
    const cookie = request.headers.get('cookie')
    if (!cookie || crossSite(request, baseUrl)) return null
    const found = await auth.api.getSession({ headers: new Headers({ cookie }) })
    if (!found) return null
    const { id, tenantId } = found.user
    const operator = await database.tenant(tenantId, (trx) => findOperator(trx, id))
    if (!operator || operator.disabledAt) return null
    const { name, email, role, oneTimeUntil } = operator
    const mustChangePassword = oneTimeUntil !== null
    return { kind: 'operator', id, name, email, tenantId, role, mustChangePassword, ...standingOf(operator) }
  }

  const authenticate = (request: Request) => {
    const authorization = request.headers.get('authorization')
    if (authorization === null) return byCookie(request)
    const key = /^Owlie\s+(\S+)$/i.exec(authorization)?.[1]
    return key ? byKey(key) : Promise.resolve(null)
  }

  return {
    handler: (request, address) =>
      answer({ database, baseUrl, inner: auth.handler, authenticate: byCookie, now }, request, address),
    authenticate,
    firstStart: (input) => people.firstStart(database, inside, input),
    createOperator: (by, input) => people.createOperator(database, inside, by, input),
    listOperators: (tenantId) => asTenant(database, tenantId, readPeople),
    setDisabled: (by, id, disabled) => access.setDisabled(database, by, id, disabled),
    resetPassword: (by, id, secondFactorToo) =>
      access.resetPassword(database, inside, by, id, secondFactorToo),
    recoverAdmin: (by, input) => access.recoverAdmin(database, inside, by, input),
    signOutEverywhere: (by, id) => access.signOutEverywhere(database, by, id),
    setRole: (by, id, role) => people.setRole(database, by, id, role),
    removeOperator: (by, id) => people.removeOperator(database, by, id),
    createApiKey: (by, input) => apiKeys.createApiKey(database, inside, by, input),
    listApiKeys: (tenantId) => apiKeys.listApiKeys(database, tenantId),
    revokeApiKey: (by, id) => apiKeys.revokeApiKey(database, by, id),
    rollApiKey: (by, id, overlapMinutes) => apiKeys.rollApiKey(database, inside, by, id, overlapMinutes),
  }
}
