import {
  type Bucket,
  type BucketLimit,
  type CustomRate,
  type RateRules,
  usableBurst,
} from '@owlie/connector-kit'
import { operations, type OperationName } from './operations.ts'

type BucketName =
  | 'overall'
  | 'read users'
  | 'write users'
  | 'delete users'
  | 'read organizations of users'
  | 'list organizations'
  | 'read organization'
  | 'read organization by name'
  | 'write organizations'
  | 'read organization members'
  | 'write organization members'
  | 'read member roles'
  | 'write member roles'
  | 'read connections'
  | 'read logs'
  | 'other endpoints'

export interface RatePlan {
  readonly name: string
  readonly label: string
  readonly buckets: Readonly<Partial<Record<BucketName, BucketLimit>>>
}

// Limits per second refill by the millisecond, those per minute every second.
const perSecond = (burst: number, refill: number): BucketLimit => ({ burst, perMinute: refill * 60 })
const perMinute = (burst: number, refill: number): BucketLimit => ({ burst, perMinute: refill, stepMs: 1000 })

const enterprise = {
  'read organizations of users': perMinute(40, 500),
  'list organizations': perMinute(10, 100),
  'read organization': perMinute(10, 100),
  'read organization by name': perMinute(20, 200),
  'write organizations': perMinute(5, 150),
  'read organization members': perMinute(40, 500),
  'write organization members': perMinute(20, 200),
  'read member roles': perMinute(20, 200),
  'write member roles': perMinute(20, 200),
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
      'write users': perMinute(20, 200),
      'delete users': perMinute(20, 200),
      'read organizations of users': perMinute(40, 500),
      'list organizations': perMinute(5, 50),
      'read organization': perMinute(20, 200),
      'read organization by name': perMinute(10, 100),
      'write organizations': perMinute(5, 25),
      'read organization members': perMinute(20, 200),
      'write organization members': perMinute(20, 200),
      'read member roles': perMinute(20, 200),
      'write member roles': perMinute(20, 200),
      'read connections': perMinute(5, 50),
      'read logs': perMinute(10, 100),
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

/** The buckets for a group of endpoints, by method and path below `/api/v2`. The first match counts. */
const groups: readonly (readonly [method: RegExp, path: RegExp, bucket: BucketName])[] = [
  [/GET/, /^\/users\/\{id\}\/organizations$/, 'read organizations of users'],
  // What a user holds counts among all other endpoints when it is read, and as the user when it is changed.
  [/GET/, /^\/users(\/\{id\})?$|^\/users-by-email$/, 'read users'],
  [/DELETE/, /^\/users\//, 'delete users'],
  [/POST|PATCH/, /^\/users(\/|$)/, 'write users'],
  [/GET/, /^\/organizations$/, 'list organizations'],
  [/GET/, /^\/organizations\/\{id\}$/, 'read organization'],
  [/GET/, /^\/organizations\/name\/\{id\}$/, 'read organization by name'],
  [/./, /^\/organizations(\/\{id\})?$/, 'write organizations'],
  [/GET/, /^\/organizations\/\{id\}\/members$/, 'read organization members'],
  [/./, /^\/organizations\/\{id\}\/members$/, 'write organization members'],
  [/GET/, /^\/organizations\/\{id\}\/members\/\{id\}\/roles$/, 'read member roles'],
  [/./, /^\/organizations\/\{id\}\/members\/\{id\}\/roles$/, 'write member roles'],
  [/GET/, /^\/connections/, 'read connections'],
  [/GET/, /^\/logs/, 'read logs'],
]

/**
 * The buckets a request draws from: the one over everything first, then its endpoint's own. A plan without a bucket
 * over everything has one for all endpoints without their own.
 */
function bucketsOfRoute(plan: RatePlan, route: string): readonly BucketName[] {
  const [method = '', path = ''] = route.split(' ')
  const own =
    groups.find(([verbs, paths]) => verbs.test(method) && paths.test(path))?.[2] ?? 'other endpoints'
  return (['overall', own] as const).filter((name) => plan.buckets[name] !== undefined)
}

export function bucketsOf(plan: RatePlan, operation: OperationName): readonly BucketName[] {
  const { method, path } = operations[operation]
  return bucketsOfRoute(plan, `${method} ${path}`)
}

const labels: Readonly<Partial<Record<BucketName, string>>> = {
  overall: 'the Management API',
  'read users': 'reading users',
  'write users': 'writing users',
  'delete users': 'deleting from users',
  'read organizations of users': "reading users' organizations",
  'list organizations': 'listing organizations',
  'read organization': 'reading an organization',
  'read organization by name': 'looking for organizations by name',
  'write organizations': 'writing organizations',
  'read organization members': 'reading organization members',
  'write organization members': 'writing organization members',
  'read member roles': "reading members' roles",
  'write member roles': "writing members' roles",
  'read connections': 'reading Auth0 connections',
  'read logs': 'reading logs',
  'other endpoints': 'roles and all other endpoints',
}

/** For the governor: who draws from which bucket, and which plan answers speak for. */
export const rateRules: RateRules = {
  plans: ratePlans.map(({ name }) => name),
  bucketsOf(plan, route) {
    const known = typeof plan !== 'string' || ratePlans.some(({ name }) => name === plan)
    // Tokens come from another API with limits of its own.
    if (!known || !isManagement(route)) return null
    if (typeof plan !== 'string') return bucketsOfCustom(plan, route)
    const { buckets } = ratePlanOf(plan)
    return bucketsOfRoute(ratePlanOf(plan), route).map((name): Bucket => ({
      name,
      label: labels[name] ?? name,
      limit: buckets[name]!,
    }))
  },
  plansOf(heard) {
    const fits = (plan: RatePlan) =>
      [...heard].every(([route, size]) =>
        bucketsOfRoute(plan, route).some((name) => plan.buckets[name]?.burst === size),
      )
    return ratePlans.filter(fits).map(({ name }) => name)
  },
}

/** A person's own figures bound everything; what each endpoint allows comes from its answers. */
function bucketsOfCustom(rate: CustomRate, route: string): readonly Bucket[] {
  return [
    { name: 'overall', label: labels.overall!, limit: rate, isCeiling: true },
    { name: route, label: route, limit: null },
  ]
}

function isManagement(route: string): boolean {
  return route !== '' && !route.includes(' /oauth/')
}

/** What a request of this kind is limited as, in words. */
export function limitLabel(operation: OperationName): string {
  const { method, path } = operations[operation]
  return labels[bucketsOfRoute(ratePlans[0]!, `${method} ${path}`).at(-1)!]!
}

/** The part of a bucket left to the tenant's own logins, where nobody has said otherwise. */
export const usualReserve = 0.2

/** How long so many requests of one bucket take at least, in minutes. */
export function minutesOf(
  { burst, perMinute: rate }: BucketLimit,
  requests: number,
  reserve: number = usualReserve,
): number {
  return Math.max(0, requests - usableBurst(burst, reserve)) / rate
}
