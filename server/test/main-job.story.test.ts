import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connector } from './connect.ts'
import { difference, same, sandboxTruth } from './sandbox-truth.ts'
import { wholeSelections } from './operations.ts'
import { type Credential, startWorld, type World } from './world.ts'

const kindNames = ['users', 'roles', 'role_members', 'organizations', 'organization_members']
const readOnly = 'read:users read:roles read:organizations read:organization_members'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: World
let key: Credential
let api: ReturnType<typeof connector>

beforeAll(async () => {
  world = await startWorld({
    users: 1_300,
    roles: 8,
    organizations: 12,
    shape: {
      oddIds: true,
      usersSharingCreatedAt: 150,
      bigRoleHolders: 260,
      bigOrganizationMembers: 230,
      membersPerOrganization: 12,
    },
  })
  key = await world.key('*')
  api = connector(world, key)
})
afterAll(() => world?.close())

const entered = (name: 'fullPlus' | 'readOnly' | 'none' | 'customApi' | 'unauthorized', scopes?: string) => {
  const { clientId, clientSecret, scopes: granted } = world.sandbox.applications[name]
  return { name, clientId, clientSecret, scopes: scopes ?? granted.join(' ') }
}

describe('the main job', () => {
  let connectionId: string

  it('is offered: the connector with its four fields, and what is only announced', async () => {
    const { data } = await world.ask(
      key,
      '{ connectors { name available fields { label } presets { label scopes } kinds { name } } }',
    )
    const [auth0, ...others] = data!['connectors']
    expect(auth0.fields.map((field: { label: string }) => field.label)).toEqual([
      'Auth0 Domain',
      'Client ID',
      'Client Secret',
      'Scopes',
    ])
    expect(auth0.presets.map((preset: { scopes: string[] }) => preset.scopes.length).sort()).toEqual([15, 4])
    expect(
      others.map((other: { name: string; available: boolean }) => [other.name, other.available]),
    ).toEqual([
      ['okta', false],
      ['entra-id', false],
      ['google-workspace', false],
      ['bamboohr', false],
    ])
  })

  it('a draft is tested before anything is saved, and saved as ready', async () => {
    const tested = await api.testDraft(entered('fullPlus'))
    expect(tested['status']).toBe('passed')
    expect((await world.ask(key, '{ connections { id } }')).data!['connections']).toEqual([])
    const connection = await api.create(entered('fullPlus'), tested['id'] as string)
    expect(connection).toMatchObject({ state: 'ready', stateReason: null })
    expect(connection['secrets']).toEqual([
      { field: 'clientSecret', configured: true, lastFour: expect.any(String), setBy: 'story' },
    ])
    connectionId = connection['id'] as string
  })

  it('the first sync is complete in every kind, and the export is what the tenant holds', async () => {
    const started = await api.startSync(connectionId)
    const again = await api.startSync(connectionId)
    expect(again['failures'][0]).toMatchObject({ kind: 'conflict', code: 'sync.already_running' })
    const ended = await api.ended(started['id'] as string)
    expect(ended['status']).toBe('complete')
    expect(ended['kinds'].map((kind: { name: string; end: string }) => [kind.name, kind.end])).toEqual(
      kindNames.map((name) => [name, 'complete']),
    )
    for (const kind of ended['kinds']) expect(kind.created).toBe(kind.read)
    expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
  })

  it('the numbers, the lists and an account’s grants agree with it', async () => {
    const { tenant } = world.sandbox
    const { data } = await world.ask(
      key,
      `query ($id: ID!) { overview { accounts roles organizations grants stale }
        connection(id: $id) { counts { kind present stale } lastRun { status } activeRun { id } }
        accounts(filter: { connectionId: $id }, first: 1) { total nodes { externalId grantCount
          grants { total nodes { type origin entitlement { type displayName } account { externalId } } } } }
        entitlements(filter: { connectionId: $id, type: "organization" }, first: 100) { total nodes { externalId holderCount } } }`,
      { id: connectionId },
    )
    const { roleHolders, members } = tenant.snapshot()
    expect(data!['overview']).toMatchObject({
      accounts: tenant.users.size,
      roles: tenant.roles.size,
      organizations: tenant.organizations.size,
      grants: roleHolders.length + members.length,
      stale: 0,
    })
    expect(data!['connection']).toMatchObject({ lastRun: { status: 'complete' }, activeRun: null })
    const [account] = data!['accounts'].nodes
    expect(account.grantCount).toBe(account.grants.total)
    const own = roleHolders.filter((row) => row.user_id === account.externalId).length
    const joined = members.filter((row) => row.user_id === account.externalId).length
    expect(account.grants.total).toBe(own + joined)
    for (const organization of data!['entitlements'].nodes)
      expect(organization.holderCount).toBe(
        members.filter((row) => row.organization_id === organization.externalId).length,
      )
  })

  it('every field of everything resolves, while a run is under way and after', async () => {
    const { id: runId } = await api.startSync(connectionId)
    const one = 'accounts(first: 1) { nodes { id } } entitlements(filter: {}, first: 1) { nodes { id } }'
    const { data } = await world.ask(
      key,
      `query ($id: ID!) { ${one} connection(id: $id) { lastTest { id } } }`,
      {
        id: connectionId,
      },
    )
    const asked: readonly [string, string, string][] = [
      ['connection', 'Connection', connectionId],
      ['syncRun', 'SyncRun', runId as string],
      ['connectionTest', 'ConnectionTest', data!['connection'].lastTest.id],
      ['account', 'Account', data!['accounts'].nodes[0].id],
      ['entitlement', 'Entitlement', data!['entitlements'].nodes[0].id],
    ]
    for (const round of ['during', 'after']) {
      for (const [field, type, id] of asked) {
        for (const selection of wholeSelections(type)) {
          const query = `query ($id: ID!) { ${field}(id: $id) ${selection} }`
          const answer = await world.ask(key, query, { id })
          expect(answer.errors, `${field}, ${round}`).toBeUndefined()
          expect(answer.data![field]).not.toBeNull()
        }
      }
      await api.ended(runId as string)
    }
    for (const [field, type] of [
      ['overview', 'Overview'],
      ['viewer', 'Viewer'],
      ['connectors', 'Connector'],
    ] as const) {
      // Connections were asked above.
      for (const selection of wholeSelections(type, ['Connection'])) {
        const answer = await world.ask(key, `{ ${field} ${selection} }`)
        expect(answer.errors, field).toBeUndefined()
      }
    }
  })

  it('a second sync changes nothing', async () => {
    const before = await api.export(connectionId)
    const ended = await api.ended((await api.startSync(connectionId))['id'] as string)
    expect(ended['status']).toBe('complete')
    for (const kind of ended['kinds'])
      expect(kind).toMatchObject({ created: 0, changed: 0, stale: 0, unchanged: kind.read })
    expect(await api.export(connectionId)).toEqual(before)
  })

  it('what changed over there is changed, and what is gone becomes stale and leaves the export', async () => {
    const { tenant } = world.sandbox
    const [gone, renamed] = [...tenant.users]
    tenant.removeUser(gone!.user_id)
    tenant.updateUser(renamed!.user_id, { nickname: 'renamed in between' })
    const ended = await api.ended((await api.startSync(connectionId))['id'] as string)
    const users = ended['kinds'].find((kind: { name: string }) => kind.name === 'users')
    expect(users).toMatchObject({ end: 'complete', created: 0, changed: 1, stale: 1 })
    expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
    const { data } = await world.ask(
      key,
      '{ accounts(filter: { stale: true }) { nodes { externalId staleSince } } }',
    )
    expect(data!['accounts'].nodes).toEqual([{ externalId: gone!.user_id, staleSince: expect.any(String) }])
  })

  it('everything that was done stands in the audit', async () => {
    const { data } = await world.ask(key, '{ auditEvents(first: 100) { nodes { action actor } } }')
    const done = data!['auditEvents'].nodes.map((event: { action: string }) => event.action)
    for (const action of ['operator.created', 'api_key.created', 'connection.created', 'sync_run.started'])
      expect(done).toContain(action)
  })
})

it('with exactly the four read scopes all is complete but role holders, skipped with the scope named', async () => {
  const { id } = await api.create(entered('readOnly', readOnly))
  const tested = await api.testSaved(id as string)
  expect(['passed', 'warning']).toContain(tested['status'])
  const ended = await api.ended((await api.startSync(id as string))['id'] as string)
  const byName = Object.fromEntries(ended['kinds'].map((kind: { name: string }) => [kind.name, kind]))
  expect(byName['role_members']).toMatchObject({ end: 'skipped', read: 0 })
  expect(byName['role_members'].reason).toContain('read:role_members')
  expect(byName['role_members'].failure.scopes).toEqual(['read:role_members'])
  for (const name of kindNames.filter((other) => other !== 'role_members'))
    expect(byName[name].end).toBe('complete')
  const expected = sandboxTruth(world.sandbox, { roleHolders: false })
  expect(difference(await api.export(id as string), expected)).toEqual(same)
})

describe('what is typed wrong is refused beside its field, with the right value', () => {
  it.each([
    ['https://tenant.us.auth0.com', 'tenant.us.auth0.com'],
    ['tenant.us.auth0.com/', 'tenant.us.auth0.com'],
    ['tenant.us.auth0.com:443', 'tenant.us.auth0.com'],
    ['user@tenant.us.auth0.com', 'tenant.us.auth0.com'],
    ['127.0.0.1', null],
    ['localhost', null],
    ['169.254.169.254', null],
    ['internal.example.com', null],
  ])('%s', async (domain, suggestion) => {
    const refused = await api.create({ ...entered('readOnly'), name: 'bad', domain })
    expect(refused['failures']).toHaveLength(1)
    expect(refused['failures'][0]).toMatchObject({ kind: 'config', field: 'domain', suggestion })
    const advice = await world.ask(
      key,
      'query ($config: [ConfigEntryInput!]!) { configAdvice(connector: "auth0", config: $config) { failures { field suggestion } } }',
      { config: [{ name: 'domain', value: domain }] },
    )
    expect(advice.data!['configAdvice'].failures).toContainEqual({ field: 'domain', suggestion })
  })

  it('unknown scopes, with the nearest one', async () => {
    const { data } = await world.ask(
      key,
      '{ scopeAdvice(connector: "auth0", scopes: "read:user read:roles") { unknown { scope nearest } missing } }',
    )
    expect(data!['scopeAdvice'].unknown).toEqual([{ scope: 'read:user', nearest: 'read:users' }])
  })
})

describe('what Auth0 refuses is said in its words', () => {
  it('a wrong secret: check Client ID, Client Secret and the tenant domain', async () => {
    const tested = await api.testDraft({
      ...entered('fullPlus'),
      clientSecret: 'not the secret of this application',
    })
    expect(tested['status']).toBe('failed')
    const failed = tested['checks'].find((check: { status: string }) => check.status === 'failed')
    expect(failed.failure.kind).toBe('credential')
    for (const word of ['Client ID', 'Client Secret', 'domain']) expect(failed.failure.remedy).toContain(word)
  })

  it.each(['customApi', 'unauthorized'] as const)('%s: authorize it for the Management API', async (name) => {
    const tested = await api.testDraft(entered(name, readOnly))
    expect(tested['status']).toBe('failed')
    const failed = tested['checks'].find((check: { status: string }) => check.status === 'failed')
    expect(`${failed.failure.message} ${failed.failure.remedy}`).toContain('Management API')
  })

  it('a failed test may be saved; the connection is incomplete and does not sync', async () => {
    const draft = {
      ...entered('fullPlus'),
      name: 'unfinished',
      clientSecret: 'not the secret of this application',
    }
    const tested = await api.testDraft(draft)
    const saved = await api.create(draft, tested['id'] as string)
    expect(saved).toMatchObject({ state: 'incomplete', stateReason: expect.stringContaining('test failed') })
    const sync = saved['actions'].find((action: { name: string }) => action.name === 'sync')
    expect(sync.disabledReason).toBe(saved['stateReason'])
    const refused = await api.startSync(saved['id'] as string)
    expect(refused['failures'][0]).toMatchObject({ code: 'connection.incomplete' })
  })

  it('an edit of the domain drops the secret, and says so', async () => {
    const saved = await api.create({ ...entered('readOnly', readOnly), name: 'edited' })
    const edited = await api.send(
      `mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { ... on Connection {
        state stateReason version secrets { configured } } } }`,
      {
        input: {
          id: saved['id'],
          version: saved['version'],
          config: [{ name: 'domain', value: 'other.us.auth0.com' }],
        },
      },
    )
    expect(edited).toMatchObject({ state: 'incomplete', secrets: [{ configured: false }] })
    expect(edited['stateReason']).toContain('Auth0 Domain')
    const late = await api.send(
      'mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { ... on Refusal { failures { kind code } } } }',
      { input: { id: saved['id'], version: saved['version'], name: 'too late' } },
    )
    expect(late['failures'][0].kind).toBe('conflict')
  })
})
