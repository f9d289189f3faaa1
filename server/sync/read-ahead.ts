import {
  type Failure,
  FailureError,
  type Json,
  type PageRequest,
  type ReadResult,
} from '@owlie/connector-kit'
import { connectorThrew } from './failures.ts'

export type ReadPage = (request: PageRequest) => Promise<ReadResult>

/** What was asked, and what came. */
export interface Taken {
  readonly asked: Json
  readonly result: ReadResult
}

/** The pages of one list, in order. */
export interface PageStream {
  /** The next page. With `goOn`, the one after it is asked for at once. */
  take(goOn: boolean): Promise<Taken>
}

/**
 * Starts reading a list at once and keeps one page ahead: the next request is under way while the caller commits the
 * page in hand. Never more than one page waits, so memory stays flat.
 */
export function readAhead(read: ReadPage, from: PageRequest): PageStream {
  const ask = async (cursor: Json): Promise<Taken> => ({
    asked: cursor,
    result: await readOne(read, { ...from, cursor }),
  })
  let ahead: Promise<Taken> | null = ask(from.cursor)
  let cursor: Json | undefined
  return {
    async take(goOn) {
      if (!ahead && cursor === undefined) throw new Error('the list has ended')
      const taken = await (ahead ?? ask(cursor!))
      cursor = cursorAfter(taken)
      ahead = goOn && cursor !== undefined ? ask(cursor) : null
      return taken
    },
  }
}

/** Undefined when there is nothing to go on with. */
function cursorAfter({ asked, result }: Taken): Json | undefined {
  if ('failure' in result || result.page.end?.is !== 'more') return undefined
  const { cursor } = result.page.end
  const isSame = JSON.stringify(cursor) === JSON.stringify(asked)
  return cursor === null || cursor === undefined || isSame ? undefined : cursor
}

/** A connector that throws has a defect; it costs its kind, not the run. Sent through JSON, as a checkpoint would. */
async function readOne(read: ReadPage, request: PageRequest): Promise<ReadResult> {
  try {
    return await read(request)
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure
  return connectorThrew(error instanceof Error ? error.name : typeof error)
}
