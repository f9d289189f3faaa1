import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({ users: 60, roles: 60, organizations: 3, indexLagMs: 0 })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const users = (count: number): string[] =>
  [...sandbox.tenant.users].slice(0, count).map(({ user_id }) => user_id)

test('roles: the recorded status codes, 409 for a name taken, 404 for the absent', async () => {
  const made = await api.send('POST', '/roles', { name: 'New role' })
  expect(made.status).toBe(200)
  expect(made.body).toEqual({ id: expect.stringMatching(/^rol_\w{16}$/), name: 'New role', description: '' })
  const again = await api.send('POST', '/roles', { name: 'New role' })
  expect(again.body).toEqual({ statusCode: 409, error: 'Conflict', message: 'The role already exists.' })
  const path = `/roles/${made.body.id}`
  const permission = {
    resource_server_identifier: 'https://billing.example/api',
    permission_name: 'read:invoice',
  }
  expect(await api.send('POST', `${path}/permissions`, { permissions: [permission] })).toMatchObject({
    status: 201,
    body: {},
  })
  expect((await api.send('POST', `${path}/permissions`, { permissions: [permission] })).status).toBe(201)
  expect(sandbox.tenant.roles.get(made.body.id)!.permissions).toEqual([permission])
  const unknown = { ...permission, resource_server_identifier: 'https://nowhere' }
  expect((await api.send('POST', `${path}/permissions`, { permissions: [unknown] })).status).toBe(404)
  expect(await api.send('DELETE', `${path}/permissions`, { permissions: [permission] })).toMatchObject({
    status: 204,
    text: '',
  })
  expect(await api.send('POST', `${path}/users`, { users: users(2) })).toMatchObject({
    status: 200,
    body: {},
  })
  const missing = await api.send('POST', `${path}/users`, { users: [...users(3), 'auth0|nobody'] })
  expect(missing.body).toMatchObject({ statusCode: 404, message: 'One or more of the users do not exist.' })
  expect(sandbox.tenant.roleHolders(made.body.id).size).toBe(2)
  expect(await api.send('DELETE', path)).toMatchObject({ status: 200, body: {} })
  expect((await api.send('DELETE', path)).body).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: 'The role does not exist.',
  })
})

test('organizations: names, conflicts, metadata, and 404 on deleting twice', async () => {
  const bad = await api.send('POST', '/organizations', { name: 'Not Good' })
  expect(bad.body.message).toContain("format organization-name: Not Good' on property name")
  expect((await api.send('POST', '/organizations', { name: 'org_x' })).status).toBe(400)
  const made = await api.send('POST', '/organizations', { name: 'acme', metadata: { a: '1', b: '2' } })
  expect(made.status).toBe(201)
  expect(made.body).toEqual({
    id: expect.stringMatching(/^org_\w{16}$/),
    name: 'acme',
    metadata: { a: '1', b: '2' },
  })
  const again = await api.send('POST', '/organizations', { name: 'acme' })
  expect(again.body).toEqual({
    statusCode: 409,
    error: 'Conflict',
    message: 'An organization with the same name already exists.',
    errorCode: 'organization_conflict',
  })
  const path = `/organizations/${made.body.id}`
  expect((await api.send('PATCH', path, { metadata: { b: '3' } })).body.metadata).toEqual({ b: '3' })
  sandbox.quirks.replaceOrganizationMetadata = false
  expect((await api.send('PATCH', path, { metadata: { c: '4', b: null } })).body.metadata).toEqual({ c: '4' })
  const colours = await api.send('PATCH', path, { branding: { colors: { primary: '#000000' } } })
  expect(colours.body.message).toContain('Missing required property: page_background')
  expect((await api.send('DELETE', path)).status).toBe(204)
  expect((await api.send('DELETE', path)).body.message).toBe('No organization found by that id or name')
})

test('members: ten at a time, idempotent, users stay', async () => {
  const { id } = sandbox.tenant.addOrganization({ name: 'batch' })
  const path = `/organizations/${id}/members`
  expect((await api.send('POST', path, { members: users(11) })).status).toBe(400)
  expect(sandbox.tenant.members(id).size).toBe(0)
  sandbox.writes.reset()
  for (let round = 0; round < 2; round++) {
    expect((await api.send('POST', path, { members: users(10) })).status).toBe(204)
  }
  expect(sandbox.writes.entries).toHaveLength(10)
  expect((await api.send('POST', path, { members: ['auth0|nobody'] })).status).toBe(400)
  expect((await api.send('DELETE', path, { members: [...users(2), 'auth0|nobody'] })).status).toBe(204)
  expect(sandbox.tenant.members(id).size).toBe(8)
  expect(sandbox.tenant.users.has(users(1)[0]!)).toBe(true)
})

test('member roles are not tenant roles', async () => {
  const { id } = sandbox.tenant.addOrganization({ name: 'inside' })
  const [user, stranger] = users(2) as [string, string]
  const role = sandbox.tenant.addRole({ name: 'Inside only' }).id
  sandbox.tenant.addMember(id, user)
  const path = `/organizations/${id}/members/${encodeURIComponent(user)}/roles`
  for (let round = 0; round < 2; round++)
    expect((await api.send('POST', path, { roles: [role] })).status).toBe(204)
  expect((await api.get(path)).body).toMatchObject([{ id: role }])
  expect((await api.get(`/roles/${role}/users`)).body).toEqual([])
  expect(
    (await api.get(`/users/${encodeURIComponent(user)}/roles`)).body.map((row: { id: string }) => row.id),
  ).not.toContain(role)
  const other = await api.send('POST', `/organizations/${id}/members/${encodeURIComponent(stranger)}/roles`, {
    roles: [role],
  })
  expect(other.body).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: 'User is not a member of this organization',
  })
  const many = [...sandbox.tenant.roles].slice(0, 50).map((row) => row.id)
  const refused = await api.send('POST', path, { roles: many })
  expect(refused.body).toMatchObject({
    statusCode: 409,
    message: 'No more roles can be assigned to this organization member.',
  })
  expect((await api.get(`/organizations/${id}/roles/${role}/members`)).body.members).toMatchObject([
    { user_id: user },
  ])
  sandbox.tenant.removeRole(role)
  expect((await api.get(path)).body).toEqual([])
})

test('permissions of a user: direct and by role, with their sources', async () => {
  const user = users(1)[0]!
  const ref = {
    resource_server_identifier: 'https://insight.example/api',
    permission_name: 'export:customer',
  }
  const role = sandbox.tenant.addRole({ name: 'Exporter', permissions: [ref] })
  sandbox.tenant.assignRole(user, role.id)
  const path = `/users/${encodeURIComponent(user)}/permissions`
  expect(await api.send('POST', path, { permissions: [ref] })).toMatchObject({ status: 201, body: {} })
  const row = (await api.get(path)).body.find(
    (item: typeof ref) => item.permission_name === ref.permission_name,
  )
  expect(row).toEqual({
    ...ref,
    resource_server_name: 'Insight API',
    description: 'Export customers',
    sources: [
      { source_id: '', source_name: '', source_type: 'DIRECT' },
      { source_id: role.id, source_name: 'Exporter', source_type: 'ROLE' },
    ],
  })
  expect((await api.send('DELETE', path, { permissions: [ref] })).status).toBe(204)
  expect(sandbox.tenant.directPermissions(user)).toEqual([])
})

test('groups give roles, through nesting too', async () => {
  const user = users(1)[0]!
  const connection_id = sandbox.tenant.auth0Connection('northwind-saml')!.id
  const inner = sandbox.tenant.addGroup({ name: 'Inner', connection_id })
  const outer = sandbox.tenant.addGroup({ name: 'Outer', connection_id })
  sandbox.tenant.addGroupMember(inner.id, user)
  sandbox.tenant.addGroupMember(outer.id, inner.id, 'group')
  const role = sandbox.tenant.addRole({ name: 'By group' }).id
  expect((await api.send('POST', `/groups/${outer.id}/roles`, { roles: [role] })).status).toBe(204)
  const effective = await api.get(`/users/${encodeURIComponent(user)}/effective-roles?take=100`)
  expect(effective.body.roles).toContainEqual({
    id: role,
    name: 'By group',
    description: '',
    sources: ['groups'],
  })
  const sources = await api.get(
    `/users/${encodeURIComponent(user)}/effective-roles/sources/groups?role_id=${role}`,
  )
  expect(sources.body.groups.map((group: { name: string }) => group.name)).toEqual(['Outer'])
  expect((await api.get(`/roles/${role}/groups`)).body.groups).toMatchObject([{ id: outer.id }])
  expect((await api.get(`/roles/${role}/users`)).body).toEqual([])
})

test('bodies: no JSON, too large, a form', async () => {
  expect((await api.send('POST', '/roles', '{"name":')).body).toMatchObject({
    statusCode: 400,
    message: 'Invalid request payload JSON format',
  })
  expect((await api.send('POST', '/roles', { name: 'x', description: 'y'.repeat(1_100_000) })).status).toBe(
    413,
  )
  const form = await api.send('POST', '/roles', 'name=From+a+form', {
    'content-type': 'application/x-www-form-urlencoded',
  })
  expect(form.body.name).toBe('From a form')
})

test('an unknown address is 404, and nothing of ours answers at it', async () => {
  expect((await api.get('/nothing')).body).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: 'Not Found',
  })
})
