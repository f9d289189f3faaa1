import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { isRefusal } from '../model/index.ts'
import { ada, exportAll, granted, openSandboxBench, report, type SandboxBench } from './test/bench.ts'

/** Against the sandbox tenant, through the real connector. Each story goes on from the one before. */

let bench: SandboxBench
let connection: Connection

beforeAll(async () => {
  bench = await openSandboxBench({
    users: 700,
    roles: 12,
    organizations: 130,
    shape: {
      bigOrganizationMembers: 350,
      bigRoleHolders: 320,
      usersSharingCreatedAt: 150,
      oddIds: true,
      membersPerOrganization: 4,
    },
  })
  connection = await bench.connect(bench.sandbox.applications.fullPlus)
}, 60_000)
afterAll(() => bench.close())

/** The sandbox's own state in the export's terms, in the export's order. */
function truth(): unknown[] {
  const { users, roles, organizations, roleHolders, members } = bench.sandbox.tenant.snapshot()
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const objects = (kind: string, rows: { id: string }[]) =>
    rows.toSorted((a, b) => bytes(a.id, b.id)).map(({ id }) => ({ kind, id }))
  const grants = [
    ...roleHolders.map(({ user_id, role_id }) => ({ account: user_id, entitlement: role_id, type: 'role' })),
    ...members.map(({ user_id, organization_id }) => ({
      account: user_id,
      entitlement: organization_id,
      type: 'member',
    })),
  ]
  return [
    ...objects(
      'account',
      users.map(({ user_id: id }) => ({ id })),
    ),
    ...grants
      .toSorted((a, b) => bytes(a.account, b.account) || bytes(a.entitlement, b.entitlement))
      .map((grant) => ({ kind: 'grant', ...grant })),
    ...objects('organization', organizations),
    ...objects('role', roles),
  ]
}

const bare = (records: readonly object[]) =>
  records.map((record) => {
    const { attributes: _, ...rest } = record as { attributes?: unknown }
    return rest
  })

/** Every inventory row with the transaction that wrote it last. */
async function versions() {
  const { rows } = await bench.database.pool.query(
    `select id, xmin::text from account union all select id, xmin::text from entitlement
     union all select id, xmin::text from access_grant order by 1`,
  )
  return rows
}

describe('a tenant of several hundred users', () => {
  it('the initial sync ends complete for all five kinds and equals the tenant, object by object', async () => {
    await bench.work()
    const run = await bench.ended(granted(await bench.sync.start(ada, connection.id)))
    expect(run.kinds.map(({ name, end, reason }) => [name, end, reason])).toEqual([
      ['users', 'complete', null],
      ['roles', 'complete', null],
      ['role_members', 'complete', null],
      ['organizations', 'complete', null],
      ['organization_members', 'complete', null],
    ])
    expect(run.status).toBe('complete')
    expect(run.resumptions).toEqual([])
    expect(bare(await exportAll(bench, connection.id))).toEqual(truth())
    const { users } = bench.sandbox.tenant.snapshot()
    const accounts = (await exportAll(bench, connection.id)).filter(({ kind }) => kind === 'account')
    const seen = new Map(accounts.map((record) => [(record as { id: string }).id, record]))
    for (const { user_id, identities: _, app_metadata: __, ...user } of users) {
      const { attributes } = seen.get(user_id) as { attributes: Record<string, unknown> }
      expect(attributes).toMatchObject(user)
    }
    expect(run.kinds.map(({ read, created }) => read - created)).toEqual([0, 0, 0, 0, 0])
    expect(run.requests.byRoute.map(({ count }) => count).reduce((a, b) => a + b)).toBe(run.requests.total)
    // Every request of the sandbox's log was counted: the token, the test's and the run's.
    const sent = bench.sandbox.requests.entries.length
    expect(run.requests.total).toBeLessThanOrEqual(sent)
    expect(run.requests.total).toBeGreaterThan(sent - 25)
  }, 60_000)

  it('a second sync changes nothing and writes no inventory row', async () => {
    const before = await versions()
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    expect(run.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual([0, 0, 0, 0, 0])
    expect(run.kinds.map(({ read, unchanged }) => read - unchanged)).toEqual([0, 0, 0, 0, 0])
    expect(await versions()).toEqual(before)
    const { rows } = await bench.database.pool.query('select count(*)::int as n from observation_page')
    expect(rows).toEqual([{ n: 0 }])
  })

  it('a secret that is no longer right ends the run with the words of the test, and marks nothing', async () => {
    const { sandbox } = bench
    const id = sandbox.faults.add({
      match: { route: '/oauth/token' },
      effect: {
        kind: 'answer',
        status: 401,
        body: { error: 'access_denied', error_description: 'Unauthorized' },
      },
    })
    const run = await bench.another().sync.start(ada, connection.id)
    await bench.sync.close()
    const failed = await bench.ended(granted(run))
    sandbox.faults.clear(id)
    expect(failed).toMatchObject({ status: 'failed', failure: { kind: 'credential' } })
    expect(failed.kinds.map(({ end }) => end)).toEqual(Array(5).fill('skipped'))
    const { total } = await bench.inventory.accounts(ada.tenantId, { stale: true, first: 1 })
    expect(total).toBe(0)
  })

  it('what changed, came and went in the tenant is seen as such; what went is stale, not deleted', async () => {
    const { tenant } = bench.sandbox
    const { users, roles } = tenant.snapshot()
    const [gone, changed] = [users[10]!.user_id, users[20]!.user_id]
    tenant.removeUser(gone)
    tenant.updateUser(changed, { nickname: 'Somebody else' })
    const added = tenant.addUser({ email: 'new.person@example.com' }).user_id
    const role = tenant.addRole({ name: 'A new role' })
    tenant.removeRole(roles[3]!.id)
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    const [usersKind, rolesKind] = run.kinds
    expect(usersKind).toMatchObject({ created: 1, changed: 1, stale: 1 })
    expect(rolesKind).toMatchObject({ created: 1, changed: 0, stale: 1 })
    expect(bare(await exportAll(bench, connection.id))).toEqual(truth())
    const find = async (search: string) =>
      (await bench.inventory.accounts(ada.tenantId, { search, first: 10, connectionId: connection.id }))
        .nodes[0]!
    expect(await find(added)).toMatchObject({ externalId: added, staleSince: null })
    const stale = await find(gone)
    expect(stale.staleSince).toEqual(run.finishedAt)
    expect(stale.lastSeenAt.getTime()).toBeLessThan(run.startedAt.getTime())
    expect(role.id).toBeTruthy()
  })

  it('stale ones stay stale without being counted again, and are cleared when seen again', async () => {
    const again = await bench.sync1(connection)
    expect(again.kinds.map(({ stale, created, changed }) => stale + created + changed)).toEqual([
      0, 0, 0, 0, 0,
    ])
    const { nodes } = await bench.inventory.accounts(ada.tenantId, { stale: true, first: 10 })
    expect(nodes).toHaveLength(1)
    bench.sandbox.tenant.addUser({ user_id: nodes[0]!.externalId, email: 'back@example.com' })
    const back = await bench.sync1(connection)
    expect(back.kinds[0]).toMatchObject({ created: 0, changed: 1, stale: 0 })
    const account = await bench.inventory.account(ada.tenantId, nodes[0]!.id)
    expect(account).toMatchObject({ staleSince: null, firstSeenAt: nodes[0]!.firstSeenAt })
    expect(bare(await exportAll(bench, connection.id))).toEqual(truth())
  })
})

describe('with exactly the four read scopes', () => {
  it('role holders are skipped with the missing scope named; the others are complete', async () => {
    const readOnly = await bench.connect(bench.sandbox.applications.readOnly)
    expect(readOnly.state).toBe('ready')
    const run = await bench.sync1(readOnly)
    expect(run.status).toBe('complete')
    expect(run.kinds.map(({ end }) => end)).toEqual([
      'complete',
      'complete',
      'skipped',
      'complete',
      'complete',
    ])
    const skipped = run.kinds[2]!
    expect(skipped.reason).toContain('read:role_members')
    expect(skipped.failure).toMatchObject({
      kind: 'permission',
      code: 'auth0.insufficient_scope',
      scopes: ['read:role_members'],
    })
    const paths = bench.sandbox.requests.entries.filter(({ status }) => status === 403)
    expect(paths.filter(({ route }) => route.includes('/roles/{id}/users'))).toEqual([])
  })

  it('F33: says the same words as a test when the scope is withdrawn while it runs', async () => {
    const { sandbox } = bench
    const some = await bench.connect(
      sandbox.addApplication({ name: 'Some', scopes: sandbox.applications.fullPlus.scopes }),
    )
    sandbox.faults.add({
      match: { route: '/roles/{id}/users', clientId: some.config['clientId']! },
      after: 2,
      effect: {
        kind: 'answer',
        status: 403,
        body: { statusCode: 403, error: 'Forbidden', message: 'x', errorCode: 'insufficient_scope' },
      },
    })
    const run = await bench.sync1(some)
    sandbox.faults.clear()
    expect(run.kinds.map(({ end }) => end)).toEqual([
      'complete',
      'complete',
      'skipped',
      'complete',
      'complete',
    ])
    expect(run.kinds[2]!.reason).toContain('read:role_members')
  })
})

describe('one run at a time', () => {
  it('a second start is refused and names the run; cancelling ends it at once and marks nothing', async () => {
    const run = granted(await bench.sync.start(ada, connection.id))
    const second = await bench.sync.start(ada, connection.id)
    expect(isRefusal(second) && second.refused[0]).toMatchObject({
      kind: 'conflict',
      code: 'sync.already_running',
    })
    expect(JSON.stringify(second)).toContain(run.id)
    const cancelled = granted(await bench.sync.cancel(ada, run.id))
    expect(cancelled.status).toBe('cancelled')
    expect(
      cancelled.kinds.every(({ end }) => end === 'skipped' || end === 'truncated' || end === 'complete'),
    ).toBe(true)
    const again = await bench.sync.cancel(ada, run.id)
    expect(isRefusal(again) && again.refused[0]!.code).toBe('sync.has_ended')
    const events = await bench.database.tenant(ada.tenantId, (trx) =>
      sql<{
        action: string
      }>`select action from audit_event where subject_id = ${run.id} order by seq`.execute(trx),
    )
    expect(events.rows.map(({ action }) => action)).toEqual(['sync_run.started', 'sync_run.cancelled'])
  })

  it('the last run, the runs and the counts say what is', async () => {
    const runs = await bench.sync.list(ada.tenantId, connection.id, { first: 2 })
    expect(runs.nodes.map(({ status }) => status)).toEqual(['cancelled', 'complete'])
    expect(runs.next).not.toBeNull()
    const older = await bench.sync.list(ada.tenantId, connection.id, { first: 100, after: runs.next })
    expect(older.nodes.map(({ generation }) => generation)).toEqual(
      [5, 4, 3, 2, 1].slice(0, older.nodes.length),
    )
    expect(await bench.sync.activeRun(ada.tenantId, connection.id)).toBeNull()
    const counts = (await bench.inventory.counts(ada.tenantId, [connection.id])).get(connection.id)!
    expect(counts.map(({ kind, label }) => [kind, label])[2]).toEqual(['role_members', 'Role holders'])
    const { users } = bench.sandbox.tenant.snapshot()
    expect(counts[0]).toMatchObject({ present: users.length, stale: 0 })
    expect(report(runs.nodes[1]!)).toBeTruthy()
  })
})
