import type { Auth0Connection, Identity, User } from '../tenant/index.ts'
import { ApiError, badBody, refused } from './errors.ts'
import { ok, type Call, type Operation } from './operation.ts'
import type { Schema } from './schema.ts'
import { insufficientScope } from './scopes.ts'
import { checkMetadata, mergeMetadata } from './user-metadata.ts'
import { checkEmail, checkPassword, checkUsername, publicValues, takenIn } from './user-writes.ts'
import { pathUser } from './users.ts'

const text = (max: number): Schema => ({ type: 'string', min: 1, max, nullable: true })
const metadata: Schema = { type: 'object', open: true, nullable: true }

const updateBody: Schema = {
  type: 'object',
  properties: {
    blocked: { type: 'boolean' },
    email_verified: { type: 'boolean' },
    email: { type: 'string', format: 'email', nullable: true },
    phone_number: { type: 'string', pattern: /^\+[0-9]{1,15}$/, nullable: true },
    phone_verified: { type: 'boolean' },
    user_metadata: metadata,
    app_metadata: metadata,
    given_name: text(150),
    family_name: text(150),
    name: text(300),
    nickname: text(300),
    picture: { type: 'string', format: 'strict-uri', nullable: true },
    verify_email: { type: 'boolean' },
    verify_phone_number: { type: 'boolean' },
    verify_password: { type: 'boolean' },
    password: { type: 'string', min: 1, nullable: true },
    connection: { type: 'string', min: 1 },
    client_id: { type: 'string', min: 1 },
    username: text(128),
  },
}

type Body = Record<string, unknown> & {
  email?: string | null
  username?: string | null
  password?: string | null
  app_metadata?: Record<string, unknown> | null
  user_metadata?: Record<string, unknown> | null
}

const notTogether: readonly (readonly [string, string])[] = [
  ['password', 'email'],
  ['password', 'email_verified'],
  ['username', 'email'],
  ['username', 'email_verified'],
  ['username', 'password'],
]

/** Say how to write, and are not written themselves. */
const modifiers = new Set([
  'connection',
  'client_id',
  'verify_email',
  'verify_phone_number',
  'verify_password',
])
const profileFields = ['name', 'nickname', 'given_name', 'family_name', 'picture']
const enterprise = new Set(['samlp', 'oidc', 'ad', 'waad'])
const social = new Set(['google-oauth2', 'github'])

const updateUser: Operation = {
  method: 'PATCH',
  path: '/users/{id}',
  summary: 'Update a User',
  scopes: { any: ['update:users', 'update:users_app_metadata'] },
  bucket: 'users.write',
  params: { id: 'user-id' },
  body: updateBody,
  run(call) {
    const body = call.body as Body
    checkMetadataOnly(call, body)
    const user = pathUser(call)
    for (const [a, b] of notTogether) {
      if (a in body && b in body) throw refused(`Cannot update ${a} and ${b} simultaneously.`)
    }
    checkMetadata(body.app_metadata, body.user_metadata)
    const connection = targetConnection(call, user, body)
    if (connection) checkAllowed(call, connection, user, body)
    const changes = changesOf(user, body)
    const effective = Object.entries(changes).some(
      ([key, value]) => JSON.stringify(user[key]) !== JSON.stringify(value),
    )
    if (body.password) call.tenant.passwords.set(user.user_id, body.password)
    if (!effective && !body.password) return ok(user)
    const changed = call.tenant.updateUser(user.user_id, changes, call.lagMs)
    call.wrote({ kind: 'user.updated', ids: { user: user.user_id }, values: publicValues(body) })
    return ok(changed)
  },
}

/** update:users_app_metadata alone suffices for app_metadata, and for nothing else. */
function checkMetadataOnly(call: Call, body: Body): void {
  if (call.scopes.has('update:users')) return
  if (Object.keys(body).some((key) => key !== 'app_metadata'))
    throw insufficientScope({ any: ['update:users'] })
}

/** The connection of the identity to be changed: the first one's, unless the body names another. */
function targetConnection(call: Call, user: User, body: Body): Auth0Connection | undefined {
  const named = body['connection']
  const identity: Identity | undefined =
    named === undefined ? user.identities[0] : user.identities.find((row) => row.connection === named)
  if (!identity) throw refused('The user does not have an identity in the given connection.')
  return call.tenant.auth0Connection(identity.connection)
}

function checkAllowed(call: Call, connection: Auth0Connection, user: User, body: Body): void {
  const { strategy, options } = connection
  const database = strategy === 'auth0'
  const passwordless = strategy === 'email' || strategy === 'sms'
  if (('email' in body || 'password' in body) && !connection.enabled) {
    throw refused('Cannot change email or password for users in a disabled connection.')
  }
  if ('email' in body && !database && strategy !== 'email')
    throw refused('Cannot update email for non-database user.')
  if ('password' in body && !database) throw refused('Cannot update password for non-database user.')
  if ('username' in body && !(database && options.requires_username)) {
    throw refused('Cannot set username for connection without requires_username.')
  }
  if ('email_verified' in body && enterprise.has(strategy)) {
    throw refused('Email verification is not supported for enterprise users.')
  }
  if ('email_verified' in body && strategy === 'sms')
    throw refused('Email verification is not supported for sms users.')
  checkProfile(connection, body, !database && !passwordless)
  checkValues(connection, body)
  const wanted = { ...pick(body, 'email'), ...pick(body, 'username') }
  if (takenIn(call, connection, wanted, user.user_id)) {
    throw new ApiError(409, 'The user already exists.', 'auth0_idp_error')
  }
}

function pick(body: Body, key: 'email' | 'username'): Partial<User> {
  const value = body[key]
  return typeof value === 'string' ? { [key]: value.toLowerCase() } : {}
}

function checkProfile(connection: Auth0Connection, body: Body, federated: boolean): void {
  const { strategy, options } = connection
  if (!federated || !(enterprise.has(strategy) || social.has(strategy))) return
  if ((options.set_user_root_attributes ?? 'on_each_login') !== 'on_each_login') return
  const refusedFields = profileFields.filter((field) => field in body)
  if (refusedFields.length === 0) return
  throw refused(
    `The following user attributes cannot be updated: ${refusedFields.join(', ')}. The connection (${connection.name}) must either be a database connection (using the Auth0 store), a passwordless connection (email or sms) or has disabled 'Sync user profile attributes at each login'. For more information, see https://auth0.com/docs/dashboard/guides/connections/configure-connection-sync`,
    'operation_not_supported',
  )
}

function checkValues(connection: Auth0Connection, body: Body): void {
  for (const key of ['email', 'username', 'password']) {
    if (body[key] === null) throw badBody(`'Expected type string but found type null' on property ${key}`)
  }
  if (typeof body.password === 'string') checkPassword(connection, body.password)
  if (typeof body.email === 'string') checkEmail(body.email)
  if (typeof body.username === 'string') checkUsername(body.username)
}

function changesOf(user: User, body: Body): Partial<User> {
  const changes: Partial<User> = {}
  for (const [key, value] of Object.entries(body)) {
    if (modifiers.has(key) || key === 'password') continue
    if (key === 'app_metadata' || key === 'user_metadata') {
      changes[key] = mergeMetadata(user[key], (value ?? {}) as Record<string, unknown>)
    } else if (key === 'email' || key === 'username') changes[key] = String(value).toLowerCase()
    else changes[key] = value ?? undefined
  }
  // A new address is unverified unless the call says otherwise.
  if (changes.email !== undefined && changes.email !== user.email && !('email_verified' in changes)) {
    changes.email_verified = false
  }
  // Setting a password through the API lifts an administrator's block:
  // https://auth0.com/docs/manage-users/user-accounts/block-and-unblock-users
  if (body.password && user.blocked) changes.blocked = false
  return changes
}

export const userUpdates: Operation[] = [updateUser]
