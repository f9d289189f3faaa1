import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '@owlie/connector-kit'
import { verify } from '../audit/index.ts'
import {
  ada,
  type Bench,
  created,
  ended,
  eve,
  everyRow,
  granted,
  openBench,
  refusals,
  typed,
} from './test/bench.ts'

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

beforeEach(() =>
  bench.database.pool.query(`update connection_test set started_at = started_at - interval '2 minutes'`),
)

describe('secrets', () => {
  const canary = 'canary-Zx81QpLmNv7RtYw3KcHs9BdFgJ2-4e6a'

  test('a secret is in no row, no answer and no event; neither is its base64', async () => {
    const input = { ...typed(bench, { ...full(), clientSecret: canary }), name: fresh('Canary') }
    const draft = granted(await bench.connections.startTest(ada, input))
    const failed = await ended(bench.connections, 'default', draft.id)
    const connection = granted(await bench.connections.create(ada, { ...input, testId: draft.id }))
    const saved = granted(await bench.connections.startTest(ada, { connectionId: connection.id }))
    const again = await ended(bench.connections, 'default', saved.id)
    const answers = [draft, failed, connection, saved, again, await bench.connections.list('default')]
    const everything = `${await everyRow(bench.database)}\n${JSON.stringify(answers)}`
    expect(everything).toContain(input.name)
    expect(everything).toContain(`"${connection.id}"`)
    for (const form of [
      canary,
      Buffer.from(canary).toString('base64'),
      encodeURIComponent(canary),
      canary.slice(0, 20),
    ])
      expect(everything.includes(form)).toBe(false)
  })

  test('a sealed secret moved to another connection, or an older one put back, does not open', async () => {
    const [mine, other] = [
      await created(bench, fresh('Mine'), full()),
      await created(bench, fresh('Other'), full()),
    ]
    const sealedOf = async (id: string) => {
      const { rows } = await bench.database.pool.query<{ sealed: string }>(
        'select sealed from connection_secret where connection_id = $1',
        [id],
      )
      return rows[0]!.sealed
    }
    const put = (id: string, sealed: string) =>
      bench.database.pool.query('update connection_secret set sealed = $2 where connection_id = $1', [
        id,
        sealed,
      ])
    const open = (id: string) =>
      bench.connections.openSession('default', id, { signal: AbortSignal.timeout(5000) })

    await put(other.id, await sealedOf(mine.id))
    expect(await open(other.id)).toMatchObject({
      failure: { code: 'secrets.not_here', field: 'clientSecret' },
    })
    const refused = await bench.connections.startTest(ada, { connectionId: other.id })
    expect(refusals(refused)).toEqual([['clientSecret', 'secrets.not_here']])

    const old = await sealedOf(mine.id)
    const secrets = { clientSecret: new Secret('a newer secret') }
    granted(await bench.connections.update(ada, { id: mine.id, version: 1, secrets }))
    await put(mine.id, old)
    expect(await open(mine.id)).toMatchObject({ failure: { code: 'secrets.not_here' } })
  })

  test('a domain written into the row by hand does not get the secret', async () => {
    const { id } = await created(bench, fresh('Tampered'), full())
    await bench.database.pool.query(
      `update connection set config = jsonb_set(config, '{domain}', '"evil.us.auth0.com"') where id = $1`,
      [id],
    )
    const opened = await bench.connections.openSession('default', id, { signal: AbortSignal.timeout(5000) })
    expect(opened).toMatchObject({ failure: { code: 'secrets.not_here' } })
  })
})

describe('a session', () => {
  test('opens with the secret, the policy and the listeners, and reports what it spent', async () => {
    const { id } = await created(bench, fresh('Session'), full())
    const routes: string[] = []
    const spent: number[] = []
    const opened = await bench.connections.openSession('default', id, {
      signal: AbortSignal.timeout(20_000),
      onRequest: (event) => routes.push(event.route),
      recordStats: (stats) => spent.push(stats.total),
    })
    if ('failure' in opened) throw new Error(opened.failure.message)
    expect(opened.connection.id).toBe(id)
    expect(JSON.stringify(opened)).not.toContain(full().clientSecret)
    const granted = await opened.connector.grantedScopes(opened.session)
    expect('scopes' in granted && [...granted.scopes].sort()).toEqual([...full().scopes].sort())
    await expect(opened.session.http.fetch('https://localhost:1/')).rejects.toThrow()
    await opened.close()
    await opened.close()
    expect(spent).toEqual([routes.length])
    expect(routes.length).toBeGreaterThan(0)
  })

  test('does not open what the operator no longer lists, or what is not there', async () => {
    const { id } = await created(bench, fresh('Unlisted'), full())
    const signal = AbortSignal.timeout(5000)
    await bench.database.pool.query(
      `update connection set config = jsonb_set(config, '{domain}', '"localhost:1"') where id = $1`,
      [id],
    )
    const opened = await bench.connections.openSession('default', id, { signal })
    expect(opened).toMatchObject({ failure: { kind: 'config', field: 'domain' } })
    for (const none of ['nonsense', '00000000-0000-4000-8000-000000000000'])
      expect(await bench.connections.openSession('default', none, { signal })).toMatchObject({
        failure: { code: 'connection.not_found' },
      })
  })
})

describe('tenants', () => {
  test('see and change nothing of each other, and may use the same name', async () => {
    const name = fresh('Shared name')
    const connection = await created(bench, name, full())
    const draft = granted(await bench.connections.startTest(ada, typed(bench, full())))
    await ended(bench.connections, 'default', draft.id)
    expect(await bench.connections.list('other')).toEqual([])
    expect(await bench.connections.get('other', { id: connection.id })).toBeNull()
    expect(await bench.connections.get('other', { name })).toBeNull()
    expect(await bench.connections.getTest('other', draft.id)).toBeNull()
    expect(await bench.connections.listTests('other', connection.id, 10)).toEqual([])
    const notFound = [[undefined, 'connection.not_found']]
    expect(
      refusals(await bench.connections.update(eve, { id: connection.id, version: 1, name: 'x' })),
    ).toEqual(notFound)
    expect(refusals(await bench.connections.remove(eve, connection.id, name))).toEqual(notFound)
    expect(refusals(await bench.connections.startTest(eve, { connectionId: connection.id }))).toEqual(
      notFound,
    )
    expect(refusals(await bench.connections.cancelTest(eve, draft.id))).toEqual([
      [undefined, 'connection.test_not_found'],
    ])
    const signal = AbortSignal.timeout(5000)
    expect(await bench.connections.openSession('other', connection.id, { signal })).toMatchObject({
      failure: { code: 'connection.not_found' },
    })
    const hers = granted(
      await bench.connections.create(eve, { ...typed(bench, full()), name, testId: draft.id }),
    )
    expect(hers.state).toBe('incomplete')
    await bench.connections.remove(eve, hers.id, name)
    expect(await bench.connections.get('default', { id: connection.id })).toEqual(connection)
  })

  test('the audit chain of all this holds', async () => {
    const verdict = await bench.database.tenant('default', (trx) => verify(trx))
    expect(verdict).toMatchObject({ ok: true })
  })
})
