import { type Failure, type FailureKind, failureKinds, type ObjectKind } from '@owlie/connector-kit'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { closeStatus } from './close-status.ts'
import { decideNext, type NextInput } from './decide-next.ts'
import { estimate } from './estimate.ts'
import { scopesMissing } from './failures.ts'
import { judgeFailure } from './judge-failure.ts'
import { judgeKind } from './judge-kind.ts'
import { isMilestone, judgePage, mostRecords } from './judge-page.ts'
import { defaultLimits, isGivenUp, isTurnOver, parkUntil } from './limits.ts'
import { presentRun } from './present-run.ts'
import type { KindEnd, KindRow, RunRow } from './sync-run.ts'

const kind = (name: string, more: Partial<ObjectKind> = {}): ObjectKind => ({
  name,
  label: name.charAt(0).toUpperCase() + name.slice(1),
  yields: 'account',
  prerequisites: [],
  scopes: [`read:${name}`],
  capability: `read ${name}`,
  ...more,
})
const kinds = [
  kind('users'),
  kind('roles', { yields: 'entitlement', entitlementType: 'role' }),
  kind('holders', { yields: 'grant', entitlementType: 'role', prerequisites: ['users'], container: 'roles' }),
]
const all = ['read:users', 'read:roles', 'read:holders']
const nextFor = (ends: Record<string, KindEnd | null>, more: Partial<NextInput> = {}) => {
  const next = decideNext({
    kinds,
    progress: Object.entries(ends).map(([name, end]) => ({ kind: name, end })),
    granted: all,
    readable: kinds.map(({ name }) => name),
    missingScopes: (scopes, capability) => scopesMissing('test', scopes, capability),
    ...more,
  })
  return next.do === 'close'
    ? 'close'
    : `${next.do} ${next.kind.name}${next.do === 'skip' ? ` ${next.failure.code}` : ''}`
}

describe('which kind is next', () => {
  test.each<[string, Record<string, KindEnd | null>, Partial<NextInput>, string]>([
    ['the first one first', { users: null, roles: null, holders: null }, {}, 'read users'],
    ['then the next', { users: 'complete', roles: null, holders: null }, {}, 'read roles'],
    ['what is all there', { users: 'complete', roles: 'complete', holders: null }, {}, 'read holders'],
    ['nothing left', { users: 'complete', roles: 'complete', holders: 'complete' }, {}, 'close'],
    [
      'its container was truncated',
      { users: 'complete', roles: 'truncated', holders: null },
      {},
      'skip holders sync.prerequisite_not_complete',
    ],
    [
      'a prerequisite was skipped',
      { users: 'skipped', roles: 'complete', holders: null },
      {},
      'skip holders sync.prerequisite_not_complete',
    ],
    [
      'a scope is missing: that is what the person can put right, so it is said first',
      { users: 'failed', roles: 'complete', holders: null },
      { granted: ['read:users', 'read:roles'] },
      'skip holders test.insufficient_scope',
    ],
    [
      'no reader',
      { users: null, roles: null, holders: null },
      { readable: ['roles', 'holders'] },
      'skip users sync.kind_unsupported',
    ],
  ])('%s', (_, ends, more, expected) => expect(nextFor(ends, more)).toBe(expected))

  it('kinds that wait for each other, or for nothing, are skipped, so that every run ends', () => {
    const circle = [kind('a', { prerequisites: ['b'] }), kind('b', { prerequisites: ['a'] })]
    const more = { kinds: circle, granted: ['read:a', 'read:b'], readable: ['a', 'b'] }
    expect(nextFor({ a: null, b: null }, more)).toBe('skip a sync.prerequisite_not_complete')
    expect(nextFor({ a: 'skipped', b: null }, more)).toBe('skip b sync.prerequisite_not_complete')
    const lost = [kind('a', { prerequisites: ['nowhere'] })]
    expect(nextFor({ a: null }, { ...more, kinds: lost })).toBe('skip a sync.prerequisite_not_complete')
  })

  it('every order of ends comes to a close within one decision per kind', () => {
    const ends = fc.constantFrom<KindEnd>('complete', 'truncated', 'skipped', 'failed')
    fc.assert(
      fc.property(fc.array(ends, { minLength: 3, maxLength: 3 }), (outcomes) => {
        const state: Record<string, KindEnd | null> = { users: null, roles: null, holders: null }
        for (const outcome of outcomes) {
          const [verb, name] = nextFor(state).split(' ')
          state[name!] = verb === 'skip' ? 'skipped' : outcome
          // What depends on something incomplete is never read.
          if (name === 'holders' && verb === 'read')
            expect([state.users, state.roles]).toEqual(['complete', 'complete'])
        }
        return nextFor(state) === 'close'
      }),
    )
  })
})

const failure = (failureKind: FailureKind, more: Partial<Failure> = {}): Failure => ({
  kind: failureKind,
  code: `test.${failureKind}`,
  message: `It was ${failureKind}.`,
  remedy: 'Try.',
  ...more,
})

describe('what a failed read means', () => {
  const plain = { inContainer: false, hadCursor: false, restarts: 0 }
  test.each<[FailureKind, string, string, string]>([
    ['throttled', 'park', 'park', 'park'],
    ['unavailable', 'park', 'park', 'park'],
    ['credential', 'fail-run', 'fail-run', 'fail-run'],
    ['config', 'fail-run', 'fail-run', 'fail-run'],
    ['permission', 'skip-kind', 'skip-kind', 'skip-kind'],
    ['unsupported', 'skip-kind', 'skip-kind', 'skip-kind'],
    ['missing', 'fail-kind', 'restart', 'vanished'],
    ['conflict', 'fail-kind', 'restart', 'fail-kind'],
    ['rejected', 'fail-kind', 'restart', 'fail-kind'],
    ['defect', 'fail-kind', 'fail-kind', 'fail-kind'],
  ])('%s: %s; with a cursor %s; in a container %s', (name, first, withCursor, inContainer) => {
    expect(judgeFailure(failure(name), plain)).toBe(first)
    expect(judgeFailure(failure(name), { ...plain, hadCursor: true })).toBe(withCursor)
    expect(judgeFailure(failure(name), { ...plain, inContainer: true })).toBe(inContainer)
  })

  it('a list is not restarted for ever', () => {
    expect(judgeFailure(failure('rejected'), { ...plain, hadCursor: true, restarts: 2 })).toBe('fail-kind')
  })

  it('knows every failure kind', () => {
    for (const name of failureKinds) expect(judgeFailure(failure(name), plain)).toBeTypeOf('string')
  })
})

describe('whether a page can be believed', () => {
  const page = (more: object) =>
    judgePage('Users', 5, { observations: [], end: { is: 'complete' }, ...more } as never)
  const codeOf = (verified: ReturnType<typeof page>) =>
    verified.end.is === 'truncated' ? verified.end.why.code : verified.end.is

  test.each<[string, object, string]>([
    ['complete', {}, 'complete'],
    ['more', { end: { is: 'more', cursor: 6 } }, 'more'],
    ['truncated', { end: { is: 'truncated', why: failure('defect') } }, 'test.defect'],
    ['the cursor it was asked with', { end: { is: 'more', cursor: 5 } }, 'sync.cursor_repeated'],
    ['no cursor', { end: { is: 'more', cursor: null } }, 'sync.bad_page'],
    ['an endless cursor', { end: { is: 'more', cursor: 'x'.repeat(300_000) } }, 'sync.bad_page'],
    ['no end', { end: undefined }, 'sync.bad_page'],
    ['an end of another world', { end: { is: 'done' } }, 'sync.bad_page'],
    ['no list', { observations: undefined }, 'sync.bad_page'],
    ['too many', { observations: Array(mostRecords + 1).fill({}) }, 'sync.bad_page'],
    ['a hole in the list', { observations: [null] }, 'sync.bad_page'],
  ])('%s', (_, more, expected) => expect(codeOf(page(more))).toBe(expected))

  it('a total that is no count is no total', () => {
    expect(page({ total: { count: -1, exact: true } }).total).toBeNull()
    expect(page({ total: { count: 1e12, exact: true } }).total).toBeNull()
    expect(page({ total: { count: 7, exact: false } }).total).toEqual({ count: 7, exact: false })
  })

  it('asks whether a list still brings anything at 64, 128, 256, …', () => {
    const asked = Array.from({ length: 600 }, (_, index) => index + 1).filter(isMilestone)
    expect(asked).toEqual([64, 128, 256, 512])
  })
})

describe('whether a kind is complete', () => {
  const row = { label: 'Users', truncations: 0, truncatedWhy: null, nameless: 0, containersTotal: null }
  test.each<
    [string, { truncations?: number; truncatedWhy?: Failure; nameless?: number }, [number, number], string]
  >([
    ['as it was', {}, [5, 5], 'complete'],
    ['the first time', {}, [5, 0], 'complete'],
    ['never anything there', {}, [0, 0], 'complete'],
    ['fewer, but some', {}, [1, 500], 'complete'],
    ['none where one was', {}, [0, 1], 'truncated sync.guard_empty'],
    [
      'a truncated list',
      { truncations: 1, truncatedWhy: failure('defect') },
      [5, 5],
      'truncated test.defect',
    ],
    ['nameless records', { nameless: 1 }, [5, 5], 'truncated sync.unreadable_records'],
  ])('%s', (_, more, [seen, present], expected) => {
    const { end, failure: why, reason } = judgeKind({ ...row, ...more }, { seen, present })
    expect([end, why?.code].filter(Boolean).join(' ')).toBe(expected)
    expect(reason === null).toBe(end === 'complete')
  })

  it('says how many lists of how many', () => {
    const many = { ...row, truncations: 3, truncatedWhy: failure('defect'), containersTotal: 120 }
    expect(judgeKind(many, { seen: 1, present: 1 }).reason).toBe(
      'It was defect. (3 of 120 lists may be incomplete.)',
    )
  })
})

describe('how a run ends', () => {
  const notGranted = { end: 'skipped', failure: failure('permission'), pages: 0 } as const
  const takenAway = { ...notGranted, pages: 3 } as const
  const ended = (end: KindEnd) => ({
    end,
    failure: end === 'complete' ? null : failure('unavailable'),
    pages: 1,
  })

  test.each<[string, Parameters<typeof closeStatus>[0], string]>([
    ['every kind', [ended('complete'), ended('complete')], 'complete'],
    ['every kind that was granted', [ended('complete'), notGranted], 'complete'],
    ['a scope was taken away while reading', [ended('complete'), takenAway], 'incomplete'],
    ['a prerequisite failed', [ended('complete'), ended('skipped')], 'incomplete'],
    ['a list was cut', [ended('truncated'), notGranted], 'incomplete'],
    ['one failed', [ended('complete'), ended('failed')], 'incomplete'],
    ['nothing was granted', [notGranted, notGranted], 'failed'],
    ['nothing was read', [ended('failed'), ended('skipped')], 'failed'],
  ])('%s', (_what, kinds, expected) => {
    const { status, failure: why } = closeStatus(kinds)
    expect(status).toBe(expected)
    expect(why !== null).toBe(expected === 'failed')
  })
})

describe('budget and waits', () => {
  it('a turn is over by pages or by time', () => {
    const limits = { turnMs: 1000, turnPages: 10 }
    expect(isTurnOver({ startedAt: 0, pages: 9 }, 999, limits)).toBe(false)
    expect(isTurnOver({ startedAt: 0, pages: 10 }, 0, limits)).toBe(true)
    expect(isTurnOver({ startedAt: 0, pages: 0 }, 1000, limits)).toBe(true)
  })

  test.each<[string, number | undefined, number, number]>([
    ['first', undefined, 0, 1000],
    ['fourth', undefined, 3, 8000],
    ['hundredth', undefined, 100, 60_000],
    ['told to wait longer', 30_000, 0, 30_000],
    ['told to wait a day', 86_400_000, 0, 900_000],
    ['told a moment in the past', -5, 2, 4000],
  ])('%s wait', (_, notBefore, parks, expected) => {
    const now = 1_000_000
    const told = notBefore === undefined ? {} : { notBefore: now + notBefore }
    expect(parkUntil(told, parks, now, 0) - now).toBe(expected)
    expect(parkUntil(told, parks, now, 1) - now).toBe(Math.round(expected * 1.1))
  })

  it('gives up after an hour without a page', () => {
    expect(isGivenUp(0, 3_599_999, defaultLimits)).toBe(false)
    expect(isGivenUp(0, 3_600_000, defaultLimits)).toBe(true)
  })
})

const kindRow = (more: Partial<KindRow>): KindRow => ({
  kind: 'users',
  label: 'Users',
  state: 'pending',
  end: null,
  reason: null,
  failure: null,
  cursor: null,
  container: null,
  withinContainer: false,
  containerPages: 0,
  restarts: 0,
  containersDone: 0,
  containersTotal: null,
  containersVanished: 0,
  truncations: 0,
  truncatedWhy: null,
  pages: 0,
  read: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  stale: 0,
  quarantined: 0,
  nameless: 0,
  total: null,
  totalExact: false,
  startedAt: null,
  endedAt: null,
  requests: 0,
  proofs: {},
  ...more,
})

describe('how long it will take', () => {
  const running = (more: Partial<KindRow>) => kindRow({ state: 'running', ...more })
  const at = (rows: KindRow[], more: object = {}) =>
    estimate({ kinds: rows, earlier: new Map(), workedMs: 10_000, waitMs: 0, ...more })

  it('nothing in the first seconds', () => {
    expect(at([running({ pages: 2, read: 200, total: 1000 })])).toBeNull()
    expect(at([running({ pages: 10, read: 1000, total: 2000 })], { workedMs: 1000 })).toBeNull()
  })
  it('nothing when nobody knows how much there is', () => {
    expect(at([running({ pages: 10, read: 1000 })])).toBeNull()
    expect(at([running({ pages: 20, read: 2000, total: 1000, totalExact: false })])).toBeNull()
  })
  it('by the count the target gives', () => {
    expect(at([running({ pages: 10, read: 1000, total: 5000, totalExact: true })])).toEqual({
      ms: 40_000,
      lowMs: 32_000,
      highMs: 52_000,
    })
  })
  it('by containers', () => {
    const row = running({ pages: 20, read: 90, containersDone: 10, containersTotal: 110 })
    expect(at([row])).toMatchObject({ ms: 100_000 })
  })
  it('by the run before, and with what it has to wait', () => {
    const rows = [running({ pages: 10, read: 1000 }), kindRow({ kind: 'roles' })]
    const earlier = new Map([
      ['users', { pages: 30, read: 2900 }],
      ['roles', { pages: 10, read: 12 }],
    ])
    expect(at(rows, { earlier, waitMs: 5000 })).toEqual({ ms: 35_000, lowMs: 29_000, highMs: 45_500 })
  })
  it('"at least 1,000" says less than the run before did', () => {
    const row = running({ pages: 5, read: 500, total: 1000, totalExact: false })
    const earlier = new Map([['users', { pages: 105, read: 10_000 }]])
    expect(at([row], { earlier })).toMatchObject({ ms: 200_000 })
  })
  it('a wide range when a later kind is unknown', () => {
    const rows = [running({ pages: 10, read: 1000, total: 2000 }), kindRow({ kind: 'roles' })]
    expect(at(rows)).toEqual({ ms: 10_000, lowMs: 8000, highMs: 20_000 })
  })
})

describe('the report', () => {
  const run: RunRow = {
    id: 'r',
    connectionId: 'c',
    generation: 3,
    status: 'running',
    trigger: 'manual',
    actorName: 'Ada',
    createdAt: new Date(1000),
    startedAt: new Date(2000),
    finishedAt: null,
    inTurn: true,
    interruptions: 0,
    faults: 0,
    parks: 0,
    progressAt: null,
    waitingUntil: new Date(9000),
    waitingReason: 'Slow down.',
    requests: { total: 3, byRoute: { 'GET /b': 1, 'GET /a': 1, 'GET /c': 1 }, throttled: 0, waitedMs: 5 },
    workedMs: 100,
    failure: null,
    resumptions: [],
    forecast: null,
    mode: 'full',
    pausedAt: null,
    pausedBy: null,
    pausedVersion: null,
    settings: null,
    granted: null,
    hintCursor: null,
    hintFailure: null,
    hints: 0,
    hintsKnown: 0,
  }
  it('shows a wait while it lasts, and routes in a fixed order', () => {
    const shown = presentRun(run, [kindRow({ state: 'running', read: 12, total: 10 })], new Map(), 5000)
    expect(shown.waiting).toEqual({ reason: 'Slow down.', until: new Date(9000) })
    expect(shown.durationMs).toBe(3000)
    expect(shown.requests.byRoute.map(({ route }) => route)).toEqual(['GET /a', 'GET /b', 'GET /c'])
    // A count the target gave too low is no total.
    expect(shown.kinds[0]).toMatchObject({ running: true, total: null, totalExact: false })
    expect(presentRun(run, [], new Map(), 9001).waiting).toBeNull()
  })
  it('how many there are: the target’s exact count, else what the last run read, until it is passed', () => {
    const earlier = new Map([['users', { pages: 53, read: 5200 }]])
    const total = (row: Partial<KindRow>) => {
      const { total: shown, totalExact } = presentRun(run, [kindRow(row)], earlier, 5000).kinds[0]!
      return [shown, totalExact]
    }
    expect(total({ total: 300, totalExact: true })).toEqual([300, true])
    expect(total({ read: 900, total: 1000 })).toEqual([5200, false])
    expect(total({ read: 900 })).toEqual([5200, false])
    expect(total({ read: 5201, total: 1000 })).toEqual([null, false])
    expect(total({ kind: 'roles', read: 5, total: 1000 })).toEqual([1000, false])
    expect(total({ state: 'ended', end: 'truncated', read: 900 })).toEqual([null, false])
  })
  it('an ended run has no running kind and no estimate', () => {
    const over = presentRun(
      { ...run, status: 'failed', finishedAt: new Date(4000), waitingUntil: null },
      [kindRow({ state: 'running' })],
      new Map(),
      99_000,
    )
    expect(over).toMatchObject({ durationMs: 2000, eta: null, waiting: null })
    expect(over.kinds[0]!.running).toBe(false)
  })
})
