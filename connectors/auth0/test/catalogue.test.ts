import type { EntitlementObservation, GrantObservation, Observation } from '@owlie/connector-kit'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { endText, openSession, readAll } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(application: keyof Sandbox['applications'] = 'everything') {
  const one = openSession(sandbox, sandbox.applications[application])
  opened.push(one)
  return one
}

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 300,
    roles: 14,
    organizations: 3,
    indexLagMs: 0,
    shape: { groups: 9 },
  })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

const entitlements = (observations: readonly Observation[]) => observations as EntitlementObservation[]
const sorted = (texts: readonly string[]) => texts.toSorted()

/** A role with more permissions than one page holds. */
function manyPermissions(): string {
  const { tenant } = sandbox
  const role = [...tenant.roles][0]!
  const server = [...tenant.resourceServers].find(({ is_system }) => !is_system)!
  const permissions = Array.from({ length: 230 }, (_, at) => ({
    permission_name: `act:${at}`,
    resource_server_identifier: server.identifier,
  }))
  tenant.roles.put({ ...role, permissions })
  return role.id
}

test('permissions of every role, all pages, one request for a role of one page', async () => {
  const many = manyPermissions()
  const reading = session()
  await readAll(reading, 'roles')
  for (const { id, permissions } of sandbox.tenant.snapshot().roles) {
    const before = sandbox.requests.total
    const { end, observations } = await readAll(reading, 'role_permissions', id)
    expect(endText(end)).toBe('complete')
    expect(sandbox.requests.total - before).toBe(id === many ? 3 : 1)
    expect(sorted(entitlements(observations).map((one) => one.id))).toEqual(
      sorted(permissions.map((one) => `${id} ${one.permission_name} ${one.resource_server_identifier}`)),
    )
    for (const { attributes } of entitlements(observations)) expect(attributes.role).toBe(id)
  }
})

test('APIs with their permissions, and never a signing secret', async () => {
  const { end, observations } = await readAll(session(), 'resource_servers')
  expect(endText(end)).toBe('complete')
  const truth = [...sandbox.tenant.resourceServers]
  expect(sorted(entitlements(observations).map(({ id }) => id))).toEqual(sorted(truth.map(({ id }) => id)))
  for (const { id, attributes } of entitlements(observations)) {
    const server = truth.find((one) => one.id === id)!
    expect(attributes).toMatchObject({ identifier: server.identifier })
    const { scopes } = attributes as { scopes: { value: string }[] }
    expect(scopes.map(({ value }) => value)).toEqual(server.scopes.map(({ value }) => value))
    expect(Object.keys(attributes)).not.toContain('signing_secret')
  }
})

test('connections of the tenant, without their options', async () => {
  const { end, observations } = await readAll(session(), 'auth0_connections')
  expect(endText(end)).toBe('complete')
  expect(entitlements(observations).map(({ attributes }) => [attributes.name, attributes.strategy])).toEqual(
    [...sandbox.tenant.auth0Connections].map(({ name, strategy }) => [name, strategy]),
  )
  expect(JSON.stringify(observations)).not.toContain('options')
})

test('groups, their members, groups inside groups, and the roles they bring', async () => {
  const reading = session()
  const groups = await readAll(reading, 'groups')
  expect(endText(groups.end)).toBe('complete')
  const truth = [...sandbox.tenant.groups]
  expect(sorted(entitlements(groups.observations).map(({ id }) => id))).toEqual(
    sorted(truth.map(({ id }) => id)),
  )
  let nested = 0
  for (const group of truth) {
    const rows = [...sandbox.tenant.groupMembers(group.id).rows()]
    const members = await readAll(reading, 'group_members', group.id)
    expect(endText(members.end)).toBe('complete')
    expect(sorted((members.observations as GrantObservation[]).map(({ account }) => account))).toEqual(
      sorted(rows.filter(({ member_type }) => member_type === 'user').map(({ id }) => id)),
    )
    const result = await auth0.read.group_members!(reading, { cursor: null, container: group.id })
    const carried = 'page' in result ? result.page.carried!.group_nestings! : []
    expect(carried).toMatchObject(
      rows
        .filter(({ member_type }) => member_type === 'group')
        .map(({ id }) => ({ id: `${group.id}:${id}`, attributes: { group: group.id, member: id } })),
    )
    nested += carried.length
    const roles = await readAll(reading, 'group_roles', group.id)
    expect(endText(roles.end)).toBe('complete')
    expect(sorted(entitlements(roles.observations).map(({ attributes }) => String(attributes.role)))).toEqual(
      sorted([...group.roles]),
    )
  }
  expect(nested).toBeGreaterThan(0)
})

test.each([
  ['resource_servers', undefined, 'read:resource_servers'],
  ['auth0_connections', undefined, 'read:connections'],
  ['groups', undefined, 'read:groups'],
  ['group_members', 'grp_aaaaaaaaaaaaaaaaaaaaaa', 'read:group_members'],
  ['group_roles', 'grp_aaaaaaaaaaaaaaaaaaaaaa', 'read:group_roles'],
])('%s without its scope names it', async (kind, container, scope) => {
  const { end } = await readAll(session('fullPlus'), kind, container)
  expect(end).toMatchObject({ failure: { kind: 'permission', scopes: [scope] } })
})
