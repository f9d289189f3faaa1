import { FailureError, type Page, type PageEnd, type PageRequest } from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import {
  advanceCheckpoint,
  type CheckpointCursor,
  firstCheckpointCursor,
  restartCheckpoint,
} from './checkpoint-list.ts'
import { checkpointProof, goneProof, proven } from './proofs.ts'
import { isRefusedPaging, json, startOr } from './page-verb.ts'
import type { Raw } from './translate.ts'

export interface CheckpointList {
  /** The list's name in Auth0's envelope. */
  readonly key: string
  /** What is read, in words. */
  readonly noun: string
  /** Observations of the rows; `broken` records were no objects. */
  readonly make: (rows: readonly Raw[], broken: number) => Omit<Page, 'end'>
}

/** One page of a list that is read by checkpoint. */
export async function checkpointPage(
  request: PageRequest,
  fetchPage: (from: string | null) => Promise<unknown>,
  list: CheckpointList,
): Promise<Page> {
  const cursor = startOr<CheckpointCursor>(request.cursor, firstCheckpointCursor)
  let answer: ListAnswer
  try {
    answer = listOf(await fetchPage(cursor.from), list.key)
  } catch (error) {
    const failure = error instanceof FailureError ? error.failure : null
    // The role or group was deleted after it was listed: nobody holds it any more. By-id reads do not lag.
    if (failure?.kind === 'missing' && request.container !== undefined)
      return { ...list.make([], 0), end: { is: 'complete', proof: goneProof } }
    const again = failure && isRefusedPaging(failure) ? restartCheckpoint(cursor) : null
    if (again === null) throw error
    return { ...list.make([], 0), end: { is: 'more', cursor: json(again) } }
  }
  const end = advanceCheckpoint(cursor, answer, list.noun)
  return { ...list.make(answer.items, answer.broken), end: proven(end as PageEnd, checkpointProof) }
}
