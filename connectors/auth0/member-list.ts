import type { ListAnswer } from './answer.ts'
import {
  advanceCheckpoint,
  type CheckpointCursor,
  type CheckpointEnd,
  firstCheckpointCursor,
  restartCheckpoint,
} from './checkpoint-list.ts'
import { advanceOverlap, firstOverlapCursor, type OverlapCursor, overlapQuery } from './overlap-list.ts'
import { fingerprint } from './user-page.ts'

/**
 * Where the list of an organization's members stands.
 *
 * It begins by offset, because by checkpoint every organization that is not empty costs one request more than it has
 * pages: the last page carries a cursor too (https://github.com/auth0/node-auth0/issues/674). Up to 100 members are
 * read with one request, and their number is cross-checked. What offsets cannot prove or reach is read again by
 * checkpoint.
 */
export type MemberCursor = {
  readonly v: 2
  /** Auth0 refused to show the members' roles, so they are no longer asked for. */
  readonly withoutRoles?: true
} & (
  | { readonly by: 'offset'; readonly at: OverlapCursor }
  | {
      readonly by: 'checkpoint'
      readonly at: CheckpointCursor
      /** Ids given out while the list was read by offset, which come again. */
      readonly skip: readonly string[]
    }
)

export interface MemberStep {
  readonly fresh: readonly Readonly<Record<string, unknown>>[]
  readonly end:
    { readonly is: 'more'; readonly cursor: MemberCursor } | Exclude<CheckpointEnd, { readonly is: 'more' }>
}

export type MemberQuery =
  | { readonly page: number; readonly perPage: number }
  | { readonly from: string | null; readonly take: number }

export const firstMemberCursor: MemberCursor = { v: 2, by: 'offset', at: firstOverlapCursor }

export function memberQuery(cursor: MemberCursor): MemberQuery {
  return cursor.by === 'offset' ? overlapQuery(cursor.at) : { from: cursor.at.from, take: 100 }
}

const idOf = (row: Readonly<Record<string, unknown>>) => row.user_id

export function advanceMembers(cursor: MemberCursor, answer: ListAnswer, noun: string): MemberStep {
  if (cursor.by === 'offset') {
    const { fresh, end } = advanceOverlap(cursor.at, answer, idOf)
    if (end.is === 'complete') return { fresh, end }
    if (end.is === 'unfit') return { fresh, end: { is: 'more', cursor: byCheckpoint(cursor, end.given) } }
    return { fresh, end: { is: 'more', cursor: { ...cursor, at: end.cursor } } }
  }
  const known = new Set(cursor.skip)
  const fresh = answer.items.filter((row) => {
    const id = idOf(row)
    return typeof id !== 'string' || !known.has(fingerprint(id))
  })
  const end = advanceCheckpoint(cursor.at, answer, noun)
  return { fresh, end: end.is === 'more' ? { is: 'more', cursor: { ...cursor, at: end.cursor } } : end }
}

/** How to go on when Auth0 takes the query no longer (400); null when there is no other way left. */
export function restartMembers(cursor: MemberCursor): MemberCursor | null {
  if (cursor.by === 'offset') return byCheckpoint(cursor, [...cursor.at.given, ...cursor.at.ids])
  const at = restartCheckpoint(cursor.at)
  return at && { ...cursor, at }
}

function byCheckpoint({ withoutRoles }: MemberCursor, skip: readonly string[]): MemberCursor {
  const fresh = { v: 2, by: 'checkpoint', at: firstCheckpointCursor, skip } as const
  return withoutRoles ? { ...fresh, withoutRoles } : fresh
}
