import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import type { GrantObservation } from '@owlie/connector-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession, readAll } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(application: keyof Sandbox['applications'] = 'everything') {
  const one = openSession(sandbox, sandbox.applications[application], { random: () => 0 })
  opened.push(one)
  return one
}

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 300,
    roles: 6,
    organizations: 230,
    indexLagMs: 60_000,
    shape: { oddIds: true, membersPerOrganization: 6 },
  })
})
afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

test('what is found by id is what the list shows, also with odd ids', async () => {
  const reading = session()
  for (const kind of ['users', 'roles', 'organizations']) {
    const { observations } = await readAll(reading, kind)
    const some = observations.filter((_, at) => at < 5 || at > observations.length - 60)
    for (const one of some)
      expect(await auth0.find![kind]!(reading, (one as { id: string }).id)).toEqual({ found: one })
  }
})

test('an object that is not there is found to be nothing; a fault is not that', async () => {
  const reading = session()
  expect(await auth0.find!.users!(reading, 'auth0|nobody')).toEqual({ found: null })
  expect(await auth0.find!.roles!(reading, 'rol_0000000000000000')).toEqual({ found: null })
  expect(await auth0.find!.organizations!(reading, 'org_0000000000000000')).toEqual({ found: null })
  sandbox.faults.add({ match: { route: '/users/{id}' }, effect: { kind: 'html', status: 404 } })
  expect(await auth0.find!.users!(reading, 'auth0|nobody')).toMatchObject({
    failure: { code: 'auth0.foreign_answer' },
  })
  sandbox.faults.add({ match: { route: '/roles/{id}' }, effect: { kind: 'answer', status: 200, body: {} } })
  expect(await auth0.find!.roles!(reading, 'rol_0000000000000000')).toMatchObject({
    failure: { code: 'auth0.unusable_record' },
  })
})

test('what an account holds is what the lists of holders say, and in one request', async () => {
  const reading = session()
  const { roleHolders, members, users } = sandbox.tenant.snapshot()
  const of = (grants: readonly GrantObservation[]) => grants.map(({ entitlement }) => entitlement).toSorted()
  for (const { user_id: account } of users.slice(0, 40)) {
    const before = sandbox.requests.total
    const roles = await auth0.held!.role_members!(reading, { account })
    const organizations = await auth0.held!.organization_members!(reading, { account })
    expect('grants' in roles && of(roles.grants)).toEqual(
      roleHolders
        .filter(({ user_id }) => user_id === account)
        .map(({ role_id }) => role_id)
        .toSorted(),
    )
    expect('grants' in organizations && of(organizations.grants)).toEqual(
      members
        .filter(({ user_id }) => user_id === account)
        .map(({ organization_id }) => organization_id)
        .toSorted(),
    )
    // Two, and at most once the token.
    expect(sandbox.requests.total - before).toBeLessThanOrEqual(3)
  }
})

test('more memberships than a page shows are read until two rounds agree', async () => {
  const { tenant } = sandbox
  const account = [...tenant.users][0]!.user_id
  for (const { id } of [...tenant.organizations].slice(0, 210)) tenant.addMember(id, account)
  const held = await auth0.held!.organization_members!(session(), { account })
  const truth = tenant.snapshot().members.filter(({ user_id }) => user_id === account)
  expect('grants' in held && held.grants.length).toBe(truth.length)
  expect(truth.length).toBeGreaterThan(200)
})

test('roles inside an organization come with what they are; a stranger there holds none', async () => {
  const reading = session()
  const { members } = sandbox.tenant.snapshot()
  const member = members.find(({ roles }) => roles.length > 0)!
  const holder = { account: member.user_id, within: member.organization_id }
  const held = await auth0.held!.organization_member_roles!(reading, holder)
  const ids = member.roles.map((role) => `${member.organization_id}:${role}`).toSorted()
  expect('grants' in held && held.grants.map(({ entitlement }) => entitlement).toSorted()).toEqual(ids)
  expect('grants' in held && held.carried?.organization_roles?.map(({ id }) => id).toSorted()).toEqual(ids)
  expect(
    await auth0.held!.organization_member_roles!(reading, { ...holder, account: 'auth0|nobody' }),
  ).toEqual({ grants: [] })
})
