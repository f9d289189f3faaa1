import { auth0 } from '@owlie/connector-auth0'
import type { Failure } from '@owlie/connector-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { ada, believeAll, connect, openBench, openSandboxBench, report } from './test/bench.ts'
import { memory, memoryConnector, memoryInput } from './test/memory-connector.ts'

/** The testable requirements of a sync, each by its number. */

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

const keep = <T extends { close(): Promise<void> }>(bench: T): T => {
  open.push(bench)
  return bench
}
const failing = (kind: Failure['kind']) => () => ({
  failure: { kind, code: `test.${kind}`, message: 'No.', remedy: 'Try.' },
})

describe('requirement 17', () => {
  it('after an initial Auth0 sync the counts equal the source, with lists of several pages', async () => {
    const bench = keep(await openSandboxBench({ users: 330, roles: 4, organizations: 120 }))
    const connection = await bench.connect(bench.sandbox.applications.full)
    await bench.sync1(connection)
    const counts = (await bench.inventory.counts(ada.tenantId, [connection.id])).get(connection.id)!
    const present = Object.fromEntries(counts.map(({ kind, present: n }) => [kind, n]))
    const { tenant } = bench.sandbox
    expect(present).toMatchObject({
      users: tenant.users.rows().length,
      roles: tenant.roles.rows().length,
      organizations: tenant.organizations.rows().length,
    })
    expect(present['users']).toBe(330)
  }, 60_000)
})

describe('requirement 18', () => {
  it('the manifest lists accounts, entitlements and relationships, and the engine runs only what is listed', async () => {
    const yields = new Set(auth0.manifest.kinds.map((kind) => kind.yields))
    expect(yields).toEqual(new Set(['account', 'entitlement', 'grant']))
    const state = memory(3, 1)
    const connector = memoryConnector(state)
    const listed = { ...connector.manifest, kinds: connector.manifest.kinds.slice(0, 1) }
    const bench = keep(await openBench({ connectors: [{ ...connector, manifest: listed }] }))
    await bench.sync1(await connect(bench, memoryInput))
    expect(new Set(state.asked.map(({ kind }) => kind))).toEqual(new Set(['people']))
  })
})

describe('requirement 19', () => {
  it('memberships wait for users and organizations, and are skipped with the reason when one failed', async () => {
    const state = memory(15, 2)
    const bench = keep(await openBench({ connectors: [memoryConnector(state)] }))
    const connection = await connect(bench, memoryInput)
    await bench.sync1(connection)
    const order = state.asked.map(({ kind }) => kind)
    expect(order.indexOf('group_people')).toBeGreaterThan(order.lastIndexOf('people'))
    expect(order.indexOf('group_people')).toBeGreaterThan(order.lastIndexOf('groups'))
    state.asked.length = 0
    state.readers.groups = failing('rejected')
    const run = await bench.sync1(connection)
    expect(state.asked.map(({ kind }) => kind)).not.toContain('group_people')
    expect(run.kinds[2]).toMatchObject({
      end: 'skipped',
      reason: 'Group members were skipped, because groups did not end complete in this run.',
    })
  })
})

describe('requirement 21', () => {
  it('an account absent from a later run is marked stale and kept, and cleared when it is seen again', async () => {
    const state = memory(30, 1)
    const connector = memoryConnector(state)
    const bench = keep(await openBench({ connectors: [connector] }))
    const connection = await connect(bench, memoryInput)
    await believeAll(bench, connection, connector)
    await bench.sync1(connection)
    const [gone] = state.people.splice(7, 1)
    const missed = await bench.sync1(connection)
    const stale = () => bench.inventory.accounts(ada.tenantId, { first: 10, stale: true })
    const { nodes } = await stale()
    expect(nodes.map(({ externalId }) => externalId)).toEqual([gone!.id])
    expect(nodes[0]!.staleSince!.getTime()).toBeGreaterThanOrEqual(missed.startedAt.getTime())
    expect(nodes[0]!.lastSeenAt.getTime()).toBeLessThan(nodes[0]!.staleSince!.getTime())
    state.people.push(gone!)
    await bench.sync1(connection)
    expect((await stale()).nodes).toEqual([])
  })
})

describe('requirement 22', () => {
  it.each(['rejected', 'permission', 'missing', 'unsupported'] as const)(
    'a run cut short by a %s failure marks nothing of that type',
    async (kind) => {
      const state = memory(20, 2)
      const bench = keep(await openBench({ connectors: [memoryConnector(state)] }))
      const connection = await connect(bench, memoryInput)
      await bench.sync1(connection)
      state.readers.people = ({ cursor }) =>
        cursor === null
          ? { page: { observations: state.people.slice(0, 10), end: { is: 'more', cursor: 10 } } }
          : failing(kind)()
      const run = await bench.sync1(connection)
      expect(run.kinds[0]!.end, JSON.stringify(report(run))).not.toBe('complete')
      expect((await bench.inventory.accounts(ada.tenantId, { first: 10, stale: true })).total).toBe(0)
    },
  )
})
