import { randomUUID } from 'node:crypto'
import type { Connector, ObjectKind } from '@owlie/connector-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRefusal } from '../model/index.ts'
import { testDatabase, type TestDatabase } from '../test/database.ts'
import {
  applied,
  type Assignments,
  bindIdentity,
  bindObject,
  createAssignments,
  type GrantWish,
  type ObjectWish,
  of,
  restore,
  wish,
} from './index.ts'

const tenant = 'default'
const ada = { tenantId: tenant, id: 'ada', name: 'Ada', kind: 'operator' } as const
const base = { prerequisites: [], scopes: [], capability: '' }
const kinds: readonly ObjectKind[] = [
  { name: 'users', label: 'Users', yields: 'account', governed: ['status', 'title'], ...base },
  { name: 'roles', label: 'Roles', yields: 'entitlement', entitlementType: 'role', governed: [], ...base },
  { name: 'role_members', label: 'Role holders', yields: 'grant', entitlementType: 'role', ...base },
  { name: 'derived', label: 'Derived', yields: 'entitlement', entitlementType: 'derived', ...base },
]
const company = {
  manifest: { name: 'company', label: 'Company', kinds, fields: [] },
} as unknown as Connector

let database: TestDatabase
let assignments: Assignments
let connectionId: string

beforeAll(async () => {
  database = await testDatabase()
  assignments = createAssignments({
    database,
    connectors: new Map([['company', company]]),
    clock: { now: Date.now },
  })
  connectionId = await newConnection()
})
afterAll(() => database.close())

async function newConnection(tenantId = tenant): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into connection (tenant_id, name, connector, config, state, created_by, updated_by)
     values ($1, $2, 'company', '{}', 'ready', 'x', 'x') returning id`,
    [tenantId, randomUUID()],
  )
  return rows[0]!.id
}

const origin = { source: 'person', sourceId: null, actorName: 'Ada', reason: 'needs it' } as const
const grant = (more: Partial<GrantWish> = {}): GrantWish => ({
  ...{ is: 'grant', connectionId, kind: 'role_members', entitlementType: 'role', entitlement: 'r1' },
  ...{ grantType: 'role', account: 'u|1', wanted: true },
  ...more,
})
const object = (more: Partial<ObjectWish> = {}): ObjectWish => ({
  ...{ is: 'object', connectionId, kind: 'users', yields: 'account', entitlementType: null },
  ...{ externalId: 'u|1', wanted: true, fields: {} },
  ...more,
})
const wishNow = (wishes: Parameters<typeof wish>[1], more: Partial<Parameters<typeof wish>[2]> = {}) =>
  database.tenant(tenant, (trx) => wish(trx, wishes, { origin, at: new Date(), ...more }))

describe('versions', () => {
  it('the same wish twice is one: the desired version moves only with the wish', async () => {
    const account = randomUUID()
    const first = await wishNow([grant({ account })])
    expect(first).toMatchObject([{ moved: true, intent: { desiredVersion: 1, appliedVersion: 0 } }])
    const again = await wishNow([grant({ account })], { origin: { ...origin, reason: 'asked again' } })
    expect(again).toMatchObject([{ moved: false, intent: { desiredVersion: 1, reason: 'needs it' } }])
    const gone = await wishNow([grant({ account, wanted: false })])
    expect(gone).toMatchObject([{ moved: true, intent: { desiredVersion: 2, wanted: false } }])
  })

  it('fields are wished one by one, and those not named stay', async () => {
    const externalId = randomUUID()
    await wishNow([object({ externalId, fields: { title: 'CTO', status: 'active' } })])
    const same = await wishNow([object({ externalId, fields: { status: 'active' } })])
    expect(same).toMatchObject([{ moved: false }])
    const other = await wishNow([object({ externalId, fields: { status: 'blocked' } })])
    expect(other).toMatchObject([
      { moved: true, intent: { desiredVersion: 2, fields: { title: 'CTO', status: 'blocked' } } },
    ])
  })

  it('follow a model through any sequence of wishes and applied versions, and never go down', async () => {
    const step = fc.oneof(
      fc.record({ wanted: fc.boolean(), title: fc.constantFrom('a', 'b') }),
      fc.record({ applied: fc.integer({ min: 0, max: 9 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const externalId = randomUUID()
        const model = { state: '', desired: 0, applied: 0, id: '' }
        for (const each of steps) {
          if ('applied' in each) {
            if (model.id === '') continue
            const raised = [{ id: model.id, version: each.applied }]
            await database.tenant(tenant, (trx) => applied(trx, raised, new Date()))
            model.applied = Math.max(model.applied, Math.min(each.applied, model.desired))
          } else {
            const { wanted, title } = each
            const [{ intent, moved }] = (await wishNow([
              object({ externalId, wanted, fields: { title } }),
            ])) as [Awaited<ReturnType<typeof wish>>[number]]
            const state = `${wanted} ${title}`
            expect(moved).toBe(state !== model.state)
            if (moved) model.desired += 1
            Object.assign(model, { state, id: intent.id })
          }
          if (model.id === '') continue
          const [now] = await assignments.of(tenant, { ids: [model.id] })
          expect(now).toMatchObject({ desiredVersion: model.desired, appliedVersion: model.applied })
        }
      }),
      { numRuns: 30 },
    )
  })

  it('the database refuses a version that goes down, and an applied one above the desired one', async () => {
    const [{ intent }] = (await wishNow([grant({ account: randomUUID() })], { isAsObserved: true })) as [
      Awaited<ReturnType<typeof wish>>[number],
    ]
    const set = (sql: string) =>
      database.pool.query(`update assignment set ${sql} where id = $1`, [intent.id])
    await expect(set('applied_version = 0')).rejects.toMatchObject({ code: '23514' })
    await expect(set('desired_version = 1, applied_version = 2')).rejects.toMatchObject({ code: '23514' })
  })

  it('an earlier state comes back as a new version, unless somebody has wished since', async () => {
    const account = randomUUID()
    const [{ intent }] = (await wishNow([grant({ account })], { isAsObserved: true })) as [
      Awaited<ReturnType<typeof wish>>[number],
    ]
    const back = (version: number) =>
      database.tenant(tenant, (trx) =>
        restore(trx, [{ id: intent.id, version, wanted: false, fields: null }], {
          ...{ origin, at: new Date(), isAsObserved: true },
        }),
      )
    expect(await back(2)).toEqual([])
    expect(await back(1)).toEqual([intent.id])
    expect(await assignments.of(tenant, { ids: [intent.id] })).toMatchObject([
      { wanted: false, desiredVersion: 2, appliedVersion: 2 },
    ])
  })
})

describe('what is wished before it exists', () => {
  it('an account to be created gets its id, and takes over from one that was adopted meanwhile', async () => {
    const created = await wishNow([object({ externalId: null, fields: { title: 'new' } })])
    const { id } = created[0]!.intent
    const externalId = randomUUID()
    await wishNow([object({ externalId, fields: { title: 'seen' } })], { isAsObserved: true })
    await database.tenant(tenant, (trx) => bindObject(trx, id, externalId))
    const found = await assignments.of(tenant, { account: { connectionId, externalId } })
    expect(found).toMatchObject([{ id, fields: { title: 'new' }, desiredVersion: 2 }])
  })

  it('what an identity ought to hold waits for its account', async () => {
    const identityId = randomUUID()
    const account = randomUUID()
    await wishNow([
      grant({ account: null, identityId }),
      grant({ account: null, identityId, entitlement: 'r2' }),
    ])
    await wishNow([grant({ account, entitlement: 'r2' })])
    expect(await assignments.of(tenant, { identityId })).toHaveLength(2)
    await database.tenant(tenant, (trx) => bindIdentity(trx, { connectionId, identityId, account }))
    const held = await assignments.of(tenant, { account: { connectionId, externalId: account } })
    expect(held.map((intent) => intent.is === 'grant' && intent.entitlement).sort()).toEqual(['r1', 'r2'])
  })
})

describe('baseline', () => {
  const context = { signal: new AbortController().signal, processId: 'test', attempt: 1 }
  const turn = (baselineId: string) =>
    assignments.tasks['assignments.baseline']!({ tenantId: tenant, baselineId }, context)

  async function fill(users: number): Promise<string> {
    const id = await newConnection()
    await database.pool.query(
      `insert into account (tenant_id, connection_id, kind, external_id, display_name, status, attributes, content_hash,
         sort_name, search_text, first_seen_at, changed_at)
       select 'default', $1, 'users', 'u' || n, 'U' || n, 'active', jsonb_build_object('title', n, 'logins_count', n),
         sha256('x'), 'u', 'u', now(), now() from generate_series(1, $2::int) n`,
      [id, users],
    )
    await database.pool.query(
      `insert into access_grant (tenant_id, connection_id, kind, entitlement_type, entitlement_external_id,
         account_external_id, grant_type, first_seen_at, changed_at)
       select 'default', $1, 'role_members', 'role', 'r1', 'u' || n, 'role', now(), now()
       from generate_series(1, $2::int) n`,
      [id, users],
    )
    for (const kind of ['users', 'role_members'])
      await database.pool.query(
        `insert into inventory_sweep (tenant_id, connection_id, run_id, kind, generation, at, seen, newly_stale)
         values ('default', $1, gen_random_uuid(), $2, 1, now(), 0, 0)`,
        [id, kind],
      )
    return id
  }

  it('takes what is now, once: previewed, in batches, and nothing is left the second time', async () => {
    const id = await fill(5003)
    await wishNow([grant({ connectionId: id, account: 'u7', wanted: false })])
    const preview = await assignments.previewBaseline(tenant, id)
    expect(preview).toMatchObject([
      { kind: 'users', fresh: 5003, kept: 0 },
      { kind: 'roles', fresh: 0, completeAt: null },
      { kind: 'role_members', fresh: 5002, kept: 1 },
    ])
    const started = await assignments.takeBaseline(ada, {
      connectionId: id,
      kinds: ['users', 'role_members'],
    })
    if (isRefusal(started)) throw new Error(JSON.stringify(started))
    expect(await assignments.takeBaseline(ada, { connectionId: id, kinds: ['users'] })).toMatchObject({
      refused: [{ code: 'baseline.running' }],
    })
    await turn(started.id)
    expect(await assignments.latestBaseline(tenant, id)).toMatchObject({
      status: 'complete',
      kinds: [
        { kind: 'users', total: 5003, taken: 5003, kept: 0 },
        { kind: 'role_members', total: 5003, taken: 5002, kept: 1 },
      ],
    })
    const u7 = await assignments.of(tenant, { account: { connectionId: id, externalId: 'u7' } })
    expect(u7).toMatchObject([
      { is: 'object', source: 'baseline', fields: { status: 'active', title: 7 }, appliedVersion: 1 },
      { is: 'grant', wanted: false, source: 'person' },
    ])
    expect(u7[0]).not.toHaveProperty('fields.logins_count')
    expect(await assignments.previewBaseline(tenant, id)).toMatchObject([
      { fresh: 0, kept: 5003 },
      {},
      { fresh: 0, kept: 5003 },
    ])
  })

  it('goes on behind the last committed batch when its process died', async () => {
    const id = await fill(6000)
    const started = await assignments.takeBaseline(ada, { connectionId: id, kinds: ['users'] })
    if (isRefusal(started)) throw new Error(JSON.stringify(started))
    // Dies in the second batch: the database goes away after one was committed.
    let batches = 0
    const dying = createAssignments({
      database: {
        ...database,
        tenant: (tenantId, work) =>
          database.tenant(tenantId, async (trx) => {
            const value = await work(trx)
            const { rows } = await database.pool.query(
              `select taken from baseline_kind where baseline_id = $1`,
              [started.id],
            )
            if (rows[0].taken > 0 && batches++ === 0) throw new Error('killed')
            return value
          }),
      },
      connectors: new Map([['company', company]]),
      clock: { now: Date.now },
    })
    await expect(
      dying.tasks['assignments.baseline']!({ tenantId: tenant, baselineId: started.id }, context),
    ).rejects.toThrow('killed')
    expect(await assignments.latestBaseline(tenant, id)).toMatchObject({
      status: 'running',
      kinds: [{ taken: 5000 }],
    })
    expect(await database.tenant(tenant, assignments.wake)).toEqual([
      { task: 'assignments.baseline', ids: { baselineId: started.id }, key: `baseline:${started.id}` },
    ])
    await turn(started.id)
    expect(await assignments.latestBaseline(tenant, id)).toMatchObject({
      status: 'complete',
      kinds: [{ taken: 6000, kept: 0 }],
    })
  })

  it('refuses what was never read completely, what is no matter of intent, and nothing at all', async () => {
    const id = await newConnection()
    const codes = async (chosen: string[], connection = id) => {
      const answer = await assignments.takeBaseline(ada, { connectionId: connection, kinds: chosen })
      return isRefusal(answer) ? answer.refused.map(({ code }) => code) : answer
    }
    expect(await codes(['users', 'derived'])).toEqual(['baseline.unknown_kind', 'baseline.incomplete'])
    expect(await codes([])).toEqual(['baseline.nothing_chosen'])
    expect(await codes(['users'], 'nonsense')).toEqual(['connection.not_found'])
    expect(await codes(['users'], randomUUID())).toEqual(['connection.not_found'])
  })

  it('stops when cancelled; what it took stays', async () => {
    const id = await fill(3)
    const started = await assignments.takeBaseline(ada, { connectionId: id, kinds: ['users'] })
    if (isRefusal(started)) throw new Error(JSON.stringify(started))
    expect(await assignments.cancelBaseline(ada, started.id)).toMatchObject({ status: 'cancelled' })
    await turn(started.id)
    expect(await assignments.latestBaseline(tenant, id)).toMatchObject({
      status: 'cancelled',
      kinds: [{ taken: 0 }],
    })
    expect(await assignments.cancelBaseline(ada, started.id)).toMatchObject({
      refused: [{ code: 'baseline.ended' }],
    })
  })
})

it('another tenant sees and writes nothing of it', async () => {
  await database.pool.query(`insert into tenant (id, name) values ('other', 'Other') on conflict do nothing`)
  await wishNow([grant({ account: 'mine' }), object({ externalId: 'mine' })])
  const count = (tenantId: string, table: string) =>
    database.tenant(tenantId, async (trx) => {
      const { rows } = await trx.executeQuery<{ count: number }>(
        // A table's name cannot be a parameter.
        { sql: `select count(*)::int as count from ${table}`, parameters: [] } as never,
      )
      return rows[0]!.count
    })
  for (const table of ['assignment', 'desired_object', 'baseline', 'baseline_kind', 'governed_kind']) {
    expect([table, await count(tenant, table)]).not.toEqual([table, 0])
    expect([table, await count('other', table)]).toEqual([table, 0])
  }
  const { rows } = await database.pool.query(`select id from assignment limit 1`)
  await database.tenant('other', (trx) => applied(trx, [{ id: rows[0].id, version: 1 }], new Date()))
  expect(await database.tenant('other', (trx) => of(trx, { ids: [rows[0].id] }))).toEqual([])
})
