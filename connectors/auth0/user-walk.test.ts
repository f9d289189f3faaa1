import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ModelOptions, openModel } from './test/search-model.ts'
import type { UserRow } from './user-page.ts'
import { advanceUsers, firstUserCursor, type UserCursor, userQuery } from './user-walk.ts'

type Model = ReturnType<typeof openModel>

const epoch = Date.UTC(2026, 0, 1)

function moment(ms: number): string {
  return new Date(epoch + ms).toISOString()
}

function person(number: number, at: number, more: Partial<UserRow> = {}): UserRow {
  return {
    user_id: `auth0|${(number * 7919).toString(16).padStart(8, '0')}${number}`,
    email: `user${String(number).padStart(5, '0')}@example.com`,
    identities: [{ connection: 'db' }],
    created_at: moment(at),
    ...more,
  }
}

function people(
  count: number,
  at: (number: number) => number,
  more?: (number: number) => Partial<UserRow>,
): UserRow[] {
  return Array.from({ length: count }, (_, number) => person(number, at(number), more?.(number)))
}

/** A small seeded generator, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function walk(model: Model, onPage?: (page: number) => void) {
  const ids: string[] = []
  let cursor: UserCursor = firstUserCursor
  for (let page = 1; page < 2000; page++) {
    const step = advanceUsers(cursor, model.search(userQuery(cursor)))
    ids.push(...step.rows.map((row) => row.user_id))
    if (step.end.is !== 'more') return { ids, end: step.end, requests: page }
    cursor = JSON.parse(JSON.stringify(step.end.cursor)) as UserCursor
    expect(JSON.stringify(cursor).length).toBeLessThan(200_000)
    onPage?.(page)
  }
  throw new Error('The walk does not end')
}

function modelOf(rows: readonly UserRow[], options: Partial<ModelOptions> = {}): Model {
  return openModel(rows, { random: seeded(1), ...options })
}

function idsOf(rows: readonly UserRow[]): string[] {
  return rows.map((row) => row.user_id).sort()
}

/** Everyone exactly once, and said to be complete. */
function expectAll(model: Model, result: ReturnType<typeof walk>) {
  expect(result.end).toEqual({ is: 'complete' })
  expect(result.ids.toSorted()).toEqual(idsOf(model.rows))
}

describe('the cost', () => {
  test.each([
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 2],
    [101, 2],
    [1000, 11],
    [5000, 51],
  ])('%i users with different moments take %i requests', (count, requests) => {
    const model = modelOf(people(count, (number) => number * 1000))
    const result = walk(model)
    expectAll(model, result)
    expect(result.requests).toBe(requests)
  })
})

describe('many users of one moment', () => {
  test.each([2, 99, 100, 101, 500, 999, 1000, 1001, 1500, 2500, 5000])(
    '%i of them among 600 others',
    (size) => {
      const model = modelOf(
        people(size + 600, (number) => (number < 300 ? number : number < 300 + size ? 400 : number)),
      )
      const result = walk(model)
      expectAll(model, result)
      expect(result.requests).toBeLessThan(30 + size / 20)
    },
  )

  test('nobody but them', () => {
    const model = modelOf(people(1500, () => 0))
    expectAll(model, walk(model))
  })

  test.each([
    ['several connections', (n: number) => ({ identities: [{ connection: `c${n % 3}` }] })],
    [
      'two connections each',
      (n: number) => ({ identities: [{ connection: `c${n % 3}` }, { connection: `c${(n + 1) % 3}` }] }),
    ],
    ['no e-mail address', () => ({ email: undefined })],
    ['one e-mail address for all', () => ({ email: 'shared@example.com' })],
    ['addresses that need escaping', (n: number) => ({ email: `a+b "${n}" (x)!@example.com` })],
    ['letters beyond ASCII', (n: number) => ({ email: `${'äöü😀'.repeat(1 + (n % 3))}${n}@example.com` })],
  ] as const)('%s', (_, more) => {
    const model = modelOf(people(1800, () => 5, more as (n: number) => Partial<UserRow>))
    expectAll(model, walk(model))
  })

  test('pages of 50, although 100 were asked for', () => {
    const model = modelOf(
      people(2300, (number) => (number < 1600 ? 5 : number)),
      { pageSize: 50 },
    )
    expectAll(model, walk(model))
  })

  test('an order by id that is not stable is noticed, and parts of one page are read instead', () => {
    const model = modelOf(
      people(700, () => 5),
      { unstableIds: true },
    )
    expectAll(model, walk(model))
  })

  test('a search that does not understand the predicates ends truncated, never complete', () => {
    const model = modelOf(
      people(1500, () => 5),
      { deafToWildcards: true },
    )
    const { end } = walk(model)
    expect(end).toMatchObject({ is: 'truncated', why: { code: 'auth0.users_incomplete' } })
  })

  test('users that nothing tells apart end truncated with the moment', () => {
    const same = people(
      1500,
      () => 5,
      () => ({ email: undefined }),
    )
    const model = modelOf(same.map((row, at) => ({ ...row, user_id: `${'x'.repeat(150)}${at}` })))
    const { end, ids } = walk(model)
    expect(end).toMatchObject({ is: 'truncated' })
    expect(JSON.stringify(end)).toContain(moment(5))
    expect(new Set(ids).size).toBe(1000)
  })
})

describe('while the tenant changes', () => {
  test('one user deleted per page: nobody else is missed', () => {
    const rows = people(900, (number) => number * 10)
    const model = modelOf(rows)
    const result = walk(model, (page) => model.remove(rows[page * 3]!.user_id))
    expect(result.end).toEqual({ is: 'complete' })
    expect(idsOf(model.rows).filter((id) => !result.ids.includes(id))).toEqual([])
    expect(new Set(result.ids).size).toBe(result.ids.length)
  })

  test('deleted and created within a moment that is being drained', () => {
    const rows = people(600, () => 5)
    const model = modelOf(rows)
    const result = walk(model, (page) => {
      if (page === 3) model.remove(rows[0]!.user_id)
      if (page === 5) model.add(person(9999, 5))
    })
    expect(result.end).toEqual({ is: 'complete' })
    expect(idsOf(model.rows).filter((id) => !result.ids.includes(id))).toEqual([])
  })

  test('users created during the walk are found', () => {
    const model = modelOf(people(500, (number) => number))
    const result = walk(model, (page) => page < 4 && model.add(person(600 + page, 10_000 + page)))
    expectAll(model, result)
  })
})

describe('answers that cannot be trusted', () => {
  test('no counts at all: still everyone, ends only after nothing new came', () => {
    const model = modelOf(
      people(450, (number) => number),
      { totals: 'none' },
    )
    expectAll(model, walk(model))
  })

  test('a moment without counts cannot be proven', () => {
    const model = modelOf(
      people(450, () => 5),
      { totals: 'none' },
    )
    expect(walk(model).end).toMatchObject({ is: 'truncated' })
  })

  test('a count that promises more for ever ends truncated', () => {
    const model = modelOf(
      people(450, (number) => number),
      { totals: 'wrong' },
    )
    const result = walk(model)
    expect(result.end).toMatchObject({ is: 'truncated' })
    expect(new Set(result.ids).size).toBe(450)
  })

  test('a count of no more than the page shows ends nothing while the page is full', () => {
    const model = modelOf(
      people(450, (number) => number),
      { totals: 'low' },
    )
    const result = walk(model)
    expectAll(model, result)
    // The walk itself, and one to count again.
    expect(result.requests).toBe(5 + 1)
  })

  test('short pages end nothing while more are counted', () => {
    const model = modelOf(
      people(450, (number) => number),
      { short: true },
    )
    expectAll(model, walk(model))
  })

  test('short pages without counts end nothing while they bring somebody', () => {
    const model = modelOf(
      people(450, (number) => number),
      { short: true, totals: 'none' },
    )
    expectAll(model, walk(model))
  })

  test('rows out of order are not progress', () => {
    const { end } = advanceUsers(firstUserCursor, {
      rows: [person(1, 50), person(2, 10)],
      limit: 100,
      total: 2,
    })
    expect(end).toMatchObject({ is: 'truncated' })
  })

  test('rows before the bound are not progress', () => {
    const cursor: UserCursor = { ...firstUserCursor, from: moment(100) }
    const { end } = advanceUsers(cursor, { rows: [person(1, 50)], limit: 100, total: 1 })
    expect(end).toMatchObject({ is: 'truncated' })
  })

  test('a count at the start that more than what was found restarts once, then is a gap', () => {
    let cursor: UserCursor = firstUserCursor
    const rows = people(150, (number) => number)
    const hidden = modelOf(rows)
    const ends: string[] = []
    for (let page = 0; page < 20; page++) {
      const query = userQuery(cursor)
      const answer = hidden.search(query)
      // The unfiltered count knows one more user than any list ever shows.
      const total = query.q === undefined ? 151 : answer.total
      const step = advanceUsers(cursor, { ...answer, total })
      ends.push(step.end.is)
      if (step.end.is !== 'more') {
        expect(step.end).toMatchObject({
          is: 'truncated',
          why: { why: 'Auth0 counts 1 more users than it shows' },
        })
        return
      }
      cursor = step.end.cursor
    }
    throw new Error(`no end: ${ends.join()}`)
  })
})

test('any tenant, any page size: everyone exactly once', () => {
  const cluster = fc.record({ at: fc.integer({ min: 0, max: 30 }), size: fc.integer({ min: 1, max: 320 }) })
  fc.assert(
    fc.property(
      fc.array(cluster, { maxLength: 10 }),
      fc.constantFrom(10, 50, 100),
      fc.integer(),
      fc.boolean(),
      (clusters, pageSize, seed, unstableIds) => {
        const moments = clusters.flatMap(({ at, size }) => Array.from({ length: size }, () => at))
        const model = openModel(
          people(moments.length, (number) => moments[number]!),
          {
            random: seeded(seed),
            pageSize,
            unstableIds,
          },
        )
        expectAll(model, walk(model))
      },
    ),
    { numRuns: 40 },
  )
})
