import { afterEach, expect, test } from 'vitest'
import { startSandbox, type RateProfileName, type Sandbox } from '../index.ts'
import { closeClients, openClient, type Answer, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient
let time = Date.UTC(2026, 10, 2)

async function open(rateProfile: RateProfileName): Promise<void> {
  sandbox = await startSandbox({ users: 5, roles: 3, organizations: 3, rateProfile, clock: () => time })
  api = await openClient(sandbox)
}

afterEach(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

async function until429(path: string): Promise<{ passed: number; refused: Answer }> {
  for (let passed = 0; ; passed++) {
    const refused = await api.get(path)
    if (refused.status === 429) return { passed, refused }
    if (passed > 500) throw new Error('never limited')
  }
}

test('free: two at once, two a second, and the words of Auth0', async () => {
  await open('free')
  const first = await api.get('/roles')
  expect(first.headers.get('x-ratelimit-limit')).toBe('2')
  expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
  const { passed, refused } = await until429('/roles')
  expect(passed).toBe(1)
  expect(refused.body).toEqual({
    statusCode: 429,
    error: 'Too Many Requests',
    message: 'Global limit has been reached',
    errorCode: 'too_many_requests',
  })
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(Math.ceil((time + 500) / 1000))
  expect(refused.headers.has('retry-after')).toBe(false)
  time += 500
  expect((await until429('/roles')).passed).toBe(1)
  time += 60_000
  expect((await until429('/roles')).passed).toBe(2)
  sandbox.quirks.retryAfter = true
  expect((await api.get('/roles')).headers.get('retry-after')).toBe('1')
})

test('self-service: each endpoint its bucket, the rest share one, refilled by the second', async () => {
  await open('self-service')
  expect((await until429('/organizations')).passed).toBe(5)
  expect((await until429('/users')).passed).toBe(40)
  expect((await until429('/roles')).passed).toBe(10)
  const role = [...sandbox.tenant.roles][0]!.id
  expect((await api.get(`/roles/${role}/users`)).status).toBe(429)
  time += 999
  expect((await api.get('/roles')).status).toBe(429)
  time += 1
  expect((await until429('/roles')).passed).toBe(2)
})

test('enterprise production: the API-wide bucket, and the endpoint behind it', async () => {
  await open('enterprise-prod')
  const organization = [...sandbox.tenant.organizations][0]!.id
  expect((await until429('/roles')).passed).toBe(50)
  expect((await api.get(`/organizations/${organization}/members`)).status).toBe(429)
  sandbox.quirks.ownBucketsBypassOverall = true
  expect((await until429(`/organizations/${organization}/members`)).passed).toBe(40)
})

test('none: no limit and no headers; a plan can be changed and drained while running', async () => {
  await open('none')
  expect((await api.get('/roles')).headers.has('x-ratelimit-limit')).toBe(false)
  sandbox.rateLimits.use('enterprise-nonprod')
  sandbox.rateLimits.drain('overall', 7)
  expect((await until429('/roles')).passed).toBe(3)
})

test('a refused request does not run', async () => {
  await open('free')
  await until429('/roles')
  sandbox.writes.reset()
  expect((await api.send('POST', '/roles', { name: 'Never' })).status).toBe(429)
  expect(sandbox.writes.entries).toEqual([])
  expect(sandbox.requests.withStatus(429)).toBe(2)
})
