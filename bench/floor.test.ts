import { describe, expect, test } from 'vitest'
import { floorOf, searchFloor, type TenantSizes } from './floor.ts'

const times = (count: number, size: number) => Array.from({ length: count }, () => size)

describe('the floor', () => {
  const tenant: TenantSizes = {
    users: 10_000,
    rolesHolders: times(50, 400),
    rolesPermissions: times(50, 20),
    organizationsMembers: times(500, 50),
    exportPolls: null,
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

  test('the same with an export job of two polls', () => {
    expect(floorOf({ ...tenant, exportPolls: 2 })).toMatchObject({ users: 3, total: 760 })
  })

  test('a job is no gain where search takes less', () => {
    expect(floorOf({ ...tenant, users: 150, exportPolls: 2 }).users).toBe(2)
  })

  test('an empty tenant: every list is asked for once', () => {
    const empty = {
      users: 0,
      rolesHolders: [],
      rolesPermissions: null,
      organizationsMembers: [],
      exportPolls: 1,
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
  expect(searchFloor(users)).toBe(requests)
})
