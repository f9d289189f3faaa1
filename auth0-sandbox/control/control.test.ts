/* eslint-disable @typescript-eslint/no-explicit-any -- answers have the shape the test says they have */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, fetchOf, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({ users: 20, roles: 3, organizations: 2 })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

async function control<T = any>(
  method: string,
  path: string,
  body?: unknown,
  key = sandbox.controlKey,
): Promise<{ status: number; body: T }> {
  const response = await fetchOf(sandbox)(`${sandbox.url}/_sandbox${path}`, {
    method,
    headers: { 'x-sandbox-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}

test('nothing without the key, and a tenant token is no key', async () => {
  expect((await control('GET', '/tenant', undefined, 'wrong')).status).toBe(401)
  expect((await control('GET', '/tenant', undefined, api.token)).status).toBe(401)
  expect((await control('GET', '/tenant')).status).toBe(200)
})

test('faults: added, listed, cleared; an unknown kind is refused', async () => {
  const rule = { match: { route: '/roles' }, times: 1, effect: { kind: 'answer', status: 503 } }
  const { status, body } = await control('POST', '/faults', rule)
  expect(status).toBe(201)
  expect((await api.get('/roles')).status).toBe(503)
  expect((await control('GET', '/faults')).body.faults).toMatchObject([{ id: body.id, fired: 1 }])
  expect((await control('DELETE', `/faults/${body.id}`)).status).toBe(204)
  expect((await control('DELETE', '/faults')).status).toBe(204)
  expect((await control('POST', '/faults', { effect: { kind: 'nonsense' } })).status).toBe(400)
})

test('clock, quirks, rate limits, index lag', async () => {
  const { body } = await control('GET', '/clock')
  const later = await control('POST', '/clock', { advanceMs: 3_600_000 })
  expect(Date.parse(later.body.now) - Date.parse(body.now)).toBeGreaterThanOrEqual(3_600_000)
  expect((await control('PATCH', '/quirks', { maxPageSize: 50 })).body.maxPageSize).toBe(50)
  expect((await api.get('/users?per_page=100&include_totals=true')).body.limit).toBe(50)
  expect((await control('PATCH', '/quirks', { maxPageSize: 'large' })).status).toBe(400)
  expect((await control('PATCH', '/quirks', { unheardOf: 1 })).status).toBe(400)
  await control('PATCH', '/quirks', { maxPageSize: 100 })
  expect((await control('PUT', '/rate-limits', { profile: 'free' })).body.levels).toMatchObject({
    overall: 2,
  })
  await control('POST', '/rate-limits/drain', { bucket: 'overall', tokens: 2 })
  expect((await api.get('/roles')).status).toBe(429)
  expect((await control('PUT', '/rate-limits', { profile: 'gold' })).status).toBe(400)
  await control('PUT', '/rate-limits', { profile: 'none' })
  expect((await control('PUT', '/index-lag', { ms: 0 })).body).toEqual({ ms: 0 })
})

test('requests and writes: read and forgotten', async () => {
  await control('DELETE', '/requests')
  await control('DELETE', '/writes')
  await api.send('POST', '/roles', { name: 'Watched' }, { 'x-correlation-id': 'op-1' })
  await api.get('/roles')
  expect((await control('GET', '/requests')).body).toMatchObject({
    total: 2,
    byRoute: { 'POST /api/v2/roles': 1, 'GET /api/v2/roles': 1 },
  })
  expect((await control('GET', '/writes?correlation_id=op-1')).body.writes).toMatchObject([
    { kind: 'role.created' },
  ])
  expect((await control('GET', '/writes?correlation_id=op-2')).body.writes).toEqual([])
})

test('the tenant can be changed behind everybody’s back', async () => {
  await control('DELETE', '/writes')
  const user = (
    await control('POST', '/tenant/users', { user_id: 'oidc|helio-oidc|a/b', email: 'x@helio.example' })
  ).body
  const role = (await control('POST', '/tenant/roles', { name: 'Drifted' })).body
  const organization = (await control('POST', '/tenant/organizations', { name: 'drifted' })).body
  const id = encodeURIComponent(user.user_id)
  await control('PUT', `/tenant/roles/${role.id}/users/${id}`)
  await control('PUT', `/tenant/organizations/${organization.id}/members/${id}`, { roles: [role.id] })
  await control('PATCH', `/tenant/users/${id}`, { blocked: true })
  expect((await api.get(`/users/${id}`)).body.blocked).toBe(true)
  expect((await api.get(`/roles/${role.id}/users`)).body).toMatchObject([{ user_id: user.user_id }])
  expect((await api.get(`/organizations/${organization.id}/members?fields=user_id,roles`)).body).toEqual([
    { user_id: user.user_id, roles: [{ id: role.id, name: 'Drifted' }] },
  ])
  expect((await control('DELETE', `/tenant/users/${id}`)).body).toEqual({ removed: true })
  expect((await control('GET', '/tenant')).body.roleHolders).not.toContainEqual({
    role_id: role.id,
    user_id: user.user_id,
  })
  expect(sandbox.writes.entries).toEqual([])
})
