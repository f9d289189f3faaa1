import { auth0 } from '@owlie/connector-auth0'
import type { Connector } from '@owlie/connector-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, openSandboxBench, type SandboxBench } from './test/bench.ts'

/** What runs are expected to take, against what they take at the sandbox. Each story goes on from the one before. */

let bench: SandboxBench
let connection: Connection
/** By kind, what the readers were told. */
const told = new Map<string, Set<string | undefined>>()

const listening: Connector = {
  ...auth0,
  read: Object.fromEntries(
    Object.entries(auth0.read).map(([kind, read]) => [
      kind,
      (session, request) => {
        told.set(kind, (told.get(kind) ?? new Set()).add(request.route))
        return read(session, request)
      },
    ]),
  ) as Connector['read'],
}

beforeAll(async () => {
  bench = await openSandboxBench(
    {
      users: 1300,
      roles: 7,
      organizations: 120,
      shape: { bigOrganizationMembers: 350, bigRoleHolders: 320, membersPerOrganization: 4 },
    },
    { connectors: [listening] },
  )
  connection = await bench.connect(bench.sandbox.applications.readOnlyPlus)
}, 60_000)
afterAll(() => bench.close())

const forecast = () => bench.sync.forecast(ada.tenantId, connection.id)

describe('a forecast', () => {
  it('before the first run says which ways, and that nobody has counted', async () => {
    const before = await forecast()
    expect(before).toMatchObject({ countedAt: null, atMost: null, plan: { assumed: true } })
    expect(before!.kinds.map(({ kind, route, atMost }) => [kind, route, atMost])).toEqual([
      ['users', 'walk', null],
      ['roles', 'pages', null],
      ['role_members', 'by-container', null],
      ['organizations', 'pages', null],
      ['organization_members', 'by-container', null],
    ])
  })

  it('is stored with the run, and its routes reach the readers', async () => {
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    expect(run.forecast).toMatchObject({ countedAt: null, requests: 4 })
    expect([...told].map(([kind, routes]) => [kind, ...routes])).toEqual([
      ['users', 'walk'],
      ['roles', 'pages'],
      ['role_members', 'by-container'],
      ['organizations', 'pages'],
      ['organization_members', 'by-container'],
    ])
  })

  it('after a run it is exact, kind by kind, as long as nothing changes', async () => {
    const last = await bench.sync.lastRun(ada.tenantId, connection.id)
    const after = await forecast()
    expect(after!.countedAt).toBe(last!.finishedAt!.toISOString())
    expect(after!.atMost).toBe(after!.requests)
    const before = bench.sandbox.requests.total
    const run = await bench.sync1(connection)
    expect(run.forecast).toEqual(after)
    expect(run.kinds.map(({ name, pages }) => [name, pages])).toEqual(
      after!.kinds.map(({ kind, requests }) => [kind, requests]),
    )
    expect(bench.sandbox.requests.total - before).toBe(after!.requests)
    expect(run.requests.total).toBe(after!.requests)
  })

  it('a run under way shows how many there are from the last one, where Auth0 does not count that far', async () => {
    const started = await bench.sync.start(ada, connection.id)
    if ('refused' in started) throw new Error('refused')
    const engine = bench.another({ limits: { turnPages: 3 } })
    const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
    await engine.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: started.id }, context)
    const now = await bench.sync.get(ada.tenantId, started.id)
    const { size } = bench.sandbox.tenant.users
    expect(now!.kinds[0]).toMatchObject({ name: 'users', running: true, total: size, totalExact: false })
    expect(now!.kinds[2]).toMatchObject({ name: 'role_members', end: null })
    expect(now!.kinds[2]!.total).toBeGreaterThan(300)
    await engine.sync.cancel(ada, started.id)
  })

  it('a run that was cancelled counts nothing: the sizes are those of complete ones', async () => {
    const last = await bench.sync.lastRun(ada.tenantId, connection.id)
    expect(last!.status).toBe('cancelled')
    const now = await forecast()
    expect(now!.countedAt).not.toBe(last!.finishedAt!.toISOString())
    expect(now!.kinds[0]!.requests).toBeGreaterThan(10)
  })

  it('nobody else sees it, and what is no connection has none', async () => {
    expect(await bench.sync.forecast('another', connection.id)).toBeNull()
    expect(await bench.sync.forecast(ada.tenantId, 'not an id')).toBeNull()
  })
})
