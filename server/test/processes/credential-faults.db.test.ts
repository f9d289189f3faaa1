import { randomBytes } from 'node:crypto'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { isFailure, Secret } from '@owlie/connector-kit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createKeyring, type Keyring, type MasterKey, open } from '../../secrets/index.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { drawFrom } from './draw.ts'
import { ada, createEngine, type Engine, granted } from './engine.ts'
import type { Save } from './errand.ts'
import { findSecrets, verifyChain } from './invariants.ts'
import { sendOut } from './send-out.ts'

/** Processes killed while they save a credential. It is there whole and with its audit entry, or not at all. */

vi.setConfig({ testTimeout: 200_000 })

const seed = Number(process.env['OWLIE_TEST_SEED'] ?? Date.now() % 1_000_000)
const draw = drawFrom(seed)
const oldKey: MasterKey = { kid: 'old', key: randomBytes(32) }
const newKey: MasterKey = { kid: 'new', key: randomBytes(32) }
const typed: string[] = []

let database: TestDatabase
let sandbox: Sandbox
let engine: Engine

beforeAll(async () => {
  ;[database, sandbox] = await Promise.all([
    testDatabase(),
    startSandbox({ users: 3, roles: 1, organizations: 1 }),
  ])
  engine = createEngine({ database, target: sandbox, masterKeys: [oldKey] })
}, 60_000)
afterAll(async () => {
  await engine.close()
  await database.close()
  await sandbox.close()
})

const secret = () => {
  typed.push(`typed-${randomBytes(12).toString('hex')}`)
  return typed.at(-1)!
}
let made = 0
/** One that has not been tested: its credential can be changed without a test. */
async function untested(): Promise<string> {
  const { clientId, clientSecret } = sandbox.applications.readOnly
  const input = {
    ...{ name: `Kept ${++made}`, connector: 'auth0', secrets: { clientSecret: new Secret(clientSecret) } },
    config: { domain: sandbox.domain, clientId, scopes: 'read:users' },
  }
  return granted(await engine.connections.create(ada, input)).id
}

const verbs: Readonly<Record<Save['verb'], () => Promise<Save>>> = {
  create: async () => ({
    ...{ verb: 'create', name: `New ${++made}`, secret: secret() },
    config: { domain: sandbox.domain, clientId: `client${made}`, scopes: 'read:users' },
  }),
  edit: async () => ({ verb: 'edit', id: await untested(), secret: secret() }),
  replace: async () => ({
    ...{ verb: 'replace', id: await untested() },
    secret: sandbox.applications.readOnly.clientSecret,
  }),
  'make a key': async () => ({ verb: 'make a key', id: await untested() }),
  'use a key': async () => {
    const id = await untested()
    return {
      verb: 'use a key',
      id,
      keyId: granted(await engine.connections.createKey(ada, { connectionId: id })).id,
    }
  },
}

/** How many writes it takes, or null when it was killed at one of them. */
async function save(verb: Save['verb'], masterKeys: readonly MasterKey[], write: number | null) {
  const arm = write === null ? null : { write, isSent: draw.chance(0.5) }
  const keys = masterKeys.map(({ kid, key }) => ({ kid, key: Buffer.from(key).toString('base64') }))
  const does = { masterKeys: keys, domain: sandbox.domain, ca: sandbox.caPem, save: await verbs[verb]() }
  const writes = await sendOut({ url: database.url, does, arm })
  // What a killed client had sent is ended or undone by the server, a moment later.
  await vi.waitUntil(async () => (await openTransactions()) === 0, { timeout: 20_000 })
  return writes
}

const openTransactions = async () =>
  (
    await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and xact_start is not null
         and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
  ).rowCount

interface Sealed {
  readonly connectionId: string
  readonly field: string
  readonly sealed: string
  readonly version: number
  readonly config: Readonly<Record<string, string>>
}

/** I5 and I7 of everything that is stored: what does not open, what stands in the open, what has no or no one entry. */
async function violations(keyring: Keyring): Promise<readonly string[]> {
  const { rows: secrets } = await database.pool.query<Sealed>(
    `select s.connection_id as "connectionId", s.field, s.sealed, s.version, c.config
     from connection_secret s join connection c on c.id = s.connection_id`,
  )
  const wrong: string[] = []
  for (const { connectionId, field, sealed, version, config } of secrets) {
    const { domain = '', clientId = '' } = config
    const place = { tenantId: ada.tenantId, connectionId, field, domain, clientId, version }
    const opened = await open(keyring, sealed, place)
    if (isFailure(opened)) wrong.push(`${field} of ${connectionId} does not open: ${opened.code}`)
  }
  const { rows: uneven } = await database.pool.query<{ what: string }>(
    `with edit as (select subject_id as id, count(*)::int as n from audit_event
       where action in ('connection.created', 'connection.updated', 'connection.credential_replaced') group by 1),
     key as (select count(*)::int as n from audit_event where action = 'connection_key.created'),
     used as (select count(*)::int as n from connection_secret where field = 'privateKey')
     select 'version ' || c.version || ', ' || coalesce(n, 0) || ' entries: ' || coalesce(c.name, edit.id) as what
       from connection c full join edit on edit.id = c.id::text where c.version is distinct from n
     union all select c.name || ' has no credential' from connection c
       where not exists (select from connection_secret s where s.connection_id = c.id)
     union all select key.n || ' keys made, and ' || used.n || ' in use' from key, used
       where key.n <> used.n + (select count(*) from connection_key)`,
  )
  wrong.push(...uneven.map(({ what }) => what))
  return [...wrong, ...(await findSecrets(database, typed)), ...(await verifyChain(database))]
}

describe(`saving a credential (seed ${seed})`, () => {
  test.each(Object.keys(verbs) as Save['verb'][])(
    'F04: SIGKILL while saving one (%s): none, or a whole one with its entry in the audit',
    async (verb) => {
      const all = await save(verb, [oldKey], null)
      expect(await violations(createKeyring([oldKey]))).toEqual([])
      const lives: (number | null)[] = []
      for (let life = 0; life < 3; life++) {
        // A test says every now and then that it lives, so the number of writes is about the same, not the same.
        lives.push(await save(verb, [oldKey], draw.between(Math.floor(all! / 2), Math.ceil(all! * 0.9))))
        expect(await violations(createKeyring([oldKey]))).toEqual([])
      }
      expect(lives).toContain(null)
    },
  )

  test('F07: SIGKILL while a new master key is being taken into use: each secret opens at every instant', async () => {
    const both = createKeyring([newKey, oldKey])
    const all = await save('edit', [newKey, oldKey], null)
    for (let life = 0; life < 3; life++) {
      expect(await save('edit', [newKey, oldKey], draw.between(1, all!))).toBe(null)
      expect(await violations(both)).toEqual([])
    }
  })
})
