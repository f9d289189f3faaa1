import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 1600,
    roles: 10,
    organizations: 130,
    shape: { bigOrganizationMembers: 250, bigRoleHolders: 1250, usersSharingCreatedAt: 400 },
  })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const organization = (): string => [...sandbox.tenant.organizations].find(({ name }) => name === 'big')!.id
const everyone = (): string => [...sandbox.tenant.roles].find(({ name }) => name === 'Everyone')!.id

/** Follows `next` until it is missing or nothing comes. */
async function walk(path: string, key: string): Promise<{ ids: string[]; pages: number[] }> {
  const ids: string[] = []
  const pages: number[] = []
  let from = ''
  do {
    const { body } = await api.get(
      `${path}${path.includes('?') ? '&' : '?'}take=100${from && `&from=${from}`}`,
    )
    const items = body[key] as { user_id?: string; id?: string }[]
    ids.push(...items.map((item) => (item.user_id ?? item.id)!))
    pages.push(items.length)
    from = (body.next as string | undefined) ?? ''
    if (items.length === 0) break
  } while (from !== '')
  return { ids, pages }
}

test('offset lists are bare, or in an envelope with totals', async () => {
  const bare = await api.get('/roles?per_page=3')
  expect(bare.body).toHaveLength(3)
  const { body } = await api.get('/roles?per_page=3&page=1&include_totals=true')
  expect(Object.keys(body)).toEqual(['roles', 'start', 'limit', 'total'])
  expect(body).toMatchObject({ start: 3, limit: 3, total: 11 })
  expect((await api.get('/organizations')).body).toHaveLength(50)
})

test('the thousandth record is the last within reach, by arithmetic', async () => {
  expect((await api.get('/users?per_page=20&page=49')).status).toBe(200)
  const users = await api.get('/users?per_page=20&page=50')
  expect(users.body).toEqual({
    statusCode: 400,
    error: 'Bad Request',
    message:
      'You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation',
    errorCode: 'invalid_paging',
  })
  const roles = await api.get('/roles?per_page=100&page=10')
  expect(roles.status).toBe(400)
  expect(roles.body.message).toBe(
    'Requesting page 10 exceeds the allowed maximum of 1000 records. To fetch results beyond 1000, use the checkpoint pagination method.',
  )
  expect((await api.get(`/roles/${everyone()}/users?per_page=100&page=10`)).status).toBe(400)
})

test('totals: users say a thousand at most; others lie where they were seen to', async () => {
  expect((await api.get('/users?per_page=0&include_totals=true')).body).toEqual({
    start: 0,
    limit: 0,
    length: 0,
    users: [],
    total: 1000,
  })
  const member = [...sandbox.tenant.members(organization())][0]!.user_id
  const path = `/users/${encodeURIComponent(member)}`
  expect((await api.get(`${path}/organizations?include_totals=true`)).body).toMatchObject({ total: 0 })
  expect((await api.get(`${path}/roles?include_totals=true&page=1`)).body).toMatchObject({ total: 0 })
})

test('role users by checkpoint: all of them, no cursor on the last page', async () => {
  const { ids, pages } = await walk(`/roles/${everyone()}/users`, 'users')
  expect(new Set(ids).size).toBe(1250)
  expect(pages).toHaveLength(13)
  expect(pages.at(-1)).toBe(50)
})

test('organizations by checkpoint, in the order of their cursor', async () => {
  const { ids, pages } = await walk('/organizations', 'organizations')
  expect(ids).toEqual([...sandbox.tenant.organizations].map(({ id }) => id))
  expect(pages).toEqual([100, 31])
  const { body } = await api.get('/organizations?take=1')
  const cursor = Buffer.from(body.next, 'base64').toString()
  expect(cursor).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}UTC,org_\w{16}$/)
  expect(body.next).not.toContain('=')
})

test('members by checkpoint: a cursor on every page that holds anything', async () => {
  const { ids, pages } = await walk(`/organizations/${organization()}/members`, 'members')
  expect(new Set(ids).size).toBe(250)
  expect(pages).toEqual([100, 100, 50, 0])
})

test('take or from make page and include_totals ignored', async () => {
  const { body } = await api.get('/organizations?take=2&page=4&per_page=100&include_totals=true')
  expect(Object.keys(body)).toEqual(['organizations', 'next'])
  expect(body.organizations).toHaveLength(2)
})

test('a cursor is good for 24 hours, and nonsense is none', async () => {
  const { body } = await api.get('/organizations?take=2')
  sandbox.clock.advance(23 * 3_600_000)
  expect((await api.get(`/organizations?take=2&from=${body.next}`)).status).toBe(200)
  sandbox.clock.advance(2 * 3_600_000)
  api = await openClient(sandbox)
  expect((await api.get(`/organizations?take=2&from=${body.next}`)).status).toBe(400)
  expect((await api.get('/organizations?take=2&from=nonsense')).status).toBe(400)
})

test('rows behind the cursor are not seen, rows before it move the offset', async () => {
  const id = organization()
  const first = await api.get(`/organizations/${id}/members?take=100`)
  const offset = await api.get(`/organizations/${id}/members?per_page=100&page=1`)
  sandbox.tenant.removeMember(id, first.body.members[0].user_id)
  const again = await api.get(`/organizations/${id}/members?per_page=100&page=1`)
  expect(again.body[0].user_id).toBe(offset.body[1].user_id)
  const next = await api.get(`/organizations/${id}/members?take=100&from=${first.body.next}`)
  expect(next.body.members[0].user_id).toBe(offset.body[0].user_id)
})

test('validation names the parameter', async () => {
  const message = async (path: string): Promise<string> => {
    const { status, body } = await api.get(path)
    expect(status).toBe(400)
    return `${body.errorCode}: ${body.message}`
  }
  expect(await message('/roles?per_page=1000')).toBe(
    "invalid_query_string: Query validation error: 'Value 1000 is greater than maximum 100' on property per_page (Number of results per page. Defaults to 50.)",
  )
  expect(await message('/roles?per_page=0')).toContain("'Value 0 is less than minimum 1'")
  expect(await message('/roles?per_page=ten')).toContain("'Expected type integer but found type string'")
  expect(await message('/roles?foo=1')).toContain("'Additional properties not allowed: foo'")
  expect(await message('/users-by-email')).toContain("'Missing required property: email'")
  expect(await message('/roles/rol_short')).toBe(
    "invalid_uri: Path validation error: 'Object didn't pass validation for format role-id: rol_short' on property id",
  )
  expect(await message('/users/nobar')).toContain('format user-id: nobar')
  expect((await api.get(`/users?q=${'a'.repeat(9000)}`)).status).toBe(414)
})

test('member fields: roles only when asked for, and only with their scope', async () => {
  const id = organization()
  const plain = await api.get(`/organizations/${id}/members?per_page=1`)
  expect(Object.keys(plain.body[0]).sort()).toEqual(['email', 'name', 'picture', 'user_id'])
  const withRoles = await api.get(`/organizations/${id}/members?per_page=100&fields=user_id,roles`)
  for (const row of withRoles.body as { user_id: string; roles: { id: string }[] }[]) {
    const held = sandbox.tenant.members(id).get(row.user_id)!.roles
    expect(row.roles.map((role) => role.id)).toEqual([...held])
  }
  const readOnly = await openClient(sandbox, sandbox.applications.readOnly)
  expect((await readOnly.get(`/organizations/${id}/members?per_page=1`)).status).toBe(200)
  const refused = await readOnly.get(`/organizations/${id}/members?per_page=1&fields=user_id,roles`)
  expect(refused.body).toMatchObject({
    message: 'Insufficient scope, expected any of: read:organization_member_roles',
    errorCode: 'insufficient_scope',
  })
})

test('role members need all of three scopes; lenient tenants let one do', async () => {
  const full = await openClient(sandbox, sandbox.applications.full)
  const refused = await full.get(`/roles/${everyone()}/users`)
  expect(refused.status).toBe(403)
  expect(refused.body.message).toBe(
    'Insufficient scope, expected all of: read:users, read:roles, read:role_members',
  )
  sandbox.quirks.strictScopes = false
  expect((await full.get(`/roles/${everyone()}/users`)).status).toBe(200)
  sandbox.quirks.strictScopes = true
  const plus = await openClient(sandbox, sandbox.applications.readOnlyPlus)
  expect((await plus.get(`/roles/${everyone()}/users`)).status).toBe(200)
})
