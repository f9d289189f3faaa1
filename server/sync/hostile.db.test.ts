import type { Failure, Json, PageRequest, ReadResult } from '@owlie/connector-kit'
import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, believeAll, type Bench, connect, exportAll, openBench, report } from './test/bench.ts'
import {
  group,
  memory,
  type Memory,
  memoryConnector,
  memoryInput,
  membership,
  person,
} from './test/memory-connector.ts'
import type { SyncLimits } from './index.ts'

/** What no well-behaved target does, against the real database. */

let bench: Bench
let target: Memory
let connection: Connection

async function open(state: Memory, limits: Partial<SyncLimits> = {}) {
  target = state
  bench = await openBench({ connectors: [memoryConnector(state)], limits })
  connection = await connect(bench, memoryInput)
  await believeAll(bench, connection, memoryConnector(state))
}
afterEach(() => bench.close())

const more = (ids: readonly string[], cursor: Json): ReadResult => ({
  page: { observations: ids.map((id) => person(id)), end: { is: 'more', cursor } },
})
const failing = (failure: Partial<Failure> & Pick<Failure, 'kind'>) => (): ReadResult => ({
  failure: { code: `test.${failure.kind}`, message: `It was ${failure.kind}.`, remedy: 'Try.', ...failure },
})
const staleCount = async () => {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    `select (select count(stale_since) from account) + (select count(stale_since) from entitlement)
          + (select count(stale_since) from access_grant) as n`,
  )
  return rows[0]!.n
}
const accountIds = async () =>
  (await exportAll(bench, connection.id)).flatMap((record) =>
    record.kind === 'account' ? [(record as { id: string }).id] : [],
  )

describe('lists that do not end', () => {
  it('a cursor that leads back in a circle: cut after one round, nothing marked', async () => {
    await open(memory(30, 0))
    await bench.sync1(connection)
    target.people = target.people.slice(0, 20)
    target.readers.people = ({ cursor }) => {
      const at = typeof cursor === 'number' ? cursor : 0
      return more(
        target.people.slice(at * 5, at * 5 + 5).map(({ id }) => id),
        (at + 1) % 4,
      )
    }
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({
      end: 'truncated',
      read: 20,
      stale: 0,
      failure: { code: 'sync.cursor_repeated' },
    })
    expect(run.kinds[0]!.pages).toBeLessThanOrEqual(5)
    expect(await staleCount()).toBe(0)
  })

  it('ever new cursors with ever the same people: cut at the first milestone', async () => {
    await open(memory(10, 0))
    target.readers.people = ({ cursor }) =>
      more(['a', 'b', 'c'], (typeof cursor === 'number' ? cursor : 0) + 1)
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({
      ...{ end: 'truncated', read: 3, created: 3, pages: 64 },
      failure: { code: 'sync.no_progress' },
    })
  })

  it('a long list with something new on every page is read to its end', async () => {
    await open(memory(0, 0))
    target.people = Array.from({ length: 700 }, (_, index) => person(`u${index}`))
    target.pageSize = 3
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'complete', read: 700, pages: 234 })
  })

  it('the cursor it was asked with', async () => {
    await open(memory(5, 0))
    target.readers.people = ({ cursor }) => more(['a'], cursor ?? 7)
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'truncated', failure: { code: 'sync.cursor_repeated' } })
  })

  it('F35: the same page twice is counted once', async () => {
    await open(memory(5, 0))
    const pages = [
      ['a', 'b'],
      ['a', 'b'],
      ['b', 'c'],
    ]
    target.readers.people = ({ cursor }) => {
      const at = typeof cursor === 'number' ? cursor : 0
      if (at < 2) return more(pages[at]!, at + 1)
      return { page: { observations: pages[2]!.map((id) => person(id)), end: { is: 'complete' } } }
    }
    const first = await bench.sync1(connection)
    expect(report(first).people).toBe('complete 3: +3 ~0 =0 stale 0')
    const second = await bench.sync1(connection)
    expect(report(second).people).toBe('complete 3: +0 ~0 =3 stale 0')
  })
})

describe('records nobody wants', () => {
  it('odd ids and values come back as they were; what cannot be kept is quarantined alone', async () => {
    await open(memory(0, 1))
    const odd = [
      'auth0|a/b+c%20 d',
      '😀',
      'ا',
      'x'.repeat(1000),
      "o'brien",
      'back\\slash',
      '{"json":1}',
      '--',
    ]
    target.people = [
      ...odd.map((id) => person(id, { note: 'ok' })),
      person('nul-in-value', { note: 'a\0b', big: 'x'.repeat(1_000_000) }),
      person('nul\0in-id'),
      person('\ud800'),
      person(''),
      person('y'.repeat(1001)),
    ]
    target.members.set('g00', [...odd, 'never-listed', 'bad\0id'])
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({
      end: 'truncated',
      read: 9,
      quarantined: 4,
      failure: { code: 'sync.unreadable_records' },
    })
    expect(new Set(await accountIds())).toEqual(new Set([...odd, 'nul-in-value']))
    const listed = await bench.sync.quarantined(ada.tenantId, run.id)
    expect(listed.map(({ kind, id }) => [kind, id?.slice(0, 5) ?? null])).toEqual([
      ['people', 'nul␀i'],
      ['people', '\ufffd'],
      ['people', null],
      ['people', 'yyyyy'],
    ])
    target.people = target.people.filter(({ id }) => id !== '')
    const again = await bench.sync1(connection)
    expect(again.kinds.map(({ end }) => end)).toEqual(['complete', 'complete', 'complete'])
    expect(again.kinds[0]).toMatchObject({ read: 9, unchanged: 9, quarantined: 3 })
    expect(again.kinds[2]).toMatchObject({ read: 9, created: 9, quarantined: 1 })
    const { nodes } = await bench.inventory.entitlements(ada.tenantId, { first: 10, type: 'group' })
    const holders = await bench.inventory.holders(ada.tenantId, nodes[0]!.id, { first: 100 })
    expect(
      holders.nodes
        .filter(({ accountId }) => accountId === null)
        .map(({ accountExternalId }) => accountExternalId),
    ).toEqual(['never-listed'])
    const found = await bench.inventory.accounts(ada.tenantId, { first: 10, search: 'nul-in-value' })
    expect(found.nodes[0]!.attributes).toMatchObject({ note: 'a␀b' })
  })

  it('a value that only the database refuses is found row by row', async () => {
    await open(memory(12, 0))
    await bench.database.pool.query(
      `alter table account add constraint no_p005 check (external_id <> 'p005')`,
    )
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'complete', read: 11, created: 11, quarantined: 1 })
    expect(await bench.sync.quarantined(ada.tenantId, run.id)).toEqual([
      { kind: 'people', id: 'p005', reason: 'The database refused its value (SQLSTATE 23514).' },
    ])
    expect(bench.defects).toEqual([])
  })

  it('an object that was known and is now quarantined is not taken for missing', async () => {
    await open(memory(5, 0))
    await bench.sync1(connection)
    target.people[2] = { ...target.people[2]!, status: 'odd' as never }
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'complete', quarantined: 1, stale: 0 })
    expect(await accountIds()).toHaveLength(5)
  })

  it('grants of another container: the kind is truncated, nothing is marked', async () => {
    await open(memory(4, 2))
    await bench.sync1(connection)
    target.readers.group_people = () => ({
      page: { observations: [membership('p001', 'g00')], end: { is: 'complete' } },
    })
    const run = await bench.sync1(connection)
    expect(run.kinds[2]).toMatchObject({
      end: 'truncated',
      quarantined: 1,
      failure: { code: 'sync.unreadable_records' },
    })
    expect(await staleCount()).toBe(0)
  })

  it('an object that changes between two pages is counted once and keeps the newest', async () => {
    await open(memory(2, 0))
    await bench.sync1(connection)
    target.readers.people = ({ cursor }) => ({
      page: {
        observations: [person('p000', { v: cursor === null ? 1 : 2 }), person('p001')],
        end: cursor === null ? { is: 'more', cursor: 1 } : { is: 'complete' },
      },
    })
    const run = await bench.sync1(connection)
    expect(report(run).people).toBe('complete 2: +0 ~1 =1 stale 0')
    const { nodes } = await bench.inventory.accounts(ada.tenantId, { first: 1 })
    expect(nodes[0]!.attributes).toEqual({ v: 2 })
  })
})

describe('only a complete kind marks anything', () => {
  const cases: [string, () => void, string, string][] = [
    ['an empty answer for people who were there', () => (target.people = []), 'held', 'guard.stopped'],
    [
      'a truncated list',
      () =>
        (target.readers.people = () => ({
          page: {
            observations: [person('p000')],
            end: { is: 'truncated', why: { kind: 'defect', code: 'test.cap', message: 'Cut.', remedy: 'x' } },
          },
        })),
      'truncated',
      'test.cap',
    ],
    ['a refusal', () => (target.readers.people = failing({ kind: 'rejected' })), 'failed', 'test.rejected'],
    [
      'a missing permission',
      () => (target.readers.people = failing({ kind: 'permission' })),
      'skipped',
      'test.permission',
    ],
    [
      'a scope withdrawn',
      () => (target.granted = ['read:groups', 'read:members']),
      'skipped',
      'memory.insufficient_scope',
    ],
    [
      'a connector that throws',
      () =>
        (target.readers.people = () => {
          throw new RangeError('secret')
        }),
      'failed',
      'sync.connector_threw',
    ],
  ]
  it.each(cases)('%s', async (_, spoil, end, code) => {
    await open(memory(8, 2))
    await bench.sync1(connection)
    target.groups.push(group('g99'))
    spoil()
    const run = await bench.sync1(connection)
    expect(run.status).toBe('incomplete')
    expect(run.kinds[0]).toMatchObject({ end, failure: { code }, stale: 0 })
    expect(run.kinds[0]!.reason).toBeTruthy()
    // What does not depend on it went on; what does was skipped with the reason.
    expect(run.kinds[1]).toMatchObject({ end: 'complete', created: 1 })
    expect(run.kinds[2]).toMatchObject({
      end: 'skipped',
      failure: { code: 'sync.prerequisite_not_complete' },
    })
    expect(run.kinds[2]!.reason).toContain('people')
    expect(await staleCount()).toBe(0)
  })

  it('a failure of the settings ends the run and marks nothing', async () => {
    await open(memory(8, 2))
    await bench.sync1(connection)
    target.groups.pop()
    target.people.pop()
    target.readers.group_people = failing({ kind: 'config' })
    const run = await bench.sync1(connection)
    expect(run).toMatchObject({ status: 'failed', failure: { code: 'test.config' } })
    expect(run.kinds.map(({ end }) => end)).toEqual(['complete', 'complete', 'failed'])
    expect(await staleCount()).toBe(0)
    target.readers = {}
    const next = await bench.sync1(connection)
    expect(next.status).toBe('complete')
    expect(await staleCount()).toBe(1 + 1 + 8)
  })

  it('a container that is gone when it is read keeps what it held until the next run says more', async () => {
    await open(memory(4, 3))
    await bench.sync1(connection)
    target.readers.group_people = ({ container }: PageRequest) =>
      container === 'g01'
        ? failing({ kind: 'missing' })()
        : { page: { observations: [membership('p000', container!)], end: { is: 'complete' } } }
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    expect(run.kinds[2]).toMatchObject({ read: 2, stale: 6 })
    const { nodes } = await bench.inventory.entitlements(ada.tenantId, { first: 10, search: 'g01' })
    const held = await bench.inventory.holders(ada.tenantId, nodes[0]!.id, { first: 10 })
    expect(held.nodes.map(({ staleSince }) => staleSince)).toEqual([null, null, null, null])
    expect(held.nodes[0]!.lastSeenAt.getTime()).toBeLessThan(run.startedAt.getTime())
  })

  it('one truncated container costs its kind the sweep, not the other containers', async () => {
    await open(memory(3, 3))
    const why: Failure = { kind: 'defect', code: 'test.cap', message: 'Cut.', remedy: 'x' }
    target.readers.group_people = ({ container }) => ({
      page: {
        observations: [membership('p000', container!)],
        end: container === 'g00' ? { is: 'truncated', why } : { is: 'complete' },
      },
    })
    const run = await bench.sync1(connection)
    expect(run.kinds[2]).toMatchObject({
      ...{ end: 'truncated', read: 3, failure: { code: 'test.cap' } },
      reason: 'Cut. (1 of 3 lists may be incomplete.)',
    })
  })
})

describe('cursors that are refused', () => {
  it('the list is read again from its beginning, and nothing is lost or counted twice', async () => {
    await open(memory(35, 2))
    let isRefused = false
    target.readers.people = ({ cursor }) => {
      if (cursor === 20 && !isRefused) {
        isRefused = true
        return failing({ kind: 'rejected' })()
      }
      const at = typeof cursor === 'number' ? cursor : 0
      const observations = target.people.slice(at, at + 10)
      return {
        page: { observations, end: at + 10 < 35 ? { is: 'more', cursor: at + 10 } : { is: 'complete' } },
      }
    }
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    expect(report(run).people).toBe('complete 35: +35 ~0 =0 stale 0')
    expect(run.kinds[0]!.pages).toBe(6)
  })
})
