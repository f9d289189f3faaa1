import { auth0 } from '@owlie/connector-auth0'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { isRefusal } from '../model/index.ts'
import type { SyncRun } from './index.ts'
import {
  ada,
  believeAll,
  exportAll,
  granted,
  openSandboxBench,
  report,
  type SandboxBench,
} from './test/bench.ts'
import { openWriter, type TenantWriter } from './test/tenant-writer.ts'

/** Following the changes of the sandbox tenant. Each story goes on from the one before. */

let bench: SandboxBench
let connection: Connection
let writer: TenantWriter

beforeAll(async () => {
  bench = await openSandboxBench({
    users: 150,
    roles: 8,
    organizations: 12,
    shape: { membersPerOrganization: 6 },
  })
  connection = await bench.connect(bench.sandbox.applications.everything)
  writer = await openWriter(bench.sandbox)
  await believeAll(bench, connection, auth0)
}, 60_000)
afterAll(async () => {
  await writer.close()
  await bench.close()
})

async function follow(): Promise<SyncRun> {
  return bench.drive(granted(await bench.sync.start(ada, connection.id, { mode: 'incremental' })))
}
const checkpoint = async () => {
  const { rows } = await bench.database.pool.query<{ cursor: unknown; moved_run: string; lost: unknown }>(
    'select cursor, moved_run, lost from sync_hint_checkpoint where connection_id = $1',
    [connection.id],
  )
  return rows[0] ?? null
}
const tenant = () => bench.sandbox.tenant
/** One whose profile Auth0 keeps itself. */
const someUser = () =>
  tenant()
    .snapshot()
    .users.find(({ user_id }) => user_id.startsWith('auth0|'))!
const changes = (run: SyncRun) =>
  Object.fromEntries(
    run.kinds
      .filter(({ created, changed, stale }) => created + changed + stale > 0)
      .map(({ name, created, changed, stale }) => [name, { created, changed, stale }]),
  )

const write: TenantWriter['write'] = (...request) => writer.write(...request)
const encoded = (id: string) => encodeURIComponent(id)

/** The inventory is the tenant, object by object and grant by grant. */
async function expectTruth(): Promise<void> {
  const { users, roles, organizations, roleHolders, members } = tenant().snapshot()
  const records = (await exportAll(bench, connection.id)) as unknown as {
    kind: string
    [key: string]: unknown
  }[]
  const of = (kind: string) => records.filter((record) => record.kind === kind).map(({ id }) => id)
  expect(of('account')).toEqual(users.map(({ user_id }) => user_id).toSorted(byBytes))
  expect(of('role')).toEqual(roles.map(({ id }) => id).toSorted(byBytes))
  expect(of('organization')).toEqual(organizations.map(({ id }) => id).toSorted(byBytes))
  const grants = (type: string) =>
    records
      .filter((record) => record.kind === 'grant' && record.type === type)
      .filter(({ entitlement }) => !String(entitlement).startsWith('grp_'))
      .map(({ account, entitlement }) => `${String(account)} ${String(entitlement)}`)
      .toSorted()
  expect(grants('role')).toEqual(roleHolders.map((one) => `${one.user_id} ${one.role_id}`).toSorted())
  expect(grants('member')).toEqual(members.map((one) => `${one.user_id} ${one.organization_id}`).toSorted())
  expect(grants('organization_role')).toEqual(
    members
      .flatMap(({ user_id, organization_id, roles: held }) =>
        held.map((role) => `${user_id} ${organization_id}:${role}`),
      )
      .toSorted(),
  )
}
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('following changes', () => {
  it('before the first complete full run there is nothing to follow from', async () => {
    const answer = await bench.sync.start(ada, connection.id, { mode: 'incremental' })
    expect(isRefusal(answer) && answer.refused).toMatchObject([{ code: 'sync.no_base' }])
    const full = await bench.sync1(connection)
    expect([full.status, full.hintFailure]).toEqual(['complete', null])
    expect(await checkpoint()).toMatchObject({ moved_run: full.id, lost: null })
    expect(await bench.sync.incrementalObstacle(ada.tenantId, connection.id)).toBeNull()
  }, 60_000)

  it('with nothing new it costs two requests and the token, and changes nothing', async () => {
    // The first one after a full run reads again what changed in the minutes before it.
    await follow()
    const run = await follow()
    expect(run).toMatchObject({ status: 'complete', mode: 'incremental' })
    const { byRoute, total } = run.requests
    expect(Object.fromEntries(byRoute.map(({ route, count }) => [route, count]))).toEqual({
      'GET /logs': 1,
      'GET /users': 1,
      'POST /oauth/token': 1,
    })
    expect(total).toBe(3)
    expect(changes(run)).toEqual({})
  })

  it('requirement 29: the next run asks only for what came after the checkpoint; a failed run does not move it', async () => {
    const before = await checkpoint()
    const user = someUser()
    await write('PATCH', `/users/${encoded(user.user_id)}`, { name: 'Renamed Once' })
    const fault = bench.sandbox.faults.add({
      match: { route: '/users/{id}' },
      effect: { kind: 'answer', status: 403, body: { statusCode: 403, errorCode: 'insufficient_scope' } },
    })
    const failed = await follow()
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'auth0.insufficient_scope' } })
    expect(await checkpoint()).toEqual(before)
    bench.sandbox.faults.clear(fault)

    const run = await follow()
    expect([run.status, changes(run)]).toEqual(['complete', { users: { created: 0, changed: 1, stale: 0 } }])
    expect((await checkpoint())!.moved_run).toBe(run.id)
    expect((await checkpoint())!.cursor).not.toEqual(before!.cursor)
    const asked = bench.sandbox.requests.entries.filter(({ target }) => target.startsWith('/api/v2/logs?'))
    expect(asked.at(-1)!.target).toContain(`from=${(before!.cursor as { log: string }).log}`)
    const found = await bench.inventory.accounts(ada.tenantId, { first: 1, search: 'Renamed Once' })
    expect(found.nodes[0]!.externalId).toBe(user.user_id)
  })

  it('users, roles, organizations and everything held: made, changed and taken away, one by one', async () => {
    const { users, roles, organizations, members } = tenant().snapshot()
    const own = users.map(({ user_id }) => user_id).filter((id) => id.startsWith('auth0|'))
    const [a, b, c] = own.slice(10, 13) as [string, string, string]
    const made = await write('POST', '/users', {
      ...{
        connection: 'Username-Password-Authentication',
        email: 'new@example.com',
        password: 'Correct-1-horse',
      },
    })
    const newRole = await write('POST', '/roles', { name: 'Made today' })
    const newOrganization = await write('POST', '/organizations', {
      name: 'made-today',
      display_name: 'Made today',
    })
    await write('PATCH', `/roles/${roles[0]!.id}`, { description: 'Described anew' })
    await write('POST', `/users/${encoded(a)}/roles`, { roles: [newRole.id] })
    await write('POST', `/roles/${roles[1]!.id}/users`, { users: [b, made.user_id] })
    await write('POST', `/organizations/${String(newOrganization.id)}/members`, { members: [a, c] })
    await write('POST', `/organizations/${String(newOrganization.id)}/members/${encoded(c)}/roles`, {
      roles: [roles[2]!.id],
    })
    const leaver = members.find(({ user_id }) => ![a, b, c].includes(user_id))!
    await write('DELETE', `/organizations/${leaver.organization_id}/members`, { members: [leaver.user_id] })
    await write('PATCH', `/users/${encoded(b)}`, { blocked: true })
    await write('DELETE', `/users/${encoded(users[20]!.user_id)}`)
    expect(organizations.length).toBeGreaterThan(0)

    const run = await follow()
    expect([run.status, run.failure]).toEqual(['complete', null])
    await expectTruth()
    expect(run.kinds.find(({ name }) => name === 'users')).toMatchObject({ created: 1, stale: 1 })
    const statement = (await bench.sync.statement(ada.tenantId, run.id))!
    expect(JSON.parse(statement.json)).toMatchObject({
      run: { mode: 'incremental' },
      hints: { notFollowed: expect.arrayContaining(['APIs', 'Groups']) },
    })
    // And a full run finds nothing more of these kinds.
    const full = await bench.sync1(connection)
    expect(report(full)).toMatchObject({
      users: expect.stringMatching(/\+0 ~0/),
      roles: expect.stringMatching(/\+0 ~0/),
    })
  }, 60_000)

  it('marks nothing but what was asked for by its id: a list that is not told of stays', async () => {
    await follow()
    // Gone without a trace in the log.
    const [, , , silent] = tenant().snapshot().users
    tenant().removeUser(silent!.user_id)
    const run = await follow()
    expect([run.status, changes(run)]).toEqual(['complete', {}])
    const full = await bench.sync1(connection)
    expect(full.kinds.find(({ name }) => name === 'users')!.stale).toBe(1)
  }, 60_000)

  it('handed over between two pages it goes on from its own place, and moves the checkpoint once', async () => {
    await follow()
    for (let at = 0; at < 130; at++) {
      tenant().logs.add({ type: 's', description: 'login' } as never)
    }
    const user = someUser()
    await write('PATCH', `/users/${encoded(user.user_id)}`, { name: 'Renamed Twice' })
    const before = await checkpoint()
    const started = granted(await bench.sync.start(ada, connection.id, { mode: 'incremental' }))
    const another = bench.another({ limits: { turnPages: 1 } })
    const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
    await another.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: started.id }, context)
    expect(await checkpoint()).toEqual(before)
    const run = await bench.drive(started)
    expect([run.status, changes(run)]).toEqual(['complete', { users: { created: 0, changed: 1, stale: 0 } }])
    expect((await checkpoint())!.moved_run).toBe(run.id)
  })
})

it('a schedule starts one every so many minutes, between the full ones', async () => {
  const schedule = granted(
    await bench.sync.setSchedule(ada, connection.id, {
      ...{ enabled: true, cron: '0 3 * * *', timeZone: 'UTC', incrementalMinutes: 5 },
    }),
  )
  await bench.database.pool.query(`update sync_schedule set incremental_due_at = now() - interval '2 hours'`)
  const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
  await bench.sync.tasks['sync.schedule']!({ tenantId: ada.tenantId, connectionId: connection.id }, context)
  const run = (await bench.sync.activeRun(ada.tenantId, connection.id))!
  expect(run).toMatchObject({ mode: 'incremental', trigger: 'schedule', actor: 'Schedule' })
  expect((await bench.drive(run)).status).toBe('complete')
  const after = (await bench.sync.schedule(ada.tenantId, connection.id))!
  expect(after.lastIncremental).toMatchObject({ outcome: 'started', runId: run.id })
  expect(after.nextIncremental!.getTime()).toBeGreaterThan(Date.now())
  expect(after.next).toEqual(schedule.next)
  granted(await bench.sync.switchScheduleOff(ada, connection.id))
})

describe('what is lost is said, and answered by a full run', () => {
  const lostBy = async (code: string) => {
    const run = await follow()
    expect(run).toMatchObject({
      status: 'incomplete',
      failure: { code: 'sync.hints_lost' },
      hintFailure: { code },
    })
    const next = (await bench.sync.activeRun(ada.tenantId, connection.id))!
    expect(next).toMatchObject({ mode: 'full', trigger: 'event', status: 'queued' })
    expect(await bench.sync.incrementalObstacle(ada.tenantId, connection.id)).toMatchObject({
      code: 'sync.hints_lost',
    })
    const full = await bench.drive(next)
    expect(full.status).toBe('complete')
    expect(await checkpoint()).toMatchObject({ moved_run: full.id, lost: null })
    return run
  }

  it('logs no longer kept', async () => {
    await follow()
    const place = (await checkpoint())!.cursor as { log: string }
    // As after retention: the entry and all before it are gone.
    const book = tenant().logs
    const kept = book.kept.bind(book)
    book.kept = () => kept().filter(({ log_id }) => log_id > place.log)
    const run = await lostBy('auth0.changes_lost')
    book.kept = kept
    expect(run.kinds.every(({ end }) => end === 'truncated' || end === 'skipped')).toBe(true)
  }, 60_000)

  it('a change that names nothing', async () => {
    await follow()
    tenant().logs.add({
      ...{ type: 'sapi', description: 'Delete a connection' },
      details: {
        request: { method: 'delete', path: '/api/v2/connections/con_1' },
        response: { statusCode: 204 },
      },
    } as never)
    await lostBy('auth0.changes_lost')
  }, 60_000)

  it('more than the mass-change guard lets through: nothing of it is marked', async () => {
    await follow()
    // From here on with the limits everybody begins with.
    await bench.database.pool.query('delete from guard_limit')
    const victims = tenant().snapshot().users.slice(0, 20)
    for (const { user_id } of victims) {
      tenant().removeUser(user_id)
      tenant().logs.add({ type: 'sdu', description: 'Deleted user', user_id } as never)
    }
    const run = await follow()
    expect(run).toMatchObject({ status: 'incomplete', hintFailure: { code: 'sync.too_much_changed' } })
    expect(run.hintFailure!.message).toContain('vanished')
    const { rows } = await bench.database.pool.query<{ n: number }>(
      'select count(*)::int as n from account where missed_first_run = $1',
      [run.id],
    )
    expect(rows).toEqual([{ n: 0 }])
    const full = await bench.drive((await bench.sync.activeRun(ada.tenantId, connection.id))!)
    expect(full.kinds.find(({ name }) => name === 'users')!.end).toBe('held')
  }, 60_000)

  it('other settings need a full run first', async () => {
    const { version } = (await bench.connections.get(ada.tenantId, { id: connection.id }))!
    granted(
      await bench.connections.update(ada, {
        ...{ id: connection.id, version, name: 'Renamed', config: connection.config, secrets: {} },
      }),
    )
    const answer = await bench.sync.start(ada, connection.id, { mode: 'incremental' })
    expect(isRefusal(answer) && ['sync.settings_changed', 'sync.hints_lost']).toContain(
      isRefusal(answer) ? answer.refused[0]!.code : '',
    )
  })
})

it('without the scope it says so, in the run and before it, and stays full', async () => {
  const other = await bench.connect(bench.sandbox.applications.fullPlus)
  const full = await bench.sync1(other)
  expect(full).toMatchObject({
    status: 'complete',
    hintFailure: { code: 'auth0.insufficient_scope', scopes: ['read:logs'] },
  })
  const answer = await bench.sync.start(ada, other.id, { mode: 'incremental' })
  expect(isRefusal(answer) && answer.refused[0]).toMatchObject({ scopes: ['read:logs'] })
}, 60_000)
