import { auth0 } from '@owlie/connector-auth0'
import { pagesFloor, usersFloor } from '@owlie/connector-auth0/cost'

/** What of a tenant makes requests. */
export interface TenantSizes {
  readonly users: number
  /** Direct holders of each role. */
  readonly rolesHolders: readonly number[]
  /** Permissions of each role; null when they are not read. */
  readonly rolesPermissions: readonly number[] | null
  /** Members of each organization. */
  readonly organizationsMembers: readonly number[]
}

export interface Floor {
  readonly token: number
  readonly users: number
  readonly roles: number
  readonly roleHolders: number
  readonly rolePermissions: number
  readonly organizations: number
  readonly organizationMembers: number
  readonly total: number
}

/**
 * The fewest requests in which a whole Auth0 tenant can be read, whoever does it. What a sync really takes is held
 * against this. The dominant terms are the containers: a request per role and per organization, however few people
 * they hold. Pure.
 *
 *     1 token + users + roles/100 + Σ holders of a role/100 + organizations/100 + Σ members of an organization/100
 *
 * with every quotient rounded up to at least 1.
 *
 * An export job is left out: it would bring users in a handful of requests, but not all of their fields, so it is no way
 * to read a whole tenant (docs/decisions/0014).
 */
export function floorOf(tenant: TenantSizes): Floor {
  const { users, rolesHolders, rolesPermissions, organizationsMembers } = tenant
  const parts = {
    token: 1,
    users: usersFloor(users),
    roles: pagesFloor(rolesHolders.length),
    roleHolders: sum(rolesHolders.map(pagesFloor)),
    rolePermissions: rolesPermissions === null ? 0 : sum(rolesPermissions.map(pagesFloor)),
    organizations: pagesFloor(organizationsMembers.length),
    organizationMembers: sum(organizationsMembers.map(pagesFloor)),
  }
  return { ...parts, total: sum(Object.values(parts)) }
}

/**
 * The shortest time in which it can be read, in ms: what the slowest rate limit takes when a fifth of it is left to
 * others (0 without limits), or the walk over users, whose every request waits for the answer before it.
 */
export function shortestMs(tenant: TenantSizes, plan: string | null, latencyMs: number): number {
  const { users, rolesHolders, organizationsMembers } = tenant
  const sized = (perContainer: readonly number[]) => ({ count: sum(perContainer), perContainer })
  const sizes = {
    users: { count: users },
    roles: { count: rolesHolders.length },
    role_members: sized(rolesHolders),
    organizations: { count: organizationsMembers.length },
    organization_members: sized(organizationsMembers),
  }
  const minutes =
    plan === null ? 0 : auth0.forecast!({ sizes, kinds: Object.keys(sizes), plan, reserve: 0.2 }).minutes
  return Math.max(minutes * 60_000, usersFloor(users) * latencyMs)
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
