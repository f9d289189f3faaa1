import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, openClient, type Answer, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({ users: 50, roles: 60, organizations: 3, indexLagMs: 0 })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const database = 'Username-Password-Authentication'
const password = 'correct horse battery'
let count = 0
const address = (): string => `made${++count}@lumenhealth.example`

async function make(more: object = {}): Promise<{ user_id: string; [key: string]: unknown }> {
  const { status, body } = await api.send('POST', '/users', {
    connection: database,
    email: address(),
    password,
    ...more,
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

const patch = (id: string, body: object): Promise<Answer> =>
  api.send('PATCH', `/users/${encodeURIComponent(id)}`, body)

test('a created user has what Auth0 adds, and nothing it does not', async () => {
  const user = await make({ email: 'Mixed.Case@lumenhealth.example' })
  expect(user).toMatchObject({
    email: 'mixed.case@lumenhealth.example',
    email_verified: false,
    name: 'mixed.case@lumenhealth.example',
    nickname: 'mixed.case',
    identities: [{ connection: database, provider: 'auth0', isSocial: false }],
  })
  expect(user['picture']).toContain('https://s.gravatar.com/avatar/')
  for (const absent of ['blocked', 'app_metadata', 'user_metadata', 'last_login', 'password']) {
    expect(user).not.toHaveProperty(absent)
  }
})

test('a chosen id gets the provider before it', async () => {
  expect((await make({ user_id: 'employee-7' })).user_id).toBe('auth0|employee-7')
})

test.each<[string, object, number, string | undefined, string]>([
  [
    'no connection',
    { email: 'a@b.example', password },
    400,
    'invalid_body',
    "Payload validation error: 'Missing required property: connection' on property connection",
  ],
  [
    'unknown property',
    { connection: database, email: 'a@b.example', password, foo: 1 },
    400,
    'invalid_body',
    "Payload validation error: 'Additional properties not allowed: foo'",
  ],
  [
    'wrong type',
    { connection: database, email: 'a@b.example', password, blocked: 'yes' },
    400,
    'invalid_body',
    "Payload validation error: 'Expected type boolean but found type string' on property blocked",
  ],
  [
    'no such connection',
    { connection: 'nope', email: 'a@b.example', password },
    400,
    'inexistent_connection',
    'The connection does not exist.',
  ],
  [
    'enterprise',
    { connection: 'northwind-saml', email: 'a@b.example' },
    400,
    'operation_not_supported',
    'Connection does not support user creation through the API. It must either be a database or passwordless connection.',
  ],
  [
    'username',
    { connection: database, email: 'a@b.example', password, username: 'abc' },
    400,
    'invalid_body',
    'Cannot set username for connection without requires_username.',
  ],
  [
    'weak password',
    { connection: database, email: 'a@b.example', password: 'short' },
    400,
    'invalid_body',
    'PasswordStrengthError: Password is too weak',
  ],
  [
    'reserved metadata',
    { connection: database, email: 'a@b.example', password, app_metadata: { blocked: true } },
    400,
    'invalid_body',
    'The following app_metadata properties are not allowed: blocked. They are reserved for Auth0.',
  ],
])('creation refused: %s', async (_name, body, status, errorCode, message) => {
  const before = sandbox.writes.entries.length
  const answer = await api.send('POST', '/users', body)
  expect(answer.status).toBe(status)
  expect(answer.body).toMatchObject({ statusCode: status, message, errorCode })
  expect(sandbox.writes.entries.length).toBe(before)
})

test('an address is taken per connection, not per tenant', async () => {
  const user = await make()
  const again = await api.send('POST', '/users', {
    connection: database,
    email: String(user['email']).toUpperCase(),
    password,
  })
  expect(again.status).toBe(409)
  expect(again.body).toEqual({
    statusCode: 409,
    error: 'Conflict',
    message: 'The user already exists.',
    errorCode: 'auth0_idp_error',
  })
  const passwordless = await api.send('POST', '/users', { connection: 'email', email: user['email'] })
  expect(passwordless.status).toBe(201)
  const found = await api.get(`/users-by-email?email=${encodeURIComponent(String(user['email']))}`)
  expect(found.body).toHaveLength(2)
})

test('users-by-email is exact, and a plus needs its encoding', async () => {
  const user = await make({ email: 'plus+tag@lumenhealth.example' })
  expect((await api.get('/users-by-email?email=plus+tag@lumenhealth.example')).body).toEqual([])
  expect((await api.get('/users-by-email?email=plus%2Btag@lumenhealth.example')).body[0].user_id).toBe(
    user.user_id,
  )
  expect((await api.get('/users-by-email?email=PLUS%2Btag@lumenhealth.example')).body).toEqual([])
})

test('metadata merges on the first level; null removes, {} empties', async () => {
  const { user_id } = await make({ app_metadata: { a: 1, nested: { x: 1, y: 2 } } })
  const after = async (app_metadata: object): Promise<unknown> =>
    (await patch(user_id, { app_metadata })).body.app_metadata
  expect(await after({ b: 2, nested: { x: 9 } })).toEqual({ a: 1, b: 2, nested: { x: 9 } })
  expect(await after({ a: null })).toEqual({ b: 2, nested: { x: 9 } })
  expect(await after({})).toEqual({})
  expect((await patch(user_id, { user_metadata: { 'a.b': 1 } })).status).toBe(400)
})

test.each([
  [{ password, email: 'z@z.example' }, 'Cannot update password and email simultaneously.'],
  [{ password, email_verified: true }, 'Cannot update password and email_verified simultaneously.'],
  [{ username: 'u', email: 'z@z.example' }, 'Cannot update username and email simultaneously.'],
])('not together: %o', async (body, message) => {
  const { user_id } = await make()
  expect((await patch(user_id, body)).body).toMatchObject({ statusCode: 400, message })
})

test('federated users keep what their provider says of them', async () => {
  const saml = sandbox.tenant.addUser({
    user_id: 'samlp|northwind-saml|kay',
    auth0Connection: 'northwind-saml',
  })
  expect((await patch(saml.user_id, { email: 'k@k.example' })).body.message).toBe(
    'Cannot update email for non-database user.',
  )
  expect((await patch(saml.user_id, { email_verified: true })).body.message).toBe(
    'Email verification is not supported for enterprise users.',
  )
  const { status, body } = await patch(saml.user_id, { name: 'Kay', nickname: 'k' })
  expect(status).toBe(400)
  expect(body.message).toMatch(
    /^The following user attributes cannot be updated: name, nickname\. The connection/,
  )
  expect((await patch(saml.user_id, { blocked: true, app_metadata: { leaver: true } })).body.blocked).toBe(
    true,
  )
  const oidc = sandbox.tenant.addUser({ user_id: 'oidc|helio-oidc|lee', auth0Connection: 'helio-oidc' })
  expect((await patch(oidc.user_id, { name: 'Lee' })).body.name).toBe('Lee')
})

test('a password set through the API lifts an administrator block; a new address is unverified', async () => {
  const { user_id } = await make({ email_verified: true, blocked: true })
  expect((await patch(user_id, { password: 'another long password' })).body.blocked).toBe(false)
  const changed = (await patch(user_id, { email: address() })).body
  expect(changed.email_verified).toBe(false)
})

test('only effective changes reach the journal, under the correlation id of their request', async () => {
  const { user_id } = await make({ name: 'Same' })
  sandbox.writes.reset()
  await patch(user_id, { name: 'Same' })
  expect(sandbox.writes.entries).toEqual([])
  const path = `/users/${encodeURIComponent(user_id)}`
  const correlation = 'c'.repeat(80)
  await api
    .send('PATCH', path, { name: 'Other', password }, { 'x-correlation-id': correlation })
    .then(({ status }) => {
      expect(status).toBe(200)
    })
  expect(sandbox.writes.of('c'.repeat(64))).toMatchObject([
    {
      kind: 'user.updated',
      ids: { user: user_id },
      values: { name: 'Other' },
      route: 'PATCH /api/v2/users/{id}',
    },
  ])
  expect(JSON.stringify(sandbox.writes.entries)).not.toContain(password)
})

test('roles: idempotent both ways, ids only, fifty at most', async () => {
  const { user_id } = await make()
  const path = `/users/${encodeURIComponent(user_id)}/roles`
  const ids = [...sandbox.tenant.roles].map(({ id }) => id)
  sandbox.writes.reset()
  for (let round = 0; round < 2; round++) {
    expect((await api.send('POST', path, { roles: ids.slice(0, 2) })).status).toBe(204)
  }
  expect(sandbox.writes.entries.map(({ kind }) => kind)).toEqual(['role.assigned', 'role.assigned'])
  expect((await api.send('DELETE', path, { roles: ids.slice(1, 3) })).status).toBe(204)
  expect(sandbox.tenant.rolesOfUser(user_id)).toEqual([ids[0]])
  expect((await api.send('POST', path, { roles: ['Employee'] })).body.message).toBe(
    'Invalid request payload input',
  )
  expect((await api.send('POST', path, { roles: ['rol_0000000000000000'] })).body).toMatchObject({
    statusCode: 404,
    message: 'The role does not exist.',
  })
  expect((await api.send('POST', path, { roles: [] })).body.message).toContain(
    "'Array is too short (0), minimum 1'",
  )
  expect((await api.send('POST', path, { roles: ids.slice(0, 51) })).status).toBe(400)
  const full = await openClient(sandbox, sandbox.applications.full)
  expect((await full.send('POST', path, { roles: ids.slice(0, 1) })).body).toMatchObject({
    statusCode: 403,
    message: 'Insufficient scope, expected all of: update:users, create:role_members',
  })
})

test('deleting: 204 for the absent too; roles and memberships go with the user', async () => {
  const { user_id } = await make()
  const role = [...sandbox.tenant.roles][0]!.id
  const organization = [...sandbox.tenant.organizations][0]!.id
  sandbox.tenant.assignRole(user_id, role)
  sandbox.tenant.addMember(organization, user_id)
  const path = `/users/${encodeURIComponent(user_id)}`
  expect((await api.send('DELETE', path)).status).toBe(204)
  expect((await api.get(path)).body).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: 'The user does not exist.',
    errorCode: 'inexistent_user',
  })
  expect((await api.send('DELETE', path)).status).toBe(204)
  expect(sandbox.tenant.roleHolders(role).has(user_id)).toBe(false)
  expect(sandbox.tenant.members(organization).has(user_id)).toBe(false)
})

test('identities link and unlink', async () => {
  const main = await make()
  const second = await make()
  const own = second.user_id.slice('auth0|'.length)
  const path = `/users/${encodeURIComponent(main.user_id)}/identities`
  const linked = await api.send('POST', path, { provider: 'auth0', user_id: own })
  expect(linked.status).toBe(201)
  expect(linked.body).toHaveLength(2)
  expect((await api.get(`/users/${encodeURIComponent(second.user_id)}`)).status).toBe(404)
  const left = await api.send('DELETE', `${path}/auth0/${own}`)
  expect(left.body).toHaveLength(1)
  expect((await api.get(`/users/${encodeURIComponent(second.user_id)}`)).body.email).toBe(second['email'])
})
