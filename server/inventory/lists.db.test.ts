import { randomUUID } from 'node:crypto'
import type { Connector, ObjectKind, Observation } from '@owlie/connector-kit'
import { systemClock } from '@owlie/connector-kit'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toCursor } from '../model/index.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import { createInventory, type Inventory } from './index.ts'

/** The reading side, on a small company. */

const tenant = 'default'
const kinds: readonly ObjectKind[] = [
  { name: 'users', label: 'Users', yields: 'account', prerequisites: [], scopes: [], capability: '' },
  {
    ...{ name: 'roles', label: 'Roles', yields: 'entitlement', entitlementType: 'role' },
    ...{ prerequisites: [], scopes: [], capability: '' },
  },
  {
    ...{
      name: 'holders',
      label: 'Role holders',
      yields: 'grant',
      entitlementType: 'role',
      container: 'roles',
    },
    ...{ prerequisites: [], scopes: [], capability: '' },
  },
]

const company = { manifest: { name: 'company', label: 'Company', kinds } } as unknown as Connector
const names = ['Zoë', 'émile', 'Anna', 'bob', 'Ünal', 'Anna', 'Łukasz', '李', 'carol 100%', 'under_score']

let database: TestDatabase
let inventory: Inventory
let connectionId: string
let generation = 0

beforeAll(async () => {
  database = await testDatabase()
  inventory = createInventory({
    database,
    connectors: new Map([['company', company]]),
    clock: systemClock,
  })
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into connection (tenant_id, name, connector, config, state, created_by, updated_by)
     values ('default', 'Company', 'company', '{}', 'ready', 'x', 'x') returning id`,
  )
  connectionId = rows[0]!.id
  await pass(everything)
})
afterAll(() => database.close())

const everything: Record<string, Observation[]> = {
  users: names.map((displayName, index) => ({
    ...{ type: 'account', id: `u|${index}`, displayName, email: `${index}@Example.com` },
    ...{ status: index === 3 ? 'blocked' : 'active', attributes: { index } },
  })),
  roles: ['r1', 'r2'].map((id) => ({
    ...{ type: 'entitlement', entitlementType: 'role', id, displayName: `Role ${id}` },
    ...{ description: 'Of the night', attributes: {} },
  })),
  holders: names.slice(1).map((_, index) => ({
    ...{ type: 'grant', account: `u|${index}`, entitlement: 'r1', grantType: 'role' },
  })),
}

/** One complete pass over all three kinds. */
async function pass(content: Record<string, Observation[]>): Promise<Date> {
  const runId = randomUUID()
  generation += 1
  const at = new Date(Date.UTC(2026, 10, 23, generation))
  await database.tenant(tenant, async (trx) => {
    for (const kind of kinds) {
      const container = kind.container ? 'r1' : null
      const page = { connectionId, runId, kind, sequence: 1, container, at, quarantined: [] }
      await inventory.recordPage(trx, { ...page, observations: content[kind.name]! })
    }
    for (const kind of kinds) await inventory.sweepKind(trx, { connectionId, runId, kind, generation, at })
    await inventory.forgetPages(trx, runId)
  })
  return at
}

async function pages<Node>(
  read: (after: string | null) => Promise<{ nodes: readonly Node[]; next: string | null; total: number }>,
): Promise<readonly Node[]> {
  const all: Node[] = []
  let after: string | null = null
  do {
    const page = await read(after)
    all.push(...page.nodes)
    expect(page.total).toBeGreaterThanOrEqual(all.length)
    after = page.next
  } while (after !== null)
  return all
}

describe('lists', () => {
  it('accounts come by name, page by page, each once', async () => {
    const all = await pages((after) => inventory.accounts(tenant, { first: 3, after }))
    expect(all.map(({ displayName }) => displayName)).toEqual([
      ...['Anna', 'Anna', 'bob', 'carol 100%', 'émile', 'Łukasz', 'Ünal', 'under_score', 'Zoë', '李'],
    ])
    expect(new Set(all.map(({ id }) => id)).size).toBe(10)
  })

  it.each([
    ['EMIL', ['émile']],
    ['unal', ['Ünal']],
    ['lukasz', ['Łukasz']],
    ['100%', ['carol 100%']],
    ['_', ['under_score']],
    ['3@example', ['bob']],
    ['u|7', ['李']],
    ['anna 5@', ['Anna']],
    ["'; drop table account; --", []],
    ['\0', names],
    ['\\', []],
  ])('search %j', async (search, found) => {
    const { nodes, total } = await inventory.accounts(tenant, { first: 50, search })
    expect(nodes.map(({ displayName }) => displayName).toSorted()).toEqual([...found].toSorted())
    expect(total).toBe(found.length)
  })

  it('filters by status, connection and what is held', async () => {
    const count = async (filter: object) => (await inventory.accounts(tenant, { first: 1, ...filter })).total
    expect(await count({ status: 'blocked' })).toBe(1)
    expect(await count({ connectionId })).toBe(10)
    expect(await count({ connectionId: randomUUID() })).toBe(0)
    expect(await count({ connectionId: 'no id' })).toBe(0)
    const { nodes } = await inventory.entitlements(tenant, { first: 5, search: 'r1' })
    expect(await count({ entitlementId: nodes[0]!.id })).toBe(9)
    expect(await count({ stale: true })).toBe(0)
    expect(await count({ stale: false })).toBe(10)
  })

  it('an account says what it holds and where that comes from', async () => {
    const { nodes } = await inventory.accounts(tenant, { first: 1, search: 'zoe' })
    expect(nodes[0]).toMatchObject({ externalId: 'u|0', grantCount: 1, email: '0@Example.com' })
    const held = await inventory.grants(tenant, nodes[0]!.id, { first: 10 })
    expect(held.nodes).toMatchObject([
      { type: 'role', origin: 'assigned directly in Company', accountExternalId: 'u|0' },
    ])
    const role = await inventory.entitlement(tenant, held.nodes[0]!.entitlementId)
    expect(role).toMatchObject({
      externalId: 'r1',
      type: 'role',
      holderCount: 9,
      description: 'Of the night',
    })
    expect(await inventory.entitlement(tenant, 'nonsense')).toBeNull()
    expect(await inventory.account(tenant, randomUUID())).toBeNull()
  })

  it('an entitlement says who holds it, by name, with search', async () => {
    const { nodes } = await inventory.entitlements(tenant, { first: 1, type: 'role' })
    const all = await pages((after) => inventory.holders(tenant, nodes[0]!.id, { first: 2, after }))
    expect(all).toHaveLength(9)
    const some = await inventory.holders(tenant, nodes[0]!.id, { first: 10, search: 'ann' })
    expect(some.total).toBe(2)
  })

  it('a wrong place in a list is refused by its code', async () => {
    const bad = expect.objectContaining({
      failure: expect.objectContaining({ code: 'list.bad_cursor' }) as object,
    })
    for (const after of [
      'x',
      'W10',
      Buffer.from('["a","b"]').toString('base64url'),
      Buffer.from('[1,2]').toString('base64url'),
    ])
      await expect(inventory.accounts(tenant, { first: 1, after })).rejects.toEqual(bad)
    await expect(inventory.records(tenant, connectionId, { first: 1, after: 'x' })).rejects.toEqual(bad)
  })

  it('the overview and the counts add up', async () => {
    const overview = await inventory.overview(tenant)
    expect(overview).toMatchObject({
      accounts: 10,
      blockedAccounts: 1,
      roles: 2,
      organizations: 0,
      grants: 9,
      stale: 0,
    })
    expect(overview.accountsByAge).toHaveLength(30)
    expect(overview.largestEntitlements.map(({ externalId }) => externalId)).toEqual(['r1'])
    const counts = await inventory.counts(tenant, [connectionId, randomUUID(), 'no id'])
    expect([...counts.keys()]).toEqual([connectionId])
    expect(counts.get(connectionId)!.map(({ label, present }) => [label, present])).toEqual([
      ['Users', 10],
      ['Roles', 2],
      ['Role holders', 9],
    ])
  })

  it('the export is the same whatever the page size, sorted by kind and bytes', async () => {
    const read = async (first: number) => {
      const all: unknown[] = []
      let after: string | null = null
      do {
        const page = await inventory.records(tenant, connectionId, { first, after })
        expect(page.records.length).toBeLessThanOrEqual(first)
        all.push(...page.records)
        after = page.next
      } while (after !== null)
      return all
    }
    const whole = await read(1000)
    expect(whole).toHaveLength(21)
    for (const size of [1, 2, 7, 20, 21]) expect(await read(size)).toEqual(whole)
    expect(whole[0]).toEqual({ kind: 'account', id: 'u|0', attributes: { index: 0 } })
    expect(whole[10]).toEqual({ kind: 'grant', account: 'u|0', entitlement: 'r1', type: 'role' })
    expect(whole[20]).toMatchObject({ kind: 'role', id: 'r2' })
  })
})

describe('when something is seen no more', () => {
  it('it is stale with when it was first missed and last seen; back again, the marks go', async () => {
    const first = await pass(everything)
    const without = {
      users: everything.users!.slice(1),
      roles: everything.roles!,
      holders: everything.holders!.slice(1),
    }
    const missed = await pass(without)
    await pass(without)
    const { nodes } = await inventory.accounts(tenant, { first: 5, stale: true })
    expect(nodes).toMatchObject([{ externalId: 'u|0', staleSince: missed, lastSeenAt: first, grantCount: 0 }])
    const { rows } = await database.pool.query(
      'select missed_first_at from access_grant where stale_since is not null',
    )
    expect(rows).toEqual([{ missed_first_at: missed }])
    expect((await inventory.records(tenant, connectionId, { first: 100 })).records).toHaveLength(19)
    const list = (more: object) => inventory.stale(tenant, { first: 50, connectionId, ...more })
    const marked = { missedFirstAt: missed, lastSeenAt: first, staleSince: missed }
    const all = await list({})
    expect(all.total).toBe(2)
    expect(all.nodes.map(({ kindLabel }) => kindLabel).sort()).toEqual(['Role holders', 'Users'])
    expect((await list({ kind: 'users' })).nodes).toMatchObject([
      { ...{ label: 'Zoë', externalId: 'u|0', accountId: nodes[0]!.id, entitlementId: null }, ...marked },
    ])
    expect((await list({ kind: 'holders' })).nodes).toMatchObject([
      { ...{ label: 'Zoë in Role r1', externalId: 'u|0 → r1', entitlementType: 'role' }, ...marked },
    ])
    const one = await list({ first: 1 })
    const two = await list({ first: 1, after: one.next })
    expect([...one.nodes, ...two.nodes].map(({ id }) => id)).toEqual(all.nodes.map(({ id }) => id))
    expect(two.next).toBeNull()
    expect((await inventory.stale('another', { first: 50 })).total).toBe(0)
    await expect(list({ after: toCursor(['yesterday', randomUUID()]) })).rejects.toThrow('not a place')
    const back = await pass(everything)
    expect((await list({})).total).toBe(0)
    expect(await inventory.account(tenant, nodes[0]!.id)).toMatchObject({
      ...{ staleSince: null, lastSeenAt: back, changedAt: back },
    })
    const marks = await database.pool.query(
      'select 1 from account where missed_first_at is not null or missed_first_run is not null or last_seen_at is not null',
    )
    expect(marks.rows).toEqual([])
  })

  it('removing the connection removes all of it', async () => {
    await database.tenant(tenant, (trx) =>
      sql`delete from connection where id = ${connectionId}`.execute(trx),
    )
    expect(await inventory.overview(tenant)).toMatchObject({ accounts: 0, roles: 0, grants: 0 })
  })
})
