import type { ListAnswer } from './answer.ts'
import { fingerprint } from './user-page.ts'

/**
 * Where an offset list with overlapping pages stands.
 *
 * Page p asks for p rows fewer than the first page had room for, so it begins p rows before the end of the page
 * before it and must repeat exactly those. That proves that no row slipped over the boundary: whoever is removed from
 * an earlier page moves all rows behind him, and the repetition no longer fits. A plain offset list cannot tell one
 * removed and one added from nothing happened.
 *
 * The end is proven by three statements that agree: the last page was not full, Auth0's count on that same page
 * equals the rows up to its end, and so many distinct ids were received. A short page alone, or a count alone, ends
 * nothing. What does not fit is read again; a list that never fits, that Auth0 does not count, or that is longer than
 * offsets reach (https://auth0.com/docs/api/management/v2, 1,000 rows) is for the checkpoint list to read.
 */
export interface OverlapCursor {
  readonly page: number
  /** Rows on a full first page, as Auth0 echoed it; null before. */
  readonly size: number | null
  /** Fingerprints of the page before, in order; null for a record without an id. */
  readonly last: readonly (string | null)[]
  /** Distinct ids of this round. */
  readonly ids: readonly string[]
  /** Records without an id in this round, each counted once. */
  readonly nameless: number
  /** Ids given out in earlier rounds. */
  readonly given: readonly string[]
  readonly round: number
}

export interface OverlapStep {
  readonly fresh: readonly Readonly<Record<string, unknown>>[]
  /** `unfit`: this list cannot be read by offset; `given` are the ids that were given out meanwhile. */
  readonly end:
    | { readonly is: 'more'; readonly cursor: OverlapCursor }
    | { readonly is: 'complete' }
    | { readonly is: 'unfit'; readonly given: readonly string[] }
}

export const firstOverlapCursor: OverlapCursor = {
  page: 0,
  size: null,
  last: [],
  ids: [],
  nameless: 0,
  given: [],
  round: 0,
}

const askedSize = 100
/** Auth0 refuses deeper offsets, whatever the size of the list. */
const reach = 1000
const mostRounds = 3

/** The one request this cursor asks for. */
export function overlapQuery({ page, size }: OverlapCursor): {
  readonly page: number
  readonly perPage: number
} {
  return { page, perPage: (size ?? askedSize) - page }
}

/** What an answer to `overlapQuery(cursor)` means; `idOf` names a row. Pure. */
export function advanceOverlap(
  cursor: OverlapCursor,
  answer: ListAnswer,
  idOf: (row: Readonly<Record<string, unknown>>) => unknown,
): OverlapStep {
  const { page, given } = cursor
  const rows = answer.items.map((row) => {
    const id = idOf(row)
    return { row, mark: typeof id === 'string' ? fingerprint(id) : null }
  })
  const asked = overlapQuery(cursor).perPage
  const limit = answer.limit ?? asked
  const size = cursor.size ?? limit
  const received = answer.items.length + answer.broken
  const { total } = answer
  // No count, a cursor, or another page size than asked for: Auth0 does not take this for an offset list.
  if (total === null || answer.next !== null || limit !== size - page || received > limit)
    return { fresh: [], end: { is: 'unfit', given: [...given, ...cursor.ids] } }
  // Known to be too long before anything was given out: the checkpoint list gives it all.
  if (page === 0 && total >= farthest(size)) return { fresh: [], end: { is: 'unfit', given } }

  const known = new Set([...cursor.ids, ...given])
  const fresh = rows
    .filter(({ mark }, at) => (mark === null ? at >= page : !known.has(mark)))
    .map(({ row }) => row)
  if (!repeats(cursor, rows, answer.broken)) return again(cursor, fresh, idOf)
  const beyond = rows.slice(page)
  const next: OverlapCursor = {
    ...cursor,
    page: page + 1,
    size,
    last: rows.map(({ mark }) => mark),
    ids: [...new Set([...cursor.ids, ...rows.flatMap(({ mark }) => mark ?? [])])],
    nameless: cursor.nameless + answer.broken + beyond.filter(({ mark }) => mark === null).length,
  }
  if (received === limit) {
    const query = overlapQuery(next)
    const isReachable = query.perPage > next.page && (query.page + 1) * query.perPage <= reach
    if (isReachable) return { fresh, end: { is: 'more', cursor: next } }
    return { fresh, end: { is: 'unfit', given: [...new Set([...given, ...next.ids])] } }
  }
  const proven = total === page * limit + received && total === next.ids.length + next.nameless
  return proven ? { fresh, end: { is: 'complete' } } : again(next, fresh, idOf)
}

/** The page begins with the rows the page before ended with. */
function repeats(
  { page, last }: OverlapCursor,
  rows: readonly { readonly mark: string | null }[],
  broken: number,
): boolean {
  if (page === 0) return true
  // Where in the page a record stood that is no object is not known, so nothing can be compared.
  if (broken > 0) return false
  const tail = last.slice(last.length - page)
  return tail.every((mark, at) => rows[at]?.mark === mark)
}

/** Reads the list from its beginning, a few times. What was given out stays given out. */
function again(
  cursor: OverlapCursor,
  fresh: OverlapStep['fresh'],
  idOf: (row: Readonly<Record<string, unknown>>) => unknown,
): OverlapStep {
  const marks = fresh.flatMap((row) => {
    const id = idOf(row)
    return typeof id === 'string' ? fingerprint(id) : []
  })
  const given = [...new Set([...cursor.given, ...cursor.ids, ...marks])]
  if (cursor.round + 1 >= mostRounds) return { fresh, end: { is: 'unfit', given } }
  return {
    fresh,
    end: { is: 'more', cursor: { ...firstOverlapCursor, given, round: cursor.round + 1 } },
  }
}

/** Rows up to the end of the last page that can be asked for. */
function farthest(size: number): number {
  let far = 0
  for (let page = 0; size - page > page && (page + 1) * (size - page) <= reach; page++)
    far = (page + 1) * (size - page)
  return far
}
