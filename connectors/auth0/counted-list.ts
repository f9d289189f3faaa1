import type { ListAnswer } from './answer.ts'
import { advanceOffset, firstOffsetCursor, type OffsetCursor, type OffsetStep } from './offset-list.ts'
import { advanceOverlap, firstOverlapCursor, type OverlapCursor, overlapQuery } from './overlap-list.ts'
import { overlapProof, roundsProof } from './proofs.ts'

/**
 * Where a list stands that Auth0 gives by offset only: roles, their permissions, APIs. It is read by overlapping pages,
 * which show when a row slipped over a boundary; what they cannot prove or reach (990 rows and more, no count) is read
 * in whole rounds until two agree.
 */
export type CountedCursor = { readonly v: 3 } & (
  | { readonly by: 'overlap'; readonly at: OverlapCursor }
  | { readonly by: 'rounds'; readonly at: OffsetCursor }
)

export interface CountedStep {
  readonly fresh: OffsetStep['fresh']
  readonly end:
    | { readonly is: 'more'; readonly cursor: CountedCursor }
    | { readonly is: 'complete'; readonly proof: string }
    | Extract<OffsetStep['end'], { readonly is: 'truncated' }>
}

export const firstCountedCursor: CountedCursor = { v: 3, by: 'overlap', at: firstOverlapCursor }

export function countedQuery(cursor: CountedCursor): { readonly page: number; readonly perPage: number } {
  return cursor.by === 'overlap' ? overlapQuery(cursor.at) : { page: cursor.at.page, perPage: 100 }
}

/** What an answer to `countedQuery(cursor)` means; `idOf` names a row. Pure. */
export function advanceCounted(
  cursor: CountedCursor,
  given: ListAnswer,
  noun: string,
  idOf: (row: Readonly<Record<string, unknown>>) => unknown = ({ id }) => id,
): CountedStep {
  // A count below what the page itself shows is none.
  const isCount = given.total !== null && given.total >= given.items.length + given.broken
  const answer = isCount ? given : { ...given, total: null }
  if (cursor.by === 'rounds') {
    const { fresh, end } = advanceOffset(cursor.at, answer, noun, idOf)
    if (end.is === 'more') return { fresh, end: { is: 'more', cursor: { ...cursor, at: end.cursor } } }
    return { fresh, end: end.is === 'complete' ? { ...end, proof: roundsProof } : end }
  }
  const { fresh, end } = advanceOverlap(cursor.at, answer, idOf)
  if (end.is === 'complete') return { fresh, end: { ...end, proof: overlapProof } }
  const next: CountedCursor =
    end.is === 'more'
      ? { ...cursor, at: end.cursor }
      : { v: 3, by: 'rounds', at: { ...firstOffsetCursor, given: end.given } }
  return { fresh, end: { is: 'more', cursor: next } }
}
