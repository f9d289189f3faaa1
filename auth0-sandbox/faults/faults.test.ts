import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, fetchOf, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({ users: 20, roles: 3, organizations: 2, indexLagMs: 0 })
  api = await openClient(sandbox)
})

afterEach(() => {
  sandbox.faults.clear()
  sandbox.writes.reset()
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

test('an answer instead: after so many, so many times, then gone', async () => {
  const id = sandbox.faults.add({
    match: { method: 'get', route: '/api/v2/roles' },
    after: 1,
    times: 2,
    effect: {
      kind: 'answer',
      status: 503,
      body: { statusCode: 503, error: 'Service Unavailable' },
      headers: { 'Retry-After': '7' },
    },
  })
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await api.get('/roles')).status)
  expect(statuses).toEqual([200, 503, 503, 200])
  expect(sandbox.faults.fired(id)).toBe(2)
})

test('routes match whatever their parameters are called, and only them', async () => {
  const role = [...sandbox.tenant.roles][0]!.id
  sandbox.faults.add({ match: { route: '/roles/:any/users' }, effect: { kind: 'html', status: 502 } })
  const broken = await api.get(`/roles/${role}/users`)
  expect(broken.status).toBe(502)
  expect(broken.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(broken.text).toContain('<!DOCTYPE html>')
  expect((await api.get(`/roles/${role}`)).status).toBe(200)
})

test('contains looks into path and query, decoded', async () => {
  sandbox.faults.add({ match: { contains: 'auth0|x' }, effect: { kind: 'answer', status: 500 } })
  expect((await api.get('/users/auth0%7Cx')).status).toBe(500)
  expect((await api.get('/users/auth0%7Cy')).status).toBe(404)
})

test('dropped before: nothing happened; dropped after: it did', async () => {
  sandbox.faults.add({
    match: { method: 'POST', route: '/roles' },
    times: 1,
    effect: { kind: 'drop', when: 'before' },
  })
  await expect(api.send('POST', '/roles', { name: 'Before' })).rejects.toThrow()
  expect(sandbox.writes.entries).toEqual([])
  sandbox.faults.add({
    match: { method: 'POST', route: '/roles' },
    times: 1,
    effect: { kind: 'drop', when: 'after' },
  })
  await expect(api.send('POST', '/roles', { name: 'After' })).rejects.toThrow()
  expect(sandbox.writes.entries).toMatchObject([{ kind: 'role.created', values: { name: 'After' } }])
  expect(sandbox.requests.entries.slice(-2).map(({ status }) => status)).toEqual([0, 0])
})

test('a write that took effect can look failed', async () => {
  sandbox.faults.add({
    match: { route: '/roles', method: 'POST' },
    effect: { kind: 'answer-after', status: 504 },
  })
  expect((await api.send('POST', '/roles', { name: 'Unknown outcome' })).status).toBe(504)
  expect(sandbox.writes.entries).toHaveLength(1)
})

test('truncated, cut, dripping, padded', async () => {
  const whole = (await api.get('/roles')).text
  sandbox.faults.add({ match: {}, times: 1, effect: { kind: 'truncate' } })
  await expect(api.get('/roles')).rejects.toThrow()
  const raw = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${api.token}` }
    return (await fetchOf(sandbox)(`${sandbox.url}/api/v2/roles`, { headers })).text()
  }
  sandbox.faults.add({ match: {}, times: 1, effect: { kind: 'cut-json' } })
  expect(await raw()).toBe(whole.slice(0, Math.floor(whole.length / 2)))
  sandbox.faults.add({ match: {}, times: 1, effect: { kind: 'drip', bytes: 100, everyMs: 1 } })
  expect(await raw()).toBe(whole)
  sandbox.faults.add({ match: {}, times: 1, effect: { kind: 'oversize', bytes: 3_000_000 } })
  expect((await raw()).length).toBe(3_000_000)
})

test('hang: no answer until the client gives up', async () => {
  sandbox.faults.add({ match: {}, times: 1, effect: { kind: 'hang' } })
  const headers = { authorization: `Bearer ${api.token}` }
  const signal = AbortSignal.timeout(200)
  await expect(fetchOf(sandbox)(`${sandbox.url}/api/v2/roles`, { headers, signal })).rejects.toThrow()
})

test('redirects, headers and rewritten bodies', async () => {
  sandbox.faults.add({
    match: {},
    times: 1,
    effect: { kind: 'redirect', location: 'https://elsewhere.example/' },
  })
  const headers = { authorization: `Bearer ${api.token}` }
  const redirected = await fetchOf(sandbox)(`${sandbox.url}/api/v2/roles`, { headers, redirect: 'manual' })
  expect([redirected.status, redirected.headers.get('location')]).toEqual([302, 'https://elsewhere.example/'])
  sandbox.faults.add({
    match: {},
    times: 1,
    effect: { kind: 'headers', headers: { 'X-RateLimit-Remaining': '0' } },
  })
  expect((await api.get('/roles')).headers.get('x-ratelimit-remaining')).toBe('0')
  sandbox.faults.add({
    match: {},
    times: 1,
    effect: { kind: 'rewrite', change: (body) => [...(body as []), 'more'] },
  })
  expect((await api.get('/roles')).body).toHaveLength(sandbox.tenant.roles.size + 1)
})

test('the token endpoint can fail too, and probabilities come from the seed', async () => {
  sandbox.faults.add({
    match: { route: '/oauth/token' },
    effect: { kind: 'answer', status: 500, body: 'oops' },
  })
  const { status } = await fetchOf(sandbox)(`${sandbox.url}/oauth/token`, { method: 'POST' })
  expect(status).toBe(500)
  sandbox.faults.clear()
  const id = sandbox.faults.add({ match: {}, probability: 0.5, effect: { kind: 'answer', status: 500 } })
  for (let n = 0; n < 60; n++) await api.get('/roles')
  expect(sandbox.faults.fired(id)).toBeGreaterThan(10)
  expect(sandbox.faults.fired(id)).toBeLessThan(50)
})
