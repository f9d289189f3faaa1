import { createHmac } from 'node:crypto'
import { getMigrations } from 'better-auth/db/migration'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { list as listAudit, verify } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import { type Actor, isRefusal } from '../model/index.ts'
import { testDatabase } from '../test/database.ts'
import { authOptions } from './auth-options.ts'
import {
  type CreatedApiKey,
  type CreatedOperator,
  createOperators,
  type Operators,
  type Principal,
} from './index.ts'

const base = 'http://localhost:3000'
const password = new Secret('correct horse battery staple')
const host: Actor & { kind: 'system' } = {
  kind: 'system',
  id: 'host',
  name: 'Command on the host',
  tenantId: 'default',
}

let database: Database & { url: string }
let operators: Operators
let now = Date.now()
let people = 0
const logged: string[] = []

beforeAll(async () => {
  database = await testDatabase()
  operators = createOperators({
    database,
    baseUrl: base,
    secret: new Secret('s'.repeat(20) + 'ECRET-canary-77120481'),
    log: (_level, message) => void logged.push(message),
    now: () => now,
  })
})
afterAll(() => database.close())

/** Each caller its own address, so that tests do not slow each other. */
function address(): string {
  people++
  return `198.51.${people >> 8}.${people & 255}`
}

interface Ask {
  readonly cookie?: string
  readonly from?: string
  readonly origin?: string
}

function request(path: string, body: unknown, ask: Ask = {}): Request {
  const headers = new Headers({ origin: ask.origin ?? base, 'content-type': 'application/json' })
  if (ask.cookie) headers.set('cookie', ask.cookie)
  if (body === undefined) return new Request(`${base}/api/auth${path}`, { headers })
  return new Request(`${base}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const send = (path: string, body: unknown, ask: Ask = {}) =>
  operators.handler(request(path, body, ask), ask.from ?? address())
const signIn = (email: string, word: string, ask: Ask = {}) =>
  send('/sign-in/email', { email, password: word }, ask)

function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0]!)
    .join('; ')
}
const whoIs = (cookie: string) =>
  operators.authenticate(new Request(`${base}/api/graphql`, { headers: { cookie } }))
const withKey = (key: Secret) =>
  operators.authenticate(
    new Request(`${base}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `Owlie ${key.reveal()}` },
    }),
  )

function given<T>(value: T): Exclude<T, { refused: unknown }> {
  if (isRefusal(value)) throw new Error(value.refused[0]!.code)
  return value as Exclude<T, { refused: unknown }>
}
const codeOf = (value: unknown) =>
  isRefusal(value) ? value.refused.map((failure) => failure.code).join(' ') : 'done'

async function person(
  role: 'admin' | 'auditor' | 'requester',
  tenantId = 'default',
): Promise<CreatedOperator> {
  const email = `person${++people}@example.com`
  return given(
    await operators.createOperator(
      { ...host, tenantId },
      { email, name: `Person ${people}`, role, password },
    ),
  )
}
async function audited(tenantId = 'default') {
  return (await database.tenant(tenantId, (trx) => listAudit(trx, { first: 1000 }))).events
}

describe('schema', () => {
  test('the numbered migration is what the sign-in library wants today', async () => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: database.pool }) })
    const options = authOptions({ db, baseUrl: base, secret: 'x'.repeat(40), log: () => undefined })
    const { toBeCreated, toBeAdded } = await getMigrations(options)
    expect([toBeCreated, toBeAdded]).toEqual([[], []])
  })

  test('the application role does not see the sign-in tables', async () => {
    const reading = database.tenant('default', (trx) =>
      trx
        .selectFrom('auth.user' as never)
        .selectAll()
        .execute(),
    )
    await expect(reading).rejects.toMatchObject({ code: '42501' })
  })
})

describe('first start', () => {
  test('makes one admin however many processes start, and says the password once', async () => {
    const fresh = await testDatabase()
    try {
      const parts = { database: fresh, baseUrl: base, secret: new Secret('z'.repeat(40)) }
      const input = { tenantId: 'default', email: 'Admin@Owlie.local' }
      const results = await Promise.all([1, 2, 3].map(() => createOperators(parts).firstStart(input)))
      const made = results.map(given).filter((result) => result.created)
      expect(made).toHaveLength(1)
      const { email, generatedPassword } = made[0]!
      expect(email).toBe('admin@owlie.local')
      const response = await createOperators(parts).handler(
        request('/sign-in/email', { email, password: generatedPassword!.reveal() }),
        null,
      )
      expect(response.status).toBe(200)
      expect(await createOperators(parts).firstStart(input)).toEqual({ created: false })
    } finally {
      await fresh.close()
    }
  })

  test('a given password that is too short is refused before anything is made', async () => {
    const input = { tenantId: 'empty', email: 'a@b.example', password: new Secret('short') }
    expect(codeOf(await operators.firstStart(input))).toBe('operator.bad_password')
    expect(await operators.listOperators('empty')).toEqual([])
  })
})

describe('sign-in', () => {
  test('cookie, session, sign-out', async () => {
    const { email, id } = await person('auditor')
    const response = await signIn(email, password.reveal())
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.getSetCookie().join()).toMatch(/owlie\.session_token=.*HttpOnly; SameSite=Lax/)
    const cookie = cookieOf(response)
    const token = decodeURIComponent(cookie.split('=')[1]!).split('.')[0]!
    expect(await response.text()).not.toContain(token)
    expect(await whoIs(cookie)).toMatchObject({
      kind: 'operator',
      id,
      email,
      tenantId: 'default',
      role: 'auditor',
    })
    const session = await send('/get-session', undefined, { cookie })
    expect(await session.text()).not.toContain(token)
    expect((await send('/sign-out', {}, { cookie })).status).toBe(200)
    expect(await whoIs(cookie)).toBeNull()
    const actions = (await audited()).filter((event) => event.subject.id === id).map((event) => event.action)
    expect(actions).toEqual(['operator.signed_out', 'operator.signed_in', 'operator.created'])
  })

  test('on https the cookie is bound to the host', async () => {
    const secure = 'https://owlie.example.com'
    const there = createOperators({ database, baseUrl: secure, secret: new Secret('q'.repeat(40)) })
    const { email } = await person('admin')
    const headers = { origin: secure, 'content-type': 'application/json' }
    const body = JSON.stringify({ email, password: password.reveal() })
    const response = await there.handler(
      new Request(`${secure}/api/auth/sign-in/email`, { method: 'POST', headers, body }),
      address(),
    )
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-owlie\.session_token=[^;]+;(?!.*Domain).*Path=\/;.*Secure/,
    )
    expect(
      await there.authenticate(new Request(secure, { headers: { cookie: cookieOf(response) } })),
    ).toMatchObject({ email })
  })

  test('a cookie set before signing in is not the one after, and dies with it', async () => {
    const { email } = await person('admin')
    const first = cookieOf(await signIn(email, password.reveal()))
    const second = cookieOf(await signIn(email, password.reveal(), { cookie: first }))
    expect(second).not.toBe(first)
    const planted = 'owlie.session_token=planted.signature'
    const third = cookieOf(await signIn(email, password.reveal(), { cookie: planted }))
    expect(third).not.toContain('planted')
    expect(await whoIs(planted)).toBeNull()
  })

  test('unknown account, wrong password and a malformed address get the same answer', async () => {
    const { email } = await person('admin')
    const answers = await Promise.all(
      [email, 'nobody@example.com', 'not an address'].map(async (each) => {
        const response = await signIn(each, 'a wrong password')
        return `${response.status} ${await response.text()} ${response.headers.getSetCookie().length}`
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('sign_in.refused')
    const refusals = (await audited()).filter((event) => event.action === 'operator.sign_in_refused')
    expect(refusals.length).toBeGreaterThanOrEqual(3)
    expect(JSON.stringify(refusals)).not.toContain('nobody@example.com')
  })

  test('guesses at once are few looks; the right password waits too; then it works', async () => {
    const { email, id } = await person('admin')
    const responses = await Promise.all(Array.from({ length: 60 }, () => signIn(email, 'guess guess guess')))
    const statuses = responses.map((response) => response.status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
    const blocked = await signIn(email, password.reveal())
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await blocked.json()).toMatchObject({ code: 'sign_in.too_many_attempts', kind: 'throttled' })
    const looks = (await audited()).filter(
      (event) => event.subject.id === id && event.action === 'operator.sign_in_refused',
    )
    expect(looks).toHaveLength(5)
    now += 2000
    expect((await signIn(email, password.reveal())).status).toBe(200)
    expect((await signIn(email, 'guess guess guess')).status).toBe(401)
  })

  test('unknown accounts are slowed just like known ones', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await signIn('ghost@example.com', 'guess guess guess')).status),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  })

  test('an address is what the connection says, not what a header claims', async () => {
    const from = address()
    const statuses: number[] = []
    for (let at = 0; at < 30; at++) {
      const claim = request('/sign-in/email', { email: `x${at}@example.com`, password: 'guess guess guess' })
      claim.headers.set('x-forwarded-for', `203.0.113.${at}`)
      claim.headers.set('x-owlie-address', `203.0.113.${at}`)
      statuses.push((await operators.handler(claim, from)).status)
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(21)
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('sessions end', () => {
  async function signedIn(role: 'admin' | 'auditor' = 'auditor') {
    const operator = await person(role)
    return { ...operator, cookie: cookieOf(await signIn(operator.email, password.reveal())) }
  }
  const age = (id: string, what: string) =>
    database.pool.query(`update auth.session set ${what} where "userId" = $1`, [id])

  test('after 12 h without use', async () => {
    const { id, cookie } = await signedIn()
    await age(id, `"updatedAt" = now() - interval '12 hours 1 second'`)
    expect(await whoIs(cookie)).toBeNull()
  })

  test('after 7 days, however busy', async () => {
    const { id, cookie } = await signedIn()
    await age(id, `"createdAt" = now() - interval '6 days 23 hours'`)
    expect(await whoIs(cookie)).not.toBeNull()
    await age(id, `"expiresAt" = now() + interval '9 days'`)
    const { rows } = await database.pool.query<{ left: boolean }>(
      `select "expiresAt" < now() + interval '61 minutes' as left from auth.session where "userId" = $1`,
      [id],
    )
    expect(rows).toEqual([{ left: true }])
    await age(id, `"createdAt" = now() - interval '7 days 1 second'`)
    expect(await whoIs(cookie)).toBeNull()
  })

  test('when the role changes: the old session is dead, the new role holds', async () => {
    const { id, email, cookie } = await signedIn()
    given(await operators.setRole(host, id, 'requester'))
    expect(await whoIs(cookie)).toBeNull()
    expect(await whoIs(cookieOf(await signIn(email, password.reveal())))).toMatchObject({ role: 'requester' })
  })

  test('when the operator is removed', async () => {
    const { id, email, cookie } = await signedIn()
    given(await operators.removeOperator(host, id))
    expect(await whoIs(cookie)).toBeNull()
    expect((await signIn(email, password.reveal())).status).toBe(401)
  })

  test('a new password ends the other sessions', async () => {
    const { email, cookie } = await signedIn()
    const other = cookieOf(await signIn(email, password.reveal()))
    const body = {
      currentPassword: password.reveal(),
      newPassword: 'another long pass phrase',
      revokeOtherSessions: false,
    }
    const response = await send('/change-password', body, { cookie })
    expect(response.status).toBe(200)
    expect(await whoIs(other)).toBeNull()
    expect(await whoIs(cookieOf(response))).toMatchObject({ email })
  })
})

describe('the door', () => {
  test.each([
    ['/sign-up/email', 404],
    ['/api-key/create', 404],
    ['/api-key/verify', 404],
    ['/update-user', 404],
    ['/delete-user', 404],
    ['/list-sessions', 404],
    ['/request-password-reset', 404],
    ['/sign-in/social', 404],
    ['/constructor', 404],
    ['/get-session', 405],
  ])('%s is closed', async (path, status) => {
    const body = { email: 'new@example.com', password: password.reveal(), name: 'New' }
    expect((await send(path, body)).status).toBe(status)
  })

  test('foreign pages, forms and floods are refused', async () => {
    const { email } = await person('admin')
    expect((await signIn(email, password.reveal(), { origin: 'https://evil.example' })).status).toBe(403)
    const form = request('/sign-in/email', {})
    form.headers.set('content-type', 'application/x-www-form-urlencoded')
    expect((await operators.handler(form, address())).status).toBe(415)
    expect((await signIn(email, 'x'.repeat(20_000))).status).toBe(413)
  })

  test('a cookie from a foreign page is nobody', async () => {
    const { email } = await person('admin')
    const cookie = cookieOf(await signIn(email, password.reveal()))
    const ask = (origin: string) =>
      operators.authenticate(
        new Request(`${base}/api/graphql`, {
          method: 'POST',
          headers: { cookie, origin, 'content-type': 'application/json' },
          body: '{}',
        }),
      )
    expect(await ask(base)).toMatchObject({ email })
    expect(await ask('https://evil.example')).toBeNull()
  })

  test('a second factor: the password alone is no session', async () => {
    const { email, id } = await person('admin')
    const cookie = cookieOf(await signIn(email, password.reveal()))
    const started = (await (
      await send('/two-factor/enable', { password: password.reveal() }, { cookie })
    ).json()) as { totpURI: string }
    const confirmed = await send('/two-factor/verify-totp', { code: totp(started.totpURI) }, { cookie })
    expect(confirmed.status).toBe(200)
    const half = await signIn(email, password.reveal())
    expect(await half.json()).toMatchObject({ twoFactorRedirect: true })
    expect(await whoIs(cookieOf(half))).toBeNull()
    const whole = await send(
      '/two-factor/verify-totp',
      { code: totp(started.totpURI) },
      { cookie: cookieOf(half) },
    )
    expect(await whoIs(cookieOf(whole))).toMatchObject({ email })
    const signedIn = (await audited()).filter(
      (event) => event.subject.id === id && event.action === 'operator.signed_in',
    )
    expect(signedIn.length).toBeGreaterThanOrEqual(2)
  })
})

describe('operators', () => {
  test('an e-mail address once, roles by an admin, the last admin stays', async () => {
    const tenantId = 'small'
    const first = await person('admin', tenantId)
    const by: Actor = { ...host, tenantId }
    expect(
      codeOf(
        await operators.createOperator(by, { email: first.email.toUpperCase(), name: 'X', role: 'admin' }),
      ),
    ).toBe('operator.exists')
    expect(codeOf(await operators.setRole(by, first.id, 'auditor'))).toBe('operator.last_admin')
    expect(codeOf(await operators.removeOperator(by, first.id))).toBe('operator.last_admin')
    const second = await person('admin', tenantId)
    const race = await Promise.all([
      operators.removeOperator(by, first.id),
      operators.setRole(by, second.id, 'auditor'),
    ])
    expect(race.map(codeOf).sort()).toEqual(['done', 'operator.last_admin'])
    expect(codeOf(await operators.setRole(host, first.id, 'auditor'))).toBe('operator.not_found')
    expect(
      codeOf(
        await operators.createOperator(by, {
          email: 'x',
          name: ' ',
          role: 'admin',
          password: new Secret('1'),
        }),
      ),
    ).toBe('operator.bad_email operator.bad_name operator.bad_password')
  })
})

describe('API keys', () => {
  const make = async (scopes: string[], by: Principal | typeof host = host) =>
    given(await operators.createApiKey(by, { name: 'ci', scopes })) as CreatedApiKey

  test('shown once, stored hashed, listed with its start, last use and maker', async () => {
    const { apiKey, key } = await make(['sync:run', 'inventory:read'])
    expect(key.reveal()).toMatch(/^owl_[A-Za-z]{64}$/)
    expect(apiKey).toMatchObject({
      name: 'ci',
      start: key.reveal().slice(0, 8),
      createdBy: host.name,
      lastUsedAt: null,
      expiresAt: null,
    })
    expect(await withKey(key)).toEqual({
      kind: 'api_key',
      id: apiKey.id,
      name: 'ci',
      tenantId: 'default',
      scopes: ['inventory:read', 'sync:run'],
    })
    const listed = (await operators.listApiKeys('default')).find((each) => each.id === apiKey.id)
    expect(listed!.lastUsedAt).toBeInstanceOf(Date)
    expect(await operators.listApiKeys('other')).toEqual([])
    const dump = await database.pool.query<{ all: string }>(
      `select string_agg(k::text, ' ') as all from auth.apikey k`,
    )
    expect(dump.rows[0]!.all).not.toContain(key.reveal().slice(9))
  })

  test('revoked is at once nobody, and only in its tenant', async () => {
    const { apiKey, key } = await make(['*'])
    expect(codeOf(await operators.revokeApiKey({ ...host, tenantId: 'other' }, apiKey.id))).toBe(
      'api_key.not_found',
    )
    expect(await withKey(key)).not.toBeNull()
    given(await operators.revokeApiKey(host, apiKey.id))
    expect(await withKey(key)).toBeNull()
    expect(codeOf(await operators.revokeApiKey(host, apiKey.id))).toBe('api_key.not_found')
  })

  test('an expired one is nobody', async () => {
    const { apiKey, key } = given(
      await operators.createApiKey(host, { name: 'short', scopes: ['*'], expiresInDays: 1 }),
    ) as CreatedApiKey
    expect(apiKey.expiresAt!.getTime() - Date.now()).toBeGreaterThan(86_000_000)
    await database.pool.query(
      `update auth.apikey set "expiresAt" = now() - interval '1 second' where id = $1`,
      [apiKey.id],
    )
    expect(await withKey(key)).toBeNull()
  })

  test('rolled: the new one has the same scopes, the old one works on for as long as asked', async () => {
    const old = await make(['audit:read'])
    const soft = given(await operators.rollApiKey(host, old.apiKey.id, 60)) as CreatedApiKey
    expect([await withKey(old.key), await withKey(soft.key)]).toMatchObject([
      { scopes: ['audit:read'] },
      { scopes: ['audit:read'] },
    ])
    const remaining =
      (await operators.listApiKeys('default'))
        .find((each) => each.id === old.apiKey.id)!
        .expiresAt!.getTime() - Date.now()
    expect(Math.round(remaining / 60_000)).toBe(60)
    const hard = given(await operators.rollApiKey(host, soft.apiKey.id, 0)) as CreatedApiKey
    expect(await withKey(soft.key)).toBeNull()
    expect(await withKey(hard.key)).not.toBeNull()
    expect(codeOf(await operators.rollApiKey(host, hard.apiKey.id, 99_999))).toBe('api_key.bad_overlap')
  })

  test('a key cannot make, roll or revoke beyond itself', async () => {
    const strong = await make(['*'])
    const weak = await make(['keys:write', 'sync:run'])
    const reader = await make(['sync:read'])
    const byWeak = (await withKey(weak.key))!
    const byReader = (await withKey(reader.key))!
    expect(codeOf(await operators.createApiKey(byWeak, { name: 'x', scopes: ['*'] }))).toBe(
      'permission.beyond_own_scopes',
    )
    expect(codeOf(await operators.rollApiKey(byWeak, strong.apiKey.id, 0))).toBe(
      'permission.beyond_own_scopes',
    )
    expect(codeOf(await operators.createApiKey(byReader, { name: 'x', scopes: ['sync:read'] }))).toBe(
      'permission.scope',
    )
    expect(codeOf(await operators.revokeApiKey(byReader, strong.apiKey.id))).toBe('permission.scope')
    expect((await make(['sync:run'], byWeak)).apiKey.createdBy).toBe('ci')
  })

  test('bad input: everything wrong is said at once', async () => {
    const result = await operators.createApiKey(host, {
      name: ' ',
      scopes: ['sync:everything'],
      expiresInDays: 0.5,
    })
    expect(codeOf(result)).toBe('api_key.bad_name api_key.unknown_scope api_key.bad_expiry')
  })

  test.each([
    'Owlie',
    'Owlie ',
    'Bearer owl_x',
    'Owlie owl_' + 'a'.repeat(64),
    'Owlie ' + 'x'.repeat(9000),
    'Owlie owl_\u00e9',
  ])('the header %# is nobody', async (authorization) => {
    const { email } = await person('admin')
    const cookie = cookieOf(await signIn(email, password.reveal()))
    const headers = new Headers({ authorization, cookie })
    expect(await operators.authenticate(new Request(base, { headers }))).toBeNull()
  })
})

test('after all this: the chain holds, and no secret is in the audit, the log or a table in plain', async () => {
  const { key } = given(
    await operators.createApiKey(host, { name: 'canary', scopes: ['*'] }),
  ) as CreatedApiKey
  await withKey(key)
  expect(await database.tenant('default', (trx) => verify(trx))).toMatchObject({ ok: true })
  const { rows } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'auth', 'graphile_worker')`,
  )
  let all = logged.join('\n')
  for (const { name } of rows) {
    const table = await database.pool.query<{ text: string | null }>(
      `select string_agg(t::text, ' ') as text from ${name} t`,
    )
    all += table.rows[0]!.text ?? ''
  }
  for (const canary of [password.reveal(), key.reveal(), 'ECRET-canary-77120481', 'guess guess guess']) {
    expect(all.includes(canary)).toBe(false)
  }
})

/** RFC 6238, as an authenticator app does it. */
function totp(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret')!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const at = digest[19]! & 15
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
