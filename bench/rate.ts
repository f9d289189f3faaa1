/**
 * `npm run bench -- rate`: the requests of a whole sync through the governor against the sandbox's token buckets, on
 * virtual time. Minutes of waiting are played in moments, so tenants of any size can be measured; the engine, the network
 * and the database are left out (`bench -- sync --profile` has them).
 */
import { type BucketLimits, RateLimiter, type RateProfileName, rateProfiles } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { memoryLedger, openGovernor } from '@owlie/connector-kit'
import { virtualClock } from '@owlie/connector-kit/testing'
import { floorOf, shortestMs, type TenantSizes } from './floor.ts'

export interface RateCase {
  readonly profile: Exclude<RateProfileName, 'none'>
  /** As set on the connection. */
  readonly plan: string
  readonly users: number
  readonly latencyMs: number
}

export interface RateFigures {
  readonly requests: number
  readonly refused: number
  readonly seconds: number
  /** With the kinds one after the other, as a run reads them. */
  readonly floorSeconds: number
  /** With every limit used at the same time. */
  readonly shortestSeconds: number
}

/** The sandbox's rate profiles by the names of the connector's plans. */
export const planOf = {
  free: 'free',
  'self-service': 'self-service',
  'enterprise-prod': 'enterprise',
  'enterprise-nonprod': 'enterprise-non-production',
} as const

interface Kind {
  readonly route: string
  readonly bucket: keyof BucketLimits
  readonly count: number
  /** A list whose pages each begin where the one before ended, or many lists side by side. */
  readonly atATime: 1 | 4
}

export async function measureRate({ profile, plan, users, latencyMs }: RateCase): Promise<RateFigures> {
  const sizes = sizesOf(users)
  const kinds = kindsOf(sizes)
  const clock = virtualClock()
  const limiter = new RateLimiter({ ...clock, advance() {}, skew() {}, reset() {} }, profile, () => false)
  const ledger = memoryLedger(clock)
  const pace = openGovernor({ clock, ledger, rules: auth0.rate!, plan, random: () => 0.5 })
  let requests = 0
  let refused = 0
  const send = async ({ route, bucket }: Kind) => {
    for (;;) {
      const sent = await pace.before(route)
      await clock.sleep(latencyMs / 2)
      const { allowed, limit, remaining, reset } = limiter.take(bucket)
      requests += 1
      await clock.sleep(latencyMs / 2)
      const headers = {
        'x-ratelimit-limit': limit,
        'x-ratelimit-remaining': remaining,
        'x-ratelimit-reset': reset,
      }
      const date = new Date(clock.now()).toUTCString()
      sent.answered(
        allowed ? 200 : 429,
        new Headers({
          date,
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        }),
      )
      if (allowed) return
      refused += 1
    }
  }
  const read = async (kind: Kind) => {
    let left = kind.count
    const lane = async () => {
      while (left-- > 0) await send(kind)
    }
    await Promise.all(Array.from({ length: kind.atATime }, lane))
  }
  await clock.run(
    (async () => {
      for (const kind of kinds) await read(kind)
    })(),
  )
  return {
    ...{ requests, refused, seconds: clock.monotonic() / 1000 },
    floorSeconds: floorInTurn(kinds, profile, latencyMs),
    shortestSeconds: shortestMs(sizes, planOf[profile], latencyMs) / 1000,
  }
}

/** Everybody holds two roles, and half of all are in one of the organizations. */
function sizesOf(users: number): TenantSizes {
  const roles = users <= 1000 ? 10 : users <= 10_000 ? 50 : 100
  const organizations = Math.max(5, Math.round(users / 100))
  const share = (count: number, among: number) =>
    Array.from({ length: among }, () => Math.round(count / among))
  return {
    users,
    rolesHolders: share(users * 2, roles),
    rolesPermissions: null,
    organizationsMembers: share(users / 2, organizations),
  }
}

function kindsOf(sizes: TenantSizes): readonly Kind[] {
  const floor = floorOf(sizes)
  return [
    { route: 'GET /users', bucket: 'users.read', count: floor.users, atATime: 1 },
    { route: 'GET /roles', bucket: 'other', count: floor.roles, atATime: 1 },
    { route: 'GET /roles/{id}/users', bucket: 'other', count: floor.roleHolders, atATime: 4 },
    { route: 'GET /organizations', bucket: 'organizations.list', count: floor.organizations, atATime: 1 },
    {
      route: 'GET /organizations/{id}/members',
      bucket: 'members.read',
      count: floor.organizationMembers,
      atATime: 4,
    },
  ]
}

/** Each kind at the refill of its slowest limit, or at the pace of its answers; a limit's burst counts once. */
function floorInTurn(kinds: readonly Kind[], profile: RateCase['profile'], latencyMs: number): number {
  const limits = rateProfiles[profile]
  const bursts = new Map<string, number>()
  let seconds = 0
  for (const { bucket, count, atATime } of kinds) {
    const drawn = ['overall', limits[bucket] ? bucket : 'other'] as const
    const each = drawn.flatMap((name) => {
      const limit = limits[name]
      if (!limit) return []
      const burst = bursts.get(name) ?? Math.max(1, Math.floor(limit.burst * 0.8))
      bursts.set(name, Math.max(0, burst - count))
      return [(Math.max(0, count - burst) * limit.perSeconds) / limit.refill]
    })
    seconds += Math.max(...each, (count / atATime) * (latencyMs / 1000))
  }
  return seconds
}
