import { describe, expect, test } from 'vitest'
import type { ListAnswer } from './answer.ts'
import { listOf } from './answer.ts'
import { advanceCheckpoint, type CheckpointCursor, firstCheckpointCursor } from './checkpoint-list.ts'
import { advanceOffset, firstOffsetCursor } from './offset-list.ts'

function answer(ids: readonly string[], more: Partial<ListAnswer> = {}): ListAnswer {
  return { items: ids.map((id) => ({ id })), broken: 0, limit: 3, total: null, next: null, ...more }
}

/** Plays the pages; gives the ids received and the end. */
function playOffset(pages: readonly ListAnswer[]) {
  const ids: unknown[] = []
  let cursor = firstOffsetCursor
  const asked: number[] = []
  for (const page of pages) {
    asked.push(cursor.page)
    const step = advanceOffset(cursor, page, 'roles')
    ids.push(...step.fresh.map(({ id }) => id))
    if (step.end.is !== 'more') return { ids, asked, end: step.end.is, left: pages.length - asked.length }
    cursor = step.end.cursor
  }
  return { ids, asked, end: 'more', left: 0 }
}

describe('offset lists', () => {
  test('one page that agrees with its count', () => {
    expect(playOffset([answer(['a', 'b'], { total: 2 })])).toEqual({
      ids: ['a', 'b'],
      asked: [0],
      end: 'complete',
      left: 0,
    })
  })

  test('nothing at all', () => {
    expect(playOffset([answer([], { total: 0 })]).end).toBe('complete')
  })

  test('several pages: two rounds must have received the same', () => {
    const round = [answer(['a', 'b', 'c'], { total: 6 }), answer(['d', 'e', 'f'], { total: 6 })]
    expect(playOffset([...round, ...round])).toEqual({
      ids: ['a', 'b', 'c', 'd', 'e', 'f'],
      asked: [0, 1, 0, 1],
      end: 'complete',
      left: 0,
    })
  })

  test('a row deleted on an earlier page shifts one over the boundary: read again, given out once', () => {
    // a…g; after page 0 `a` is deleted, so `d` moves to page 0 and is never shown.
    const round = [answer(['b', 'c', 'd'], { total: 6 }), answer(['e', 'f', 'g'], { total: 6 })]
    const pages = [answer(['a', 'b', 'c'], { total: 7 }), answer(['e', 'f', 'g'], { total: 6 })]
    expect(playOffset([...pages, ...round, ...round])).toEqual({
      ids: ['a', 'b', 'c', 'e', 'f', 'g', 'd'],
      asked: [0, 1, 0, 1, 0, 1],
      end: 'complete',
      left: 0,
    })
  })

  test('one deleted and one added: the count is as before and no proof', () => {
    // a…f; after page 0 `a` is deleted and `g` added, so `d` is never shown and six are counted and received.
    const round = [answer(['b', 'c', 'd'], { total: 6 }), answer(['e', 'f', 'g'], { total: 6 })]
    const pages = [answer(['a', 'b', 'c'], { total: 6 }), answer(['e', 'f', 'g'], { total: 6 })]
    expect(playOffset(pages)).toMatchObject({ end: 'more' })
    expect(playOffset([...pages, ...round])).toMatchObject({ end: 'more' })
    expect(playOffset([...pages, ...round, ...round])).toMatchObject({ end: 'complete', left: 0 })
    expect(playOffset([...pages, ...round, ...round]).ids).toContain('d')
  })

  test('a short page is no end while the count promises more', () => {
    const pages = [
      answer(['a', 'b'], { total: 5 }),
      answer(['d', 'e'], { total: 5 }),
      answer(['a', 'b', 'c'], { total: 5 }),
    ]
    expect(playOffset(pages)).toMatchObject({ end: 'more', asked: [0, 1, 0] })
  })

  test('a count that never agrees ends truncated', () => {
    const page = answer(['a', 'b'], { total: 3 })
    const empty = answer([], { total: 3 })
    const result = playOffset([page, empty, page, empty, page, empty, page, empty])
    expect(result).toMatchObject({ ids: ['a', 'b'], end: 'truncated' })
  })

  test('without a count, two rounds must say the same', () => {
    expect(playOffset([answer(['a', 'b']), answer(['a', 'b'])])).toMatchObject({
      ids: ['a', 'b'],
      end: 'complete',
    })
    expect(playOffset([answer(['a', 'b']), answer(['a', 'c'])])).toMatchObject({
      ids: ['a', 'b', 'c'],
      end: 'more',
    })
  })

  test('more than can be reached is truncated, not complete', () => {
    let cursor = { ...firstOffsetCursor }
    for (let page = 0; page < 9; page++) {
      const ids = Array.from({ length: 100 }, (_, at) => `${page}-${at}`)
      const { end } = advanceOffset(cursor, answer(ids, { limit: 100, total: 1200 }), 'roles')
      if (end.is !== 'more') throw new Error(`ended at page ${page}`)
      cursor = { ...end.cursor }
    }
    const last = Array.from({ length: 100 }, (_, at) => `9-${at}`)
    const { end } = advanceOffset(cursor, answer(last, { limit: 100, total: 1200 }), 'roles')
    expect(end).toMatchObject({ is: 'truncated', why: { code: 'auth0.roles_incomplete' } })
  })

  test('exactly 1,000 are complete', () => {
    let cursor = { ...firstOffsetCursor }
    for (let request = 1; ; request++) {
      const ids = Array.from({ length: 100 }, (_, at) => `${cursor.page}-${at}`)
      const { end } = advanceOffset(cursor, answer(ids, { limit: 100, total: 1000 }), 'roles')
      if (end.is !== 'more') {
        expect([request, end.is]).toEqual([20, 'complete'])
        return
      }
      cursor = { ...end.cursor }
    }
  })
})

function playCheckpoint(pages: readonly ListAnswer[]) {
  let cursor: CheckpointCursor = firstCheckpointCursor
  for (const [at, page] of pages.entries()) {
    const end = advanceCheckpoint(cursor, page, 'role holders')
    if (end.is !== 'more') return [end.is, at + 1]
    cursor = end.cursor
  }
  return ['more', pages.length]
}

describe('checkpoint lists', () => {
  test('end without a cursor', () => {
    expect(playCheckpoint([answer(['a', 'b', 'c'], { next: 'x' }), answer(['d'])])).toEqual(['complete', 2])
  })

  test('a short page with a cursor goes on, the trailing empty page ends', () => {
    expect(playCheckpoint([answer(['a'], { next: 'x' }), answer(['b'], { next: 'y' }), answer([])])).toEqual([
      'complete',
      3,
    ])
  })

  test('the same cursor again is a circle', () => {
    expect(playCheckpoint([answer(['a'], { next: 'x' }), answer(['a'], { next: 'x' })])).toEqual([
      'truncated',
      2,
    ])
  })

  test.each([2, 3, 5, 8, 21])('a circle of %i cursors is found', (length) => {
    const pages = Array.from({ length: 200 }, (_, at) =>
      answer(['a'], { next: `c${at < 4 ? at : 4 + ((at - 4) % length)}` }),
    )
    const [end, asked] = playCheckpoint(pages)
    expect(end).toBe('truncated')
    expect(asked).toBeLessThan(5 * (length + 4))
  })

  test('a long list without a circle is not mistaken for one', () => {
    const pages = Array.from({ length: 1000 }, (_, at) => answer(['a'], { next: `c${at}` }))
    expect(playCheckpoint([...pages, answer([])])).toEqual(['complete', 1001])
  })

  test('empty pages that promise more are not followed for ever', () => {
    const pages = Array.from({ length: 10 }, (_, at) => answer([], { next: `c${at}` }))
    expect(playCheckpoint(pages)).toEqual(['truncated', 3])
  })

  test('an offset envelope that holds back rows is not an end', () => {
    expect(playCheckpoint([answer(['a', 'b', 'c'], { total: 9 })])).toEqual(['truncated', 1])
  })
})

describe('envelopes', () => {
  test.each([null, undefined, 'text', 7, {}, { users: null }, { ok: false, error: {} }])(
    '%j is a failure, not an empty list',
    (body) => {
      expect(() => listOf(body, 'users')).toThrow()
    },
  )

  test('all three shapes', () => {
    expect(listOf([{ id: 1 }, null], 'x')).toMatchObject({
      items: [{ id: 1 }],
      broken: 1,
      total: null,
      next: null,
    })
    expect(listOf({ x: [], total: 0, limit: 50 }, 'x')).toMatchObject({ items: [], total: 0, limit: 50 })
    expect(listOf({ x: [], next: 'n' }, 'x')).toMatchObject({ next: 'n' })
  })
})
