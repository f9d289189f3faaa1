import type { Observation, Page } from '@owlie/connector-kit'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(
  options: SessionOptions = {},
  application: keyof Sandbox['applications'] = 'fullMemberRoles',
) {
  const one = openSession(sandbox, sandbox.applications[application], options)
  opened.push(one)
  return one
}

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 400,
    roles: 14,
    organizations: 12,
    indexLagMs: 0,
    shape: { bigOrganizationMembers: 260, membersPerOrganization: 20 },
  })
})
afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

/** All pages of an organization, and the `fields` each request asked for. */
async function pagesOf(reading: ReturnType<typeof openSession>, container: string) {
  const pages: Page[] = []
  let cursor: never = null as never
  for (;;) {
    const result = await auth0.read.organization_members!(reading, { cursor, container })
    if ('failure' in result) throw new Error(result.failure.code)
    pages.push(result.page)
    if (result.page.end.is !== 'more') return pages
    cursor = result.page.end.cursor as never
  }
}

const grants = (observations: readonly Observation[] | undefined) =>
  (observations ?? []).map((one) => (one.type === 'grant' ? `${one.account} ${one.entitlement}` : 'no grant'))

test('roles inside organizations come with the members, at no request more', async () => {
  const { members, roles } = sandbox.tenant.snapshot()
  const names = new Map(roles.map(({ id, name }) => [id, name]))
  const reading = session()
  let held = 0
  for (const { id } of sandbox.tenant.snapshot().organizations) {
    const before = sandbox.requests.total
    const pages = await pagesOf(reading, id)
    const truth = members.filter((row) => row.organization_id === id)
    if (held > 0 && truth.length < 100) expect(sandbox.requests.total - before).toBe(1)
    expect(pages.every(({ carried }) => carried !== undefined)).toBe(true)
    const expected = truth.flatMap((row) => row.roles.map((role) => `${row.user_id} ${id}:${role}`))
    const carried = pages.flatMap((page) => page.carried!.organization_member_roles!)
    expect(grants(carried).toSorted()).toEqual(expected.toSorted())
    expect(carried.every((one) => one.type === 'grant' && one.grantType === 'organization_role')).toBe(true)
    // The entitlement is on the same page as what says who holds it.
    for (const { carried: one } of pages) {
      const known = new Set(one!.organization_roles!.map((each) => 'id' in each && each.id))
      for (const grant of one!.organization_member_roles!)
        expect(known.has(grant.type === 'grant' && grant.entitlement)).toBe(true)
    }
    for (const one of pages.flatMap((page) => page.carried!.organization_roles!)) {
      if (one.type !== 'entitlement') throw new Error(one.type)
      const { role } = one.attributes as { role: string }
      expect(one).toEqual({
        type: 'entitlement',
        entitlementType: 'organization_role',
        id: `${id}:${role}`,
        displayName: `${names.get(role)} in ${id}`,
        description: null,
        attributes: { name: names.get(role), organization: id, role },
      })
    }
    held += expected.length
  }
  expect(held).toBeGreaterThan(100)
})

test('the members themselves are the same with and without the roles', async () => {
  const big = sandbox.tenant.snapshot().organizations.find(({ name }) => name === 'big')!.id
  const members = async (reading: ReturnType<typeof openSession>) =>
    (await pagesOf(reading, big)).flatMap((page) => page.observations)
  expect(await members(session())).toEqual(await members(session({}, 'fullPlus')))
})

test.each([
  ['granted and not entered', 'fullMemberRoles', 'read:organizations read:organization_members'],
  [
    'entered and not granted',
    'fullPlus',
    'read:organizations read:organization_members read:organization_member_roles',
  ],
] as const)('%s: not asked for', async (_, application, scopes) => {
  const id = sandbox.tenant.snapshot().organizations[0]!.id
  const pages = await pagesOf(session({ scopes }, application), id)
  expect(pages.map(({ carried }) => carried)).toEqual(pages.map(() => undefined))
})

test('granted and refused all the same: the members are read, and the pages do not claim to know the roles', async () => {
  const [first, second] = sandbox.tenant.snapshot().organizations
  sandbox.faults.add({
    match: { route: '/organizations/{id}/members' },
    times: 1,
    effect: { kind: 'answer', status: 403, body: { statusCode: 403, errorCode: 'insufficient_scope' } },
  })
  const reading = session()
  for (const { id } of [first!, second!]) {
    const before = sandbox.requests.total
    const pages = await pagesOf(reading, id)
    const expected = sandbox.tenant.snapshot().members.filter((row) => row.organization_id === id)
    expect(pages.flatMap(({ observations }) => observations)).toHaveLength(expected.length)
    expect(pages.every(({ carried }) => carried === undefined)).toBe(true)
    // The second organization does not try again.
    if (id === second!.id) expect(sandbox.requests.total - before).toBe(1)
  }
})

test('members shown without any roles: the page does not claim that nobody has one', async () => {
  const big = sandbox.tenant.snapshot().organizations.find(({ name }) => name === 'big')!.id
  sandbox.faults.add({
    match: { route: '/organizations/{id}/members' },
    times: 1,
    effect: {
      kind: 'rewrite',
      change: (body) => {
        const { members, ...rest } = body as { members: { user_id: string }[] }
        return { ...rest, members: members.map(({ user_id }) => ({ user_id })) }
      },
    },
  })
  const pages = await pagesOf(session(), big)
  expect(pages.map(({ carried }) => carried !== undefined)).toEqual([false, true, true])
})
