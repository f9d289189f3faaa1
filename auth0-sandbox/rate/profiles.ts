/** The buckets of Auth0's rate limit policy that the sandbox tells apart. */
export type Bucket =
  | 'overall'
  | 'users.read'
  | 'users.write'
  | 'users.delete'
  | 'organizations.list'
  | 'organizations.byId'
  | 'organizations.byName'
  | 'organizations.write'
  | 'members.read'
  | 'members.write'
  | 'memberRoles.read'
  | 'memberRoles.write'
  | 'organizationConnections.read'
  | 'organizationConnections.write'
  | 'invitations.read'
  | 'invitations.write'
  | 'users.organizations'
  | 'logs.read'
  | 'clients.read'
  | 'connections.read'
  | 'other'
  | 'authentication'
  | 'authentication.minute'

/** `burst` tokens at most; `refill` tokens come every `perSeconds`, one by one. */
export interface BucketLimit {
  burst: number
  refill: number
  perSeconds: 1 | 60
}

/** A bucket not named falls back to `overall` alone. */
export type BucketLimits = Partial<Record<Bucket, BucketLimit>>

export type RateProfileName = 'none' | 'free' | 'self-service' | 'enterprise-prod' | 'enterprise-nonprod'

const perSecond = (burst: number, refill = burst): BucketLimit => ({ burst, refill, perSeconds: 1 })
const perMinute = (burst: number, refill: number): BucketLimit => ({ burst, refill, perSeconds: 60 })

const enterprise: BucketLimits = {
  'organizations.list': perMinute(10, 100),
  'organizations.byId': perMinute(10, 100),
  'organizations.byName': perMinute(20, 200),
  'organizations.write': perMinute(5, 150),
  'members.read': perMinute(40, 500),
  'members.write': perMinute(20, 200),
  'memberRoles.read': perMinute(20, 200),
  'memberRoles.write': perMinute(20, 200),
  'organizationConnections.read': perMinute(10, 100),
  'organizationConnections.write': perMinute(5, 150),
  'invitations.read': perMinute(20, 200),
  'invitations.write': perMinute(20, 200),
  'users.organizations': perMinute(40, 500),
  authentication: perSecond(100),
}

/**
 * https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy and its
 * rate-limit-configurations pages. On self-service the page has two rows for reading members; the stricter
 * one (20, 200 a minute) is taken.
 */
export const rateProfiles: Record<RateProfileName, BucketLimits> = {
  none: {},
  free: {
    overall: perSecond(2),
    authentication: perSecond(30),
    'authentication.minute': perMinute(300, 300),
  },
  'self-service': {
    'users.read': perMinute(40, 500),
    'users.write': perMinute(20, 200),
    'users.delete': perMinute(20, 200),
    'organizations.list': perMinute(5, 50),
    'organizations.byId': perMinute(20, 200),
    'organizations.byName': perMinute(10, 100),
    'organizations.write': perMinute(5, 25),
    'members.read': perMinute(20, 200),
    'members.write': perMinute(20, 200),
    'memberRoles.read': perMinute(20, 200),
    'memberRoles.write': perMinute(20, 200),
    'organizationConnections.read': perMinute(5, 50),
    'organizationConnections.write': perMinute(5, 25),
    'users.organizations': perMinute(40, 500),
    'logs.read': perMinute(10, 100),
    'clients.read': perMinute(5, 100),
    'connections.read': perMinute(5, 50),
    other: perMinute(10, 150),
    authentication: perSecond(25),
  },
  'enterprise-prod': { overall: perSecond(50, 16), ...enterprise },
  'enterprise-nonprod': { overall: perSecond(10, 2), ...enterprise },
}
