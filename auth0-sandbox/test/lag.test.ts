import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, openClient, type ApiClient } from './api-client.ts'

let sandbox: Sandbox
let api: ApiClient
let time = Date.UTC(2026, 10, 2)

beforeAll(async () => {
  sandbox = await startSandbox({ users: 20, roles: 3, organizations: 1, clock: () => time })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const listed = async (q: string): Promise<{ name: string }[]> =>
  (await api.get(`/users?q=${encodeURIComponent(q)}`)).body

test('search shows a write two seconds later; reading by id and by address at once', async () => {
  const { body } = await api.send('POST', '/users', {
    connection: 'Username-Password-Authentication',
    email: 'late@lumenhealth.example',
    password: 'a long password',
  })
  const path = `/users/${encodeURIComponent(body.user_id)}`
  const q = 'email:"late@lumenhealth.example"'
  expect((await api.get(path)).status).toBe(200)
  expect((await api.get('/users-by-email?email=late@lumenhealth.example')).body).toHaveLength(1)
  expect(await listed(q)).toEqual([])
  time += 1999
  expect(await listed(q)).toEqual([])
  time += 1
  expect(await listed(q)).toHaveLength(1)

  await api.send('PATCH', path, { name: 'Late' })
  expect((await api.get(path)).body.name).toBe('Late')
  expect((await listed(q))[0]!.name).toBe('late@lumenhealth.example')
  time += 2000
  expect((await listed(q))[0]!.name).toBe('Late')

  await api.send('DELETE', path)
  expect((await api.get(path)).status).toBe(404)
  expect(await listed(q)).toHaveLength(1)
  time += 2000
  expect(await listed(q)).toEqual([])
})

test('members: two seconds to appear, five to go; until then a role for them fails', async () => {
  const { id } = sandbox.tenant.addOrganization({ name: 'slow' })
  const user = [...sandbox.tenant.users][0]!.user_id
  const role = [...sandbox.tenant.roles][0]!.id
  const path = `/organizations/${id}/members`
  const roles = `${path}/${encodeURIComponent(user)}/roles`
  const members = async (): Promise<unknown[]> => (await api.get(path)).body
  await api.send('POST', path, { members: [user] })
  expect(await members()).toEqual([])
  expect((await api.get(`/users/${encodeURIComponent(user)}/organizations`)).body).toContainEqual({
    id,
    name: 'slow',
  })
  expect((await api.send('POST', roles, { roles: [role] })).status).toBe(404)
  time += 2000
  expect(await members()).toHaveLength(1)
  expect((await api.send('POST', roles, { roles: [role] })).status).toBe(204)
  await api.send('DELETE', path, { members: [user] })
  time += 4999
  expect(await members()).toHaveLength(1)
  time += 1
  expect(await members()).toEqual([])
})

test('a deleted user lingers in the member list, with its last profile', async () => {
  const { id } = sandbox.tenant.addOrganization({ name: 'haunted' })
  const user = sandbox.tenant.addUser({ email: 'ghost@lumenhealth.example' })
  sandbox.tenant.addMember(id, user.user_id)
  await api.send('DELETE', `/users/${encodeURIComponent(user.user_id)}`)
  expect((await api.get(`/organizations/${id}/members`)).body).toMatchObject([
    { email: 'ghost@lumenhealth.example' },
  ])
  time += 5000
  expect((await api.get(`/organizations/${id}/members`)).body).toEqual([])
})

test('direct changes are seen at once, whatever the lag', async () => {
  sandbox.tenant.addUser({ email: 'now@lumenhealth.example' })
  expect(await listed('email:"now@lumenhealth.example"')).toHaveLength(1)
})

test('the clock can be skewed: answers are dated by it, tokens too', async () => {
  sandbox.clock.skew(600_000)
  const { headers } = await api.get('/roles')
  expect(Date.parse(headers.get('date')!)).toBe(time + 600_000)
  sandbox.clock.reset()
})
