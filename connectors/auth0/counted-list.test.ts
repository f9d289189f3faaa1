import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ListAnswer } from './answer.ts'
import { advanceCounted, type CountedCursor, countedQuery, firstCountedCursor } from './counted-list.ts'

/** A list as Auth0 gives it by offset: a count, at most `clamp` rows, nothing beyond 1,000. */
class Rows {
  rows: string[]
  readonly clamp: number
  requests = 0
  constructor(count: number, clamp = 100) {
    this.rows = Array.from({ length: count }, (_, at) => `r${String(at).padStart(4, '0')}`)
    this.clamp = clamp
  }

  answer(cursor: CountedCursor): ListAnswer {
    const { page, perPage } = countedQuery(cursor)
    if ((page + 1) * perPage > 1000) throw new Error(`offset too deep: ${page} of ${perPage}`)
    this.requests += 1
    const limit = Math.min(perPage, this.clamp)
    const items = this.rows.slice(page * limit, (page + 1) * limit).map((id) => ({ id }))
    return { items, broken: 0, limit, total: this.rows.length, next: null }
  }
}

function read(list: Rows, between: (page: number) => void = () => {}) {
  const ids: string[] = []
  let cursor = firstCountedCursor
  for (let page = 1; page < 100; page++) {
    const { fresh, end } = advanceCounted(cursor, list.answer(cursor), 'roles')
    ids.push(...fresh.map(({ id }) => id as string))
    if (end.is !== 'more') return { ids, end }
    cursor = JSON.parse(JSON.stringify(end.cursor)) as CountedCursor
    between(page)
  }
  throw new Error('no end')
}

test.each([
  [0, 1],
  [99, 1],
  [100, 2],
  [150, 2],
  [989, 11],
  [990, 21],
  [1000, 21],
])('%i rows in %i requests, each once', (count, requests) => {
  const list = new Rows(count)
  const { ids, end } = read(list)
  expect([end.is, list.requests]).toEqual(['complete', requests])
  expect(ids.toSorted()).toEqual(list.rows)
})

test('one deleted and one added between two pages: the count stays, nobody is missing', () => {
  for (const count of [150, 995]) {
    const list = new Rows(count)
    const { ids, end } = read(list, (page) => {
      if (page === 1) list.rows = [...list.rows.slice(1), 'new']
    })
    expect(end.is).toBe('complete')
    expect(ids.length).toBe(new Set(ids).size)
    expect(list.rows.filter((id) => !ids.includes(id))).toEqual([])
  }
})

test('a tenant that gives 50 at most', () => {
  const { ids, end } = read(new Rows(180, 50))
  expect([ids.length, end.is]).toEqual([180, 'complete'])
})

test('more than offsets reach is truncated', () => {
  expect(read(new Rows(1200)).end).toMatchObject({ is: 'truncated', why: { code: 'auth0.roles_incomplete' } })
})

test('whatever comes and goes: who stayed is there, nobody twice, or it says that it is not complete', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 }),
      fc.array(fc.record({ remove: fc.nat(), add: fc.boolean(), page: fc.integer({ min: 1, max: 12 }) }), {
        maxLength: 8,
      }),
      (count, changes) => {
        const list = new Rows(count)
        const stayed = new Set(list.rows)
        const { ids, end } = read(list, (page) => {
          for (const [at, change] of changes.entries()) {
            if (change.page !== page) continue
            const gone = list.rows[change.remove % Math.max(1, list.rows.length)]
            if (gone !== undefined) stayed.delete(gone)
            list.rows = list.rows.filter((id) => id !== gone)
            if (change.add) list.rows.push(`s${at}-${page}`)
          }
        })
        expect(ids.length).toBe(new Set(ids).size)
        if (end.is === 'complete') expect([...stayed].filter((id) => !ids.includes(id))).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})
