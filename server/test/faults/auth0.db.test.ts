import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultMatch } from '@owlie/auth0-sandbox'
import { Secret } from '@owlie/connector-kit'
import type { SyncRun } from '../../sync/index.ts'
import { ada, connect, exportAll, granted } from '../../sync/test/bench.ts'
import { compareMirror, countStale } from '../processes/invariants.ts'
import { expectQuiet, type FaultBench, openFaultBench } from './fault-bench.ts'

/**
 * What Auth0 itself does. Each: a tenant that has changed, the fault, exactly what is expected, then the fault over, the
 * run or the next one complete, and the invariants.
 */

let bench: FaultBench
let stale: number
let usual: SyncRun

beforeAll(async () => {
  bench = await openFaultBench(
    {
      ...{ users: 330, roles: 5, organizations: 14 },
      shape: { membersPerOrganization: 2, groups: 0, bigOrganizationMembers: 250, bigRoleHolders: 250 },
    },
    { door: { maxBytes: 8_000_000 } },
  )
  await bench.full()
  usual = await bench.full()
}, 60_000)
beforeEach(async () => {
  bench.stir()
  stale = await countStale(bench.database)
})
afterEach(async () => {
  bench.sandbox.faults.clear()
  // One row that fails does not stand in the way of the others.
  const left = await bench.sync.activeRun(ada.tenantId, bench.connection.id)
  if (left) await bench.sync.cancel(ada, left.id)
})
afterAll(() => bench.close())

const users = { method: 'GET', route: '/users' }
const holders = { method: 'GET', route: '/roles/{id}/users' }
const members = { method: 'GET', route: '/organizations/{id}/members' }
type Body = Record<string, unknown>
type Row = Readonly<{ user_id: string }>

const tenant = () => bench.sandbox.tenant
const ends = (run: SyncRun) => Object.fromEntries(run.kinds.map(({ name, end }) => [name, end]))
const kind = (run: SyncRun, name: string) => run.kinds.find((each) => each.name === name)!
const nothingMarked = async () => expect(await countStale(bench.database)).toBe(stale)
const allComplete = Object.fromEntries(
  ['users', 'roles', 'role_members', 'organizations', 'organization_members'].map((name) => [
    name,
    'complete',
  ]),
)
/** Changes what Auth0 answers; `undefined` leaves it. */
const rewrite = (
  match: FaultMatch,
  change: (body: Body) => unknown,
  more: { after?: number; times?: number } = {},
) =>
  bench.fault({
    ...{ match, ...more },
    effect: { kind: 'rewrite', change: (body) => change(body as Body) ?? body },
  })
const quietAgain = async () => expectQuiet(bench, await bench.full())
const accounts = async () =>
  (await exportAll(bench, bench.connection.id)).flatMap((one) =>
    one.kind === 'account' ? [one as unknown as { id: string; attributes: Record<string, unknown> }] : [],
  )

describe('credentials and permissions', () => {
  it.each([
    ['is revoked', () => bench.sandbox.rejectIssuedTokens()],
    ['expires', () => bench.sandbox.clock.advance(48 * 3_600_000)],
  ])('F31: a token that %s in mid-run is fetched anew, once for all who read', async (_, spoil) => {
    const tokens = () => bench.sandbox.requests.byRoute()['POST /oauth/token'] ?? 0
    let before = -1
    rewrite(members, () => void (spoil(), (before = tokens())), { after: 2, times: 1 })
    const { run, waits } = await bench.carry(await bench.start())
    bench.sandbox.clock.reset()
    expect(waits).toEqual([])
    expect(tokens() - before).toBe(1)
    expect(bench.sandbox.requests.withStatus(401)).toBeGreaterThan(0)
    await expectQuiet(bench, run)
  })

  it('F32: the secret rotated in mid-run: paused with the reason, nothing asked, and on by itself with the new one', async () => {
    const { requests } = bench.sandbox
    const client = tenant().clients.get(bench.application.clientId)!
    const renewed = 'a-new-secret-that-nobody-has-seen-before-0123456789'
    rewrite(holders, () => void ((client.client_secret = renewed), bench.sandbox.rejectIssuedTokens()), {
      times: 1,
    })
    const started = await bench.start()
    const { run: paused, waits } = await bench.carry(started)
    expect(waits).toEqual([])
    expect(paused).toMatchObject({
      ...{ status: 'paused', paused: { by: 'Owlie' }, finishedAt: null },
      failure: { kind: 'credential', code: 'auth0.unauthorized', field: 'clientSecret' },
    })
    expect(kind(paused, 'users').end).toBe('complete')
    await nothingMarked()
    // Nobody asks again with what is known to be refused; whoever resumes it by hand learns the same.
    const wakes = () => bench.database.tenant(ada.tenantId, (trx) => bench.sync.wake(trx))
    const before = requests.total
    await bench.turns(paused)
    expect([requests.total, await wakes()]).toEqual([before, []])
    granted(await bench.sync.resume(ada, paused.id))
    expect(await bench.turns(paused)).toMatchObject({
      status: 'paused',
      failure: { code: 'auth0.unauthorized' },
    })

    const test = granted(
      await bench.connections.replaceCredential(ada, {
        connectionId: bench.connection.id,
        secrets: { clientSecret: new Secret(renewed) },
      }),
    )
    await expect
      .poll(async () => (await bench.connections.getTest(ada.tenantId, test.id))?.status, { timeout: 15_000 })
      .not.toBe('running')
    expect(await wakes()).toMatchObject([{ ids: { runId: paused.id } }])
    const { run } = await bench.carry(paused)
    expect(kind(run, 'users').pages).toBe(kind(paused, 'users').pages)
    await expectQuiet(bench, run)
    const { rows } = await bench.database.pool.query(
      `select action from audit_event where subject_id = $1 order by seq`,
      [run.id],
    )
    expect(rows.map(({ action }: { action: string }) => action)).toEqual([
      ...['sync_run.started', 'sync_run.paused', 'sync_run.resumed', 'sync_run.paused'],
      ...['sync_run.resumed', 'sync_run.ended'],
    ])
  })

  it('F33: a scope withdrawn for one type: it is skipped by name, what needs it with the reason, the others finish', async () => {
    const body = { statusCode: 403, error: 'Forbidden', message: 'x', errorCode: 'insufficient_scope' }
    const match = { method: 'GET', route: '/organizations' }
    const clear = bench.fault({ match, effect: { kind: 'answer', status: 403, body } })
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('incomplete')
    expect(ends(run)).toEqual({ ...allComplete, organizations: 'skipped', organization_members: 'skipped' })
    expect(kind(run, 'organizations')).toMatchObject({
      reason: expect.stringContaining('read:organizations') as string,
      failure: { code: 'auth0.insufficient_scope', scopes: ['read:organizations'] },
    })
    expect(kind(run, 'organization_members')).toMatchObject({
      reason: 'Organization members were skipped, because organizations did not end complete in this run.',
      failure: { code: 'sync.prerequisite_not_complete' },
    })
    expect(run.kinds.map(({ stale: marked }) => marked).slice(3)).toEqual([0, 0])
    clear()
    await quietAgain()
  })

  it.each(['customApi', 'unauthorized'] as const)(
    'F34: an application authorized for something else (%s): the test says exactly that',
    async (name) => {
      const { clientId, clientSecret } = bench.sandbox.applications[name]
      const code = 'auth0.not_authorized_for_management_api'
      const other = await connect(bench, {
        ...{ name, connector: 'auth0', secrets: { clientSecret: new Secret(clientSecret) } },
        config: { domain: bench.sandbox.domain, clientId, scopes: 'read:users read:roles' },
      })
      expect(other.lastTest!.checks.flatMap(({ failure }) => failure?.code ?? [])).toEqual([code])
      const refused = await bench.sync.start(ada, other.id)
      expect(JSON.stringify(refused)).toContain('not authorized for the Management API')
      await quietAgain()
    },
  )
})

it('F34: the authorization taken away since the test: the run ends with the same words', async () => {
  const { clientId } = bench.application
  bench.sandbox.grantScopes(clientId, undefined)
  const { run } = await bench.carry(await bench.start())
  expect(run).toMatchObject({
    ...{ status: 'failed', failure: { code: 'auth0.not_authorized_for_management_api' } },
  })
  await nothingMarked()
  bench.sandbox.grantScopes(clientId, bench.application.scopes)
  await quietAgain()
})

describe('lists that move, lie or break', () => {
  it('F35: a page that brings the one before again is counted once', async () => {
    const earlier = new Map<string, readonly Row[]>()
    for (const [match, key] of [
      [holders, 'users'],
      [members, 'members'],
    ] as const)
      rewrite(match, (body) => {
        const rows = body[key] as readonly Row[]
        const before = earlier.get(key) ?? []
        earlier.set(key, rows)
        // Only within the one long list of each.
        return rows.length + before.length > 120 ? { ...body, [key]: [...before, ...rows] } : undefined
      })
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
  })

  it('F36: one deleted per page shifts the rest: nobody who is there is missed or called stale', async () => {
    const [role, organization] = [
      [...tenant().roles].find(({ name }) => name === 'Everyone')!.id,
      [...tenant().organizations].find(({ name }) => name === 'big')!.id,
    ]
    const removed = new Set<string>()
    const remove = (rows: readonly Row[] | undefined, how: (id: string) => boolean) => {
      const gone = rows?.find(({ user_id }) => !removed.has(user_id) && how(user_id))
      if (gone) removed.add(gone.user_id)
    }
    rewrite(users, ({ users: rows }) => remove(rows as Row[], (id) => tenant().removeUser(id)))
    rewrite({ ...holders, contains: role }, ({ users: rows }) =>
      remove(rows as Row[], (id) => tenant().unassignRole(id, role)),
    )
    rewrite({ ...members, contains: organization }, ({ members: rows }) =>
      remove(rows as Row[], (id) => tenant().removeMember(organization, id)),
    )
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
    expect(removed.size).toBeGreaterThanOrEqual(9)
    const wrong = await compareMirror(bench, bench.sandbox, bench.connection.id)
    expect(wrong.filter((each) => each.includes('not stored'))).toEqual([])
    bench.sandbox.faults.clear()
    await quietAgain()
  })

  it('F37: one added per page is there once, at the latest in the next run', async () => {
    const [role] = [...tenant().roles]
    let people = 0
    const added = { times: 3 }
    rewrite(
      users,
      () => {
        const { user_id } = tenant().addUser({ email: `between${++people}@example.com` })
        tenant().assignRole(user_id, role!.id)
      },
      added,
    )
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
    expect(people).toBe(3)
    const ids = (await accounts()).map(({ id }) => id)
    expect(ids).toHaveLength(new Set(ids).size)
    expect(kind(run, 'users').read).toBe(ids.length)
    bench.sandbox.faults.clear()
    await quietAgain()
  })

  it.each<[string, (body: Body) => unknown]>([
    ['missing', ({ total: _, ...body }) => body],
    ['0', (body) => ({ ...body, total: 0 })],
    ['below nothing', (body) => ({ ...body, total: -1 })],
    ['a word', (body) => ({ ...body, total: 'many' })],
  ])('F41: a total that is %s decides nothing, and is not shown as one', async (_, change) => {
    for (const route of ['/users', '/roles']) rewrite({ method: 'GET', route }, change)
    const { run } = await bench.carry(await bench.start())
    expect(ends(run)).toEqual(allComplete)
    expect(kind(run, 'users').totalExact).toBe(false)
    await expectQuiet(bench, run)
  })
  // On purpose: a count is no proof that all was read, but one that promises more than came is a doubt, and doubt marks nothing.
  it('F41: a total that promises more than comes makes a list truncated, by name', async () => {
    for (const route of ['/users', '/roles'])
      rewrite({ method: 'GET', route }, (body) => ({ ...body, total: 90_000 }))
    const { run } = await bench.carry(await bench.start())
    expect(ends(run)).toMatchObject({ users: 'truncated', roles: 'truncated', organizations: 'complete' })
    expect(kind(run, 'users').failure).toMatchObject({ code: 'auth0.users_incomplete' })
    await nothingMarked()
    bench.sandbox.faults.clear()
    await quietAgain()
  })

  it.each([
    ['users', 'users', (body: Body) => ({ ...body, users: [], total: 0 })],
    ['roles', 'roles', (body: Body) => ({ ...body, roles: [], total: 0 })],
    ['organizations', 'organizations', ({ next: _, ...body }: Body) => ({ ...body, organizations: [] })],
  ])('F42: an empty answer for %s of a full tenant is held: nothing is stale', async (_, name, change) => {
    const clear = rewrite({ method: 'GET', route: `/${name}` }, change)
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('incomplete')
    expect(kind(run, name)).toMatchObject({ end: 'held', stale: 0 })
    if (name === 'users') await nothingMarked()
    clear()
    await quietAgain()
  })

  it('F45: a checkpoint that is taken no longer: that list is read anew, not the run', async () => {
    const body = { statusCode: 400, error: 'Bad Request', message: 'x', errorCode: 'invalid_query_string' }
    const match = { ...holders, contains: 'from=' }
    bench.fault({ match, times: 1, effect: { kind: 'answer', status: 400, body } })
    const before = bench.sandbox.requests.byRoute()['GET /api/v2/users'] ?? 0
    const { run, waits } = await bench.carry(await bench.start())
    expect(waits).toEqual([])
    expect((bench.sandbox.requests.byRoute()['GET /api/v2/users'] ?? 0) - before).toBe(
      kind(usual, 'users').pages,
    )
    expect(kind(run, 'role_members')).toMatchObject({
      end: 'complete',
      read: tenant().snapshot().roleHolders.length,
    })
    await expectQuiet(bench, run)
  })
})
