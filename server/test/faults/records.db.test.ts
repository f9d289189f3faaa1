import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auth0 } from '@owlie/connector-auth0'
import type { SyncRun } from '../../sync/index.ts'
import { applied, wish } from '../../assignments/index.ts'
import { driftBench } from '../../drift/test/bench.ts'
import { ada, exportAll, granted } from '../../sync/test/bench.ts'
import { openWriter, type TenantWriter } from '../../sync/test/tenant-writer.ts'
import { countStale } from '../processes/invariants.ts'
import { expectQuiet, type FaultBench, openFaultBench } from './fault-bench.ts'

/** Records of Auth0 that are odd, and lists that show them later than a look by the id; then the invariants. */

let bench: FaultBench
const odds = new Set<string>()

beforeAll(async () => {
  bench = await openFaultBench({ users: 40, roles: 3, organizations: 4 }, { door: { maxBytes: 8_000_000 } })
  await bench.full()
}, 60_000)
beforeEach(() => bench.stir())
afterEach(async () => {
  bench.sandbox.faults.clear()
  for (const id of odds) tenant().removeUser(id)
  const left = await bench.sync.activeRun(ada.tenantId, bench.connection.id)
  if (left) await bench.sync.cancel(ada, left.id)
})
afterAll(() => bench.close())

const tenant = () => bench.sandbox.tenant
const kind = (run: SyncRun, name: string) => run.kinds.find((each) => each.name === name)!
const quietAgain = async () => expectQuiet(bench, await bench.full())
const accounts = async () =>
  (await exportAll(bench, bench.connection.id)).flatMap((one) =>
    one.kind === 'account' ? [one as unknown as { id: string; attributes: Record<string, unknown> }] : [],
  )

describe('records', () => {
  /** A user of whom only this is odd, in the tenant itself. */
  const odd = (id: string, values: Record<string, unknown>) => {
    const user = { user_id: `auth0|${id}`, email: `${id}@example.com`, ...values }
    odds.add(user.user_id)
    return tenant().addUser(user as never).user_id
  }
  const found = async (id: string) => (await accounts()).find((each) => each.id === `auth0|${id}`)?.attributes

  it('F43: what nobody expects is stored, or quarantined alone and counted', async () => {
    const large = 'x'.repeat(1_000_000)
    const ids = [
      odd('enum', { blocked: 'perhaps', identities: [{ provider: 'brand-new', isSocial: 'no' }] }),
      odd('field', { shoe_size: { eu: [44.5, null] } }),
      odd('null', { email: null, name: null, nickname: null, picture: null, identities: null }),
      odd('right-to-left', { name: '\u202eאדה لافليس', nickname: '👩🏽‍💻 𝔸da' }),
      odd('nul', { name: 'a\0b', user_metadata: { 'k\0': 'v\0' } }),
      odd('large', { user_metadata: { large } }),
      odd('deep', { user_metadata: JSON.parse('{"a":'.repeat(150) + '1' + '}'.repeat(150)) as object }),
    ]
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
    expect(kind(run, 'users')).toMatchObject({ quarantined: 1, read: tenant().snapshot().users.length - 1 })
    expect(await bench.sync.quarantined(ada.tenantId, run.id)).toEqual([
      { kind: 'users', id: 'auth0|deep', reason: 'The attributes nest more than 100 levels deep.' },
    ])
    expect(await found('enum')).toMatchObject({ blocked: 'perhaps', identities: [{ provider: 'brand-new' }] })
    expect(await found('field')).toMatchObject({ shoe_size: { eu: [44.5, null] } })
    expect(await found('null')).toMatchObject({ email: null, name: null, identities: null })
    expect(await found('right-to-left')).toMatchObject({ name: '\u202eאדה لافليس', nickname: '👩🏽‍💻 𝔸da' })
    expect(await found('nul')).toMatchObject({ name: 'a\ufffdb', user_metadata: { 'k\ufffd': 'v\ufffd' } })
    expect(await found('large')).toMatchObject({ user_metadata: { large } })
    for (const id of ids) tenant().removeUser(id)
    await quietAgain()
  })

  it('F43: one without any id: nobody knows who it is, so its kind marks nothing', async () => {
    const stale = await countStale(bench.database)
    const change = (body: unknown) => {
      const { users } = body as { users: readonly object[] }
      return {
        ...(body as object),
        users: users.map((row, at) => (at === 3 ? { ...row, user_id: null } : row)),
      }
    }
    const match = { method: 'GET', route: '/users' }
    const clear = bench.fault({ match, times: 1, effect: { kind: 'rewrite', change } })
    const { run } = await bench.carry(await bench.start())
    expect(kind(run, 'users')).toMatchObject({ end: 'truncated', quarantined: 1 })
    expect(await countStale(bench.database)).toBe(stale)
    clear()
    await quietAgain()
  })

  it('F44: ids with pipe, slash, percent and letters of any kind come through every list as they are', async () => {
    const [role] = [...tenant().roles]
    const [organization] = [...tenant().organizations]
    const ids = ['a|b|c', 'a/b/../c', '100%25 %2F', 'üñí😀', 'a+b c', 'a?b#c&d=e', '"\\\'', 'ÅÅ'].map((id) =>
      odd(id, { email: 'odd@example.com' }),
    )
    for (const id of ids) {
      tenant().assignRole(id, role!.id)
      tenant().addMember(organization!.id, id)
    }
    const { run } = await bench.carry(await bench.start())
    await expectQuiet(bench, run)
    const session = await bench.connections.openSession(ada.tenantId, bench.connection.id, {
      signal: new AbortController().signal,
    })
    if ('failure' in session) throw new Error(session.failure.code)
    for (const id of ids)
      expect(await auth0.find!['users']!(session.session, id)).toMatchObject({ found: { id } })
    await session.close()
  })
})

describe('a search index that lags behind by 30 s', () => {
  let writer: TenantWriter
  beforeAll(async () => {
    writer = await openWriter(bench.sandbox)
  })
  beforeEach(() => bench.sandbox.setIndexLag(30_000))
  afterEach(() => bench.sandbox.setIndexLag(0))
  afterAll(() => writer.close())
  const follow = async () => (await bench.carry(await bench.start('incremental'))).run
  const later = (ms: number) => bench.clock.run(bench.clock.sleep(ms))

  it('F38: changed between a look by its id and the list: the newer stays, whole', async () => {
    await bench.full()
    const { user_id: id } = tenant()
      .snapshot()
      .users.find(({ user_id }) => user_id.startsWith('auth0|'))!
    await later(1000)
    await writer.write('PATCH', `/users/${encodeURIComponent(id)}`, { name: 'Newer', nickname: 'newer' })
    await follow()
    const now = async () => (await accounts()).find((each) => each.id === id)!.attributes
    expect(await now()).toMatchObject({ name: 'Newer', nickname: 'newer' })
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
    expect(await now()).toMatchObject({ name: 'Newer', nickname: 'newer' })
    await later(31_000)
    await quietAgain()
  })

  it('F40: created and not in the search yet: found by its id, not called gone by a list that lacks it', async () => {
    await bench.full()
    const made = await writer.write('POST', '/users', {
      ...{ connection: 'Username-Password-Authentication', email: 'young@example.com' },
      password: 'Correct-1-horse',
    })
    expect((await follow()).status).toBe('complete')
    const before = await countStale(bench.database)
    expect((await accounts()).map(({ id }) => id)).toContain(made['user_id'])
    const { run } = await bench.carry(await bench.start())
    expect(run.status).toBe('complete')
    expect(await countStale(bench.database)).toBe(before)
    await later(31_000)
    await quietAgain()
  })
})

it('F48: a federated user who was deleted by wish returns at sign-in: shown as that, and policy decides', async () => {
  const drifts = driftBench(bench.database, [auth0])
  const id = 'google-oauth2|107'
  const signIn = () => {
    tenant().addUser({ user_id: id, email: 'back@example.com', auth0Connection: 'google-oauth2' })
    odds.add(id)
  }
  const { id: connectionId } = bench.connection
  const look = async () => {
    await bench.clock.run(bench.clock.sleep(3_600_000))
    await quietAgain()
    await drifts.compare(connectionId)
    return drifts.open({ kind: 'users' })
  }
  signIn()
  await bench.full()
  await drifts.baseline(connectionId)
  tenant().removeUser(id)
  await bench.database.tenant(ada.tenantId, async (trx) => {
    const user = {
      is: 'object',
      connectionId,
      kind: 'users',
      yields: 'account',
      entitlementType: null,
    } as const
    const at = new Date(bench.clock.now())
    const origin = { source: 'operation', sourceId: null, actorName: 'Ada', reason: null } as const
    const wished = await wish(trx, [{ ...user, externalId: id, wanted: false, fields: {} }], { origin, at })
    await applied(
      trx,
      wished.map(({ intent }) => ({ id: intent.id, version: intent.desiredVersion })),
      at,
    )
  })
  const about = (found: Awaited<ReturnType<typeof look>>) => found.find(({ account }) => account === id)
  expect(about(await look())).toBeUndefined()

  signIn()
  expect(about(await look())).toMatchObject({ type: 'excess', state: 'open', intent: { wanted: false } })
  const setting = { connectionId, kind: 'users', type: 'excess' } as const
  granted(await drifts.drift.setPolicy(ada, { ...setting, policy: 'ignore' }))
  expect(about(await look())).toBeUndefined()
  granted(await drifts.drift.setPolicy(ada, { ...setting, policy: 'preserve' }))
  expect(about(await look())).toMatchObject({ state: 'operation_wanted' })
})
