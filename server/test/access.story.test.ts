import { randomBytes } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import { auditServer } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Action, actions, apiKeyScopes } from '../operators/permissions.ts'
import { createOperators } from '../operators/index.ts'
import { everyOperation } from './operations.ts'
import { type Credential, post, startWorld, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: World
let admin: Credential
let auditor: Credential
let requester: Credential
let key: Credential

beforeAll(async () => {
  world = await startWorld({ users: 20, roles: 2, organizations: 2 })
  const by = { kind: 'system', id: 'story', name: 'Story', tenantId: 'default' } as const
  const operators = createOperators({
    database: world.database,
    baseUrl: world.url(),
    secret: new Secret(randomBytes(32).toString('hex')),
  })
  const password = new Secret('only for this story 1')
  for (const role of ['auditor', 'requester'] as const)
    await operators.createOperator(by, { email: `${role}@example.com`, name: role, role, password })
  admin = await world.signIn()
  auditor = await world.signIn('auditor@example.com', password.reveal())
  requester = await world.signIn('requester@example.com', password.reveal())
  key = await world.key('*')
})
afterAll(() => world?.close())

const operations = everyOperation()

describe('who is not signed in gets nothing', () => {
  it.each(operations)('$name: 401', async ({ text }) => {
    const { status, headers, data, errors } = await world.ask({}, text)
    expect(status).toBe(401)
    expect(headers.get('content-type')).toContain('application/json')
    expect(data).toBeUndefined()
    expect(errors![0]!.extensions!['failure']).toMatchObject({
      kind: 'credential',
      remedy: expect.any(String),
    })
  })

  it.each([
    ['a key that is none', { authorization: 'Owlie owl_nothing' }],
    ['a key of the right form', { authorization: `Owlie owl_${'a'.repeat(64)}` }],
    ['another scheme', { authorization: 'Bearer abc' }],
    ['Basic', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['a cookie that is none', { cookie: 'owlie.session_token=abc.def', origin: 'self' }],
  ])('%s: 401', async (_what, credential) => {
    const own = 'origin' in credential ? { ...credential, origin: world.url() } : credential
    expect((await world.ask(own, '{ viewer { id } }')).status).toBe(401)
  })

  it('a key that is cut short, or comes in the address: 401', async () => {
    const text = key['authorization']!
    expect((await world.ask({ authorization: text.slice(0, -1) }, '{ viewer { id } }')).status).toBe(401)
    const address = `${world.url()}/api/graphql?key=${text.slice(6)}&query=${encodeURIComponent('{viewer{id}}')}`
    expect((await fetch(address)).status).toBe(401)
  })

  it('a revoked key works no more, at once', async () => {
    const made = await world.ask(
      admin,
      `mutation { createApiKey(input: { name: "short", scopes: ["audit:read"] }) {
        ... on CreatedApiKey { key apiKey { id start scopes } } } }`,
    )
    const { key: plain, apiKey } = made.data!['createApiKey']
    const credential = { authorization: `Owlie ${plain}` }
    expect((await world.ask(credential, '{ viewer { name } }')).status).toBe(200)
    await world.ask(admin, `mutation { revokeApiKey(id: "${apiKey.id}") { __typename } }`)
    expect((await world.ask(credential, '{ viewer { name } }')).status).toBe(401)
  })

  it.each(['/metrics', '/api', '/api/', '/api/anything', '/api/graphql', '/api/graphql?query={viewer{id}}'])(
    '%s: 401',
    async (path) => {
      expect((await fetch(world.url() + path)).status).toBe(401)
    },
  )

  it.each([
    ['/healthz', 200],
    ['/readyz', 200],
    ['/api/auth/get-session', 200],
    ['/api/auth/list-sessions', 404],
    ['/api/auth/sign-up/email', 404],
  ])('%s: %i', async (path, status) => {
    expect((await fetch(world.url() + path)).status).toBe(status)
  })
})

describe('who is signed in gets what they may', () => {
  it.each(operations)('requester: $name', async ({ text, demand }) => {
    const answer = await world.ask(requester, text)
    expect(answer.status).toBe(demand === 'signed-in' ? 200 : 403)
    if (demand !== 'signed-in')
      expect(answer.errors![0]!.extensions!['failure']).toMatchObject({ code: 'permission.role' })
  })

  it.each(operations)('auditor: $name', async ({ kind, text, demand }) => {
    const allowed = demand === 'signed-in' || actions[demand as Action].roles.includes('auditor' as never)
    expect((await world.ask(auditor, text)).status).toBe(allowed ? 200 : 403)
    expect(allowed && kind === 'mutation').toBe(false)
  })

  it('a key gets exactly the operations of its scope', async () => {
    for (const scope of Object.keys(apiKeyScopes).filter((name) => name !== '*')) {
      const credential = await keyWith(scope)
      for (const { name, text, demand } of operations) {
        const allowed = demand === 'signed-in' || actions[demand as Action].scope === scope
        const { status, errors } = await world.ask(credential, text)
        expect(`${scope}, ${name}: ${status === 403 ? 403 : 200}`).toBe(
          `${scope}, ${name}: ${allowed ? 200 : 403}`,
        )
        // Where no key is enough, no scope is named.
        const isForKeys = demand === 'signed-in' || actions[demand as Action].scope !== null
        if (!allowed) expect(errors![0]!.extensions!['failure'].scopes ?? []).toHaveLength(isForKeys ? 1 : 0)
      }
    }
  })

  it('what is behind another feature needs that feature’s scope', async () => {
    const inventory = await keyWith('inventory:read')
    expect((await world.ask(inventory, '{ accounts { nodes { connection { name state } } } }')).status).toBe(
      200,
    )
    const { status, errors } = await world.ask(
      inventory,
      '{ accounts { nodes { connection { config { value } } } } }',
    )
    expect(status).toBe(403)
    expect(errors![0]!.message).toContain('connections:read')
  })

  it('a refused document does nothing at all', async () => {
    const mixed =
      'mutation { createApiKey(input: { name: "x", scopes: ["*"] }) { __typename } startSync(connectionId: "1") { __typename } }'
    const before = await world.ask(admin, '{ apiKeys { id } }')
    expect((await world.ask(await keyWith('keys:write'), mixed)).status).toBe(403)
    const after = await world.ask(admin, '{ apiKeys { name } }')
    // The key that asked was made in between.
    expect(after.data!['apiKeys']).toHaveLength(before.data!['apiKeys'].length + 1)
  })
})

async function keyWith(scope: string): Promise<Credential> {
  const { data } = await world.ask(
    admin,
    'mutation ($scopes: [String!]!) { createApiKey(input: { name: "one scope", scopes: $scopes }) { ... on CreatedApiKey { key } } }',
    { scopes: [scope] },
  )
  return { authorization: `Owlie ${data!['createApiKey'].key}` }
}

describe('a browser changes things from our own pages only', () => {
  const body = JSON.stringify({ query: 'mutation { revokeApiKey(id: "x") { __typename } }' })
  const send = (headers: Record<string, string>) =>
    fetch(`${world.url()}/api/graphql`, {
      method: 'POST',
      body,
      headers: { cookie: admin['cookie']!, ...headers },
    })
  const json = { 'content-type': 'application/json' }

  it.each([
    ['our page', () => ({ ...json, origin: world.url() }), 200],
    ['our page, by fetch metadata', () => ({ ...json, 'sec-fetch-site': 'same-origin' }), 200],
    ['another site', () => ({ ...json, origin: 'https://evil.example' }), 403],
    ['another port', () => ({ ...json, origin: 'http://localhost:1' }), 403],
    ['a sandboxed frame', () => ({ ...json, origin: 'null' }), 403],
    [
      'another site, by fetch metadata',
      () => ({ ...json, origin: world.url(), 'sec-fetch-site': 'cross-site' }),
      403,
    ],
    ['a program without any', () => json, 403],
    ['a form', () => ({ 'content-type': 'application/x-www-form-urlencoded', origin: world.url() }), 403],
    ['plain text', () => ({ 'content-type': 'text/plain', origin: world.url() }), 403],
    [
      'a multipart form',
      () => ({ 'content-type': 'multipart/form-data; boundary=x', origin: world.url() }),
      403,
    ],
  ])('%s', async (_what, headers, status) => {
    expect((await send(headers())).status).toBe(status)
  })

  it('nothing is changed by GET', async () => {
    const query = encodeURIComponent('mutation { revokeApiKey(id: "x") { __typename } }')
    const answer = await fetch(`${world.url()}/api/graphql?query=${query}`, { headers: key })
    expect(answer.status).toBe(405)
  })
})

describe('one request asks for only so much', () => {
  const deep = `{ ${'connections { connector { '.repeat(6)} name ${'} }'.repeat(6)} }`
  it.each([
    ['a batch', () => [{ query: '{ viewer { id } }' }, { query: '{ viewer { id } }' }], 400],
    ['depth', () => ({ query: deep }), 400],
    ['tokens', () => ({ query: `{ ${'viewer { id } '.repeat(400)} }` }), 400],
    [
      'aliases',
      () => ({ query: `{ ${[...Array(16).keys()].map((i) => `a${i}: viewer { id }`).join(' ')} }` }),
      400,
    ],
    [
      'a page by default value',
      () => ({ query: 'query ($n: Int = 5000) { accounts(first: $n) { next } }' }),
      400,
    ],
    ['an unknown field', () => ({ query: '{ passwords }' }), 400],
    [
      'an unknown input',
      () => ({
        query: 'mutation { createApiKey(input: { name: "x", scopes: [], admin: true }) { __typename } }',
      }),
      400,
    ],
    ['a large body', () => ({ query: `{ viewer { id } } # ${'x'.repeat(300_000)}` }), 413],
  ])('%s', async (_what, body, status) => {
    const answer = await post(world.url(), key, body())
    expect(answer.status).toBe(status)
    expect(answer.data ?? null).toBeNull()
  })
})

describe('every route', () => {
  it.each([
    '/',
    '/admin',
    '/assets/none.js',
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/graphql',
    '/api/none',
    '/api/auth/none',
  ])('%s has the security headers', async (path) => {
    const { headers } = await fetch(world.url() + path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).toContain(`frame-ancestors 'none'`)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('metrics are for those who may read them', async () => {
    expect((await fetch(`${world.url()}/metrics`, { headers: requester })).status).toBe(403)
    const answer = await fetch(`${world.url()}/metrics`, { headers: key })
    expect(await answer.text()).toContain('owlie_http_request_seconds_count{route="graphql"')
  })
})

it('speaks GraphQL over HTTP as the specification says: 61 of 61 audits', async () => {
  const fetchFn = (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...key } })
  const results = await auditServer({ url: `${world.url()}/api/graphql`, fetchFn })
  expect(results).toHaveLength(61)
  expect(results.filter((result) => result.status !== 'ok').map((result) => result.name)).toEqual([])
})
