import { createPrivateKey, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { list as listAudit } from '../audit/index.ts'
import type { Connection, WaitingKey } from './index.ts'
import { ada, type Bench, ended, eve, everyRow, granted, openBench, refusals, typed } from './test/bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(async () => {
  expect(bench.defects).toEqual([])
  await bench.close()
})
beforeEach(() =>
  bench.database.pool.query(`update connection_test set started_at = started_at - interval '2 minutes'`),
)

let serial = 0
const fresh = (name: string) => `${name} ${++serial}`
const full = () => bench.sandbox.applications.full
const get = async (id: string) => (await bench.connections.get('default', { id }))!
const auditOf = async (id: string) =>
  (await bench.database.tenant('default', (trx) => listAudit(trx, { first: 100, subjectId: id }))).events

/** A saved connection with a secret that was tested and works. */
async function ready(application = full()): Promise<Connection> {
  const input = typed(bench, application)
  const started = granted(await bench.connections.startTest(ada, input))
  await ended(bench.connections, 'default', started.id)
  const name = fresh('Ready')
  const saved = granted(await bench.connections.create(ada, { ...input, name, testId: started.id }))
  expect(saved.state).toBe('ready')
  return saved
}

/** An application that authenticates with a key, and what an admin types for it. */
function keyed(...keys: WaitingKey[]) {
  const application = bench.sandbox.addApplication({
    scopes: ['read:users', 'read:roles', 'read:organizations', 'read:organization_members'],
    method: 'private_key_jwt',
    publicKeys: keys.map((key) => ({ jwk: key.publicKey.jwk as JsonWebKey })),
  })
  const { connector, config } = typed(bench, application)
  return { application, input: { connector, config, secrets: {} } }
}

async function newKey(connectionId: string | null = null): Promise<WaitingKey> {
  return granted(await bench.connections.createKey(ada, { connector: 'auth0', connectionId }))
}

async function replaced(input: Parameters<Bench['connections']['replaceCredential']>[1]) {
  const started = granted(await bench.connections.replaceCredential(ada, input))
  return ended(bench.connections, 'default', started.id)
}

async function works(id: string): Promise<boolean> {
  const started = granted(await bench.connections.startTest(ada, { connectionId: id }))
  const { status } = await ended(bench.connections, 'default', started.id)
  return status === 'passed' || status === 'warning'
}

/** The private key as it lies in the database, opened by a session; nobody else gets to see it. */
async function privateKeyOf(id: string): Promise<string> {
  const opened = await bench.connections.openSession('default', id, { signal: AbortSignal.timeout(5000) })
  if ('failure' in opened) throw new Error(opened.failure.code)
  await opened.close()
  return opened.session.secrets['privateKey']!.reveal()
}

describe('a key pair instead of a secret', () => {
  test('is made here, tried, saved and used; its private half is in no row, answer or event', async () => {
    const key = await newKey()
    expect(key.publicKey.pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
    expect(key.publicKey.jwk).toMatchObject({ kty: 'RSA', alg: 'RS256', kid: key.publicKey.thumbprint })
    const { input } = keyed(key)
    const started = granted(await bench.connections.startTest(ada, { ...input, keyId: key.id }))
    const draft = await ended(bench.connections, 'default', started.id)
    expect(draft.status).toBe('passed')
    const create = { ...input, name: fresh('Keyed'), keyId: key.id, testId: draft.id }
    const saved = granted(await bench.connections.create(ada, create))
    expect(saved).toMatchObject({
      state: 'ready',
      secrets: [
        { field: 'privateKey', configured: true, lastFour: null, publicKey: key.publicKey.pem, setBy: 'Ada' },
      ],
    })
    expect(await works(saved.id)).toBe(true)
    expect(await bench.connections.listKeys('default', 'auth0', null)).toEqual([])

    const pem = await privateKeyOf(saved.id)
    expect(createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' })).toBe(
      `${key.publicKey.pem}\n`,
    )
    const everything = `${await everyRow(bench.database)}\n${JSON.stringify([key, draft, saved])}`
    for (const form of [pem, ...pem.split('\n').filter((line) => line.length > 60)])
      expect(everything.includes(form)).toBe(false)
    expect(everything).not.toContain('PRIVATE KEY')
  })

  test('the message names the key when Auth0 does not know it', async () => {
    const [known, unknown] = [await newKey(), await newKey()]
    const { input } = keyed(known)
    const started = granted(await bench.connections.startTest(ada, { ...input, keyId: unknown.id }))
    const test = await ended(bench.connections, 'default', started.id)
    expect(test.checks.find(({ name }) => name === 'token')?.failure?.code).toBe('auth0.assertion_refused')
    for (const key of [known, unknown]) granted(await bench.connections.removeKey(ada, key.id))
  })

  test('goes when the client id changes, with the reason; a secret may take its place', async () => {
    const key = await newKey()
    const { input } = keyed(key)
    const saved = granted(
      await bench.connections.create(ada, { ...input, name: fresh('Rebound'), keyId: key.id }),
    )
    const { clientId } = full()
    const asked = await bench.connections.startTest(ada, { connectionId: saved.id, config: { clientId } })
    expect(refusals(asked)).toEqual([['clientSecret', 'connection.key_rebound']])
    const moved = granted(
      await bench.connections.update(ada, { id: saved.id, version: 1, config: { clientId } }),
    )
    expect(moved.stateReason).toContain('The key pair was removed because Client ID changed')
    expect(moved.secrets).toMatchObject([{ field: 'clientSecret', configured: false }])
    const secrets = { clientSecret: new Secret(full().clientSecret) }
    granted(await bench.connections.update(ada, { id: saved.id, version: 2, secrets }))
    expect(await works(saved.id)).toBe(true)
  })

  test('of another connection, unknown, or beside a secret is refused', async () => {
    const [one, other] = [await ready(), await ready()]
    const key = await newKey(one.id)
    const input = { connectionId: other.id, keyId: key.id }
    expect(refusals(await bench.connections.startTest(ada, input))).toEqual([
      ['clientSecret', 'connection.key_not_found'],
    ])
    const both = { connectionId: one.id, keyId: key.id, secrets: { clientSecret: new Secret('x') } }
    expect(refusals(await bench.connections.startTest(ada, both))).toEqual([
      ['clientSecret', 'connection.secret_and_key'],
    ])
    for (const id of ['nonsense', '00000000-0000-4000-8000-000000000000'])
      expect(refusals(await bench.connections.removeKey(ada, id))).toEqual([
        [undefined, 'connection.key_not_found'],
      ])
    expect(refusals(await bench.connections.createKey(ada, { connector: 'okta' }))).toEqual([
      [undefined, 'connection.unknown_connector'],
    ])
  })

  test('a sealed key copied to another row does not open', async () => {
    const [mine, other] = [await newKey(), await newKey()]
    await bench.database.pool.query(
      'update connection_key set sealed = (select sealed from connection_key where id = $1) where id = $2',
      [mine.id, other.id],
    )
    const { input } = keyed(mine)
    expect(refusals(await bench.connections.startTest(ada, { ...input, keyId: other.id }))).toEqual([
      ['clientSecret', 'secrets.not_here'],
    ])
    for (const key of [mine, other]) granted(await bench.connections.removeKey(ada, key.id))
  })

  test('at most five wait in one place, and nobody sees those of another tenant', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => newKey()))
    expect(refusals(await bench.connections.createKey(ada, { connector: 'auth0' }))).toEqual([
      [undefined, 'connection.too_many_keys'],
    ])
    expect(await bench.connections.listKeys('default', 'auth0', null)).toHaveLength(5)
    expect(await bench.connections.listKeys('other', 'auth0', null)).toEqual([])
    expect(refusals(await bench.connections.removeKey(eve, keys[0]!.id))).toEqual([
      [undefined, 'connection.key_not_found'],
    ])
    const { input } = keyed(keys[0]!)
    expect(refusals(await bench.connections.startTest(eve, { ...input, keyId: keys[0]!.id }))).toEqual([
      ['clientSecret', 'connection.key_not_found'],
    ])
    for (const key of keys) granted(await bench.connections.removeKey(ada, key.id))
  })
})

describe('replacing', () => {
  test('a secret that works takes the place of the old one', async () => {
    const application = bench.sandbox.addApplication({ scopes: full().scopes })
    const connection = await ready(application)
    // As after "Rotate" in the dashboard: Auth0 knows only the new one.
    const rotated = 'the-secret-after-rotation-9f27c1d4b8'
    bench.sandbox.tenant.clients.get(application.clientId)!.client_secret = rotated
    const secrets = { clientSecret: new Secret(rotated) }
    const test = await replaced({ connectionId: connection.id, secrets })
    expect(test.checks.at(-1)).toMatchObject({
      name: 'replacement',
      status: 'passed',
      sentence: 'The new Client Secret works and is in use now; the old credential is forgotten.',
    })
    expect(await get(connection.id)).toMatchObject({
      state: 'ready',
      version: 2,
      secrets: [{ field: 'clientSecret', lastFour: rotated.slice(-4) }],
    })
    expect((await auditOf(connection.id)).map(({ action }) => action).slice(0, 3)).toEqual([
      'connection.tested',
      'connection.credential_replaced',
      'connection.test_started',
    ])
    expect(await works(connection.id)).toBe(true)
  })

  test('a secret that fails leaves the old one in use, and says so', async () => {
    const connection = await ready()
    const secrets = { clientSecret: new Secret('a-mistyped-secret-of-some-length') }
    const test = await replaced({ connectionId: connection.id, secrets })
    expect(test.status).toBe('failed')
    expect(test.summary).toContain('The old credential stays in use.')
    expect(test.checks.at(-1)).toMatchObject({ name: 'replacement', status: 'skipped' })
    expect(await get(connection.id)).toMatchObject({
      state: 'ready',
      version: 1,
      secrets: [{ lastFour: full().clientSecret.slice(-4) }],
    })
    expect((await auditOf(connection.id)).map(({ action }) => action)).toContain('connection.credential_kept')
    expect(await works(connection.id)).toBe(true)
  })

  test.each(['unreachable', 'cancelled', 'edited'] as const)(
    '%s meanwhile: the old one stays',
    async (what) => {
      const connection = await ready()
      const effect =
        what === 'unreachable' ? ({ kind: 'html', status: 503 } as const) : ({ kind: 'hang' } as const)
      bench.sandbox.faults.add({
        match: { route: '/oauth/token' },
        effect,
        times: what === 'edited' ? 1 : 99,
      })
      const secrets = { clientSecret: new Secret(full().clientSecret) }
      const started = granted(
        await bench.connections.replaceCredential(ada, { connectionId: connection.id, secrets }),
      )
      if (what === 'cancelled') granted(await bench.connections.cancelTest(ada, started.id))
      if (what === 'edited') {
        granted(await bench.connections.update(ada, { id: connection.id, version: 1, name: fresh('Edited') }))
        granted(await bench.connections.cancelTest(ada, started.id))
      }
      const test = await ended(bench.connections, 'default', started.id)
      bench.sandbox.faults.clear()
      expect(test.summary).toContain('The old credential stays in use.')
      expect((await get(connection.id)).secrets[0]!.setAt).toEqual(connection.secrets[0]!.setAt)
      expect(await works(connection.id)).toBe(true)
    },
  )

  test('a key by a key: both are good until the new one has passed', async () => {
    const old = await newKey()
    const { application, input } = keyed(old)
    const started = granted(await bench.connections.startTest(ada, { ...input, keyId: old.id }))
    await ended(bench.connections, 'default', started.id)
    const create = { ...input, name: fresh('Rolled'), keyId: old.id, testId: started.id }
    const { id } = granted(await bench.connections.create(ada, create))
    const next = await newKey(id)
    expect(await bench.connections.listKeys('default', 'auth0', id)).toEqual([next])

    const early = await replaced({ connectionId: id, keyId: next.id })
    expect(early.summary).toContain('The old credential stays in use.')
    expect((await get(id)).secrets[0]!.publicKey).toBe(old.publicKey.pem)
    expect(await bench.connections.listKeys('default', 'auth0', id)).toEqual([next])

    bench.sandbox.addPublicKey(application.clientId, next.publicKey.jwk as JsonWebKey)
    const now = await replaced({ connectionId: id, keyId: next.id })
    expect(now.status).toBe('passed')
    expect(now.checks.at(-1)!.sentence).toContain('The new key pair works and is in use now')
    expect((await get(id)).secrets).toMatchObject([{ field: 'privateKey', publicKey: next.publicKey.pem }])
    expect(await bench.connections.listKeys('default', 'auth0', id)).toEqual([])
    expect(await works(id)).toBe(true)
  })

  test('a secret by a key, in one step: the secret is forgotten', async () => {
    const connection = await ready()
    const key = await newKey(connection.id)
    const { application } = keyed(key)
    await bench.database.pool.query(
      `update connection set config = jsonb_set(config, '{clientId}', to_jsonb($2::text)) where id = $1`,
      [connection.id, application.clientId],
    )
    const test = await replaced({ connectionId: connection.id, keyId: key.id })
    expect(test.checks.at(-1)).toMatchObject({ name: 'replacement', status: 'passed' })
    expect((await get(connection.id)).secrets).toMatchObject([{ field: 'privateKey', configured: true }])
    expect((await auditOf(connection.id))[1]).toMatchObject({
      action: 'connection.credential_replaced',
      detail: { field: 'privateKey', deleted: 'clientSecret' },
    })
  })

  test('saving over one that works takes a passed test of the new one', async () => {
    const connection = await ready()
    const secrets = { clientSecret: new Secret('never-tested-secret-of-some-length') }
    expect(refusals(await bench.connections.update(ada, { id: connection.id, version: 1, secrets }))).toEqual(
      [['clientSecret', 'connection.untested_credential']],
    )
    const same = { clientSecret: new Secret(full().clientSecret) }
    const draft = { connectionId: connection.id, secrets: same }
    const started = granted(await bench.connections.startTest(ada, draft))
    await ended(bench.connections, 'default', started.id)
    const update = { id: connection.id, version: 1, secrets: same, testId: started.id }
    expect(granted(await bench.connections.update(ada, update))).toMatchObject({ state: 'ready', version: 2 })
  })

  test('without a new credential, or of a connection that is not there, is refused', async () => {
    const { id } = await ready()
    expect(refusals(await bench.connections.replaceCredential(ada, { connectionId: id }))).toEqual([
      [undefined, 'connection.no_new_credential'],
    ])
    const secrets = { clientSecret: new Secret('x') }
    expect(refusals(await bench.connections.replaceCredential(eve, { connectionId: id, secrets }))).toEqual([
      [undefined, 'connection.not_found'],
    ])
  })
})
