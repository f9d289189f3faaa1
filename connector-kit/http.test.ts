import { describe, expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { type DoorOptions, failureOfStatus, openDoor } from './http.ts'

const slept: number[] = []
const clock: Clock = {
  now: () => 1_000_000,
  monotonic: () => 0,
  sleep: (ms) => {
    slept.push(ms)
    return Promise.resolve()
  },
}

function door(options: Partial<DoorOptions> = {}) {
  return openDoor({
    policy: { suffixes: ['auth0.com'], extra: ['localhost:1'] },
    clock,
    random: () => 0.5,
    ...options,
  })
}

const down = () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }))

describe('what may go out', () => {
  test.each([
    ['http://tenant.us.auth0.com/', 'http.not_https'],
    ['https://me:pw@tenant.us.auth0.com/', 'http.not_https'],
    ['https://evil.example/', 'domain.not_allowed'],
    ['https://auth0.com.evil.example/', 'domain.not_allowed'],
    ['https://tenant.us.auth0.com:8443/', 'domain.port'],
    ['https://127.0.0.1/', 'domain.ip_address'],
    ['https://2130706433/', 'domain.ip_address'],
    ['https://[::1]/', 'domain.ip_address'],
    ['https://localhost/', 'domain.not_allowed'],
    ['https://localhost:2/', 'domain.port'],
  ])('not %s', async (url, code) => {
    const one = door()
    await expect(one.fetch(url)).rejects.toMatchObject({ failure: { code } })
    expect(one.stats.total).toBe(0)
  })

  test.each([['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['100.64.0.1']])(
    'not to a name that resolves to %s',
    async (address) => {
      const one = door({ lookup: () => Promise.resolve(['1.1.1.1', address]) })
      await expect(one.fetch('https://tenant.us.auth0.com/')).rejects.toMatchObject({
        failure: { code: 'dns.private_address' },
      })
      // Trying again would not make it public.
      expect(one.stats.total).toBe(1)
      await one.close()
    },
  )
})

describe('retries', () => {
  test('a read is repeated, with growing pauses, a bounded number of times', async () => {
    slept.length = 0
    const codes: (string | null)[] = []
    const one = door({ lookup: down, onRequest: ({ code }) => codes.push(code) })
    await expect(one.fetch('https://tenant.us.auth0.com/api/v2/users')).rejects.toMatchObject({
      failure: { code: 'dns.unavailable' },
    })
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'dns.unavailable'))
    expect(slept).toEqual([250, 500, 1000])
    expect(one.stats).toMatchObject({ total: 4, retried: 3, byRoute: { 'GET /api/v2/users': 4 } })
  })

  test('a write never is', async () => {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      const one = door({ lookup: down })
      await expect(one.fetch('https://tenant.us.auth0.com/', { method })).rejects.toMatchObject({
        failure: { code: 'dns.unavailable' },
      })
      expect(one.stats.total, method).toBe(1)
    }
  })

  test('a POST that says it changes nothing is', async () => {
    const one = door({ lookup: down })
    const request = one.fetch('https://tenant.us.auth0.com/', { method: 'POST', repeatable: true })
    await expect(request).rejects.toMatchObject({ failure: { code: 'dns.unavailable' } })
    expect(one.stats.total).toBe(4)
  })

  test('nothing is sent for a signal that is aborted already', async () => {
    const one = door()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(one.fetch('https://tenant.us.auth0.com/', { signal })).rejects.toThrow('enough')
    expect(one.stats.total).toBe(0)
  })
})

test('the name is resolved once in the life of a door, and a failure to resolve is asked again', async () => {
  let calls = 0
  const one = door({ lookup: () => (++calls === 1 ? down() : Promise.resolve(['1.1.1.1'])) })
  await expect(one.resolve('tenant.us.auth0.com')).rejects.toMatchObject({
    failure: { code: 'dns.unavailable' },
  })
  for (let again = 0; again < 3; again++)
    expect(await one.resolve('tenant.us.auth0.com')).toEqual(['1.1.1.1'])
  expect(calls).toBe(2)
})

test.each([
  ['/api/v2/users/auth0%7C123/roles', 'GET /api/v2/users/{id}/roles'],
  ['/oauth/token', 'GET /oauth/token'],
  ['/.well-known/jwks.json', 'GET /.well-known/jwks.json'],
  ['/api/v2/roles/rol_AbC123', 'GET /api/v2/roles/{id}'],
])('without a route of the connector, %s is counted as %s', async (path, label) => {
  const one = door({ lookup: down, retries: 0 })
  await one.fetch(`https://tenant.us.auth0.com${path}`).catch(() => undefined)
  expect(Object.keys(one.stats.byRoute)).toEqual([label])
})

describe('statuses that mean the same everywhere', () => {
  test.each([
    [200, null],
    [404, null],
    [429, 'http.throttled'],
    [500, 'http.unavailable'],
    [503, 'http.unavailable'],
  ])('%i', (status, code) => {
    expect(failureOfStatus(status, new Headers(), 'h', 0)?.code ?? null).toBe(code)
  })

  test('a refusal says when to come back', () => {
    expect(failureOfStatus(429, new Headers({ 'retry-after': '30' }), 'h', 5000)).toMatchObject({
      notBefore: 35_000,
    })
    expect(failureOfStatus(429, new Headers(), 'h', 5000)).toMatchObject({ notBefore: 65_000 })
  })
})
