import type { Failure } from '@owlie/connector-kit'
import type { ListAnswer } from './answer.ts'
import { incomplete } from './offset-list.ts'
import { fingerprint } from './user-page.ts'

/**
 * Where a checkpoint list (`from`/`take`) stands. Its end is a page without `next`; organization members send
 * `next` with the last page too and then one empty page (https://github.com/auth0/node-auth0/issues/674). A short
 * page means nothing.
 */
export interface CheckpointCursor {
  readonly v: 1
  /** Auth0's own cursor; null at the beginning. */
  readonly from: string | null
  /** Brent's cycle detection: a fingerprint of one earlier cursor, renewed after 1, 2, 4, 8 … pages. */
  readonly anchor: string | null
  readonly steps: number
  readonly power: number
  /** Empty pages in a row. */
  readonly empty: number
  /** How often Auth0 took its own cursor no longer, and the list was begun again. */
  readonly restarts: number
}

export type CheckpointEnd =
  | { readonly is: 'more'; readonly cursor: CheckpointCursor }
  | { readonly is: 'complete' }
  | { readonly is: 'truncated'; readonly why: Failure }

export const firstCheckpointCursor: CheckpointCursor = {
  v: 1,
  from: null,
  anchor: null,
  steps: 0,
  power: 1,
  empty: 0,
  restarts: 0,
}

const mostEmpty = 3

export function advanceCheckpoint(cursor: CheckpointCursor, answer: ListAnswer, noun: string): CheckpointEnd {
  const size = answer.items.length + answer.broken
  if (answer.next === null) {
    // An offset envelope here means that `take` was ignored: then the missing `next` says nothing.
    if (answer.total !== null && answer.total > size)
      return truncated(noun, `Auth0 answered without a cursor although it counts ${answer.total}`)
    return { is: 'complete' }
  }
  const mark = fingerprint(answer.next)
  if (answer.next === cursor.from || mark === cursor.anchor)
    return truncated(noun, 'Auth0 gave the same cursor twice, so the list goes in a circle')
  const empty = size === 0 ? cursor.empty + 1 : 0
  if (empty >= mostEmpty)
    return truncated(noun, `Auth0 gave ${empty} empty pages in a row and still promises more`)
  const renew = cursor.steps + 1 >= cursor.power
  return {
    is: 'more',
    cursor: {
      ...cursor,
      from: answer.next,
      anchor: renew ? mark : cursor.anchor,
      steps: renew ? 0 : cursor.steps + 1,
      power: renew ? cursor.power * 2 : cursor.power,
      empty,
    },
  }
}

/** Auth0's cursors live 24 h. When it refuses one, the list begins again, once. */
export function restartCheckpoint(cursor: CheckpointCursor): CheckpointCursor | null {
  return cursor.from === null || cursor.restarts > 0 ? null : { ...firstCheckpointCursor, restarts: 1 }
}

function truncated(noun: string, why: string): CheckpointEnd {
  return { is: 'truncated', why: incomplete(noun, why) }
}
