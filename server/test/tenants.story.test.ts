import { randomBytes } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createOperators } from '../operators/index.ts'
import { connected, connector } from './connect.ts'
import { type Credential, startWorld, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: World
let own: Credential
let foreign: Credential
/** What the other tenant has, by what it is. */
const ids: Record<string, string> = {}

beforeAll(async () => {
  world = await startWorld({ users: 30, roles: 3, organizations: 3, shape: { membersPerOrganization: 5 } })
  own = await world.key('*')
  foreign = await keyOfAnotherTenant('other')
  const { clientId, clientSecret, scopes } = world.sandbox.applications.fullPlus
  const entered = { clientId, clientSecret, scopes: scopes.join(' ') }
  // Twins: the same name, the same target, in both.
  ids['own connection'] = await connected(world, own, entered)
  ids['connection'] = await connected(world, foreign, entered)
  const { data } = await world.ask(
    foreign,
    `query ($id: ID!) { connection(id: $id) { lastRun { id } lastTest { id } }
      accounts(first: 1) { nodes { id } } entitlements(filter: {}, first: 1) { nodes { id } } apiKeys { id } }`,
    { id: ids['connection'] },
  )
  ids['run'] = data!['connection'].lastRun.id
  ids['test'] = data!['connection'].lastTest.id
  ids['account'] = data!['accounts'].nodes[0].id
  ids['entitlement'] = data!['entitlements'].nodes[0].id
  ids['key'] = data!['apiKeys'][0].id
})
afterAll(() => world?.close())

async function keyOfAnotherTenant(tenantId: string): Promise<Credential> {
  const { database } = world
  await database.system((trx) =>
    sql`insert into tenant (id, name) values (${tenantId}, 'Other')`.execute(trx),
  )
  const secret = new Secret(randomBytes(32).toString('hex'))
  const operators = createOperators({ database, baseUrl: world.url(), secret })
  const by = { kind: 'system', id: 'story', name: 'Story', tenantId } as const
  const made = await operators.createApiKey(by, { name: 'other', scopes: ['*'] })
  if ('refused' in made) throw new Error(made.refused[0]!.message)
  return { authorization: `Owlie ${made.key.reveal()}` }
}

describe('what another tenant has does not exist', () => {
  it.each([
    ['connection', 'connection(id: $id) { id }'],
    ['test', 'connectionTest(id: $id) { id }'],
    ['run', 'syncRun(id: $id) { id }'],
    ['account', 'account(id: $id) { id }'],
    ['entitlement', 'entitlement(id: $id) { id }'],
  ])('%s by id', async (what, field) => {
    const query = `query ($id: ID!) { ${field} }`
    const there = await world.ask(foreign, query, { id: ids[what] })
    expect(Object.values(there.data!)[0]).toEqual({ id: ids[what] })
    const here = await world.ask(own, query, { id: ids[what] })
    expect(here.status).toBe(200)
    expect(Object.values(here.data!)).toEqual([null])
  })

  it.each([
    ['connection', 'accounts(filter: { connectionId: $id }) { total nodes { id } }', { total: 0, nodes: [] }],
    [
      'entitlement',
      'accounts(filter: { entitlementId: $id }) { total nodes { id } }',
      { total: 0, nodes: [] },
    ],
    [
      'connection',
      'entitlements(filter: { connectionId: $id }) { total nodes { id } }',
      { total: 0, nodes: [] },
    ],
    ['connection', 'inventoryRecords(connectionId: $id) { records next }', { records: [], next: null }],
  ])('%s as a filter: %s', async (what, field, nothing) => {
    const query = `query ($id: ID!) { ${field} }`
    expect(Object.values((await world.ask(foreign, query, { id: ids[what] })).data!)[0]).not.toEqual(nothing)
    expect(Object.values((await world.ask(own, query, { id: ids[what] })).data!)[0]).toEqual(nothing)
  })

  it.each([
    ['connection', 'startSync(connectionId: $id)'],
    ['run', 'cancelSync(runId: $id)'],
    ['test', 'cancelConnectionTest(id: $id)'],
    ['connection', 'testConnection(input: { connectionId: $id })'],
    ['connection', 'updateConnection(input: { id: $id, version: 1, name: "taken over" })'],
    ['connection', 'deleteConnection(id: $id, confirmName: "Auth0")'],
    ['key', 'revokeApiKey(id: $id)'],
  ])('%s: %s is refused like an id that never was', async (what, field) => {
    const mutation = `mutation ($id: ID!) { ${field} { ... on Refusal { failures { kind code message remedy } } } }`
    const foreignAnswer = await world.ask(own, mutation, { id: ids[what] })
    const nowhere = await world.ask(own, mutation, { id: '00000000-0000-4000-8000-000000000000' })
    expect(foreignAnswer.data).toEqual(nowhere.data)
    expect(
      (Object.values(foreignAnswer.data!)[0] as { failures: { kind: string }[] }).failures[0]!.kind,
    ).toBe('missing')
  })

  it('lists, counts and the audit hold one tenant’s things only', async () => {
    const query = `{ connections { id } overview { accounts connections } accounts(first: 1) { total }
      apiKeys { id } auditEvents(first: 100) { nodes { actor action } } }`
    const [here, there] = await Promise.all([world.ask(own, query), world.ask(foreign, query)])
    expect(here.data!['connections']).toEqual([{ id: ids['own connection'] }])
    expect(there.data!['connections']).toEqual([{ id: ids['connection'] }])
    for (const { data } of [here, there]) {
      expect(data!['overview']).toEqual({ accounts: world.sandbox.tenant.users.size, connections: 1 })
      expect(data!['accounts'].total).toBe(world.sandbox.tenant.users.size)
    }
    const keys = [here, there].map(({ data }) => data!['apiKeys'].map(({ id }: { id: string }) => id))
    expect(keys[0].some((id: string) => keys[1].includes(id))).toBe(false)
    const actors = there.data!['auditEvents'].nodes.map(({ actor }: { actor: string }) => actor)
    expect(actors).toContain('other')
    for (const actor of ['story', 'Admin', 'Command on the host']) expect(actors).not.toContain(actor)
  })

  it('what one tenant deletes stays with the other', async () => {
    const { send } = connector(world, own)
    await send('mutation ($id: ID!) { deleteConnection(id: $id, confirmName: "Auth0") { __typename } }', {
      id: ids['own connection'],
    })
    const query = '{ accounts(first: 1) { total } connections { name } }'
    expect((await world.ask(own, query)).data).toEqual({ accounts: { total: 0 }, connections: [] })
    const total = world.sandbox.tenant.users.size
    expect((await world.ask(foreign, query)).data).toEqual({
      accounts: { total },
      connections: [{ name: 'Auth0' }],
    })
  })
})
