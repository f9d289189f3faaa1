import type { AccountObservation, Json, Observation } from '@owlie/connector-kit'
import { type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

/** A tenant of a bit more than 2,000 people, most of whom sign in with a password. */
let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(options: SessionOptions = {}) {
  // Waits between polls are not waited for; the time they would take passes all the same.
  let slept = 0
  const clock = {
    now: () => Date.now() + slept,
    monotonic: () => performance.now(),
    sleep: (ms: number) => {
      slept += ms
      return Promise.resolve()
    },
  }
  const one = openSession(sandbox, sandbox.applications.full, { clock, random: () => 0.5, ...options })
  opened.push(one)
  return one
}

const isOwn = (provider: string) => ['auth0', 'email', 'sms'].includes(provider)

beforeAll(async () => {
  sandbox = await startSandbox({ users: 4000, roles: 1, organizations: 1, indexLagMs: 0 })
  const federated = [...sandbox.tenant.users].filter(({ identities }) => !isOwn(identities[0]!.provider))
  for (const { user_id } of federated.filter((_, at) => at % 4 !== 0)) sandbox.tenant.removeUser(user_id)
})
afterEach(async () => {
  sandbox.faults.clear()
  sandbox.clock.reset()
  sandbox.quirks.exportPolls = 2
  sandbox.jobs.failNext = undefined
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

type Reading = ReturnType<typeof openSession>

/** Reads all users; `each` may give another session for the next page, as a new process would have. */
async function readUsers(
  first: Reading,
  route?: string,
  each: (page: number, now: Reading) => Reading = (_, now) => now,
) {
  const observations: Observation[] = []
  const quarantined: unknown[] = []
  const before = sandbox.requests.total
  let reading = first
  let cursor: Json = null
  for (let page = 1; ; page++) {
    const asked = { cursor, ...(route === undefined ? {} : { route }) }
    const result = await auth0.read.users!(reading, asked)
    if ('failure' in result) throw new Error(`${result.failure.code} ${result.failure.why ?? ''}`)
    observations.push(...result.page.observations)
    quarantined.push(...(result.page.quarantined ?? []))
    const { end } = result.page
    if (end.is !== 'more') {
      const requests = sandbox.requests.entries.slice(before).map((entry) => `${entry.method} ${entry.route}`)
      return { observations, quarantined, end, pages: page, requests }
    }
    expect(JSON.stringify(end.cursor).length).toBeLessThan(20_000)
    cursor = JSON.parse(JSON.stringify(end.cursor)) as Json
    reading = each(page, reading)
  }
}

const lines = (observations: readonly Observation[]) =>
  [
    ...new Map(observations.map((one) => [(one as AccountObservation).id, JSON.stringify(one)])).entries(),
  ].sort(([a], [b]) => (a < b ? -1 : 1))
const count = (requests: readonly string[], part: string) =>
  requests.filter((one) => one.includes(part)).length

const truth = async () => lines((await readUsers(session(), 'walk')).observations)

describe('an export job instead of a walk', () => {
  test('brings the same, byte for byte and each once, with fewer requests', async () => {
    const walked = await readUsers(session(), 'walk')
    expect(count(walked.requests, '/jobs')).toBe(0)
    const { observations, requests, end } = await readUsers(session())
    expect(end.is).toBe('complete')
    expect(lines(observations)).toEqual(lines(walked.observations))
    expect(observations).toHaveLength(sandbox.tenant.users.size)
    const federated = [...sandbox.tenant.users].filter(({ identities }) =>
      identities.some(({ provider }) => !isOwn(provider)),
    ).length
    expect(federated).toBeGreaterThan(300)
    expect(count(requests, 'POST /api/v2/jobs')).toBe(1)
    expect(count(requests, 'GET /api/v2/jobs')).toBe(2)
    expect(count(requests, '_exports')).toBe(1)
    // The first page, and those of other identity providers, who have fields the file has not.
    expect(count(requests, 'GET /api/v2/users')).toBe(1 + Math.floor((federated - 1) / 99) + 1)
    expect(requests.length).toBeLessThan(walked.requests.length * 0.75)
  })

  test('a database that shows fields of its own is left to search too', async () => {
    const [first] = [...sandbox.tenant.users].sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
    const own = first!.identities.find(({ provider }) => provider === 'auth0')
    const odd = own
      ? first!
      : [...sandbox.tenant.users].find(({ identities }) => identities[0]!.provider === 'email')!
    sandbox.tenant.updateUser(odd.user_id, { clearance: 'secret level' } as never)
    try {
      const { observations, end } = await readUsers(session())
      expect(end.is).toBe('complete')
      expect(lines(observations)).toEqual(await truth())
      const seen = observations.find((one) => (one as AccountObservation).id === odd.user_id)
      expect((seen as AccountObservation).attributes.clearance).toBe('secret level')
    } finally {
      sandbox.tenant.updateUser(odd.user_id, { clearance: undefined } as never)
    }
  })

  test('a process that dies after every page: the next one goes on from its cursor', async () => {
    const { observations, end, requests } = await readUsers(session(), undefined, () => session())
    expect(end.is).toBe('complete')
    expect(lines(observations)).toEqual(await truth())
    expect(count(requests, 'POST /api/v2/jobs')).toBe(1)
    expect(count(requests, '_exports')).toBeGreaterThan(1)
  })

  test('a page that was read and not committed is read again from the same place', async () => {
    const reading = session()
    let cursor: Json = null
    const observations: Observation[] = []
    for (let page = 0; ; page++) {
      const ask = () => auth0.read.users!(reading, { cursor })
      // Every other page twice, as after a commit that failed.
      if (page % 2 === 1) await ask()
      const result = await ask()
      if ('failure' in result) throw new Error(result.failure.code)
      observations.push(...result.page.observations)
      if (result.page.end.is !== 'more') break
      cursor = JSON.parse(JSON.stringify(result.page.end.cursor)) as Json
    }
    expect(lines(observations)).toEqual(await truth())
  })
})

describe('is not used', () => {
  test('when the plan says walk', async () => {
    expect(count((await readUsers(session(), 'walk')).requests, '/jobs')).toBe(0)
  })

  test.each([
    ['few users', { users: 400 }],
    ['mostly people of other identity providers', { users: 1500 }],
  ])('%s', async (_, options) => {
    const other = await startSandbox({ ...options, roles: 1, organizations: 1, indexLagMs: 0 })
    const reading = openSession(other, other.applications.full)
    try {
      let cursor: Json = null
      for (;;) {
        const result = await auth0.read.users!(reading, { cursor })
        if ('failure' in result) throw new Error(result.failure.code)
        if (result.page.end.is !== 'more') break
        cursor = result.page.end.cursor
      }
      expect(other.requests.entries.filter(({ route }) => route.includes('/jobs'))).toEqual([])
    } finally {
      await reading.http.close()
      await other.close()
    }
  })
})

/** What stands in the way; each time the walk reads everybody after all. */
const obstacles: readonly [string, string, FaultEffect][] = [
  [
    'no more jobs at present',
    '/jobs/users-exports',
    { kind: 'answer', status: 429, body: { statusCode: 429 } },
  ],
  ['jobs forbidden', '/jobs/users-exports', { kind: 'answer', status: 403, body: { statusCode: 403 } }],
  ['jobs answered by a proxy', '/jobs/users-exports', { kind: 'html', status: 200 }],
  ['a start nobody answers', '/jobs/users-exports', { kind: 'drop', when: 'after' }],
  [
    'jobs that may be started and not asked for',
    '/jobs/{id}',
    { kind: 'answer', status: 403, body: { statusCode: 403 } },
  ],
  ['a job that is unknown', '/jobs/{id}', { kind: 'answer', status: 404, body: { statusCode: 404 } }],
  ['a file that breaks off every time', '/_exports/{job}/{file}', { kind: 'truncate' }],
  [
    'a file that is moved',
    '/_exports/{job}/{file}',
    { kind: 'redirect', location: 'https://files.example/' },
  ],
  ['a link that is refused every time', '/_exports/{job}/{file}', { kind: 'answer', status: 403, body: '' }],
  [
    'a file elsewhere that is nowhere',
    '/jobs/{id}',
    {
      kind: 'rewrite',
      change: (body) => ({ ...(body as object), location: 'https://localhost:9/file.json.gz' }),
    },
  ],
  [
    'a file on an address of the own network',
    '/jobs/{id}',
    {
      kind: 'rewrite',
      change: (body) => ({ ...(body as object), location: 'https://169.254.169.254/latest' }),
    },
  ],
  [
    'a file without https',
    '/jobs/{id}',
    { kind: 'rewrite', change: (body) => ({ ...(body as object), location: 'http://files.example/x' }) },
  ],
]

describe('falls back to the walk', () => {
  test.each(obstacles)('%s', async (_, route, effect) => {
    sandbox.faults.add({ match: { route }, effect })
    const { observations, end } = await readUsers(session())
    sandbox.faults.clear()
    expect(end.is).toBe('complete')
    expect(lines(observations)).toEqual(await truth())
  })

  test('a job that fails', async () => {
    sandbox.jobs.failNext = 'Export failed'
    const { observations, end, requests } = await readUsers(session())
    expect([end.is, count(requests, '_exports')]).toEqual(['complete', 0])
    expect(lines(observations)).toEqual(await truth())
  })

  test('a job that never ends, after three minutes and some thirty polls', async () => {
    sandbox.quirks.exportPolls = 10_000
    const { observations, end, requests } = await readUsers(session())
    expect([end.is, count(requests, '_exports')]).toEqual(['complete', 0])
    expect(count(requests, 'GET /api/v2/jobs')).toBeLessThan(32)
    expect(lines(observations)).toEqual(await truth())
  })
})

describe('a file that does not come whole', () => {
  test('breaks off once: asked for again, and goes on behind what was read', async () => {
    sandbox.faults.add({ match: { route: '/_exports/{job}/{file}' }, times: 1, effect: { kind: 'truncate' } })
    const { observations, end, requests } = await readUsers(session())
    expect(end.is).toBe('complete')
    expect(count(requests, '_exports')).toBe(2)
    sandbox.faults.clear()
    expect(lines(observations)).toEqual(await truth())
  })

  test('a link that ran out while the process was away', async () => {
    let isLate = false
    const { observations, end } = await readUsers(session(), undefined, (_, now) => {
      const last = sandbox.requests.entries.at(-1)!
      if (isLate || !last.route.endsWith('/jobs/{id}')) return now
      isLate = true
      sandbox.clock.advance(61_000)
      return now
    })
    expect([isLate, end.is]).toEqual([true, 'complete'])
    expect(lines(observations)).toEqual(await truth())
  })

  test('those left to search are not found there: everybody is walked', async () => {
    sandbox.faults.add({
      match: { route: '/api/v2/users', contains: 'identities.connection' },
      effect: { kind: 'rewrite', change: (body) => ({ ...(body as object), users: [], total: 0 }) },
    })
    const { observations, end } = await readUsers(session())
    expect(end.is).toBe('complete')
    sandbox.faults.clear()
    expect(lines(observations)).toEqual(await truth())
  })

  test('fewer users than search counts: not believed', async () => {
    // The job only exports what is there when it completes; those who join afterwards are found by search.
    const { tenant } = sandbox
    const away = [...tenant.users].slice(0, 1400)
    sandbox.faults.add({
      match: { route: '/jobs/{id}' },
      after: 1,
      times: 1,
      effect: {
        kind: 'rewrite',
        change: (body) => {
          for (const user of away) tenant.addUser({ ...user, auth0Connection: '' } as never, 0)
          return body
        },
      },
    })
    const all = await truth()
    let isRemoved = false
    const { observations, end } = await readUsers(session(), undefined, (_, now) => {
      if (!isRemoved && sandbox.requests.entries.at(-1)!.route.endsWith('/users-exports')) {
        isRemoved = true
        for (const { user_id } of away) tenant.removeUser(user_id)
      }
      return now
    })
    expect([isRemoved, end.is]).toEqual([true, 'complete'])
    expect(lines(observations).map(([id]) => id)).toEqual(all.map(([id]) => id))
  })
})
