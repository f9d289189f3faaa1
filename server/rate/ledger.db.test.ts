import { memoryLedger, openGovernor, type RateRules, systemClock } from '@owlie/connector-kit'
import { RateLimiter } from '@owlie/auth0-sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '../db/index.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import { rateLedger } from './index.ts'

let database: TestDatabase
/** Another process has a pool of its own. */
let other: Database

beforeAll(async () => {
  database = await testDatabase()
  other = await openDatabase({ url: database.url, migrate: false })
})
afterAll(async () => {
  await other.close()
  await database.close()
})

const one = { level: 1, at: 0, burst: null, perMinute: null, blockedUntil: 0, refusals: 0 }

test('a change is seen by the next, in whatever process; nothing comes in between', async () => {
  const ledgers = [database, other].map((each) => rateLedger(each, 'default', 'memory:counted'))
  const counts = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      ledgers[i % 2]!.update(({ tokens = { ...one, level: 0 }, ...rest }) => {
        const level = tokens.level + 1
        return { states: { ...rest, tokens: { ...tokens, level } }, value: level }
      }),
    ),
  )
  expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
})

test('goes by the clock of the database, and only forward', async () => {
  const ledger = rateLedger(database, 'default', 'memory:time')
  const times: number[] = []
  for (let i = 0; i < 3; i++)
    times.push(await ledger.update((_, now) => ({ states: { tokens: { ...one, at: now } }, value: now })))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const { rows } = await database.pool.query<{ now: Date }>('select clock_timestamp() as now')
  expect(Math.abs(rows[0]!.now.getTime() - times[2]!)).toBeLessThan(60_000)
})

test('what does not change is not written; one that throws changes nothing', async () => {
  const ledger = rateLedger(database, 'default', 'memory:kept')
  await ledger.update(() => ({ states: { tokens: one }, value: null }))
  const before = await database.pool.query('select xmin::text, * from rate_budget order by target')
  expect(await ledger.update((states) => ({ states: {}, value: states }))).toEqual({ tokens: one })
  const thrown = ledger.update(() => {
    throw new Error('no')
  })
  await expect(thrown).rejects.toThrow('no')
  const after = await database.pool.query('select xmin::text, * from rate_budget order by target')
  expect(after.rows).toEqual(before.rows)
})

test('another tenant has limits of its own, and does not see these', async () => {
  await rateLedger(database, 'default', 'memory:mine').update(() => ({
    states: { tokens: one },
    value: null,
  }))
  const seen = await rateLedger(database, 'other', 'memory:mine').update((states) => ({
    states: {},
    value: states,
  }))
  expect(seen).toEqual({})
  const rows = await database.tenant('other', (trx) =>
    trx.selectFrom('rate_budget').select('tenant_id').where('tenant_id', '=', 'default').execute(),
  )
  expect(rows).toEqual([])
})

describe('two processes and a target that allows 200 requests a second', () => {
  const rules: RateRules = {
    plans: ['fast'],
    bucketsOf: (plan) =>
      plan === 'fast'
        ? [{ name: 'all', label: 'everything', limit: { burst: 20, perMinute: 12_000 } }]
        : null,
    plansOf: () => [],
  }

  /** Without headers: only what they share keeps them apart. */
  async function refusals(isShared: boolean, target: string): Promise<number> {
    const clock = { now: () => Date.now(), advance() {}, skew() {}, reset() {} }
    const limiter = new RateLimiter(
      clock,
      { overall: { burst: 20, refill: 200, perSeconds: 1 } },
      () => false,
    )
    let refused = 0
    await Promise.all(
      [database, other].map(async (each) => {
        const ledger = isShared ? rateLedger(each, 'default', target) : memoryLedger(systemClock)
        const pace = openGovernor({ clock: systemClock, ledger, rules, plan: 'fast', random: () => 0 })
        for (let i = 0; i < 60; i++) {
          const sent = await pace.before('GET /a')
          const { allowed } = limiter.take('users.read')
          if (!allowed) refused += 1
          // Refusals are not told, so that each goes on as if alone.
          sent.answered(200, new Headers())
        }
      }),
    )
    return refused
  }

  test('are never refused together', async () => {
    expect(await refusals(true, 'memory:shared')).toBe(0)
  })

  test('where each counted for itself they would be', async () => {
    expect(await refusals(false, 'memory:apart')).toBeGreaterThan(0)
  })
})
