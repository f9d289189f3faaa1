import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { list as listAudit } from '../audit/index.ts'
import { isRefusal } from '../model/index.ts'
import { ada, type Bench, created, ended, granted, openBench, refusals, typed } from './test/bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(async () => {
  expect(bench.defects).toEqual([])
  await bench.close()
})

let serial = 0
const fresh = (name: string) => `${name} ${++serial}`
const full = () => bench.sandbox.applications.full
const auditOf = (id: string) =>
  bench.database.tenant('default', (trx) => listAudit(trx, { first: 100, subjectId: id }))

// The limit per minute is tested on its own; elsewhere each test starts with an empty minute.
beforeEach(() =>
  bench.database.pool.query(`update connection_test set started_at = started_at - interval '2 minutes'`),
)

async function testDraft(connections = bench.connections, application = full()) {
  const started = granted(await connections.startTest(ada, typed(bench, application)))
  return ended(connections, 'default', started.id)
}

describe('create', () => {
  test('stores what was typed, sealed and incomplete until tested', async () => {
    const name = fresh('Auth0')
    const connection = await created(bench, name, full())
    expect(connection).toMatchObject({
      name,
      connector: 'auth0',
      config: { domain: bench.sandbox.domain, clientId: full().clientId },
      secrets: [
        { field: 'clientSecret', configured: true, lastFour: full().clientSecret.slice(-4), setBy: 'Ada' },
      ],
      state: 'incomplete',
      stateReason: 'Not tested yet. Run Test connection.',
      version: 1,
      lastTest: null,
    })
    expect(await bench.connections.get('default', { id: connection.id })).toEqual(connection)
    expect(await bench.connections.get('default', { name: name.toUpperCase() })).toEqual(connection)
    expect(await bench.connections.list('default')).toContainEqual(connection)
  })

  test('a passed test of exactly these values makes it ready, and becomes its history', async () => {
    const draft = await testDraft()
    expect(draft).toMatchObject({ connectionId: null, actor: 'Ada' })
    expect(['passed', 'warning']).toContain(draft.status)
    const input = { ...typed(bench, full()), name: fresh('Tested'), testId: draft.id }
    const connection = granted(await bench.connections.create(ada, input))
    expect(connection).toMatchObject({ state: 'ready', stateReason: null, lastTest: { id: draft.id } })
    expect(connection.lastTest!.connectionId).toBe(connection.id)
  })

  test.each<[string, (draft: ReturnType<typeof typed>) => void]>([
    ['another secret', (draft) => (draft.secrets.clientSecret = new Secret('a different one'))],
    ['another client id', (draft) => (draft.config.clientId = 'someone-else')],
    ['other scopes', (draft) => (draft.config.scopes = 'read:users')],
  ])('a passed test does not vouch for %s', async (_what, change) => {
    const draft = await testDraft()
    const input = typed(bench, full())
    change(input)
    const name = fresh('Untested')
    const connection = granted(await bench.connections.create(ada, { ...input, name, testId: draft.id }))
    expect(connection.state).toBe('incomplete')
    expect(connection.stateReason).toContain('Run Test connection')
    expect(connection.lastTest).toBeNull()
  })

  test('a failed test may be saved; the connection says why it is incomplete', async () => {
    const wrong = { ...full(), clientSecret: 'not-the-secret' }
    const draft = await testDraft(bench.connections, wrong)
    expect(draft.status).toBe('failed')
    const input = { ...typed(bench, wrong), name: fresh('Wrong'), testId: draft.id }
    const connection = granted(await bench.connections.create(ada, input))
    expect(connection).toMatchObject({ state: 'incomplete', lastTest: { id: draft.id, status: 'failed' } })
    expect(connection.stateReason).toBe(`The last test failed: ${draft.summary}`)
  })

  test('all problems are refused at once, beside their fields, and nothing is stored', async () => {
    const before = await bench.connections.list('default')
    const name = before[0]!.name.toUpperCase()
    const refused = await bench.connections.create(ada, {
      name,
      connector: 'auth0',
      config: { domain: 'https://tenant.us.auth0.com/', clientId: '', scopes: '' },
      secrets: {},
    })
    const fields = refusals(refused).map(([field]) => field)
    expect(fields).toEqual(['name', 'domain', 'clientId', 'clientSecret', 'scopes'])
    if (!isRefusal(refused)) return
    expect(refused.refused.find((failure) => failure.field === 'domain')!.suggestion).toBe(
      'tenant.us.auth0.com',
    )
    expect(refused.refused[0]).toMatchObject({ code: 'connection.name_taken', suggestion: `${name} 2` })
    expect(await bench.connections.list('default')).toEqual(before)
  })

  test('of many who want one name at the same moment, one gets it', async () => {
    const name = fresh('Wanted')
    const tries = await Promise.all(
      Array.from({ length: 6 }, (_, at) => {
        const spelled = at % 2 === 0 ? name : name.toLowerCase()
        return bench.connections.create(ada, { ...typed(bench, full()), name: spelled })
      }),
    )
    expect(tries.filter((result) => !isRefusal(result))).toHaveLength(1)
    for (const result of tries.filter((each) => isRefusal(each)))
      expect(refusals(result)).toEqual([['name', 'connection.name_taken']])
  })

  test('an unknown connector is named with those there are', async () => {
    const refused = await bench.connections.create(ada, {
      ...typed(bench, full()),
      name: 'x',
      connector: 'okta',
    })
    expect(refusals(refused)).toEqual([[undefined, 'connection.unknown_connector']])
  })
})

describe('update', () => {
  test('a rename keeps secret and state and counts the version up', async () => {
    const draft = await testDraft()
    const input = { ...typed(bench, full()), name: fresh('Before'), testId: draft.id }
    const { id } = granted(await bench.connections.create(ada, input))
    const name = fresh('After')
    const renamed = granted(await bench.connections.update(ada, { id, version: 1, name }))
    expect(renamed).toMatchObject({ name, version: 2, state: 'ready' })
    expect(renamed.secrets[0]!.configured).toBe(true)
    const same = granted(await bench.connections.update(ada, { id, version: 2, name }))
    expect(same.version).toBe(2)
    expect((await auditOf(id)).events.map((event) => event.action)).toEqual([
      'connection.updated',
      'connection.created',
    ])
  })

  test.each(['domain', 'clientId'] as const)(
    'changing %s drops the stored secret and says why',
    async (field) => {
      const { id } = await created(bench, fresh('Bound'), full())
      const value = field === 'domain' ? 'elsewhere.us.auth0.com' : 'another-client'
      const changed = granted(
        await bench.connections.update(ada, { id, version: 1, config: { [field]: value } }),
      )
      expect(changed).toMatchObject({ state: 'incomplete', version: 2 })
      expect(changed.secrets).toEqual([
        {
          ...{ field: 'clientSecret', configured: false, lastFour: null, setBy: null, setAt: null },
          publicKey: null,
        },
      ])
      const label = field === 'domain' ? 'Auth0 Domain' : 'Client ID'
      expect(changed.stateReason).toContain(`Client Secret was removed because ${label} changed`)
      const { rows } = await bench.database.pool.query(
        'select 1 from connection_secret where connection_id = $1',
        [id],
      )
      expect(rows).toEqual([])
      const { events } = await auditOf(id)
      expect(events[0]!.detail).toMatchObject({ deleted: 'clientSecret', changed: field })

      const back = {
        id,
        version: 2,
        config: { [field]: field === 'domain' ? bench.sandbox.domain : full().clientId },
      }
      const restored = granted(await bench.connections.update(ada, back))
      expect(restored.secrets[0]!.configured).toBe(false)
      const session = await bench.connections.openSession('default', id, {
        signal: AbortSignal.timeout(5000),
      })
      expect(session).toMatchObject({ failure: { code: 'connection.required', field: 'clientSecret' } })
    },
  )

  test('a new secret typed with the change stays, and a test of both makes it ready', async () => {
    const other = bench.sandbox.applications.readOnly
    const connection = await created(bench, fresh('Moved'), full())
    const { connector: _, ...change } = typed(bench, other)
    const draft = granted(await bench.connections.startTest(ada, { connectionId: connection.id, ...change }))
    const tested = await ended(bench.connections, 'default', draft.id)
    expect(tested.connectionId).toBe(connection.id)
    // Of a draft over it: the saved values were not tested.
    const untouched = await bench.connections.get('default', { id: connection.id })
    expect(untouched).toMatchObject({ state: 'incomplete', stateReason: connection.stateReason })
    const input = { id: connection.id, version: 1, ...change, testId: draft.id }
    expect(granted(await bench.connections.update(ada, input))).toMatchObject({ state: 'ready', version: 2 })
  })

  test('a test over the kept secret counts when only scopes change', async () => {
    const { id } = await created(bench, fresh('Scoped'), full())
    const config = { scopes: 'read:users read:roles' }
    const draft = granted(await bench.connections.startTest(ada, { connectionId: id, config }))
    await ended(bench.connections, 'default', draft.id)
    const saved = granted(await bench.connections.update(ada, { id, version: 1, config, testId: draft.id }))
    expect(saved).toMatchObject({ state: 'ready', config })
    const without = granted(
      await bench.connections.update(ada, { id, version: 2, config: { scopes: 'read:users' } }),
    )
    expect(without).toMatchObject({
      state: 'incomplete',
      stateReason: 'Not tested since the last change. Run Test connection.',
    })
    expect(without.secrets[0]!.configured).toBe(true)
  })

  test('an edit on an old version is refused with who changed it; of two at once one wins', async () => {
    const { id } = await created(bench, fresh('Raced'), full())
    const edit = (scopes: string) => bench.connections.update(ada, { id, version: 1, config: { scopes } })
    const results = await Promise.all([edit('read:users'), edit('read:roles')])
    expect(results.filter((result) => !isRefusal(result))).toHaveLength(1)
    const loser = results.find((result) => isRefusal(result))!
    expect(refusals(loser)).toEqual([[undefined, 'connection.changed_elsewhere']])
    expect(isRefusal(loser) && loser.refused[0]!.message).toContain('changed by Ada')
  })

  test('the rate plan and the reserve are settings of their own: versioned, audited, no new test needed', async () => {
    const name = fresh('Paced')
    const testId = (await testDraft()).id
    const before = granted(
      await bench.connections.create(ada, {
        ...{ name, ...typed(bench, full()), testId },
        ...{ ratePlan: 'self-service', reservePercent: 35 },
      }),
    )
    expect(before).toMatchObject({ state: 'ready', ratePlan: 'self-service', reserve: 0.35, version: 1 })
    const { id } = before
    const customRate = { burst: 10, perMinute: 600 }
    const after = granted(await bench.connections.update(ada, { id, version: 1, customRate }))
    expect(after).toMatchObject({ state: 'ready', ratePlan: customRate, reserve: 0.35, version: 2 })
    const same = granted(await bench.connections.update(ada, { id, version: 2, reservePercent: 35 }))
    expect(same.version).toBe(2)
    const wrong = await bench.connections.update(ada, {
      id,
      version: 2,
      ratePlan: 'gold',
      reservePercent: 99,
    })
    expect(refusals(wrong)).toEqual([
      ['ratePlan', 'connection.unknown_rate_plan'],
      ['reservePercent', 'connection.reserve_out_of_range'],
    ])
    const { events } = await auditOf(id)
    const details = events.map(({ action, detail }) => [action, detail.rate, detail.changed])
    expect(details).toContainEqual(['connection.created', 'self-service; reserve 35 %', undefined])
    expect(details).toContainEqual(['connection.updated', '10 at once, 600 a minute; reserve 35 %', 'rate'])
  })

  test('ids that are none are not found, and change nothing', async () => {
    for (const id of ['', 'x', '00000000-0000-4000-8000-000000000000', "' or true --"]) {
      expect(refusals(await bench.connections.update(ada, { id, version: 1 }))).toEqual([
        [undefined, 'connection.not_found'],
      ])
      expect(await bench.connections.get('default', { id })).toBeNull()
      expect(await bench.connections.getTest('default', id)).toBeNull()
    }
  })
})

describe('remove', () => {
  test('wants the name, takes secret and tests along, leaves the audit', async () => {
    const name = fresh('Gone')
    const { id } = await created(bench, name, full())
    const refused = await bench.connections.remove(ada, id, 'Something else')
    expect(refusals(refused)).toEqual([['confirmName', 'connection.name_not_confirmed']])
    expect(granted(await bench.connections.remove(ada, id, ` ${name} `))).toEqual({ id })
    expect(await bench.connections.get('default', { id })).toBeNull()
    const { rows } = await bench.database.pool.query(
      'select 1 from connection_secret where connection_id = $1',
      [id],
    )
    expect(rows).toEqual([])
    const { events } = await auditOf(id)
    expect(events.map((event) => [event.action, event.actor.name])).toEqual([
      ['connection.removed', 'Ada'],
      ['connection.created', 'Ada'],
    ])
    expect(refusals(await bench.connections.remove(ada, id, name))).toEqual([
      [undefined, 'connection.not_found'],
    ])
  })
})
