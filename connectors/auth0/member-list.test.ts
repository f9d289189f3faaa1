import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ListAnswer } from './answer.ts'
import { advanceMembers, firstMemberCursor, type MemberCursor, memberQuery } from './member-list.ts'

/** Auth0's member list as far as paging goes: offsets with a count up to 1,000, or cursors with a trailing one. */
class Members {
  rows: string[]
  readonly asked: string[] = []
  readonly clamp: number
  constructor(count: number, clamp = 100) {
    this.rows = Array.from({ length: count }, (_, at) => `u${String(at).padStart(5, '0')}`)
    this.clamp = clamp
  }

  answer(cursor: MemberCursor): ListAnswer {
    const query = memberQuery(cursor)
    const items = (ids: readonly string[]) => ids.map((user_id) => ({ user_id }))
    if ('from' in query) {
      this.asked.push('checkpoint')
      const { from } = query
      const page = this.rows.filter((id) => from === null || id > from).slice(0, this.clamp)
      return { items: items(page), broken: 0, limit: null, total: null, next: page.at(-1) ?? null }
    }
    const limit = Math.min(query.perPage, this.clamp)
    if ((query.page + 1) * query.perPage > 1000) throw new Error(`offset too deep: ${JSON.stringify(query)}`)
    this.asked.push('offset')
    const page = this.rows.slice(query.page * limit, (query.page + 1) * limit)
    return { items: items(page), broken: 0, limit, total: this.rows.length, next: null }
  }
}

function read(members: Members, between: (page: number) => void = () => {}) {
  const ids: unknown[] = []
  let cursor = firstMemberCursor
  for (let page = 1; page < 200; page++) {
    const { fresh, end } = advanceMembers(cursor, members.answer(cursor), 'organization members')
    ids.push(...fresh.map((row) => row.user_id))
    if (end.is !== 'more') return { ids, end: end.is, asked: members.asked }
    cursor = JSON.parse(JSON.stringify(end.cursor)) as MemberCursor
    between(page)
  }
  throw new Error('no end')
}

const count = (asked: readonly string[], what: string) => asked.filter((one) => one === what).length

describe('what a list of members costs', () => {
  test.each([
    [0, 1, 0],
    [1, 1, 0],
    [99, 1, 0],
    // Full, and counted to be all: neither alone nor together do they prove that nothing follows.
    [100, 2, 0],
    [101, 2, 0],
    [197, 2, 0],
    [250, 3, 0],
    [500, 6, 0],
    [900, 10, 0],
    [989, 11, 0],
    [990, 1, 11],
    [1000, 1, 11],
    [1500, 1, 16],
  ])('%i members: %i by offset, %i by checkpoint', (size, offset, checkpoint) => {
    const members = new Members(size)
    const { ids, end, asked } = read(members)
    expect(end).toBe('complete')
    expect(ids).toEqual(members.rows)
    expect([count(asked, 'offset'), count(asked, 'checkpoint')]).toEqual([offset, checkpoint])
  })

  test('a tenant that gives 50 at most', () => {
    for (const size of [0, 49, 50, 51, 300, 649, 650, 2000]) {
      const members = new Members(size, 50)
      expect(read(members).ids).toEqual(members.rows)
    }
  })
})

describe('while somebody works in the organization', () => {
  test('one removed and one added between two pages: the count stays, the boundary does not', () => {
    const members = new Members(250)
    const stayed = members.rows.slice(1)
    const { ids, end } = read(members, (page) => {
      if (page === 1) members.rows = [...members.rows.slice(1), 'u99999']
    })
    expect(end).toBe('complete')
    expect(new Set(ids).size).toBe(ids.length)
    expect(stayed.filter((id) => !ids.includes(id))).toEqual([])
  })

  test('removed on every page: read by checkpoint in the end', () => {
    const members = new Members(400)
    const { ids, asked } = read(members, () => (members.rows = members.rows.slice(1)))
    expect(members.rows.filter((id) => !ids.includes(id))).toEqual([])
    expect(count(asked, 'checkpoint')).toBeGreaterThan(0)
  })

  test('whatever comes and goes, nobody who stayed is missing and nobody comes twice', () => {
    const change = fc.record({
      page: fc.integer({ min: 1, max: 12 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      add: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1100 }), fc.array(change, { maxLength: 6 }), (size, changes) => {
        const members = new Members(size)
        const before = new Set(members.rows)
        const { ids, end } = read(members, (page) => {
          for (const one of changes.filter((each) => each.page === page)) {
            const at = Math.floor(one.at * members.rows.length)
            if (one.add) members.rows.splice(at, 0, `${members.rows[Math.max(0, at - 1)] ?? 'u'}n${page}`)
            else members.rows.splice(at, 1)
          }
        })
        const got = new Set(ids)
        expect(end).toBe('complete')
        expect(got.size).toBe(ids.length)
        expect(members.rows.filter((id) => before.has(id) && !got.has(id))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

describe('an answer that does not agree with itself', () => {
  const page = (ids: readonly string[], more: Partial<ListAnswer>): ListAnswer => ({
    items: ids.map((user_id) => ({ user_id })),
    broken: 0,
    limit: 100,
    total: ids.length,
    next: null,
    ...more,
  })

  test('the proven end, for comparison', () => {
    expect(advanceMembers(firstMemberCursor, page(['a', 'b'], {}), 'members').end).toEqual({ is: 'complete' })
  })

  test.each([
    ['a short page, but more are counted', page(['a', 'b'], { total: 3 })],
    ['a count below what was received', page(['a', 'b'], { total: 0 })],
    ['the same id twice', page(['a', 'a'], { total: 2 })],
    ['no count', page(['a'], { total: null })],
    ['a cursor beside the count', page(['a'], { next: 'x' })],
    ['another page size than asked for later', page([], { total: 0, limit: 100, next: 'x' })],
  ])('%s: read again', (_, answer) => {
    expect(advanceMembers(firstMemberCursor, answer, 'members').end.is).toBe('more')
  })

  test('a count that never agrees: by checkpoint, which ends the list by itself', () => {
    let cursor = firstMemberCursor
    const given: unknown[] = []
    for (let round = 0; round < 3; round++) {
      const { fresh, end } = advanceMembers(cursor, page(['a', 'b'], { total: 7 }), 'members')
      given.push(...fresh)
      if (end.is !== 'more') throw new Error(end.is)
      cursor = end.cursor
    }
    expect(cursor.by).toBe('checkpoint')
    const last = advanceMembers(cursor, page(['a', 'b', 'c'], { total: null, limit: null }), 'members')
    expect([...given, ...last.fresh].map((row) => (row as { user_id: string }).user_id)).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(last.end).toEqual({ is: 'complete' })
  })
})
