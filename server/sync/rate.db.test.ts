import type { RateProfileName } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { memoryLedger, type RateLedger, usableBurst } from '@owlie/connector-kit'
import { virtualClock } from '@owlie/connector-kit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, granted, openSandboxBench, type SandboxBench } from './test/bench.ts'

/**
 * Whole runs against the sandbox's rate limits, on virtual time: the tenant's buckets, the governor and the engine go by
 * one clock that jumps whenever nothing happens. Only the ledger is in memory, because the database's clock does not jump
 * (server/rate has the tests of the other one).
 */
const clock = virtualClock(Date.now())
let ledger: RateLedger
let bench: SandboxBench
let connection: Connection

beforeAll(async () => {
  bench = await openSandboxBench(
    { users: 320, roles: 30, organizations: 60, clock: () => clock.now() },
    { clock, ledger: { update: (change) => ledger.update(change) } },
  )
  ledger = memoryLedger(clock)
  // Time stands still meanwhile, and nothing is limited.
  connection = await bench.connect(bench.sandbox.applications.fullPlus)
})
afterAll(() => bench.close())

async function limited(profile: RateProfileName, ratePlan: string): Promise<void> {
  ledger = memoryLedger(clock)
  const now = (await bench.connections.get('default', { id: connection.id }))!
  const { id, version } = now
  connection = granted(await bench.connections.update(ada, { id, version, ratePlan }))
  bench.sandbox.requests.reset()
  bench.sandbox.rateLimits.use(profile)
}

/** Seconds: every bucket in use less its usable burst, one after the other as the kinds are read. */
function floorOf(plan: string): number {
  const drawn = new Map<string, number>()
  let floor = 0
  for (const [named, count] of Object.entries(bench.sandbox.requests.byRoute())) {
    const route = named.replace('/api/v2', '')
    const widest = auth0.rate!.bucketsOf(plan, route)?.[0]
    if (!widest) continue
    const { burst, perMinute } = widest.limit!
    const before = drawn.get(widest.name) ?? 0
    drawn.set(widest.name, before + count)
    const over = (total: number) => Math.max(0, total - usableBurst(burst, 0.2))
    floor += ((over(before + count) - over(before)) * 60) / perMinute
  }
  return floor
}

describe('a run under a rate limit', () => {
  it.each([
    ['free', 'unknown', 'free'],
    ['self-service', 'self-service', 'self-service'],
    ['enterprise-prod', 'enterprise', 'enterprise'],
    ['enterprise-nonprod', 'enterprise', 'enterprise-non-production'],
  ] as const)('%s, plan set to %s: hardly a refusal, and as fast as it may', async (profile, set, plan) => {
    await limited(profile, set)
    const began = clock.now()
    const run = await clock.run(bench.sync1(connection), 2)
    const seconds = (clock.now() - began) / 1000
    const refused = bench.sandbox.requests.withStatus(429)
    expect(run.status).toBe('complete')
    expect(refused / bench.sandbox.requests.total).toBeLessThanOrEqual(0.01)
    expect(run.requests.throttled).toBe(refused)
    expect(floorOf(plan)).toBeGreaterThan(3)
    expect(seconds).toBeLessThanOrEqual(floorOf(plan) * 1.1 + 1)
  })

  it('a wait too long for a turn parks the run, which says for which limit', async () => {
    await limited('none', 'unknown')
    const { id, version } = connection
    const customRate = { burst: 1, perMinute: 2 }
    connection = granted(await bench.connections.update(ada, { id, version, customRate }))
    const run = await clock.run(bench.sync1(connection), 2)
    expect(run.waiting).toMatchObject({
      reason: 'Auth0 asked Owlie to slow down. The rate limit for the Management API is used up for now.',
    })
    expect(Date.parse(String(run.waiting!.until)) - clock.now()).toBeGreaterThan(9_000)
  })
})
