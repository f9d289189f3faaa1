import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { type Failure, type ReadResult, systemClock } from '@owlie/connector-kit'
import type { Connection } from '../connections/index.ts'
import type { GuardStop } from '../guard/index.ts'
import { type Actor, isRefusal } from '../model/index.ts'
import { ada, type Bench, connect, granted, openBench, report } from './test/bench.ts'
import { group, memory, type Memory, memoryConnector, memoryInput, person } from './test/memory-connector.ts'

/** What the guard does to whole runs, on a real database: shrinking targets mark nothing, and two people let one through. */

const bo: Actor = { tenantId: 'default', id: 'bo', name: 'Bo', kind: 'operator' }

let bench: Bench
let target: Memory
let connection: Connection
let hours: number

async function open(state: Memory) {
  target = state
  hours = 0
  const clock = { ...systemClock, now: () => systemClock.now() + hours * 3_600_000 }
  bench = await openBench({ connectors: [memoryConnector(state)], clock })
  connection = await connect(bench, memoryInput)
  expect((await bench.sync1(connection)).status).toBe('complete')
}
afterEach(() => bench.close())

const staleNow = async () => {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    `select ((select count(stale_since) from account) + (select count(stale_since) from entitlement)
          + (select count(stale_since) from access_grant))::int as n`,
  )
  return rows[0]!.n
}
const stops = (isOpen: boolean | null = true) =>
  bench.guard.list(ada.tenantId, { connectionId: connection.id, open: isOpen })
const codeOf = (value: unknown) => (isRefusal(value) ? value.refused[0]!.code : 'no refusal')
const keep = (share: number) =>
  (target.people = target.people.slice(0, Math.round(target.people.length * share)))
const failing = (failure: Pick<Failure, 'kind'>) => (): ReadResult => ({
  failure: { code: 'test.failing', message: 'It failed.', remedy: 'Try.', ...failure },
})
const empty = (): ReadResult => ({ page: { observations: [], end: { is: 'complete' } } })
const others = (size: number) => Array.from({ length: size }, (_, index) => person(`other${index}`))
const everybodyOut = () => target.members.forEach((_ids, id) => target.members.set(id, []))

/** Each: a target of 200 people and 20 groups shrinks, and nothing at all may be marked. */
const shrinking: readonly (readonly [name: string, change: () => void])[] = [
  ['an empty answer for people', () => (target.readers.people = empty)],
  ['an empty answer for groups', () => (target.readers.groups = empty)],
  ['empty groups everywhere', everybodyOut],
  [
    'empty answers for everything',
    () => (target.readers = { people: empty, groups: empty, group_people: empty }),
  ],
  ['no person left', () => (target.people = [])],
  ['one person left', () => keep(1 / 200)],
  ['half the people left', () => keep(0.5)],
  ['20 % of the people gone', () => keep(0.8)],
  ['10 % of the people gone', () => keep(0.9)],
  ['6 % of the people gone', () => keep(0.94)],
  ['the first fifth gone', () => (target.people = target.people.slice(40))],
  ['every fifth person gone', () => (target.people = target.people.filter((_, at) => at % 5 !== 0))],
  ['another tenant of the same size', () => (target.people = others(200))],
  ['another tenant, larger', () => (target.people = others(900))],
  ['another tenant, much smaller', () => (target.people = others(5))],
  ['half another tenant', () => (target.people = [...target.people.slice(0, 100), ...others(100)])],
  [
    'ids in another spelling',
    () => (target.people = target.people.map(({ id }) => person(id.toUpperCase()))),
  ],
  ['ids with a prefix', () => (target.people = target.people.map(({ id }) => person(`auth0|${id}`)))],
  ['two of twenty groups gone', () => (target.groups = target.groups.slice(2))],
  ['half the groups gone', () => (target.groups = target.groups.slice(10))],
  ['other groups altogether', () => (target.groups = target.groups.map(({ id }) => group(`x-${id}`)))],
  [
    'one large group emptied',
    () => {
      for (const id of ['g00', 'g01', 'g02', 'g03']) target.members.set(id, [])
    },
  ],
  [
    'a tenth of every membership gone',
    () => target.members.forEach((ids, id) => target.members.set(id, ids.slice(20))),
  ],
  ['403 for people', () => (target.readers.people = failing({ kind: 'permission' }))],
  ['403 for groups', () => (target.readers.groups = failing({ kind: 'permission' }))],
  ['403 for members', () => (target.readers.group_people = failing({ kind: 'permission' }))],
  ['401 for everything', () => (target.readers = { people: failing({ kind: 'credential' }) })],
  ['a scope taken away', () => (target.granted = ['read:groups', 'read:members'])],
  [
    'a list that ends early and says so',
    () =>
      (target.readers.people = () => ({
        page: {
          observations: target.people.slice(0, 10),
          end: {
            is: 'truncated',
            why: { kind: 'unsupported', code: 'test.cut', message: 'Cut.', remedy: 'No.' },
          },
        },
      })),
  ],
  [
    'a list that ends early and does not say so',
    () =>
      (target.readers.people = () => ({
        page: { observations: target.people.slice(0, 150), end: { is: 'complete' } },
      })),
  ],
  [
    'a filter that hides one department',
    () => {
      target.people = target.people.filter(({ id }) => !id.endsWith('7'))
      target.members.forEach((ids, id) =>
        target.members.set(
          id,
          ids.filter((each) => !each.endsWith('7')),
        ),
      )
    },
  ],
  [
    'people vanish while groups go on',
    () => {
      keep(0.7)
      target.groups = [...target.groups, group('g99')]
    },
  ],
]

describe('a target that shrinks', () => {
  beforeEach(async () => {
    const state = memory(200, 20)
    state.pageSize = 100
    await open(state)
  }, 60_000)

  test.each(shrinking)('%s: nothing is marked', async (_name, change) => {
    change()
    const run = await bench.sync1(connection)
    expect(await staleNow()).toBe(0)
    expect(run.kinds.some(({ end }) => end !== 'complete')).toBe(true)
    // And neither does the next one, which finds the same.
    await bench.sync1(connection)
    expect(await staleNow()).toBe(0)
  })

  it('five times four per cent: the second is too much for the day', async () => {
    const counts: number[] = []
    for (let time = 0; time < 5; time++) {
      hours += 2
      target.people = target.people.slice(0, target.people.length - 8)
      target.members.forEach((ids, id) => target.members.set(id, ids.slice(0, ids.length - 8)))
      await bench.sync1(connection)
      const { rows } = await bench.database.pool.query<{ n: number }>(
        `select count(stale_since)::int as n from account`,
      )
      counts.push(rows[0]!.n)
    }
    expect(counts).toEqual([8, 8, 8, 8, 8])
    expect((await stops()).map(({ kind }) => kind)).toContain('people')
  })

  it('ordinary coming and going goes through', async () => {
    for (let day = 0; day < 4; day++) {
      hours += 25
      const gone = target.people.slice(0, 3).map(({ id }) => id)
      target.people = [...target.people.slice(3), ...others(4).map(({ id }) => person(`${id}-${day}`))]
      target.members.forEach((ids, id) =>
        target.members.set(
          id,
          ids.filter((each) => !gone.includes(each)),
        ),
      )
      const run = await bench.sync1(connection)
      expect(run.status, JSON.stringify(report(run))).toBe('complete')
    }
    expect(await stops(null)).toEqual([])
  })
})

describe('a release', () => {
  let stop: GuardStop

  beforeEach(async () => {
    await open(memory(40, 1))
    target.people = target.people.slice(10)
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'held', stale: 0, failure: { code: 'guard.stopped' } })
    // What builds on it is held with it, without a stop of its own.
    expect(run.kinds[2]).toMatchObject({ end: 'held', failure: { code: 'sync.held_with' } })
    ;[stop] = (await stops()) as [GuardStop]
    expect(await stops()).toHaveLength(1)
  })

  const confirm = (actor: Actor, more: Partial<{ setHash: string; confirmCount: number }> = {}) =>
    bench.sync.releaseStop(actor, { id: stop.id, setHash: stop.setHash, confirmCount: 10, ...more })

  it('two people, the exact set, the count typed: then it is marked, and the run is complete', async () => {
    expect(stop).toMatchObject({ missedCount: 10, state: 'stopped', kind: 'people' })
    const asked = granted(await bench.guard.request(ada, stop.id, stop.setHash))
    expect(asked.request?.by).toBe('Ada')
    const released = granted(await confirm(bo))
    expect(released).toMatchObject({ state: 'released', release: { by: 'Bo' } })
    expect(await staleNow()).toBe(10)
    const run = (await bench.sync.get(ada.tenantId, stop.runId))!
    expect(run.kinds[0]).toMatchObject({ end: 'complete', stale: 10, failure: null })
    // The memberships were held with the people; the next run believes them.
    expect(run.status).toBe('incomplete')
    expect((await bench.sync1(connection)).status).toBe('complete')
    const { rows } = await bench.database.pool.query<{ action: string }>(
      `select action from audit_event where action like 'guard.%' order by seq`,
    )
    expect(rows.map(({ action }) => action)).toEqual([
      'guard.stopped',
      'guard.release_requested',
      'guard.released',
    ])
  })

  it('is refused to the one who asked, also by the table itself', async () => {
    await bench.guard.request(ada, stop.id, stop.setHash)
    expect(codeOf(await confirm(ada))).toBe('guard.second_person')
    // A key of hers is she.
    const key: Actor = {
      tenantId: 'default',
      id: 'k1',
      name: 'Script',
      kind: 'api_key',
      personId: 'operator:ada',
    }
    expect(codeOf(await confirm(key))).toBe('guard.second_person')
    await expect(
      bench.database.tenant('default', (trx) =>
        sql`update guard_stop set state = 'released', released_by = requested_by, released_at = requested_at`.execute(
          trx,
        ),
      ),
    ).rejects.toMatchObject({ code: '23514' })
    expect(await staleNow()).toBe(0)
  })

  it('is neither asked for nor confirmed by whom nobody knows, or who was let in today', async () => {
    const key: Actor = { tenantId: 'default', id: 'k1', name: 'Terminal', kind: 'api_key' }
    const young: Actor = { ...bo, standing: 'new' }
    const ask = async (actor: Actor) => codeOf(await bench.guard.request(actor, stop.id, stop.setHash))
    expect(await ask(key)).toBe('guard.second_person_unknown')
    expect(await ask(young)).toBe('guard.second_person_new')
    await bench.guard.request(ada, stop.id, stop.setHash)
    expect(codeOf(await confirm(key))).toBe('guard.second_person_unknown')
    expect(codeOf(await confirm(young))).toBe('guard.second_person_new')
    expect(await staleNow()).toBe(0)
  })

  it('is refused unasked, for another set, for another count, after its hour, and during a run', async () => {
    expect(codeOf(await confirm(bo))).toBe('guard.not_requested')
    expect(codeOf(await bench.guard.request(ada, stop.id, 'f'.repeat(64)))).toBe('guard.other_set')
    await bench.guard.request(ada, stop.id, stop.setHash)
    expect(codeOf(await confirm(bo, { setHash: 'f'.repeat(64) }))).toBe('guard.other_set')
    expect(codeOf(await confirm(bo, { confirmCount: 9 }))).toBe('guard.wrong_count')
    const run = granted(await bench.sync.start(ada, connection.id))
    expect(codeOf(await confirm(bo))).toBe('guard.sync_running')
    await bench.sync.cancel(ada, run.id)
    hours += 1
    expect(codeOf(await confirm(bo))).toBe('guard.not_requested')
    expect((await bench.guard.get(ada.tenantId, stop.id))!.state).toBe('stopped')
    expect(await staleNow()).toBe(0)
  })

  it('stays asked for when the next run finds the same, and is void when it finds something else', async () => {
    await bench.guard.request(ada, stop.id, stop.setHash)
    await bench.sync1(connection)
    const same = (await stops())[0]!
    expect(same).toMatchObject({ id: stop.id, state: 'requested', setHash: stop.setHash })
    expect(same.generation).toBe(stop.generation + 1)
    target.people = target.people.slice(1)
    await bench.sync1(connection)
    const [newer] = (await stops()) as [GuardStop]
    expect(newer.id).not.toBe(stop.id)
    expect(newer).toMatchObject({ missedCount: 11, state: 'stopped' })
    expect(codeOf(await confirm(bo))).toBe('guard.is_over')
  })

  it('is not got around by a wider limit, which waits until the stop is decided', async () => {
    const of = { connectionId: connection.id, kind: { name: 'people', yields: 'account' } } as const
    const wide = { metric: 'missed', free: 1000, absolute: null, percent: null }
    const set = async (limit: typeof wide | (Omit<typeof wide, 'absolute'> & { absolute: number })) =>
      codeOf(await bench.guard.setLimit(ada, of, limit))
    expect(await set(wide)).toBe('guard.limit_while_stopped')
    expect(await set({ ...wide, free: 1, absolute: 5000 })).toBe('guard.limit_while_stopped')
    expect(await set({ ...wide, metric: 'created' })).toBe('guard.limit_while_stopped')
    granted(await bench.guard.setLimit(ada, of, { metric: 'missed', free: 0, absolute: 9, percent: 4 }))
    await bench.sync1(connection)
    expect((await stops())[0]).toMatchObject({ id: stop.id, state: 'stopped' })
    expect(await staleNow()).toBe(0)
    await bench.guard.request(ada, stop.id, stop.setHash)
    granted(await confirm(bo))
    expect(await set(wide)).toBe('no refusal')
  })

  it('ends when the target is whole again', async () => {
    target.people = [...memory(40, 0).people]
    expect((await bench.sync1(connection)).status).toBe('complete')
    expect(await stops()).toEqual([])
    expect((await bench.guard.get(ada.tenantId, stop.id))!.state).toBe('superseded')
    expect(await staleNow()).toBe(0)
  })

  it('is not held against the next runs of the day', async () => {
    await bench.guard.request(ada, stop.id, stop.setHash)
    granted(await confirm(bo))
    target.people = target.people.slice(1)
    target.members.set(
      'g00',
      target.people.map(({ id }) => id),
    )
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'complete', stale: 1 })
  })

  it('of an empty answer is possible, by two people', async () => {
    target.people = []
    target.members.set('g00', [])
    await bench.sync1(connection)
    const people = (await stops()).find(({ kind }) => kind === 'people')!
    expect(people).toMatchObject({ missedCount: 40, reasons: [{ rule: 'empty' }] })
    granted(await bench.guard.request(ada, people.id, people.setHash))
    granted(await bench.sync.releaseStop(bo, { id: people.id, setHash: people.setHash, confirmCount: 40 }))
    const { rows } = await bench.database.pool.query<{ n: number }>(
      `select count(stale_since)::int as n from account`,
    )
    expect(rows[0]!.n).toBe(40)
  })

  it('belongs to its tenant', async () => {
    await bench.database.pool.query(`insert into tenant (id, name) values ('other', 'Other')`)
    const eve: Actor = { tenantId: 'other', id: 'eve', name: 'Eve', kind: 'operator' }
    expect(await bench.guard.get('other', stop.id)).toBeNull()
    expect(codeOf(await bench.guard.request(eve, stop.id, stop.setHash))).toBe('guard.not_found')
    expect(await bench.guard.list('other', {})).toEqual([])
  })
})

describe('limits', () => {
  it('of a connection and kind replace the defaults, and are checked', async () => {
    await open(memory(40, 1))
    const of = { connectionId: connection.id, kind: { name: 'people', yields: 'account' } } as const
    const bad = await bench.guard.setLimit(ada, of, { metric: 'gone', free: -1, absolute: 1.5, percent: 101 })
    expect(isRefusal(bad) && bad.refused.map(({ field }) => field)).toEqual([
      'metric',
      'free',
      'absolute',
      'percent',
    ])
    granted(await bench.guard.setLimit(ada, of, { metric: 'missed', free: 0, absolute: null, percent: 50 }))
    target.people = target.people.slice(15)
    target.members.set(
      'g00',
      target.people.map(({ id }) => id),
    )
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'complete', stale: 15 })
  })
})
