import { type ForecastInput, type KindSize, kindsOf } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import type { ListAnswer } from './answer.ts'
import { capabilities } from './capabilities.ts'
import { advanceCounted, countedQuery, firstCountedCursor } from './counted-list.ts'
import { manifest } from './manifest.ts'
import { advanceMembers, firstMemberCursor, memberQuery } from './member-list.ts'
import { planRead } from './plan-read.ts'
import { ratePlans } from './rate-buckets.ts'
import { countedCost, memberCost, plainCost, walkCost } from './route-cost.ts'
import { openModel } from './test/search-model.ts'
import { advanceUsers, firstUserCursor, userQuery } from './user-walk.ts'

const [full, readOnly] = manifest.presets.map(({ scopes }) => scopes)
const everything = [...new Set(capabilities.flatMap(({ scopes }) => scopes))]
const times = (count: number, size: number) => Array.from({ length: count }, () => size)
/** The plan for a connection to which all these scopes were entered and granted. */
const planFor = (
  sizes: ForecastInput['sizes'],
  scopes: readonly string[],
  plan: ForecastInput['plan'],
  reserve?: number,
) => {
  const kinds = kindsOf(manifest, scopes).filter((kind) =>
    kind.scopes.every((scope) => scopes.includes(scope)),
  )
  const input = { sizes, plan, kinds: kinds.map(({ name }) => name) }
  return planRead(reserve === undefined ? input : { ...input, reserve })
}
const sized = (perContainer: readonly number[]): KindSize => ({
  count: perContainer.reduce((all, one) => all + one, 0),
  perContainer,
})

/** 10,000 users, 50 roles of 4 pages each, 500 organizations of 50. */
const tenant: Record<string, KindSize> = {
  users: { count: 10_000 },
  roles: { count: 50 },
  role_members: sized(times(50, 400)),
  organizations: { count: 500 },
  organization_members: sized(times(500, 50)),
  resource_servers: { count: 8 },
  role_permissions: sized(times(50, 20)),
  auth0_connections: { count: 12 },
  groups: { count: 0 },
  group_members: { count: 0 },
  group_roles: { count: 0 },
}

describe('whole plans', () => {
  test.each([
    ['everything, self-service', tenant, everything, 'self-service'],
    ['everything, free', tenant, everything, 'free'],
    ['everything, enterprise', tenant, everything, 'enterprise'],
    ['everything, enterprise non-production', tenant, everything, 'enterprise-non-production'],
    ['read-only preset', tenant, readOnly!, 'free'],
    ['full preset', tenant, full!, 'self-service'],
    ['before the first run', {}, readOnly!, 'free'],
    [
      'only sums known',
      { ...tenant, role_members: { count: 20_000 }, organization_members: { count: 25_000 } },
      [...readOnly!, 'read:role_members'],
      'enterprise',
    ],
    [
      'more roles than users',
      { users: { count: 20 }, roles: { count: 300 }, role_members: sized(times(300, 2)) },
      [...readOnly!, 'read:role_members'],
      'free',
    ],
  ] as const)('%s', async (name, sizes, scopes, plan) => {
    const golden = `./test/golden/plan-${name.replaceAll(/[^a-z]+/g, '-')}.json`
    await expect(`${JSON.stringify(planFor(sizes, scopes, plan), null, 2)}\n`).toMatchFileSnapshot(golden)
  })
})

describe('what a plan says', () => {
  test('only what the scopes allow is planned, and what is carried costs nothing of its own', () => {
    const kinds = (scopes: readonly string[]) => planFor(tenant, scopes, 'free').kinds.map(({ kind }) => kind)
    expect(kinds(readOnly!)).toEqual(['users', 'roles', 'organizations', 'organization_members'])
    expect(kinds(['read:users'])).toEqual(['users'])
    expect(kinds(everything)).toEqual(
      manifest.kinds.filter(({ carriedBy }) => carriedBy === undefined).map(({ name }) => name),
    )
  })

  test('roles inside organizations take no request more', () => {
    const scopes = [...readOnly!, 'read:organization_member_roles']
    expect(planFor(tenant, scopes, 'free').requests).toBe(planFor(tenant, readOnly!, 'free').requests)
  })

  test('users are walked, however many there are', () => {
    const users = (count: number) => planFor({ users: { count } }, ['read:users'], 'free').kinds[0]!
    for (const count of [0, 300, 1000, 100_000])
      expect(users(count)).toMatchObject({
        route: 'walk',
        requests: walkCost(count),
        atMost: walkCost(count),
      })
    expect(planFor({}, ['read:users'], 'free').kinds[0]).toMatchObject({ requests: 1, atMost: null })
  })

  test('what is left to logins is not counted on', () => {
    const minutes = (reserve?: number) => planFor(tenant, everything, 'enterprise', reserve).minutes
    expect(minutes(0)).toBeLessThan(minutes(0.9))
    expect(minutes()).toBe(minutes(0.2))
  })

  test('a faster plan never takes longer, a custom one is taken as it is', () => {
    const minutes = (plan: ForecastInput['plan']) => planFor(tenant, everything, plan).minutes
    expect(minutes('enterprise')).toBeLessThan(minutes('enterprise-non-production'))
    expect(minutes('enterprise')).toBeLessThan(minutes('self-service'))
    expect(minutes({ burst: 100, perMinute: 6000 })).toBeLessThan(0.2)
    expect(minutes('a plan nobody knows')).toBe(minutes(ratePlans[0]!.name))
    expect(manifest.ratePlans!.map(({ name }) => name)).toEqual(ratePlans.map(({ name }) => name))
  })

  test('the most is never less than what is expected, and both are equal when every size is known', () => {
    for (const { requests, atMost } of planFor(tenant, everything, 'free').kinds)
      expect(atMost).toBe(requests)
    const sums = Object.fromEntries(Object.entries(tenant).map(([kind, { count }]) => [kind, { count }]))
    const uneven = { ...tenant, role_members: sized([...times(49, 1), 19_951]) }
    const row = (sizes: Record<string, KindSize>) =>
      planFor(sizes, everything, 'free').kinds.find(({ kind }) => kind === 'role_members')!
    expect(row(sums).requests).toBeLessThanOrEqual(row(uneven).requests)
    expect(row(sums).atMost).toBeGreaterThanOrEqual(row(uneven).requests)
  })
})

describe('what a route costs is what the lists really ask for', () => {
  test('the walk over users', () => {
    for (const users of [0, 1, 99, 100, 101, 198, 199, 1000, 1090, 1091, 2500]) {
      const rows = Array.from({ length: users }, (_, at) => ({
        user_id: `auth0|${at}`,
        created_at: new Date(at * 1000).toISOString(),
      }))
      const model = openModel(rows, { random: () => 0.5 })
      let cursor = firstUserCursor
      for (;;) {
        const { end } = advanceUsers(cursor, model.search(userQuery(cursor)))
        if (end.is !== 'more') break
        cursor = end.cursor
      }
      expect([users, walkCost(users)]).toEqual([users, model.requests.length])
    }
  })

  test('members of an organization', () => {
    for (const members of [0, 1, 99, 100, 101, 197, 198, 500, 900, 989, 990, 1000, 1001, 2500]) {
      const rows = Array.from({ length: members }, (_, at) => `u${String(at).padStart(5, '0')}`)
      let cursor = firstMemberCursor
      for (let requests = 1; ; requests++) {
        const { end } = advanceMembers(cursor, answerTo(rows, memberQuery(cursor)), 'members')
        if (end.is !== 'more') {
          expect([members, memberCost(members)]).toEqual([members, requests])
          break
        }
        cursor = end.cursor
      }
    }
  })

  test('lists by offset only', () => {
    for (const count of [0, 1, 99, 100, 101, 197, 198, 250, 989, 990, 1000]) {
      const rows = Array.from({ length: count }, (_, at) => `r${at}`)
      let cursor = firstCountedCursor
      for (let requests = 1; ; requests++) {
        const { end } = advanceCounted(
          cursor,
          answerTo(rows, countedQuery(cursor)),
          'roles',
          ({ user_id }) => user_id,
        )
        if (end.is !== 'more') {
          expect([count, end.is, countedCost(count)]).toEqual([count, 'complete', requests])
          break
        }
        cursor = end.cursor
      }
    }
  })

  test('plain lists', () => {
    expect([0, 1, 100, 101, 1500].map(plainCost)).toEqual([1, 1, 1, 2, 15])
  })
})

function answerTo(rows: readonly string[], query: ReturnType<typeof memberQuery>): ListAnswer {
  const items = (ids: readonly string[]) => ids.map((user_id) => ({ user_id }))
  if ('from' in query) {
    const page = rows.filter((id) => query.from === null || id > query.from).slice(0, query.take)
    return { items: items(page), broken: 0, limit: null, total: null, next: page.at(-1) ?? null }
  }
  const { page, perPage: limit } = query
  const part = rows.slice(page * limit, (page + 1) * limit)
  return { items: items(part), broken: 0, limit, total: rows.length, next: null }
}
