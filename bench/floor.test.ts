import { auth0 } from '@owlie/connector-auth0'
import { usersFloor } from '@owlie/connector-auth0/cost'
import { describe, expect, test } from 'vitest'
import { floorOf, shortestMs, type TenantSizes } from './floor.ts'

const times = (count: number, size: number) => Array.from({ length: count }, () => size)

describe('the floor', () => {
  const tenant: TenantSizes = {
    users: 10_000,
    rolesHolders: times(50, 400),
    rolesPermissions: times(50, 20),
    organizationsMembers: times(500, 50),
  }

  test('a tenant of 10,000 users, 50 roles and 500 organizations, by search', () => {
    expect(floorOf(tenant)).toEqual({
      token: 1,
      users: 102,
      roles: 1,
      roleHolders: 200,
      rolePermissions: 50,
      organizations: 5,
      organizationMembers: 500,
      total: 859,
    })
  })

  test('an empty tenant: every list is asked for once', () => {
    const empty = {
      users: 0,
      rolesHolders: [],
      rolesPermissions: null,
      organizationsMembers: [],
    }
    expect(floorOf(empty)).toMatchObject({ total: 4, users: 1, roles: 1, organizations: 1, roleHolders: 0 })
  })

  test('empty containers, and one row more than a page', () => {
    const sizes = { ...tenant, rolesHolders: [0, 1, 100, 101], organizationsMembers: [0, 0, 1500] }
    expect(floorOf(sizes)).toMatchObject({ roleHolders: 5, organizationMembers: 17, organizations: 1 })
  })
})

test.each([
  [0, 1],
  [1, 1],
  [100, 1],
  [101, 2],
  [1000, 10],
  [1001, 11],
  [1089, 11],
  [1090, 12],
  [5000, 50 + 1],
  [100_000, 1011],
])('%i users take %i requests by search', (users, requests) => {
  expect(usersFloor(users)).toBe(requests)
})

// Proving that no row slipped costs a list of k pages k - 1 rows a page, and one beyond 1,000 two requests: tenants made
// of such organizations only would be above.
test.each([250, 1000, 1001, 10_000, 100_000])(
  '%i users: what our way takes is within 5 %% of it',
  (users) => {
    const usual = [0, 1, 3, 3, 8, 20, 50, 90, 120, 250, 380]
    const sized = (each: readonly number[]) => ({
      count: each.reduce((sum, one) => sum + one, 0),
      perContainer: each,
    })
    for (const large of [[], [400, 700, 990], [1000, 5000, 20_000]]) {
      const organizations = [
        ...times(Math.max(5, users / 100), 0).map((_, at) => usual[at % usual.length]!),
        ...large,
      ].filter((size) => size <= users / 2)
      const holders = times(users <= 1000 ? 10 : 50, 4)
      const kinds = ['users', 'roles', 'role_members', 'organizations', 'organization_members']
      const sizes = {
        ...{ users: { count: users }, roles: { count: holders.length }, role_members: sized(holders) },
        ...{ organizations: { count: organizations.length }, organization_members: sized(organizations) },
      }
      const tenant = { users, rolesHolders: holders, rolesPermissions: null }
      const { total } = floorOf({ ...tenant, organizationsMembers: organizations })
      const { requests } = auth0.forecast!({ sizes, kinds, plan: 'free' })
      expect(requests).toBeGreaterThanOrEqual(total)
      expect(requests / total, `with ${large.length} large ones`).toBeLessThanOrEqual(1.05)
    }
  },
)

test.each([
  ['no limits, no latency', null, 0, 0],
  ['no limits: the walk waits for each answer', null, 50, 102 * 50],
  ['a rate limit that is slower than that', 'free', 50, 808 * 500],
])('the shortest time: %s', (_, plan, latency, ms) => {
  const tenant = {
    users: 10_000,
    rolesHolders: times(50, 400),
    rolesPermissions: null,
    organizationsMembers: times(500, 50),
  }
  expect(Math.abs(shortestMs(tenant, plan, latency) - ms)).toBeLessThanOrEqual(6000)
})
