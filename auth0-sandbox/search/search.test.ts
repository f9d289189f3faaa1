import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox, type User } from '../index.ts'
import { closeClients, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 3000,
    roles: 3,
    organizations: 5,
    shape: { usersSharingCreatedAt: 1500 },
  })
  sandbox.tenant.addUser({
    user_id: 'auth0|ada',
    email: 'Ada.Lovelace+x@Example.org',
    name: 'Ada Lovelace',
    nickname: 'ada',
    username: 'AdaL',
    app_metadata: { level: 7, teams: ['blue', 'red'], nested: { code: 'X:1' } },
    user_metadata: { colour: 'green' },
    blocked: true,
    logins_count: 42,
    created_at: '2026-10-01T10:20:30.123Z',
    last_login: '2026-10-31T23:59:59.999Z',
  })
  sandbox.tenant.addUser({
    user_id: 'auth0|bob',
    email: 'bob@example.org',
    name: 'Bob',
    created_at: '2026-10-02T00:00:00.000Z',
  })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const search = async (q: string, more = ''): Promise<User[]> => {
  const { status, body } = await api.get(`/users?per_page=100&q=${encodeURIComponent(q)}${more}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

const mine = async (q: string): Promise<string[]> =>
  (await search(`(${q}) AND user_id:("auth0|ada" OR "auth0|bob")`))
    .map(({ user_id }) => user_id.slice(6))
    .sort()

test.each<[string, string[]]>([
  ['email:"ada.lovelace+x@example.org"', ['ada']],
  [String.raw`email:ada.lovelace\+x@example.org`, ['ada']],
  ['name:"ada lovelace"', ['ada']],
  ['name:ada*', ['ada']],
  ['username:adal', []],
  ['username:AdaL', ['ada']],
  ['email.domain:"example.org"', ['ada', 'bob']],
  ['email:*example*', ['ada', 'bob']],
  ['nickname:ad?', ['ada']],
  ['blocked:true', ['ada']],
  ['NOT blocked:true', ['bob']],
  ['-blocked:true', ['bob']],
  ['_exists_:blocked', ['ada']],
  ['NOT _exists_:last_login', ['bob']],
  ['logins_count:[40 TO 42]', ['ada']],
  ['logins_count:[40 TO 42}', []],
  ['logins_count:>41', ['ada']],
  ['logins_count:>=43', []],
  ['app_metadata.level:7', ['ada']],
  ['app_metadata.level:[5 TO *]', ['ada']],
  ['app_metadata.teams:red', ['ada']],
  [String.raw`app_metadata.nested.code:X\:1`, ['ada']],
  ['user_metadata.colour:"green"', ['ada']],
  ['identities.connection:"Username-Password-Authentication"', ['ada', 'bob']],
  ['name:ada* AND blocked:true OR name:bob', ['ada', 'bob']],
  ['name:ada* && (blocked:false || logins_count:42)', ['ada']],
  ['created_at:[2026-10-01T10:20:30.123Z TO *] ', ['ada', 'bob']],
  ['created_at:{2026-10-01T10:20:30.123Z TO *]', ['bob']],
  ['created_at:[2026-10 TO 2026-10-01]', ['ada']],
  ['created_at:[* TO 2026-10-01}', []],
  ['last_login:[2026-10-31 TO 2026-10-31]', ['ada']],
  ['ada.lovelace*', ['ada']],
  ['picture:*gravatar*', []],
])('%s', async (q, found) => {
  expect(await mine(q)).toEqual(found)
})

test.each([
  'name:"open',
  'name:(a',
  'email:*ab',
  'user_metadata.colour:gr*',
  'user_metadata.n:[1 TO 2]',
  'app_metadata.name:[a TO b]',
  'created_at:[yesterday TO *]',
  'name:ada~2',
])('refuses %s', async (q) => {
  const { status, body } = await api.get(`/users?q=${encodeURIComponent(q)}`)
  expect(status).toBe(400)
  expect(body.errorCode).toBe('invalid_query_string')
})

test('sorts by root fields, not by metadata', async () => {
  const names = (await search('email.domain:"helio.example"', '&sort=email:-1')).map((user) => user.email!)
  expect(names).toEqual([...names].sort().reverse())
  expect((await api.get('/users?sort=app_metadata.level:1')).status).toBe(400)
})

test('a range on the field sorted by: the window holds exactly what a scan finds', async () => {
  const all = [...sandbox.tenant.users]
  for (const field of ['updated_at', 'last_login'] as const) {
    const bound = all.map((user) => user[field] ?? '').sort()[Math.floor(all.length * 0.98)]!
    for (const [q, test] of [
      [`${field}:[${bound} TO *]`, (at: string) => at >= bound],
      [`${field}:{${bound} TO *]`, (at: string) => at > bound],
    ] as const) {
      const found = await search(q, `&sort=${field}:1`)
      const wanted = all.filter((user) => user[field] !== undefined && test(user[field]))
      expect(found.map(({ user_id }) => user_id).sort()).toEqual(wanted.map(({ user_id }) => user_id).sort())
      expect(found.map((user) => user[field])).toEqual(wanted.map((user) => user[field]).sort())
    }
  }
  const without = all.filter((user) => user.last_login === undefined).length
  const { body } = await api.get(
    `/users?per_page=0&include_totals=true&sort=last_login:1&q=${encodeURIComponent('last_login:[* TO 2023-12]')}`,
  )
  expect(without).toBeGreaterThan(0)
  expect(body.total).toBe(all.filter((user) => user.last_login && user.last_login < '2024').length)
})

test('organization_id finds members', async () => {
  const organization = [...sandbox.tenant.organizations].find(
    ({ id }) => sandbox.tenant.members(id).size > 0,
  )!
  const found = await search(`organization_id:"${organization.id}"`)
  expect(found).toHaveLength(Math.min(100, sandbox.tenant.members(organization.id).size))
})

test('equal created_at: another order each time, and the walk by inclusive bound still sees everybody', async () => {
  const tie = sandbox.tenant.users.rows()[1500]!.created_at
  const q = `created_at:["${tie}" TO "${tie}"]`
  const once = await search(q, '&sort=created_at:1')
  const twice = await search(q, '&sort=created_at:1')
  expect(once.map(({ user_id }) => user_id)).not.toEqual(twice.map(({ user_id }) => user_id))
  sandbox.quirks.shuffledTies = false
  const still = await search(q, '&sort=created_at:1')
  expect(await search(q, '&sort=created_at:1')).toEqual(still)
  sandbox.quirks.shuffledTies = true
})

test('a keyset walk on page 0 reads every user of a tenant without large ties', async () => {
  const small = await startSandbox({ users: 2500, roles: 1, organizations: 1, seed: 9 })
  const client = await openClient(small)
  const seen = new Set<string>()
  let last: string | undefined
  let calls = 0
  for (;;) {
    const q = last === undefined ? '' : `&q=${encodeURIComponent(`created_at:[${last} TO *]`)}`
    const { body } = await client.get<User[]>(`/users?per_page=100&sort=created_at:1${q}`)
    calls++
    for (const user of body) seen.add(user.user_id)
    if (body.length < 100) break
    last = body.at(-1)!.created_at
  }
  expect(seen.size).toBe(2500)
  expect(calls).toBeLessThan(30)
  await closeClients(small)
  await small.close()
})
