import { ManagementError } from 'auth0'
import type { ManagementClient } from 'auth0'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, officialClient } from './api-client.ts'

let sandbox: Sandbox
let sdk: ManagementClient

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 300,
    roles: 12,
    organizations: 20,
    shape: { oddIds: true },
    indexLagMs: 0,
  })
  sdk = officialClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

test('lists users, and finds one by id and by address', async () => {
  const page = await sdk.users.list({ per_page: 100, page: 0, sort: 'created_at:1', include_totals: true })
  expect(page.data).toHaveLength(100)
  const first = page.data[0]!
  const byId = await sdk.users.get(first.user_id!, { fields: 'user_id,email', include_fields: true })
  expect(byId).toEqual({ user_id: first.user_id, email: first.email })
  const byEmail = await sdk.users.listUsersByEmail({ email: first.email! })
  expect(byEmail.map((user) => user.user_id)).toContain(first.user_id)
})

test('reads every user with an odd id by that id, with roles and organizations', async () => {
  const odd = [...sandbox.tenant.users].filter(({ user_id }) => /[^\w|.@-]|\.\./.test(user_id))
  expect(odd.length).toBeGreaterThan(8)
  for (const { user_id } of odd) {
    expect((await sdk.users.get(user_id)).user_id).toBe(user_id)
    const roles = await sdk.users.roles.list(user_id, { per_page: 50 })
    expect(roles.data.map((role) => role.id).sort()).toEqual([...sandbox.tenant.rolesOfUser(user_id)].sort())
    const organizations = await sdk.users.organizations.list(user_id, { per_page: 50 })
    expect(organizations.data.map((row) => row.id)).toEqual([...sandbox.tenant.organizationsOfUser(user_id)])
  }
})

test('creates, changes, blocks and deletes a user', async () => {
  const created = await sdk.users.create({
    connection: 'Username-Password-Authentication',
    email: 'Jo.New@lumenhealth.example',
    password: 'correct horse battery',
    app_metadata: { department: 'Legal' },
  })
  expect(created.email).toBe('jo.new@lumenhealth.example')
  expect(created.user_id).toMatch(/^auth0\|[0-9a-f]{24}$/)
  expect('blocked' in created).toBe(false)
  const changed = await sdk.users.update(created.user_id!, { name: 'Jo New', blocked: true })
  expect(changed).toMatchObject({ name: 'Jo New', blocked: true })
  await sdk.users.revokeAccess(created.user_id!, {})
  await sdk.users.delete(created.user_id!)
  await expect(sdk.users.get(created.user_id!)).rejects.toMatchObject({ statusCode: 404 })
  await sdk.users.delete(created.user_id!)
  expect(
    sandbox.writes.entries.filter(({ ids }) => ids['user'] === created.user_id).map(({ kind }) => kind),
  ).toEqual(['user.created', 'user.updated', 'user.access_revoked', 'user.deleted'])
})

test('manages roles, their permissions and holders', async () => {
  const role = await sdk.roles.create({ name: 'SDK role', description: 'made by a test' })
  await sdk.roles.update(role.id!, { description: 'changed' })
  const permissions = [
    { resource_server_identifier: 'https://portal.example/api', permission_name: 'read:profile' },
  ]
  await sdk.roles.permissions.add(role.id!, { permissions })
  expect((await sdk.roles.permissions.list(role.id!)).data[0]).toMatchObject({
    permission_name: 'read:profile',
    resource_server_name: 'Portal API',
  })
  const [a, b] = [...sandbox.tenant.users].slice(0, 2).map(({ user_id }) => user_id) as [string, string]
  await sdk.roles.users.assign(role.id!, { users: [a, b] })
  await sdk.users.roles.assign(a, { roles: [role.id!] })
  expect((await sdk.roles.users.list(role.id!)).data.map((user) => user.user_id).sort()).toEqual(
    [a, b].sort(),
  )
  await sdk.users.roles.delete(a, { roles: [role.id!] })
  expect((await sdk.roles.users.list(role.id!)).data.map((user) => user.user_id)).toEqual([b])
  await sdk.roles.permissions.delete(role.id!, { permissions })
  await sdk.roles.delete(role.id!)
  await expect(sdk.roles.get(role.id!)).rejects.toMatchObject({ statusCode: 404 })
  expect(sandbox.tenant.rolesOfUser(b)).not.toContain(role.id)
})

test('manages organizations, members, member roles, connections and invitations', async () => {
  const organization = await sdk.organizations.create({ name: 'sdk-made', display_name: 'SDK made' })
  const id = organization.id!
  expect((await sdk.organizations.getByName('sdk-made')).id).toBe(id)
  await sdk.organizations.update(id, { display_name: 'Renamed', metadata: { plan: 'team' } })
  const users = [...sandbox.tenant.users].slice(0, 3).map(({ user_id }) => user_id)
  await sdk.organizations.members.create(id, { members: users })
  const role = [...sandbox.tenant.roles][0]!
  await sdk.organizations.members.roles.assign(id, users[0]!, { roles: [role.id] })
  const roles = await sdk.organizations.members.roles.list(id, users[0]!)
  expect(roles.data.map((row) => row.id)).toEqual([role.id])
  const members = await sdk.organizations.members.list(id, {
    take: 50,
    fields: 'user_id,roles',
    include_fields: true,
  })
  expect(members.data.find((row) => row.user_id === users[0])?.roles).toEqual([
    { id: role.id, name: role.name },
  ])
  await sdk.organizations.members.roles.delete(id, users[0]!, { roles: [role.id] })
  await sdk.organizations.members.delete(id, { members: users.slice(0, 2) })
  expect([...sandbox.tenant.members(id)].map((row) => row.user_id)).toEqual(users.slice(2))

  const connection = sandbox.tenant.auth0Connection('helio-oidc')!
  await sdk.organizations.enabledConnections.add(id, { connection_id: connection.id })
  await sdk.organizations.enabledConnections.update(id, connection.id, { assign_membership_on_login: true })
  expect((await sdk.organizations.enabledConnections.list(id)).data[0]).toMatchObject({
    connection_id: connection.id,
    assign_membership_on_login: true,
    connection: { name: 'helio-oidc', strategy: 'oidc' },
  })
  await sdk.organizations.enabledConnections.delete(id, connection.id)

  const invitation = await sdk.organizations.invitations.create(id, {
    inviter: { name: 'Ada' },
    invitee: { email: 'new@partner-mail.example' },
    client_id: sandbox.applications.full.clientId,
  })
  expect((await sdk.organizations.invitations.list(id)).data.map((row) => row.id)).toEqual([invitation.id])
  await sdk.organizations.invitations.delete(id, invitation.id!)

  await sdk.organizations.delete(id)
  await expect(sdk.organizations.get(id)).rejects.toBeInstanceOf(ManagementError)
})

test('reads what surrounds them: connections, APIs, clients, grants, groups, settings, statistics', async () => {
  const connections = await sdk.connections.list({ fields: 'id,name,strategy', include_fields: true })
  expect(connections.data.map((row) => row.name)).toContain('northwind-saml')
  expect((await sdk.resourceServers.list()).data.map((row) => row.name)).toContain('Billing API')
  expect((await sdk.clients.list()).data.length).toBe(sandbox.tenant.clients.size)
  const grants = await sdk.clientGrants.list({ client_id: sandbox.applications.readOnly.clientId })
  expect(grants.data[0]?.scope).toEqual(sandbox.applications.readOnly.scopes)
  const groups = await sdk.groups.list()
  const group = groups.data[0]!
  const members = await sdk.groups.members.get(group.id!, { take: 100 })
  expect(members.data.length).toBe(sandbox.tenant.groupMembers(group.id!).size)
  const user = members.data.find((row) => row.member_type === 'user')!
  const effective = await sdk.users.effectiveRoles.list(user.id!)
  const granted = (await sdk.groups.roles.list(group.id!)).data[0]!
  expect(effective.data.find((row) => row.id === granted.id)?.sources).toContain('groups')
  expect((await sdk.tenants.settings.get()).friendly_name).toBe('Sandbox')
  expect(await sdk.stats.getActiveUsersCount()).toBeTypeOf('number')
})

test('exports users by a job', async () => {
  const job = await sdk.jobs.usersExports.create({ format: 'json', fields: [{ name: 'user_id' }] })
  expect(job.status).toBe('pending')
  const first = await sdk.jobs.get(job.id)
  expect(first.status).toBe('pending')
  const done = await sdk.jobs.get(job.id)
  expect(done.status).toBe('completed')
  expect(done.location).toContain('/_exports/')
})

test('reads logs of what it did', async () => {
  await sdk.roles.create({ name: 'Logged role' })
  const logs = await sdk.logs.list({ per_page: 5, sort: 'date:-1' })
  expect(logs.data[0]).toMatchObject({ type: 'sapi', description: 'Create a role' })
  const event = await sdk.logs.get(logs.data[0]!.log_id!)
  expect(event).toMatchObject({ log_id: logs.data[0]!.log_id })
})
