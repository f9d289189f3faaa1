import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, until, type World } from '../server/test/world.ts'

/**
 * The admin's job from a terminal, with nothing but the command: the first key on the host, a connection, its test,
 * a sync, the export. And the same with a wrong secret, a missing scope, a wrong name, no key, no server.
 */
const main = fileURLToPath(new URL('./main.ts', import.meta.url))
let world: World
let key: string

interface Ended {
  code: number | null
  out: string
  talk: string
}

function owlie(args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> {
  const env = { ...world.environment, OWLIE_URL: world.url(), OWLIE_API_KEY: key, ...options.env }
  const child = spawn(process.execPath, [main, ...args], { env })
  let out = ''
  let talk = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString()))
  child.stdin.end(options.input ?? '')
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, talk })))
}

type Application = World['sandbox']['applications']['full']

function create(name: string, application: Application, secret = application.clientSecret, scopes?: string) {
  const args = ['connection', 'create', 'auth0', '--name', name, '--domain', world.sandbox.domain]
  const entered = scopes ?? application.scopes.join(' ')
  return owlie(
    [...args, '--client-id', application.clientId, '--scopes', entered, '--secret-stdin', '--json'],
    {
      input: `${secret}\n`,
    },
  )
}

beforeAll(async () => {
  world = await startWorld({ users: 250, roles: 8, organizations: 6 })
  key = ''
  const made = await owlie(['api-key', 'create', '--local', '--name', 'story', '--scopes', '*', '--json'])
  expect(made.code).toBe(0)
  key = (JSON.parse(made.out) as { key: string }).key
}, 120_000)

afterAll(() => world.close())

describe('the main job from a terminal', () => {
  it('connects, tests, syncs and exports what the tenant holds', async () => {
    const created = await create('Auth0', world.sandbox.applications.readOnlyPlus)
    expect(created.code).toBe(0)
    expect(JSON.parse(created.out)).toMatchObject({ name: 'Auth0', state: 'incomplete' })

    const tested = await owlie(['connection', 'test', 'Auth0', '--json'])
    expect(tested.code).toBe(0)
    expect(JSON.parse(tested.out)).toMatchObject({ status: 'passed' })

    const synced = await owlie(['sync', 'run', 'Auth0', '--wait', '--json'])
    expect(synced.code).toBe(0)
    const report = JSON.parse(synced.out) as Record<string, never>
    expect(Object.keys(report['kinds']!)).toEqual([
      'users',
      'roles',
      'role_members',
      'organizations',
      'organization_members',
    ])
    expect(report).toMatchObject({
      status: 'complete',
      kinds: {
        users: { end: 'complete', read: 250, created: 250, stale: 0 },
        roles: { end: 'complete', read: 8 },
        role_members: { end: 'complete' },
        organizations: { end: 'complete', read: 6 },
        organization_members: { end: 'complete' },
      },
      requests: { throttled: 0 },
    })

    const exported = await owlie(['inventory', 'export', 'Auth0'])
    const records = exported.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; id?: string })
    const ids = (kind: string) => records.filter((record) => record.kind === kind).map((record) => record.id)
    expect(new Set(ids('account')).size).toBe(250)
    expect(ids('role')).toHaveLength(8)
    expect(ids('organization')).toHaveLength(6)
    expect(records.filter((record) => record.kind === 'grant').length).toBeGreaterThan(10)

    const foreseen = await owlie(['sync', 'forecast', 'Auth0', '--json'])
    const { requests } = JSON.parse(foreseen.out) as { requests: number }
    expect((await owlie(['sync', 'forecast', 'Auth0'])).talk).toContain(`${requests} requests`)
    const again = await owlie(['sync', 'run', 'Auth0', '--wait', '--json'])
    expect(JSON.parse(again.out)).toMatchObject({
      kinds: { users: { created: 0, changed: 0, unchanged: 250 } },
      requests: { total: requests },
      forecast: { requests },
    })
  }, 120_000)

  it('takes what is now as intent, and lists, previews, decides and undoes what then changes', async () => {
    type Json = Record<string, never> & { nodes: { id: string; type: string; state: string }[] }
    const told = async (...args: string[]) => {
      const { code, out, talk } = await owlie(['drift', ...args, '--json'])
      expect([args, code, talk]).toEqual([args, 0, ''])
      return JSON.parse(out) as Json
    }
    expect(await told('baseline', 'Auth0', '--take')).toMatchObject({ status: 'complete' })
    const { tenant } = world.sandbox
    tenant.updateUser(tenant.snapshot().users[0]!.user_id, { blocked: true })
    await owlie(['sync', 'run', 'Auth0', '--wait', '--json'])
    const list = () => told('list', '--connection', 'Auth0', '--state', 'review')
    const { nodes } = await until('the comparison', list, (found) => found.nodes.length === 1)
    const { id } = nodes[0]!
    expect(await told('show', id)).toMatchObject({
      ...{ type: 'different', differences: [{ field: 'status', intended: 'active', observed: 'blocked' }] },
      intent: { source: 'baseline', desiredVersion: 1 },
    })
    const filter = ['--connection', 'Auth0', '--kind', 'users']
    expect(await told('decide', 'adopt', ...filter, '--dry-run')).toMatchObject({ count: 1 })
    expect(await told('policy', 'Auth0', '--kind', 'users', '--set', 'ignore', '--dry-run')).toMatchObject({
      ...{ adopted: 0, dropped: 1 },
    })
    const decided = await told('decide', 'adopt', id, '--reason', 'left the company')
    expect(decided).toMatchObject({ decided: 1, skipped: 0 })
    expect(await told('show', id)).toMatchObject({ state: 'closed', resolution: 'adopted' })
    expect(await told('undo', decided['batchId']!)).toMatchObject({ undone: 1 })
    await told('policy', 'Auth0', '--kind', 'users', '--set', 'adopt')
    expect((await owlie(['drift', 'show', 'no-such-id'])).code).toBe(6)
    expect((await owlie(['drift', 'decide', 'approve', id])).code).toBe(64)
    const table = await owlie(['drift', 'policy', 'Auth0'])
    expect(table.out).toContain('role_members')
  }, 60_000)

  it('with the four read scopes, names the scope that role holders would need', async () => {
    await create('Read only', world.sandbox.applications.readOnly)
    const synced = await owlie(['sync', 'run', 'Read only', '--wait', '--json'])
    const report = JSON.parse(synced.out) as { kinds: Record<string, { end: string; reason: string }> }
    expect(Object.entries(report.kinds).map(([kind, { end }]) => [kind, end])).toEqual([
      ['users', 'complete'],
      ['roles', 'complete'],
      ['role_members', 'skipped'],
      ['organizations', 'complete'],
      ['organization_members', 'complete'],
    ])
    expect(report.kinds['role_members']!.reason).toContain('read:role_members')
    expect(synced.code).toBe(0)
  }, 60_000)

  it('tells a wrong secret from a client that may only use a custom API', async () => {
    await create('Wrong secret', world.sandbox.applications.full, 'not the secret')
    const wrong = await owlie(['connection', 'test', 'Wrong secret'])
    expect(wrong.code).toBe(1)
    for (const suspect of ['Client ID', 'Client Secret', 'domain']) expect(wrong.talk).toContain(suspect)

    const { customApi } = world.sandbox.applications
    await create('Custom API', customApi, customApi.clientSecret, 'read:users')
    const custom = await owlie(['connection', 'test', 'Custom API'])
    expect(custom.code).not.toBe(0)
    expect(custom.talk).toContain('Management API')
  }, 60_000)

  it('names an entered scope that was not granted', async () => {
    const { readOnly } = world.sandbox.applications
    await create('Too few', readOnly, readOnly.clientSecret, `${readOnly.scopes.join(' ')} update:users`)
    const tested = await owlie(['connection', 'test', 'Too few', '--json'])
    const report = JSON.parse(tested.out) as {
      checks: { name: string; failure: { scopes: string[] } | null }[]
    }
    const row = report.checks.find((check) => check.name === 'scope:update:users')
    expect(row?.failure).toMatchObject({ code: 'auth0.insufficient_scope', scopes: ['update:users'] })
  }, 60_000)

  it('offers the bare domain for an address', async () => {
    const { readOnly } = world.sandbox.applications
    const args = [
      'connection',
      'create',
      'auth0',
      '--name',
      'URL',
      '--domain',
      'https://tenant.us.auth0.com/',
    ]
    const refused = await owlie(
      [...args, '--client-id', readOnly.clientId, '--scopes', 'read:users', '--secret-stdin'],
      { input: 'x' },
    )
    expect(refused.code).toBe(64)
    expect(refused.talk).toContain('tenant.us.auth0.com')
  })
})

describe('what is wrong is said, with an exit code', () => {
  it.each([
    ['an unknown connection', ['sync', 'run', 'Nobody', '--wait'], 6, 'connection list'],
    ['a secret as an option', ['connection', 'create', 'auth0', '--name', 'n', '--domain', 'd', '--client-id', 'c', '--scopes', 's', '--client-secret', 'leaked-secret'], 64, '--secret-stdin'], // prettier-ignore
    ['an unknown command', ['conection', 'list'], 64, 'connection'],
  ])('%s', async (_what, args, code, word) => {
    const ended = await owlie(args)
    expect(ended.code).toBe(code)
    expect(ended.talk).toContain(word)
    expect(ended.talk).not.toContain('leaked-secret')
    expect(ended.out).toBe('')
  })

  it('no key, a bad key, a key without the scope, no server', async () => {
    expect((await owlie(['connection', 'list'], { env: { OWLIE_API_KEY: '' } })).code).toBe(4)
    const bad = await owlie(['connection', 'list', '--json'], { env: { OWLIE_API_KEY: 'owl_nonsense' } })
    expect(bad.code).toBe(4)
    expect(JSON.parse(bad.out)).toHaveProperty('failures')
    const narrow = await owlie(['api-key', 'create', '--name', 'narrow', '--scopes', 'audit:read', '--json'])
    const narrowKey = (JSON.parse(narrow.out) as { key: string }).key
    const denied = await owlie(['connection', 'list'], { env: { OWLIE_API_KEY: narrowKey } })
    expect(denied.code).toBe(5)
    expect(denied.talk).toContain('connections:read')
    expect((await owlie(['connection', 'list'], { env: { OWLIE_URL: 'http://localhost:9' } })).code).toBe(9)
  }, 60_000)

  it('every command has help with two examples', async () => {
    const { buildProgram } = await import('./program.ts')
    const root = buildProgram({
      api: () => {
        throw new Error('not needed for help')
      },
      signal: new AbortController().signal,
      ends: () => undefined,
    })
    // `owlie sync schedule set`: a noun may have a noun below it.
    const leaves = (command: typeof root): readonly (typeof root)[] =>
      command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
    for (const verb of leaves(root)) {
      let help = ''
      verb.configureOutput({ writeOut: (text) => (help += text) })
      verb.outputHelp()
      expect([verb.name(), help.match(/^ {2}(?:\S+ .*\| )?owlie /gm)?.length ?? 0]).toEqual([verb.name(), 2])
      expect(help).toContain('--json')
    }
  })
})
