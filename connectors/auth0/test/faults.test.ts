import { type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { endText, openSession, readAll, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(options: SessionOptions = {}) {
  const one = openSession(sandbox, sandbox.applications.fullPlus, { random: () => 0, ...options })
  opened.push(one)
  return one
}

beforeAll(async () => {
  sandbox = await startSandbox({ users: 450, roles: 5, organizations: 5, indexLagMs: 0 })
})
afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

const lasting: readonly [string, FaultEffect, string][] = [
  ['dropped connections', { kind: 'drop', when: 'before' }, 'net.reset'],
  ['a body that breaks off', { kind: 'truncate' }, 'http.truncated'],
  ['JSON cut in the middle', { kind: 'cut-json' }, 'http.truncated'],
  ['an HTML page with 200', { kind: 'html', status: 200 }, 'http.not_json'],
  ['an HTML page with 502', { kind: 'html', status: 502 }, 'http.unavailable'],
  ['an HTML page with 403', { kind: 'html', status: 403 }, 'auth0.foreign_answer'],
  ['503', { kind: 'answer', status: 503, body: { statusCode: 503 } }, 'http.unavailable'],
  ['a redirect', { kind: 'redirect', location: 'https://evil.example/' }, 'http.redirect'],
  ['a body beyond the limit', { kind: 'oversize', bytes: 2_000_000 }, 'http.too_large'],
  ['no answer at all', { kind: 'hang' }, 'net.timeout'],
  ['one byte at a time', { kind: 'drip', bytes: 1, everyMs: 50 }, 'net.timeout'],
  ['an empty 200', { kind: 'answer', status: 200, body: '' }, 'http.not_json'],
  ['200 without the list', { kind: 'answer', status: 200, body: { ok: false } }, 'auth0.unexpected_answer'],
  [
    'a plan without it',
    { kind: 'answer', status: 403, body: { statusCode: 403, errorCode: 'insufficient_entitlement' } },
    'auth0.insufficient_entitlement',
  ],
  ['403 for no stated reason', { kind: 'answer', status: 403, body: { statusCode: 403 } }, 'auth0.forbidden'],
  [
    '400',
    { kind: 'answer', status: 400, body: { statusCode: 400, errorCode: 'invalid_query_string' } },
    'auth0.invalid_query_string',
  ],
  ['409', { kind: 'answer', status: 409, body: { statusCode: 409 } }, 'auth0.conflict'],
  ['401 that stays', { kind: 'answer', status: 401, body: { statusCode: 401 } }, 'auth0.token_refused'],
  [
    '429 for ever',
    { kind: 'answer', status: 429, body: { statusCode: 429 }, headers: { 'retry-after': '3600' } },
    'http.throttled',
  ],
]

describe('a fault that lasts is named, and is never an end of the list', () => {
  test.each(lasting)('%s', async (_, effect, code) => {
    sandbox.faults.add({ match: { route: '/api/v2/users' }, effect })
    const clock = {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: () => Promise.resolve(),
    }
    const { end } = await readAll(session({ clock, deadlineMs: 400, maxBytes: 1_000_000 }), 'users')
    expect(endText(end)).toMatch(/^failed/)
    expect(end).toMatchObject({ failure: { code, remedy: expect.stringMatching(/./) as string } })
  })
})

const passing: readonly [string, FaultEffect][] = [
  ['dropped', { kind: 'drop', when: 'before' }],
  ['truncated', { kind: 'truncate' }],
  ['cut', { kind: 'cut-json' }],
  ['502', { kind: 'html', status: 502 }],
  ['503', { kind: 'answer', status: 503, body: {} }],
  ['429', { kind: 'answer', status: 429, body: {}, headers: { 'retry-after': '0' } }],
  ['hanging', { kind: 'hang' }],
  ['401', { kind: 'answer', status: 401, body: { statusCode: 401 } }],
]

describe('a fault that passes is repeated, and the list ends complete', () => {
  test.each(passing)('%s', async (_, effect) => {
    const rule = sandbox.faults.add({ match: { route: '/api/v2/users' }, effect, after: 2, times: 1 })
    const clock = {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: () => Promise.resolve(),
    }
    const { end, observations } = await readAll(session({ clock, deadlineMs: 1000 }), 'users')
    expect(endText(end)).toBe('complete')
    expect(observations).toHaveLength(450)
    expect(sandbox.faults.fired(rule)).toBe(1)
  })

  test('the token request too, for it changes nothing', async () => {
    sandbox.faults.add({
      match: { route: '/oauth/token' },
      effect: { kind: 'drop', when: 'after' },
      times: 1,
    })
    expect(await auth0.grantedScopes(session())).toHaveProperty('scopes')
  })
})

test('an answer by a tampered page is discarded whole: no row twice, none missing', async () => {
  sandbox.faults.add({ match: { route: '/api/v2/users' }, effect: { kind: 'truncate' }, probability: 0.3 })
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() }
  const { end, observations } = await readAll(session({ clock, retries: 20 }), 'users')
  expect(endText(end)).toBe('complete')
  expect(new Set(observations.map((one) => 'id' in one && one.id)).size).toBe(450)
  expect(observations).toHaveLength(450)
})

test('stopping ends the read at once, as a value', async () => {
  sandbox.faults.add({ match: { route: '/api/v2/users' }, effect: { kind: 'hang' } })
  const stop = new AbortController()
  const reading = readAll(session({ signal: stop.signal }), 'users')
  await expect.poll(() => sandbox.requests.byRoute()['POST /oauth/token'] ?? 0).toBeGreaterThan(0)
  stop.abort()
  const { end } = await reading
  expect(end).toMatchObject({ failure: { code: 'owlie.cancelled' } })
})

test('a long wait is handed up instead of slept', async () => {
  sandbox.faults.add({
    match: { route: '/api/v2/users' },
    effect: { kind: 'answer', status: 429, body: {}, headers: { 'retry-after': '600' } },
  })
  const before = Date.now()
  const { end } = await readAll(session(), 'users')
  expect(end).toMatchObject({ failure: { kind: 'throttled' } })
  const { notBefore } = (end as { failure: { notBefore: number } }).failure
  expect(notBefore - before).toBeGreaterThan(590_000)
  expect(notBefore - before).toBeLessThan(700_000)
})

test('3 requests a second with a burst of 10: hardly any refusal, and it says that it waits', async () => {
  const limited = await startSandbox({
    users: 2500,
    roles: 1,
    organizations: 1,
    indexLagMs: 0,
    rateProfile: { overall: { burst: 10, refill: 3, perSeconds: 1 } },
  })
  const waits: string[] = []
  const reading = openSession(limited, limited.applications.full, { onWait: (reason) => waits.push(reason) })
  try {
    const { end, observations } = await readAll(reading, 'users')
    expect(endText(end)).toBe('complete')
    expect(observations).toHaveLength(2500)
    expect(reading.http.stats.throttled).toBeLessThanOrEqual(1)
    expect(waits).toContain('reserve')
  } finally {
    await reading.http.close()
    await limited.close()
  }
})

test('nothing that is logged or thrown holds the secret or a token', async () => {
  const events: unknown[] = []
  const { clientSecret } = sandbox.applications.fullPlus
  const reading = session({ onRequest: (event) => events.push(event) })
  sandbox.faults.add({ match: { route: '/api/v2/roles' }, effect: { kind: 'html', status: 502 } })
  const failed = await readAll(reading, 'roles')
  const { inspect } = await import('node:util')
  const everything =
    inspect({ events, failed, reading: { ...reading, http: null } }, { depth: 10 }) + JSON.stringify(failed)
  expect(events.length).toBeGreaterThan(1)
  expect(everything).not.toContain(clientSecret)
  expect(everything).not.toContain('eyJ')
})

test('every connection goes to the address that was judged; a changed answer of the name server is never asked for', async () => {
  let calls = 0
  const lookup = () => Promise.resolve(++calls === 1 ? ['127.0.0.1'] : ['10.255.255.1'])
  const reading = session({ lookup, retries: 0 })
  const kinds = ['users', 'roles', 'organizations']
  const results = await Promise.all(kinds.map((kind) => readAll(reading, kind)))
  expect(results.map(({ end }) => endText(end))).toEqual(['complete', 'complete', 'complete'])
  expect(calls).toBe(1)
})
