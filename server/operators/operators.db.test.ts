import { getMigrations } from 'better-auth/db/migration'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { verify } from '../audit/index.ts'
import type { Actor } from '../model/index.ts'
import { testDatabase } from '../test/database.ts'
import { authOptions } from './auth-options.ts'
import { type CreatedApiKey, createOperators, type Principal } from './index.ts'
import {
  base,
  codeOf,
  cookieOf,
  createBench,
  given,
  host,
  password,
  request,
  signingCanary,
} from './test/bench.ts'

let bench: Awaited<ReturnType<typeof createBench>>
beforeAll(async () => {
  bench = await createBench()
})
afterAll(() => bench.database.close())

describe('schema', () => {
  test('the numbered migration is what the sign-in library wants today', async () => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: bench.database.pool }) })
    const options = authOptions({ db, baseUrl: base, secret: 'x'.repeat(40), log: () => undefined })
    const { toBeCreated, toBeAdded } = await getMigrations(options)
    expect([toBeCreated, toBeAdded]).toEqual([[], []])
  })

  test('the application role does not see the sign-in tables', async () => {
    const reading = bench.database.tenant('default', (trx) =>
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
    expect(codeOf(await bench.operators.firstStart(input))).toBe('operator.bad_password')
    expect(await bench.operators.listOperators('empty')).toEqual([])
  })
})

describe('operators', () => {
  test('an e-mail address once, roles by an admin, the last admin stays', async () => {
    const tenantId = 'small'
    const first = await bench.person('admin', tenantId)
    const by: Actor = { ...host, tenantId }
    expect(
      codeOf(
        await bench.operators.createOperator(by, {
          email: first.email.toUpperCase(),
          name: 'X',
          role: 'admin',
        }),
      ),
    ).toBe('operator.exists')
    expect(codeOf(await bench.operators.setRole(by, first.id, 'auditor'))).toBe('operator.last_admin')
    expect(codeOf(await bench.operators.removeOperator(by, first.id))).toBe('operator.last_admin')
    const second = await bench.person('admin', tenantId)
    const race = await Promise.all([
      bench.operators.removeOperator(by, first.id),
      bench.operators.setRole(by, second.id, 'auditor'),
    ])
    expect(race.map(codeOf).sort()).toEqual(['done', 'operator.last_admin'])
    expect(codeOf(await bench.operators.setRole(host, first.id, 'auditor'))).toBe('operator.not_found')
    expect(
      codeOf(
        await bench.operators.createOperator(by, {
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
  const withKey = (key: Secret) =>
    bench.operators.authenticate(
      new Request(`${base}/api/graphql`, {
        method: 'POST',
        headers: { authorization: `Owlie ${key.reveal()}` },
      }),
    )
  const make = async (scopes: string[], by: Principal | typeof host = host) =>
    given(await bench.operators.createApiKey(by, { name: 'ci', scopes })) as CreatedApiKey

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
      ownerId: null,
    })
    const listed = (await bench.operators.listApiKeys('default')).find((each) => each.id === apiKey.id)
    expect(listed!.lastUsedAt).toBeInstanceOf(Date)
    expect(await bench.operators.listApiKeys('other')).toEqual([])
    const dump = await bench.database.pool.query<{ all: string }>(
      `select string_agg(k::text, ' ') as all from auth.apikey k`,
    )
    expect(dump.rows[0]!.all).not.toContain(key.reveal().slice(9))
  })

  test('revoked is at once nobody, and only in its tenant', async () => {
    const { apiKey, key } = await make(['*'])
    expect(codeOf(await bench.operators.revokeApiKey({ ...host, tenantId: 'other' }, apiKey.id))).toBe(
      'api_key.not_found',
    )
    expect(await withKey(key)).not.toBeNull()
    given(await bench.operators.revokeApiKey(host, apiKey.id))
    expect(await withKey(key)).toBeNull()
    expect(codeOf(await bench.operators.revokeApiKey(host, apiKey.id))).toBe('api_key.not_found')
  })

  test('an expired one is nobody', async () => {
    const { apiKey, key } = given(
      await bench.operators.createApiKey(host, { name: 'short', scopes: ['*'], expiresInDays: 1 }),
    ) as CreatedApiKey
    expect(apiKey.expiresAt!.getTime() - Date.now()).toBeGreaterThan(86_000_000)
    await bench.database.pool.query(
      `update auth.apikey set "expiresAt" = now() - interval '1 second' where id = $1`,
      [apiKey.id],
    )
    expect(await withKey(key)).toBeNull()
  })

  test('rolled: the new one has the same scopes, the old one works on for as long as asked', async () => {
    const old = await make(['audit:read'])
    const soft = given(await bench.operators.rollApiKey(host, old.apiKey.id, 60)) as CreatedApiKey
    expect([await withKey(old.key), await withKey(soft.key)]).toMatchObject([
      { scopes: ['audit:read'] },
      { scopes: ['audit:read'] },
    ])
    const remaining =
      (await bench.operators.listApiKeys('default'))
        .find((each) => each.id === old.apiKey.id)!
        .expiresAt!.getTime() - Date.now()
    expect(Math.round(remaining / 60_000)).toBe(60)
    const hard = given(await bench.operators.rollApiKey(host, soft.apiKey.id, 0)) as CreatedApiKey
    expect(await withKey(soft.key)).toBeNull()
    expect(await withKey(hard.key)).not.toBeNull()
    expect(codeOf(await bench.operators.rollApiKey(host, hard.apiKey.id, 99_999))).toBe('api_key.bad_overlap')
  })

  test('a key cannot make, roll or revoke beyond itself', async () => {
    const strong = await make(['*'])
    const weak = await make(['keys:write', 'sync:run'])
    const reader = await make(['sync:read'])
    const byWeak = (await withKey(weak.key))!
    const byReader = (await withKey(reader.key))!
    expect(codeOf(await bench.operators.createApiKey(byWeak, { name: 'x', scopes: ['*'] }))).toBe(
      'permission.beyond_own_scopes',
    )
    expect(codeOf(await bench.operators.rollApiKey(byWeak, strong.apiKey.id, 0))).toBe(
      'permission.beyond_own_scopes',
    )
    expect(codeOf(await bench.operators.createApiKey(byReader, { name: 'x', scopes: ['sync:read'] }))).toBe(
      'permission.scope',
    )
    expect(codeOf(await bench.operators.revokeApiKey(byReader, strong.apiKey.id))).toBe('permission.scope')
    expect((await make(['sync:run'], byWeak)).apiKey.createdBy).toBe('ci')
  })

  test('bad input: everything wrong is said at once', async () => {
    const result = await bench.operators.createApiKey(host, {
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
    const { email } = await bench.person('admin')
    const cookie = cookieOf(await bench.signIn(email, password.reveal()))
    const headers = new Headers({ authorization, cookie })
    expect(await bench.operators.authenticate(new Request(base, { headers }))).toBeNull()
  })
})

test('after all this: the chain holds, and no secret is in the audit, the log or a table in plain', async () => {
  const { key } = given(
    await bench.operators.createApiKey(host, { name: 'canary', scopes: ['*'] }),
  ) as CreatedApiKey
  expect(await bench.database.tenant('default', (trx) => verify(trx))).toMatchObject({ ok: true })
  const { rows } = await bench.database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'auth', 'graphile_worker')`,
  )
  let all = bench.logged.join('\n')
  for (const { name } of rows) {
    const table = await bench.database.pool.query<{ text: string | null }>(
      `select string_agg(t::text, ' ') as text from ${name} t`,
    )
    all += table.rows[0]!.text ?? ''
  }
  for (const canary of [password.reveal(), key.reveal(), signingCanary, 'guess guess guess']) {
    expect(all.includes(canary)).toBe(false)
  }
})
