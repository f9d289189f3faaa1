import { pictureOf, type Auth0Connection, type Identity, type User } from '../tenant/index.ts'
import { ApiError, badBody, noRole, refused } from './errors.ts'
import { created, empty, ok, type Call, type Operation } from './operation.ts'
import type { Schema } from './schema.ts'
import { text as queryText } from './query.ts'
import { checkMetadata } from './user-metadata.ts'
import { pathUser } from './users.ts'

const text = (max: number, nullable = false): Schema => ({ type: 'string', min: 1, max, nullable })
const metadata: Schema = { type: 'object', open: true }

const createBody: Schema = {
  type: 'object',
  required: ['connection'],
  properties: {
    email: { type: 'string', format: 'email' },
    phone_number: { type: 'string', pattern: /^\+[0-9]{1,15}$/ },
    user_metadata: metadata,
    blocked: { type: 'boolean' },
    email_verified: { type: 'boolean' },
    phone_verified: { type: 'boolean' },
    app_metadata: metadata,
    given_name: text(150),
    family_name: text(150),
    name: text(300),
    nickname: text(300),
    picture: { type: 'string', format: 'strict-uri' },
    user_id: { type: 'string', max: 255, pattern: /^\S*$/ },
    connection: { type: 'string', min: 1 },
    password: { type: 'string', min: 1 },
    verify_email: { type: 'boolean' },
    username: text(128),
  },
}

/** The body of a user creation, once checked. */
interface CreateBody extends Partial<User> {
  connection: string
  password?: string
  verify_email?: boolean
}

const createUser: Operation = {
  method: 'POST',
  path: '/users',
  summary: 'Create a User',
  scopes: { any: ['create:users'] },
  bucket: 'users.write',
  body: createBody,
  run(call) {
    const body = call.body as unknown as CreateBody
    const connection = call.tenant.auth0Connection(body.connection)
    if (!connection) throw refused('The connection does not exist.', 'inexistent_connection')
    checkCreatable(connection, body)
    checkMetadata(body.app_metadata, body.user_metadata)
    const user = newUser(call, connection, body)
    if (call.tenant.users.has(user.user_id) || takenIn(call, connection, user)) {
      throw new ApiError(409, 'The user already exists.', 'auth0_idp_error')
    }
    call.tenant.addUser(user, call.lagMs)
    if (body.password) call.tenant.passwords.set(user.user_id, body.password)
    call.wrote({ kind: 'user.created', ids: { user: user.user_id }, values: publicValues(body) })
    return created(call.tenant.users.get(user.user_id)!)
  },
}

function checkCreatable(connection: Auth0Connection, body: CreateBody): void {
  if (!connection.enabled) throw refused('Connection is disabled.')
  const { strategy, options } = connection
  if (strategy === 'email') {
    if (!body.email) throw badBody("'Missing required property: email' on property email")
  } else if (strategy === 'sms') {
    if (!body.phone_number)
      throw badBody("'Missing required property: phone_number' on property phone_number")
  } else if (strategy === 'auth0') {
    if (body.username && !options.requires_username) {
      throw refused('Cannot set username for connection without requires_username.')
    }
    if (options.requires_username && !body.username)
      throw refused('Missing username for Username-Password-Authentication connection.')
    if (!body.email) throw badBody("'Missing required property: email' on property email")
    if (!body.password) throw badBody("'Missing required property: password' on property password")
    checkPassword(connection, body.password)
  } else {
    throw refused(
      'Connection does not support user creation through the API. It must either be a database or passwordless connection.',
      'operation_not_supported',
    )
  }
  if (body.username) checkUsername(body.username)
  if (body.email) checkEmail(body.email)
}

export function checkPassword(connection: Auth0Connection, password: string): void {
  const least = connection.options.password_min_length ?? 8
  if (Buffer.byteLength(password) > 72) throw refused('PasswordTooLongError: Password is too long')
  if (password.length < least) throw refused('PasswordStrengthError: Password is too weak')
}

export function checkUsername(username: string): void {
  if (username.includes('@')) throw refused('Username cannot be an email address.')
  if (username.length > 15) {
    throw badBody(`'String is too long (${username.length} chars), maximum 15' on property username`)
  }
}

export function checkEmail(email: string): void {
  if (email.length > 254 || email.indexOf('@') > 64) {
    throw badBody(`'Object didn't pass validation for format email: ${email}' on property email`)
  }
}

function newUser(call: Call, connection: Auth0Connection, body: CreateBody): User {
  const { connection: _c, password: _p, verify_email: _v, user_id, ...profile } = body
  const own = user_id || call.tenant.random.id(24, '0123456789abcdef')
  const now = call.tenant.isoNow()
  const email = profile.email?.toLowerCase()
  const username = profile.username?.toLowerCase()
  const label = email ?? username ?? profile.phone_number ?? own
  const identity: Identity = {
    connection: connection.name,
    user_id: own,
    provider: connection.strategy,
    isSocial: false,
  }
  return {
    created_at: now,
    ...(email === undefined ? {} : { email, email_verified: false }),
    identities: [identity],
    name: label,
    nickname: label.split('@')[0]!,
    picture: pictureOf(label),
    updated_at: now,
    user_id: `${connection.strategy}|${own}`,
    ...profile,
    ...(email === undefined ? {} : { email }),
    ...(username === undefined ? {} : { username }),
  }
}

/** Address, username and phone number are unique per connection, not per tenant. */
export function takenIn(
  call: Call,
  connection: Auth0Connection,
  user: Partial<User>,
  except?: string,
): boolean {
  const inConnection = (other: User): boolean =>
    other.user_id !== except && other.identities.some((identity) => identity.connection === connection.name)
  if (user.email && call.tenant.usersByEmail(user.email).some(inConnection)) return true
  const named = { username: user.username, phone_number: user.phone_number }
  for (const [key, value] of Object.entries(named)) {
    if (value === undefined) continue
    for (const other of call.tenant.users) if (other[key] === value && inConnection(other)) return true
  }
  return false
}

/** What the journal may hold. */
export function publicValues(body: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'password'))
}

const deleteUser: Operation = {
  method: 'DELETE',
  path: '/users/{id}',
  summary: 'Delete a User',
  scopes: { any: ['delete:users'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  /** 204 for an absent user too: go-auth0, TestUserManager_Delete. */
  run(call) {
    const userId = call.params['id']!
    const gone = call.tenant.removeUser(userId, call.lagMs, call.removalLagMs)
    if (gone) call.wrote({ kind: 'user.deleted', ids: { user: userId } })
    return empty()
  },
}

/** `DELETE /connections/{id}/users?email=`: database connections only. */
const deleteByEmail: Operation = {
  method: 'DELETE',
  path: '/connections/{id}/users',
  summary: 'Delete a connection user',
  scopes: { any: ['delete:users'] },
  bucket: 'users.delete',
  params: { id: 'connection-id' },
  query: { email: queryText('The email of the user to delete', { required: true }) },
  run(call) {
    const connection = call.tenant.auth0Connections.get(call.params['id']!)
    if (connection?.strategy !== 'auth0') {
      throw new ApiError(404, 'The connection does not exist.', 'inexistent_connection')
    }
    for (const user of call.tenant.usersByEmail(String(call.query['email']))) {
      if (user.identities[0]?.connection !== connection.name) continue
      call.tenant.removeUser(user.user_id, call.lagMs, call.removalLagMs)
      call.wrote({ kind: 'user.deleted', ids: { user: user.user_id } })
    }
    return empty()
  },
}

const rolesBody: Schema = {
  type: 'object',
  required: ['roles'],
  properties: { roles: { type: 'array', min: 1, items: { type: 'string', min: 1 } } },
}

const rolesPerUser = 50

/** Ids only: a role's name in their place is the mistake of node-auth0#729. */
function bodyRoles(call: Call): string[] {
  const ids = [...new Set(call.body['roles'] as string[])]
  if (ids.some((id) => !/^rol_[A-Za-z0-9]{16}$/.test(id))) throw refused('Invalid request payload input')
  return ids
}

const assignRoles: Operation = {
  method: 'POST',
  path: '/users/{id}/roles',
  summary: 'Assign roles to a user',
  scopes: { all: ['update:users', 'create:role_members'] },
  bucket: 'users.write',
  params: { id: 'user-id' },
  body: rolesBody,
  run(call) {
    const { user_id } = pathUser(call)
    const ids = bodyRoles(call)
    if (ids.some((id) => !call.tenant.roles.has(id))) throw noRole()
    const held = new Set([...call.tenant.rolesOfUser(user_id), ...ids])
    if (held.size > rolesPerUser) throw refused('No more roles can be assigned to this user.')
    for (const role of ids) {
      if (call.tenant.assignRole(user_id, role))
        call.wrote({ kind: 'role.assigned', ids: { user: user_id, role } })
    }
    return empty()
  },
}

const removeRoles: Operation = {
  method: 'DELETE',
  path: '/users/{id}/roles',
  summary: 'Removes roles from a user',
  scopes: { all: ['update:users', 'delete:role_members'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  body: rolesBody,
  run(call) {
    const { user_id } = pathUser(call)
    for (const role of bodyRoles(call)) {
      if (call.tenant.unassignRole(user_id, role))
        call.wrote({ kind: 'role.removed', ids: { user: user_id, role } })
    }
    return empty()
  },
}

const linkIdentity: Operation = {
  method: 'POST',
  path: '/users/{id}/identities',
  summary: 'Link a User Account',
  scopes: { any: ['update:users'] },
  bucket: 'users.write',
  params: { id: 'user-id' },
  body: {
    type: 'object',
    required: ['provider', 'user_id'],
    properties: {
      provider: { type: 'string' },
      user_id: { type: 'string' },
      connection_id: { type: 'string' },
    },
  },
  run(call) {
    const user = pathUser(call)
    const secondId = `${String(call.body['provider'])}|${String(call.body['user_id'])}`
    const second = call.tenant.users.get(secondId)
    if (!second) throw refused('The user to link does not exist.', 'inexistent_user')
    if (second.user_id === user.user_id) throw refused('Main account and linked account are the same.')
    const { identities, email, name } = second
    const linked = identities.map((identity) => ({ ...identity, profileData: { email, name } }))
    call.tenant.removeUser(secondId, call.lagMs, call.removalLagMs)
    const all = [...user.identities, ...linked]
    call.tenant.updateUser(user.user_id, { identities: all }, call.lagMs)
    call.wrote({ kind: 'user.identity_linked', ids: { user: user.user_id, linked: secondId } })
    return created(all)
  },
}

const unlinkIdentity: Operation = {
  method: 'DELETE',
  path: '/users/{id}/identities/{provider}/{user_id}',
  summary: 'Unlink a User Identity',
  scopes: { any: ['update:users'] },
  bucket: 'users.delete',
  params: { id: 'user-id', provider: 'any', user_id: 'any' },
  run(call) {
    const user = pathUser(call)
    const { provider, user_id: own } = call.params
    const at = user.identities.findIndex((row) => row.provider === provider && String(row.user_id) === own)
    if (at <= 0)
      throw refused(at === 0 ? 'Main identity cannot be unlinked.' : 'The identity does not exist.')
    const [gone] = user.identities.slice(at, at + 1)
    const left = user.identities.filter((_, index) => index !== at)
    call.tenant.updateUser(user.user_id, { identities: left }, call.lagMs)
    const { profileData, ...identity } = gone!
    const freed = `${provider}|${own}`
    call.tenant.addUser({ ...profileData, user_id: freed, identities: [identity] }, call.lagMs)
    call.wrote({ kind: 'user.identity_unlinked', ids: { user: user.user_id, linked: freed } })
    return ok(left)
  },
}

export const userWrites: Operation[] = [
  createUser,
  deleteUser,
  deleteByEmail,
  assignRoles,
  removeRoles,
  linkIdentity,
  unlinkIdentity,
]
