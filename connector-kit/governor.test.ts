import { describe, expect, test } from 'vitest'
import type { Bucket } from './bucket.ts'
import { type GovernorOptions, openGovernor, type RateRules } from './governor.ts'
import { memoryLedger, type RateLedger } from './ledger.ts'
import { virtualClock } from './testing/index.ts'

const start = Date.UTC(2026, 10, 23, 12)

/** One plan: `gold`, 10 at once and 60 a minute for everything. */
const rules: RateRules = {
  plans: ['gold'],
  bucketsOf(plan, route): readonly Bucket[] | null {
    if (plan !== 'gold' || route === 'token') return null
    return [{ name: 'all', label: 'everything', limit: { burst: 10, perMinute: 60 } }]
  },
  plansOf: (heard) => ([...heard.values()].every((size) => size === 10) ? ['gold'] : []),
}

function open(options: Partial<GovernorOptions> = {}) {
  const clock = virtualClock(start)
  const waits: string[] = []
  const ledger = memoryLedger(clock)
  const governed = (more: Partial<GovernorOptions> = {}) =>
    openGovernor({
      ...{ clock, ledger, random: () => 0, onWait: (why, ms, limit) => waits.push(`${why} ${ms} ${limit}`) },
      ...options,
      ...more,
    })
  return { clock, waits, ledger, pace: governed(), another: governed }
}

function limits(limit: number, remaining: number, more: Record<string, string> = {}): Headers {
  const date = new Date(start).toUTCString()
  return new Headers({
    date,
    'x-ratelimit-limit': `${limit}`,
    'x-ratelimit-remaining': `${remaining}`,
    ...more,
  })
}

const none = new Headers()

describe('with a plan', () => {
  test('the burst goes at once, then it waits for its turn and says for what', async () => {
    const { clock, waits, pace } = open({ rules, plan: 'gold' })
    for (let i = 0; i < 10; i++) (await clock.run(pace.before('a'))).answered(200, none)
    expect(waits).toEqual(['reserve 1000 everything', 'reserve 1000 everything'])
  })

  test('a turn too far away is refused, and takes no token', async () => {
    const { clock, waits, pace, another } = open({ rules, plan: 'gold', maxWaitMs: 1500 })
    for (let i = 0; i < 8; i++) await pace.before('a')
    const first = pace.before('a')
    await expect(another().before('a')).rejects.toMatchObject({
      failure: { kind: 'throttled', code: 'http.throttled', notBefore: start + 2000 },
    })
    await clock.run(first)
    await clock.run(another().before('a'))
    expect(waits).toEqual(['reserve 1000 everything', 'reserve 1000 everything'])
  })

  test('of those who wait in one process one has a turn; another process gets the next', async () => {
    const { clock, pace, another } = open({ rules, plan: 'gold' })
    for (let i = 0; i < 8; i++) await pace.before('a')
    const order: string[] = []
    const ours = Promise.all([1, 2, 3].map((i) => pace.before('a').then(() => order.push(`ours ${i}`))))
    const theirs = another()
      .before('a')
      .then(() => order.push('theirs'))
    await clock.run(Promise.all([ours, theirs]))
    expect(order).toEqual(['ours 1', 'theirs', 'ours 2', 'ours 3'])
  })

  test('one that is stopped while it waits ends at once', async () => {
    const { pace } = open({ rules, plan: 'gold' })
    for (let i = 0; i < 8; i++) await pace.before('a')
    const stop = new AbortController()
    const waiting = pace.before('a', stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})

describe('without one', () => {
  test('the first goes alone; its answer tells the plan, and the others go by it', async () => {
    const { clock, waits, pace } = open({ rules })
    const first = await pace.before('a')
    const others = Promise.all(Array.from({ length: 8 }, () => pace.before('b')))
    await new Promise((resolve) => setImmediate(resolve))
    first.answered(200, limits(10, 5))
    await clock.run(others)
    // 5 were left; 2 stay.
    expect(waits).toHaveLength(4)
    expect(waits[0]).toContain('everything')
  })

  test('when the first gets no answer the next one goes alone', async () => {
    const { pace } = open({ rules })
    const first = await pace.before('a')
    const [second, third] = [pace.before('a'), pace.before('a')]
    first.lost()
    ;(await second).answered(200, none)
    await third
  })

  test('waiting for the first can be stopped', async () => {
    const { pace } = open({ rules })
    await pace.before('a')
    const stop = new AbortController()
    const waiting = pace.before('a', stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })

  test('no limit is heard of: nobody waits, and the ledger is asked once a route', async () => {
    let updates = 0
    const clock = virtualClock(start)
    const own = memoryLedger(clock)
    const ledger: RateLedger = {
      update: (change) => {
        updates += 1
        return own.update(change)
      },
    }
    const pace = openGovernor({ clock, ledger, rules })
    for (let i = 0; i < 40; i++) (await pace.before(i % 2 ? 'a' : 'b')).answered(200, none)
    expect(updates).toBe(2)
  })

  test('no plan fits: each route is learned by its own answers', async () => {
    const { clock, waits, pace } = open({ rules })
    ;(await pace.before('a')).answered(200, limits(5, 1))
    ;(await pace.before('b')).answered(200, limits(7, 6))
    await clock.run(pace.before('b'))
    expect(waits).toEqual([])
    await clock.run(pace.before('a'))
    expect(waits).toEqual([expect.stringMatching(/^reserve \d+ a$/)])
  })

  test('a token is asked for whatever else waits', async () => {
    const { pace } = open({ rules })
    await pace.before('a')
    await pace.before('token')
  })
})

describe('after a refusal', () => {
  const refusal = { 'retry-after': '7' }

  test('others on the same target wait too, in whatever process', async () => {
    const { clock, waits, pace, another } = open({ rules, plan: 'gold' })
    ;(await pace.before('a')).answered(429, limits(10, 0, refusal))
    const began = clock.now()
    await clock.run(another().before('b'))
    expect(clock.now() - began).toBe(7000)
    expect(waits).toEqual(['rate-limit 7000 everything'])
  })

  test('those who already had their turn get another one', async () => {
    const { clock, pace } = open({ rules, plan: 'gold' })
    for (let i = 0; i < 7; i++) await pace.before('a')
    const under = await pace.before('a')
    const waiting = pace.before('a')
    under.answered(429, limits(10, 0, refusal))
    await clock.run(waiting)
    expect(clock.now() - start).toBeGreaterThanOrEqual(7000)
  })

  test('other limits are not concerned', async () => {
    const { pace, waits } = open()
    ;(await pace.before('a')).answered(429, new Headers(refusal))
    await pace.before('b')
    expect(waits).toEqual([])
  })

  test('a long one is handed up', async () => {
    const { pace } = open()
    ;(await pace.before('a')).answered(429, new Headers({ 'retry-after': '86400' }))
    await expect(pace.before('a')).rejects.toMatchObject({ failure: { notBefore: start + 900_000 } })
  })
})

test('a ledger that is away: it goes on by what it knows, and says so', async () => {
  const defects: unknown[] = []
  const ledger: RateLedger = { update: () => Promise.reject(new Error('away')) }
  const { clock, waits, pace } = open({
    ...{ rules, plan: 'gold', ledger },
    onDefect: (error) => defects.push(error),
  })
  for (let i = 0; i < 9; i++) await clock.run(pace.before('a'))
  expect(waits).toEqual(['reserve 1000 everything'])
  expect(defects).toHaveLength(9)
})
