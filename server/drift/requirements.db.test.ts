import { auth0 } from '@owlie/connector-auth0'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, granted, openSandboxBench, type SandboxBench } from '../sync/test/bench.ts'
import { driftBench, type DriftBench, line } from './test/bench.ts'

/** The requirements about drift, against the sandbox tenant. Each story goes on from the one before. */

let bench: SandboxBench
let drifts: DriftBench
let connection: Connection
let tenant: SandboxBench['sandbox']['tenant']

beforeAll(async () => {
  bench = await openSandboxBench({ users: 60, roles: 5, organizations: 3 })
  connection = await bench.connect(bench.sandbox.applications.fullPlus)
  drifts = driftBench(bench.database, [auth0])
  tenant = bench.sandbox.tenant
}, 60_000)
afterAll(() => bench.close())

async function pass() {
  const run = await bench.sync1(connection)
  await drifts.compare(connection.id)
  return run
}

const policy = (kind: string, value: 'adopt' | 'flag' | 'preserve' | 'ignore' | null) =>
  drifts.drift
    .setPolicy(ada, { connectionId: connection.id, kind, type: null, policy: value })
    .then((answer) => granted(answer))

const lines = async () => (await drifts.open()).map(line).sort()
const nameOf = (userId: string) => tenant.users.get(userId)!.name
const noDrift: readonly string[] = []

/** A user and a role he does not hold. */
function freePair(): readonly [user: string, role: string] {
  const { users, roles } = tenant.snapshot()
  for (const { id } of roles)
    for (const { user_id } of users) if (!tenant.rolesOfUser(user_id).includes(id)) return [user_id, id]
  throw new Error('everybody holds everything')
}

const desired = async (account: string, role: string) => {
  const intents = await drifts.assignments.of(ada.tenantId, {
    account: { connectionId: connection.id, externalId: account },
  })
  return intents.find((intent) => intent.is === 'grant' && intent.entitlement === role) ?? null
}

describe('drift', () => {
  it('before a baseline nothing is drift: nobody has said what ought to be', async () => {
    await pass()
    expect(await lines()).toEqual(noDrift)
  })

  it('requirement 20: the same sync twice on an unchanged source makes no change and no drift, and writes no row', async () => {
    await drifts.baseline(connection.id)
    await pass()
    expect(await lines()).toEqual(noDrift)
    const before = await drifts.rows()
    expect(before.length).toBeGreaterThan(100)
    const run = await pass()
    expect(run.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual(
      run.kinds.map(() => 0),
    )
    expect(await lines()).toEqual(noDrift)
    expect(await drifts.rows()).toEqual(before)
  })

  it('fields that change by themselves are never drift', async () => {
    const [user] = freePair()
    tenant.updateUser(user, {
      last_login: '2030-01-01T00:00:00.000Z',
      logins_count: 4711,
      last_ip: '192.0.2.7',
    })
    const before = await drifts.rows()
    const run = await pass()
    expect(run.kinds.find(({ name }) => name === 'users')?.changed).toBe(1)
    expect(await lines()).toEqual(noDrift)
    expect(await drifts.rows()).toEqual(before)
  })

  it('requirement 25: flag lists it with observed and desired values; desired and downstream stay as they were', async () => {
    const [user] = freePair()
    const writes = bench.sandbox.writes.entries.length
    tenant.updateUser(user, { blocked: true })
    await pass()
    expect(await lines()).toEqual([
      `users different ${nameOf(user)} {"status":"active"} → {"status":"blocked"} [open]`,
    ])
    const [found] = await drifts.open()
    const run = (await bench.sync.list(ada.tenantId, connection.id, { first: 1, after: null })).nodes[0]!
    expect(found).toMatchObject({
      ...{ observed: { status: 'blocked' }, intended: { status: 'active' }, policy: 'flag', policyBy: null },
      ...{ firstSeenRun: run.id, firstSeenGeneration: run.generation },
      intent: { source: 'baseline', actor: 'Ada', desiredVersion: 1, appliedVersion: 1 },
    })
    const intents = await drifts.assignments.of(ada.tenantId, {
      account: { connectionId: connection.id, externalId: user },
    })
    expect(intents[0]).toMatchObject({ fields: { status: 'active' }, desiredVersion: 1 })
    expect(bench.sandbox.writes.entries.length).toBe(writes)
    // The same disagreement in the next run is the same row, untouched.
    const before = await drifts.rows()
    await pass()
    expect(await drifts.rows()).toEqual(before)
    const [later] = await drifts.open()
    expect(later!.id).toBe(found!.id)
    expect(later!.lastSeenGeneration).toBe(run.generation + 1)
    expect(later!.lastSeenAt.getTime()).toBeGreaterThan(found!.lastSeenAt.getTime())
    // It goes by itself, and says so.
    tenant.updateUser(user, { blocked: false })
    await pass()
    expect(await lines()).toEqual(noDrift)
    expect(await drifts.drift.get(ada.tenantId, found!.id)).toMatchObject({
      ...{ state: 'closed', resolution: 'source_changed' },
    })
  })

  it('requirement 24: adopt makes a role added in Auth0 desired, and desired_version rises by one', async () => {
    await policy('role_members', 'adopt')
    const [user, role] = freePair()
    expect(await desired(user, role)).toBeNull()
    tenant.assignRole(user, role)
    await pass()
    expect(await lines()).toEqual(noDrift)
    expect(await desired(user, role)).toMatchObject({
      ...{ wanted: true, desiredVersion: 1, appliedVersion: 1, source: 'adopted', actorName: 'Ada' },
    })
    tenant.unassignRole(user, role)
    await pass()
    expect(await desired(user, role)).toMatchObject({ wanted: false, desiredVersion: 2, appliedVersion: 2 })
    tenant.assignRole(user, role)
    await pass()
    expect(await desired(user, role)).toMatchObject({ wanted: true, desiredVersion: 3, appliedVersion: 3 })
    const closed = await drifts.drift.list(
      ada.tenantId,
      { state: 'closed', kind: 'role_members' },
      { first: 9 },
    )
    expect(
      closed.nodes.map(({ type, resolution, decisions }) => [type, resolution, decisions[0]?.byPolicy]),
    ).toEqual([
      ['excess', 'adopted', true],
      ['missing', 'adopted', true],
      ['excess', 'adopted', true],
    ])
  })

  it('requirement 24: a role as an object is adopted too, with its name', async () => {
    await policy('roles', 'adopt')
    const role = tenant.addRole({ name: 'Night shift', description: 'From ten to six' })
    await pass()
    expect(await lines()).toEqual(noDrift)
    const [intent] = await drifts.assignments.of(ada.tenantId, {
      entitlement: { connectionId: connection.id, type: 'role', externalId: role.id },
    })
    expect(intent).toMatchObject({
      ...{ is: 'object', wanted: true, desiredVersion: 1 },
      fields: { name: 'Night shift', description: 'From ten to six' },
    })
    tenant.updateRole(role.id, { name: 'Late shift' })
    await pass()
    const [renamed] = await drifts.assignments.of(ada.tenantId, { ids: [intent!.id] })
    expect(renamed).toMatchObject({
      desiredVersion: 2,
      fields: { name: 'Late shift', description: 'From ten to six' },
    })
  })

  it('requirement 23: a policy is per connection and kind; changing it for roles leaves users alone', async () => {
    const answer = await policy('roles', 'ignore')
    const of = (kind: string) => answer.find((each) => each.kind === kind)!.effective.excess.policy
    expect([of('roles'), of('users'), of('organizations'), of('role_members')]).toEqual([
      ...['ignore', 'flag', 'flag', 'adopt'],
    ])
    const role = tenant.addRole({ name: 'Noise' })
    const user = tenant.addUser({ email: 'new@example.com' })
    await pass()
    expect(await lines()).toEqual([`users excess ${user.name} [open]`])
    tenant.removeRole(role.id)
    tenant.removeUser(user.user_id)
    await pass()
    expect(await lines()).toEqual(noDrift)
    // Another connection to the same tenant has its own.
    const other = await bench.connect(bench.sandbox.applications.readOnly)
    const policies = (await drifts.drift.policies(ada.tenantId, other.id))!
    expect(policies.map(({ effective }) => effective.missing.scope)).toEqual(policies.map(() => 'default'))
  })

  it('requirement 27: ignore leaves no record that needs review and asks for no operation', async () => {
    await policy('role_members', 'ignore')
    const before = await drifts.rows()
    const [user, role] = freePair()
    tenant.assignRole(user, role)
    await pass()
    expect(await lines()).toEqual(noDrift)
    expect(await drifts.rows()).toEqual(before)
    expect(await bench.database.tenant(ada.tenantId, (trx) => drifts.drift.takeWanted(trx, 10))).toEqual([])
    // It is noise only as long as the policy says so; the preview says what lifting it would do.
    const lifted = { connectionId: connection.id, kind: 'role_members', type: null, policy: null }
    expect(granted(await drifts.drift.previewPolicy(ada.tenantId, lifted))).toMatchObject({
      ...{ listed: 1, adopted: 0, operations: 0, dropped: 0, isCut: false },
      examples: [{ type: 'excess', account: user, entitlement: role }],
    })
    await policy('role_members', null)
    await drifts.compare(connection.id)
    expect(await drifts.open()).toHaveLength(1)
    await policy('role_members', 'ignore')
    await drifts.compare(connection.id)
    expect(await drifts.open()).toEqual([])
    tenant.unassignRole(user, role)
    await pass()
  })

  it('requirement 26: preserve queues an operation that puts the value of Owlie back', async () => {
    await policy('role_members', 'preserve')
    const [user, role] = freePair()
    tenant.assignRole(user, role)
    await pass()
    const [found] = await drifts.open()
    expect(line(found!)).toMatch(/^role_members excess .* \[operation_wanted\]$/)
    const take = (limit: number) =>
      bench.database.tenant(ada.tenantId, async (trx) => {
        const wanted = await drifts.drift.takeWanted(trx, limit)
        await drifts.drift.queued(
          trx,
          wanted.map(({ driftId }) => ({ driftId, operationId: 'op-1' })),
        )
        return wanted
      })
    expect(await take(10)).toEqual([
      {
        ...{ driftId: found!.id, connectionId: connection.id, kind: 'role_members', type: 'excess' },
        ...{ wanted: false, yields: 'grant', entitlementType: 'role', entitlement: role, account: user },
        ...{ grantType: 'role', intended: null, observed: null },
        ...{ intentId: found!.intent?.id ?? null, intentVersion: found!.intent?.desiredVersion ?? 0 },
      },
    ])
    // Taken once; the next look at the same state changes nothing.
    expect(await take(10)).toEqual([])
    const before = await drifts.rows()
    await pass()
    expect(await drifts.rows()).toEqual(before)
    // The operation has had its effect, and a later look says so.
    tenant.unassignRole(user, role)
    await pass()
    expect(await drifts.drift.get(ada.tenantId, found!.id)).toMatchObject({
      ...{ state: 'closed', resolution: 'put_back', operationId: 'op-1' },
    })
  })

  it('preserve through the port: the operation is made in the same transaction', async () => {
    const asked: unknown[] = []
    const direct = driftBench(bench.database, [auth0], async (_trx, changes) => {
      asked.push(...changes)
      return new Map(changes.map(({ driftId }) => [driftId, 'op-2']))
    })
    const user = tenant
      .snapshot()
      .users.find(({ user_id }) => tenant.rolesOfUser(user_id).length > 0)!.user_id
    const role = tenant.rolesOfUser(user)[0]!
    tenant.unassignRole(user, role)
    await bench.sync1(connection)
    await direct.compare(connection.id)
    expect(asked).toMatchObject([{ type: 'missing', wanted: true, account: user, entitlement: role }])
    expect(await lines()).toEqual([expect.stringMatching(/missing .* \[operation_queued\]$/)])
    // One that came to nothing needs review again, and the policy does not ask again by itself.
    await bench.database.tenant(ada.tenantId, (trx) =>
      drifts.drift.operationFailed(trx, 'op-2', 'Auth0 refused it.'),
    )
    await direct.compare(connection.id)
    expect(asked).toHaveLength(1)
    expect(await drifts.open()).toMatchObject([{ state: 'open', heldReason: 'Auth0 refused it.' }])
    tenant.assignRole(user, role)
    await pass()
    expect(await lines()).toEqual(noDrift)
  })

  it('a kind that was not read completely makes nothing missing, and still shows what it saw', async () => {
    await policy('role_members', null)
    const [user, role] = freePair()
    const holder = tenant.snapshot().roleHolders.find(({ user_id }) => user_id !== user)!
    tenant.unassignRole(holder.user_id, holder.role_id)
    tenant.assignRole(user, role)
    const fault = bench.sandbox.faults.add({
      match: { route: '/roles/{id}/users' },
      after: tenant.roles.size - 1,
      effect: { kind: 'answer', status: 403, body: { statusCode: 403, error: 'Forbidden', message: 'no' } },
    })
    const run = await pass()
    bench.sandbox.faults.clear(fault)
    expect(run.kinds.find(({ name }) => name === 'role_members')?.end).not.toBe('complete')
    expect((await drifts.open()).filter(({ type }) => type === 'missing')).toEqual([])
    await pass()
    expect((await drifts.open()).map(({ type }) => type).sort()).toEqual(['excess', 'missing'])
  })
})
