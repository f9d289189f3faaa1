import type { CustomRate } from '@owlie/connector-kit'
import type { OperationName } from './operations.ts'

/** A token bucket: `burst` at once, refilled at `perMinute`. */
interface Bucket {
  readonly burst: number
  readonly perMinute: number
}

type BucketName =
  | 'overall'
  | 'read users'
  | 'list organizations'
  | 'read organization members'
  | 'read connections'
  | 'other endpoints'

export interface RatePlan {
  readonly name: string
  readonly label: string
  readonly buckets: Readonly<Partial<Record<BucketName, Bucket>>>
}

const perSecond = (burst: number, refill: number): Bucket => ({ burst, perMinute: refill * 60 })
const perMinute = (burst: number, refill: number): Bucket => ({ burst, perMinute: refill })

const enterprise = {
  'list organizations': perMinute(10, 100),
  'read organization members': perMinute(40, 500),
}

/**
 * https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-configurations.
 * Where the page has two rows for one request (members on self-service plans), the stricter one.
 */
export const ratePlans: readonly RatePlan[] = [
  {
    name: 'self-service',
    label: 'Essentials or Professional',
    buckets: {
      'read users': perMinute(40, 500),
      'list organizations': perMinute(5, 50),
      'read organization members': perMinute(20, 200),
      'read connections': perMinute(5, 50),
      'other endpoints': perMinute(10, 150),
    },
  },
  { name: 'free', label: 'Free', buckets: { overall: perSecond(2, 2) } },
  {
    name: 'enterprise',
    label: 'Enterprise, production',
    buckets: { overall: perSecond(50, 16), ...enterprise },
  },
  {
    name: 'enterprise-non-production',
    label: 'Enterprise, non-production',
    buckets: { overall: perSecond(10, 2), ...enterprise },
  },
]

export function ratePlanOf(plan: string | CustomRate): RatePlan {
  if (typeof plan !== 'string') return { name: 'custom', label: 'Custom', buckets: { overall: plan } }
  // Unknown: the plan most tenants have, rather than none.
  return ratePlans.find(({ name }) => name === plan) ?? ratePlans[0]!
}

const ownBucket: Partial<Record<OperationName, BucketName>> = {
  listUsers: 'read users',
  listOrganizations: 'list organizations',
  listMembers: 'read organization members',
  listMembersWithRoles: 'read organization members',
  listAuth0Connections: 'read connections',
}

/**
 * The buckets a request draws from: the one over everything first, then its endpoint's own. A plan without a bucket
 * over everything has one for all endpoints without their own.
 */
export function bucketsOf(plan: RatePlan, operation: OperationName): readonly BucketName[] {
  const own = ownBucket[operation] ?? 'other endpoints'
  return (['overall', own] as const).filter((name) => plan.buckets[name] !== undefined)
}

/** The part of a bucket left to the tenant's own logins, where nobody has said otherwise. */
export const usualReserve = 0.2

/** How long so many requests of one bucket take at least, in minutes. */
export function minutesOf(
  { burst, perMinute: rate }: Bucket,
  requests: number,
  reserve: number = usualReserve,
): number {
  const first = Math.floor(burst * (1 - reserve))
  return Math.max(0, requests - first) / rate
}
