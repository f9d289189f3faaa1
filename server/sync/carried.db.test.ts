import { kindsOf, unreadKinds } from '@owlie/connector-kit'
import { auth0 } from '@owlie/connector-auth0'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, exportAll, openSandboxBench, report, type SandboxBench } from './test/bench.ts'

/** Roles inside organizations, which come along on the pages of members. Each story goes on from the one before. */

const five = ['users', 'roles', 'role_members', 'organizations', 'organization_members']
const carried = ['organization_roles', 'organization_member_roles']

let bench: SandboxBench
let connection: Connection

beforeAll(async () => {
  bench = await openSandboxBench({
    users: 220,
    roles: 9,
    organizations: 10,
    shape: { bigOrganizationMembers: 150, membersPerOrganization: 9, groups: 5 },
  })
  connection = await bench.connect(bench.sandbox.applications.fullMemberRoles)
}, 60_000)
afterEach(() => bench.sandbox.faults.clear())
afterAll(() => bench.close())

/** Account, entitlement and how it is held, of everything held inside organizations. */
const truth = () =>
  bench.sandbox.tenant
    .snapshot()
    .members.flatMap(({ user_id, organization_id, roles }) =>
      roles.map((role) => `${user_id} ${organization_id}:${role} organization_role`),
    )
    .toSorted()
const exported = async (type: string) =>
  (await exportAll(bench, connection.id))
    .flatMap((record) =>
      'entitlement' in record && record.type === type
        ? [`${record.account} ${record.entitlement} ${record.type}`]
        : [],
    )
    .toSorted()
const withoutRoles = (body: unknown) => {
  const { members, ...rest } = body as { members: { user_id: string }[] }
  return { ...rest, members: members.map(({ user_id }) => ({ user_id })) }
}

describe('roles inside organizations', () => {
  it('are read with the members and equal the tenant; every grant has its entitlement', async () => {
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    expect(run.kinds.map(({ name, end }) => [name, end])).toEqual(
      [...five, ...carried].map((name) => [name, 'complete']),
    )
    expect(await exported('organization_role')).toEqual(truth())
    const records = await exportAll(bench, connection.id)
    const ids = records.flatMap((record) =>
      record.kind === 'organization_role' && 'id' in record ? [record.id] : [],
    )
    expect(ids).toEqual([...new Set(truth().map((line) => line.split(' ')[1]!))].toSorted())
    const kind = Object.fromEntries(run.kinds.map((each) => [each.name, each]))
    expect(kind['organization_member_roles']).toMatchObject({ read: truth().length, created: truth().length })
    expect(kind['organization_roles']).toMatchObject({ read: ids.length, pages: 0 })
  })

  it('say where they come from', async () => {
    const [account] = truth()[0]!.split(' ')
    const { nodes } = await bench.inventory.accounts(ada.tenantId, { first: 1, search: account! })
    const { nodes: held } = await bench.inventory.grants(ada.tenantId, nodes[0]!.id, { first: 100 })
    expect(held.filter(({ type }) => type === 'organization_role').map(({ origin }) => origin)).toContain(
      'assigned inside an organization in Auth0',
    )
    const counts = (await bench.inventory.counts(ada.tenantId, [connection.id])).get(connection.id)!
    expect(counts.map(({ kind }) => kind)).toEqual([...five, ...carried])
  })

  it('a second sync changes nothing', async () => {
    const run = await bench.sync1(connection)
    expect(run.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual(
      run.kinds.map(() => 0),
    )
    expect(run.kinds.map(({ read, unchanged }) => read - unchanged)).toEqual(run.kinds.map(() => 0))
  })

  it('taken away they become stale, the membership does not', async () => {
    const { tenant } = bench.sandbox
    const row = tenant.snapshot().members.find(({ roles }) => roles.length > 0)!
    tenant.unassignMemberRole(row.organization_id, row.user_id, row.roles[0]!)
    const run = await bench.sync1(connection)
    expect(report(run)).toMatchObject({
      organization_members: expect.stringMatching(/^complete .* stale 0$/) as string,
      organization_member_roles: expect.stringMatching(/^complete .* stale 1$/) as string,
    })
    expect(await exported('organization_role')).toEqual(truth())
  })

  it('a page that does not show them leaves them incomplete, and nothing is marked', async () => {
    const { sandbox } = bench
    const row = sandbox.tenant.snapshot().members.find(({ roles }) => roles.length > 0)!
    const before = await exported('organization_role')
    sandbox.tenant.unassignMemberRole(row.organization_id, row.user_id, row.roles[0]!)
    sandbox.faults.add({
      match: { route: '/organizations/{id}/members' },
      after: 2,
      times: 1,
      effect: { kind: 'rewrite', change: withoutRoles },
    })
    const run = await bench.sync1(connection)
    expect(run.status).toBe('incomplete')
    const kinds = Object.fromEntries(run.kinds.map((each) => [each.name, each]))
    expect(kinds['organization_members']).toMatchObject({ end: 'complete' })
    for (const name of carried)
      expect(kinds[name]).toMatchObject({ end: 'truncated', stale: 0, failure: { code: 'sync.not_carried' } })
    expect(await exported('organization_role')).toEqual(before)
  })

  it('members that cannot be read: they are skipped with the reason', async () => {
    bench.sandbox.faults.add({
      match: { route: '/organizations/{id}/members' },
      effect: { kind: 'answer', status: 400, body: { statusCode: 400, errorCode: 'invalid_query_string' } },
    })
    const run = await bench.sync1(connection)
    const kinds = Object.fromEntries(run.kinds.map((each) => [each.name, each]))
    expect(kinds['organization_members']!.end).toBe('failed')
    for (const name of carried)
      expect(kinds[name]).toMatchObject({
        end: 'skipped',
        failure: { code: 'sync.prerequisite_not_complete' },
      })
  })
})

describe('without the scope', () => {
  it('entered and not granted: skipped, with the scope named; the rest is complete', async () => {
    const { sandbox } = bench
    const application = sandbox.addApplication({
      name: 'Half granted',
      scopes: sandbox.applications.fullPlus.scopes,
    })
    const scopes = [...application.scopes, 'read:organization_member_roles']
    const half = await bench.connect({ ...application, scopes })
    const run = await bench.sync1(half)
    expect(run.status).toBe('complete')
    for (const kind of run.kinds.slice(5))
      expect(kind).toMatchObject({
        end: 'skipped',
        failure: { code: 'auth0.insufficient_scope', scopes: ['read:organization_member_roles'] },
      })
    expect(run.kinds.slice(0, 5).map(({ name, end }) => [name, end])).toEqual(
      five.map((name) => [name, 'complete']),
    )
  })

  it('not entered: not part of the run, and the connector says what is left out and why', async () => {
    const { readOnly } = bench.sandbox.applications
    const run = await bench.sync1(await bench.connect(readOnly))
    expect(run.kinds.map(({ name }) => name)).toEqual(five)
    expect(kindsOf(auth0.manifest, readOnly.scopes).map(({ name }) => name)).toEqual(five)
    const left = unreadKinds(auth0.manifest, readOnly.scopes)
    expect(left.find(({ kind }) => kind.name === 'organization_member_roles')!.missing).toEqual([
      'read:organization_member_roles',
    ])
  })
})

it('with every scope, every kind of the manifest is complete, and a second sync changes nothing', async () => {
  const everything = await bench.connect(bench.sandbox.applications.everything)
  const run = await bench.sync1(everything)
  expect(run.kinds.map(({ name, end, reason }) => [name, end, reason])).toEqual(
    auth0.manifest.kinds.map(({ name }) => [name, 'complete', null]),
  )
  const again = await bench.sync1(everything)
  expect(again.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual(
    again.kinds.map(() => 0),
  )
})
