import type { Failure } from '@owlie/connector-kit'
import type { ListAnswer } from './answer.ts'
import { fingerprint } from './user-page.ts'

/**
 * Where a list stands that is read by offset, round after round. One page proves itself when Auth0 counts as many as it
 * shows. Of several pages, somebody may have deleted a row on one that was read, so that another slipped over the
 * boundary, and added one at the end, so that the count is as before: only two rounds in a row that received exactly
 * the same, and as many as are counted, prove anything.
 */
export interface OffsetCursor {
  readonly page: number
  readonly total: number | null
  /** Fingerprints of the distinct ids of this round. */
  readonly ids: readonly string[]
  /** Ids of the round before; null in the first. */
  readonly previous: readonly string[] | null
  /** Ids given out in earlier rounds. */
  readonly given: readonly string[]
  readonly round: number
}

export interface OffsetStep {
  readonly fresh: readonly Readonly<Record<string, unknown>>[]
  readonly end:
    | { readonly is: 'more'; readonly cursor: OffsetCursor }
    | { readonly is: 'complete' }
    | { readonly is: 'truncated'; readonly why: Failure }
}

export const firstOffsetCursor: OffsetCursor = {
  page: 0,
  total: null,
  ids: [],
  previous: null,
  given: [],
  round: 0,
}

const mostRounds = 4
/** Auth0 refuses deeper offsets, whatever the size: https://auth0.com/docs/api/management/v2 */
const reach = 1000

/** What an answer means; `idOf` names a row. Pure. */
export function advanceOffset(
  cursor: OffsetCursor,
  answer: ListAnswer,
  noun: string,
  idOf: (row: Readonly<Record<string, unknown>>) => unknown = ({ id }) => id,
): OffsetStep {
  const limit = answer.limit ?? 100
  const markOf = (row: Readonly<Record<string, unknown>>) => {
    const id = idOf(row)
    return typeof id === 'string' ? fingerprint(id) : null
  }
  const idsHere = answer.items.map(markOf).filter((mark) => mark !== null)
  const known = new Set([...cursor.ids, ...cursor.given])
  const fresh = answer.items.filter((row) => {
    const mark = markOf(row)
    return mark === null || !known.has(mark)
  })
  const ids = [...new Set([...cursor.ids, ...idsHere])]
  const total = cursor.page === 0 ? answer.total : cursor.total
  const next: OffsetCursor = { ...cursor, total, ids }
  const size = answer.items.length + answer.broken

  if (answer.total !== total) return again(next, fresh, noun)
  // A short page alone is no end: the count must not promise more.
  const last = size === 0 || (size < limit && (total === null || cursor.page * limit + size >= total))
  if (!last) {
    const deeper = cursor.page + 1
    if ((deeper + 1) * limit > reach && (total === null || total > ids.length))
      return beyondReach(total, ids, fresh, noun)
    if (total === null || deeper * limit < total)
      return { fresh, end: { is: 'more', cursor: { ...next, page: deeper } } }
  }
  const isCounted = total === null || total === ids.length + answer.broken
  const proven = isCounted && ((total !== null && cursor.page === 0) || sameAsBefore(next))
  return proven ? { fresh, end: { is: 'complete' } } : again(next, fresh, noun)
}

function sameAsBefore({ ids, previous }: OffsetCursor): boolean {
  return (
    previous !== null && ids.length === previous.length && new Set([...ids, ...previous]).size === ids.length
  )
}

function again(cursor: OffsetCursor, fresh: OffsetStep['fresh'], noun: string): OffsetStep {
  if (cursor.round + 1 >= mostRounds) {
    const why = `in ${mostRounds} rounds the count (${cursor.total ?? 'none'}) and the ${cursor.ids.length} received never agreed, or no two rounds did`
    return { fresh, end: { is: 'truncated', why: incomplete(noun, why) } }
  }
  const given = [...new Set([...cursor.given, ...cursor.ids])]
  const next = { ...firstOffsetCursor, previous: cursor.ids, given, round: cursor.round + 1 }
  return { fresh, end: { is: 'more', cursor: next } }
}

function beyondReach(
  total: number | null,
  ids: readonly string[],
  fresh: OffsetStep['fresh'],
  noun: string,
): OffsetStep {
  const why = `Auth0 lists at most ${reach} and counts ${total ?? 'more'}; ${ids.length} were received`
  return { fresh, end: { is: 'truncated', why: incomplete(noun, why) } }
}

export function incomplete(noun: string, why: string): Failure {
  return {
    kind: 'unsupported',
    code: `auth0.${noun.replaceAll(' ', '_').toLowerCase()}_incomplete`,
    message: `Not all ${noun} could be read.`,
    why,
    remedy:
      'What was read is kept and nothing is marked stale. Run the sync again; if it stays, report it with this text.',
  }
}
