import { type BucketLimit, rateProfiles, type RateProfileName, startSandbox } from '@owlie/auth0-sandbox'
import { memoryLedger, usableBurst } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import { type Operation, operations, routeOf } from './operations.ts'
import { ratePlanOf, rateRules } from './rate-buckets.ts'
import { type Burst, rateTenant, type RateTenant } from './test/rate-tenant.ts'
import { openSession } from './test/sandbox-session.ts'
import { tokenOf } from './token.ts'

const users = { route: 'GET /users', bucket: 'users.read' } as const
const holders = { route: 'GET /roles/{id}/users', bucket: 'other' } as const
const organizations = { route: 'GET /organizations', bucket: 'organizations.list' } as const
const members = { route: 'GET /organizations/{id}/members', bucket: 'members.read' } as const

/** The whole of a sync of 10,000 users, 50 roles and 500 organizations. */
const sync: readonly Burst[] = [
  { ...users, count: 102, atATime: 1 },
  { ...holders, route: 'GET /roles', count: 1 },
  { ...holders, count: 200 },
  { ...organizations, count: 5, atATime: 1 },
  { ...members, count: 500 },
]

async function played(tenant: RateTenant, bursts: readonly Burst[], options = {}) {
  const worker = tenant.worker(options)
  const began = tenant.clock.now()
  await tenant.clock.run(
    (async () => {
      for (const burst of bursts) await worker.send(burst)
    })(),
  )
  return { seconds: (tenant.clock.now() - began) / 1000, ...tenant.answers }
}

/** What a bucket allows within the time, less the reserve. */
function allowed({ burst, refill, perSeconds }: BucketLimit, seconds: number, reserve = 0.2): number {
  return usableBurst(burst, reserve) + (seconds * refill) / perSeconds
}

/** One route, longer than any burst lasts. */
const bound: readonly [RateProfileName, string, string, Burst][] = [
  ['free', 'free', 'overall', { ...users, count: 200 }],
  ['self-service', 'self-service', 'users.read', { ...users, count: 600 }],
  ['self-service', 'self-service', 'other', { ...holders, count: 300 }],
  ['self-service', 'self-service', 'organizations.list', { ...organizations, count: 100, atATime: 1 }],
  ['self-service', 'self-service', 'members.read', { ...members, count: 400 }],
  ['enterprise-prod', 'enterprise', 'overall', { ...holders, count: 800 }],
  ['enterprise-prod', 'enterprise', 'members.read', { ...members, count: 700 }],
  ['enterprise-nonprod', 'enterprise-non-production', 'overall', { ...users, count: 200 }],
]

describe('bound by one limit: hardly a refusal, and nearly all that is allowed is used', () => {
  const cases = bound.flatMap(([profile, plan, bucket, burst]) =>
    [plan, 'unknown'].flatMap((set) =>
      [0, 20, 60].map((percent) => [profile, bucket, set, percent, burst] as const),
    ),
  )
  test.each(cases)('%s, %s; plan %s, reserve %i %', async (profile, bucket, plan, percent, burst) => {
    const reserve = percent / 100
    const { seconds, total, refused } = await played(rateTenant(profile), [burst], { plan, reserve })
    const limit = rateProfiles[profile][bucket as keyof (typeof rateProfiles)[typeof profile]]!
    expect(refused / total).toBeLessThanOrEqual(0.01)
    expect((total - refused) / allowed(limit, seconds, reserve)).toBeGreaterThanOrEqual(0.9)
    // Never into the reserve.
    expect(total - refused).toBeLessThanOrEqual(allowed(limit, seconds, reserve) + 1)
  })
})

describe('a whole sync', () => {
  test.each([
    ['free', 'free'],
    ['self-service', 'self-service'],
    ['enterprise-prod', 'enterprise'],
    ['enterprise-nonprod', 'enterprise-non-production'],
    ['free', 'unknown'],
    ['self-service', 'unknown'],
    ['enterprise-prod', 'unknown'],
    ['enterprise-nonprod', 'unknown'],
    // Set wrongly.
    ['free', 'enterprise'],
    ['enterprise-nonprod', 'enterprise'],
    ['enterprise-prod', 'free'],
    ['self-service', 'free'],
  ] as const)('%s, plan set to %s', async (profile, plan) => {
    const { seconds, total, refused } = await played(rateTenant(profile), sync, { plan })
    expect(refused / total).toBeLessThanOrEqual(0.01)
    expect(seconds).toBeLessThanOrEqual(floors[profile] * 1.1)
  })
})

/** Seconds, of the sync above: burst less the reserve, then the refill; the kinds come one after the other. */
const floors: Record<Exclude<RateProfileName, 'none'>, number> = {
  free: (808 - 1) / 2,
  'self-service':
    (102 - 32) / (500 / 60) + (201 - 8) / (150 / 60) + (5 - 4) / (50 / 60) + (500 - 16) / (200 / 60),
  'enterprise-prod': (308 - 40) / 16 + (500 - 32) / (500 / 60),
  // Members draw from the bucket over everything as well, which is the slower one.
  'enterprise-nonprod': (808 - 8) / 2,
}

describe('10 requests a second, where others answer every third request with 429', () => {
  const tenSecond = { overall: { burst: 10, refill: 10, perSeconds: 1 } } as const
  test.each([
    ['nobody said so', 'unknown', 1],
    ['nobody said so', 'unknown', 8],
    ['as a plan of its own', { burst: 10, perMinute: 600 }, 1],
    ['as a plan of its own', { burst: 10, perMinute: 600 }, 8],
  ])('%s: plan %o, %i at a time', async (_, plan, atATime) => {
    const { seconds, total, refused } = await played(
      rateTenant(tenSecond),
      [
        { ...users, count: 35, atATime: 1, latencyMs: 20 },
        { ...holders, count: 100, atATime, latencyMs: 20 },
      ],
      { plan },
    )
    expect(refused / total).toBeLessThanOrEqual(0.01)
    if (typeof plan !== 'string') expect(seconds).toBeLessThanOrEqual(((135 - 8) / 10) * 1.1)
  })

  test('a plan of its own is a ceiling: answers that allow more do not raise it', async () => {
    const plan = { burst: 4, perMinute: 120 }
    const { seconds } = await played(rateTenant('enterprise-prod'), [{ ...users, count: 100 }], { plan })
    expect(seconds).toBeGreaterThan((100 - 3) / 2 - 1)
    expect(seconds).toBeLessThan(((100 - 3) / 2) * 1.1)
  })
})

describe('several at once on one tenant', () => {
  const three = async (isMute: boolean, isShared = true) => {
    const tenant = rateTenant('self-service')
    const worker = () => {
      const ledger = isShared ? tenant.ledger : memoryLedger(tenant.clock)
      return tenant.worker({ plan: 'self-service', ledger, maxWaitMs: 600_000 })
    }
    // A sync, a test of the connection and a plan being carried out.
    await tenant.clock.run(
      Promise.all([
        worker().send({ ...users, count: 300, isMute }),
        worker().send({ ...users, count: 100, isMute }),
        worker().send({ ...holders, count: 80, isMute }),
      ]),
    )
    return tenant
  }

  test.each([
    ['by the headers and the ledger', false],
    ['by the ledger alone, without headers', true],
  ])('stay under the limit together, and use it up: %s', async (_, isMute) => {
    const { answers, clock } = await three(isMute)
    const seconds = clock.monotonic() / 1000
    expect(answers.refused / answers.total).toBeLessThanOrEqual(0.01)
    expect(400 / allowed(rateProfiles['self-service']['users.read']!, seconds)).toBeGreaterThanOrEqual(0.9)
  })

  test('each with a ledger of its own they would not', async () => {
    const { answers } = await three(true, false)
    expect(answers.refused / answers.total).toBeGreaterThan(0.01)
  })

  test('a test of the connection comes through while a sync is at it', async () => {
    const tenant = rateTenant('free')
    const sync = tenant.worker({ plan: 'free' }).send({ ...holders, count: 60, atATime: 4 })
    const tested = async () => {
      await tenant.clock.sleep(10_000)
      const began = tenant.clock.now()
      await tenant.worker({ plan: 'free' }).send({ ...users, count: 5, atATime: 3 })
      return tenant.clock.now() - began
    }
    const [ms] = await tenant.clock.run(Promise.all([tested(), sync]))
    expect(ms).toBeLessThan(6_000)
    expect(tenant.answers.refused).toBe(0)
  })

  test.each([
    ['a tenth', 0.1],
    ['half', 0.5],
  ])(
    'another application that takes %s of the refill hardly ever meets an empty bucket',
    async (_, share) => {
      const tenant = rateTenant('enterprise-prod')
      let asked = 0
      let refused = 0
      let isOver = false
      const other = async () => {
        while (!isOver) {
          await tenant.clock.sleep(1000 / (16 * share))
          asked += 1
          if (!tenant.elsewhere('users.read')) refused += 1
        }
      }
      const worker = tenant.worker({ plan: 'enterprise' })
      await tenant.clock.run(
        Promise.all([
          other(),
          worker.send({ ...users, count: 600 }).finally(() => {
            isOver = true
          }),
        ]),
      )
      expect(asked).toBeGreaterThan(40)
      expect(refused / asked).toBeLessThanOrEqual(0.01)
      expect(tenant.answers.refused / tenant.answers.total).toBeLessThanOrEqual(0.01)
    },
  )
})

test('without any header it goes by the plan', async () => {
  const { total, refused } = await played(
    rateTenant('enterprise-nonprod'),
    [{ ...users, count: 100, isMute: true }],
    { plan: 'enterprise-non-production' },
  )
  expect([total, refused]).toEqual([100, 0])
})

test('says which limit it waits for', async () => {
  const waits = new Set<string>()
  await played(rateTenant('self-service'), sync.slice(3), {
    plan: 'self-service',
    onWait: (label: string) => waits.add(label),
  })
  expect([...waits]).toEqual(['listing organizations', 'reading organization members'])
})

test('a turn too far away is not waited for', async () => {
  const tenant = rateTenant('free')
  const worker = tenant.worker({ plan: { burst: 1, perMinute: 1 }, maxWaitMs: 20_000 })
  const sent = tenant.clock.run(worker.send({ ...users, count: 3, atATime: 1 }))
  const notBefore = expect.closeTo(tenant.clock.now() + 60_000, -3) as number
  await expect(sent).rejects.toMatchObject({ failure: { code: 'http.throttled', notBefore } })
})

describe('as the sandbox counts', () => {
  const profiles = {
    free: 'free',
    'self-service': 'self-service',
    'enterprise-prod': 'enterprise',
    'enterprise-nonprod': 'enterprise-non-production',
  } as const

  test.each(Object.entries(profiles))(
    '%s: the same bucket for every request, by its answer',
    async (profile, plan) => {
      const rateProfile = profile as RateProfileName
      const sandbox = await startSandbox({ users: 5, roles: 2, organizations: 2, rateProfile })
      const session = openSession(sandbox, sandbox.applications.fullPlus)
      const { value } = await tokenOf(session)
      try {
        for (const operation of Object.values<Operation>(operations)) {
          // Full again: only the size counts here.
          sandbox.rateLimits.use(rateProfile)
          const path = operation.path.replaceAll('{id}', 'none')
          const answer = await session.http.fetch(`https://${sandbox.domain}/api/v2${path}`, {
            method: operation.method,
            headers: { authorization: `Bearer ${value.reveal()}`, 'content-type': 'application/json' },
            ...(operation.method === 'GET' ? {} : { body: '{}' }),
            expect: 'anything',
          })
          const route = `${operation.method} ${operation.path}`
          expect(routeOf(operation.method, `/api/v2${path}`)).toBe(route)
          const ours = rateRules.bucketsOf(plan, route)!.at(-1)!
          expect([route, ours.limit!.burst]).toEqual([route, Number(answer.headers.get('x-ratelimit-limit'))])
        }
      } finally {
        await session.http.close()
        await sandbox.close()
      }
    },
  )

  test('with the same refill', () => {
    const sizes = (buckets: readonly (readonly [number, number])[]) =>
      new Set(buckets.map((one) => one.join('/')))
    for (const [profile, plan] of Object.entries(profiles)) {
      const theirs = Object.values(rateProfiles[profile as RateProfileName]).map(
        ({ burst, refill, perSeconds }) => [burst, (refill * 60) / perSeconds] as const,
      )
      const ours = Object.values(ratePlanOf(plan).buckets).map(
        ({ burst, perMinute }) => [burst, perMinute] as const,
      )
      expect(sizes(theirs)).toEqual(new Set([...sizes(theirs), ...sizes(ours)]))
    }
  })
})
