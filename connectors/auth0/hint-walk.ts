import type { Failure, Hint, HintPage } from '@owlie/connector-kit'
import { hintsOfLog } from './log-hints.ts'
import { json } from './page-verb.ts'
import type { Raw } from './translate.ts'

/**
 * Up to where changes have been followed: first the tenant log from an entry on, then the user search from a moment
 * on. Plain JSON, stored as the checkpoint.
 */
export interface HintCursor {
  readonly v: 1
  readonly phase: 'log' | 'users'
  /** The last log entry followed; null: the log was empty. */
  readonly log: string | null
  /** When everything began to be read: what was unclear before that is answered by it. ISO 8601, Auth0's own. */
  readonly base: string
  /** When the log was last asked, our clock, ms. */
  readonly at: number
  /** Profiles changed at or after this moment are still to be looked at. ISO 8601, Auth0's own. */
  readonly usersFrom: string
  /** Within a pass: where the walk over changed users stands. */
  readonly walk: string | null
}

export const logPage = 100
export const userPage = 100

/** The search index lags behind; what comes late still falls into the next pass. Known ones cost nothing twice. */
const overlapMs = 10 * 60_000
/** The shortest time Auth0 keeps logs is a day (https://auth0.com/docs/deploy-monitor/logs/log-data-retention). */
const surelyKeptMs = 20 * 3_600_000
/** Changes of the last minutes may be logged late, or not be in the index a full run reads. */
const settleMs = 5 * 60_000

/** The log entry is so old that it has to be shown to be kept still, or what came after it may be gone. Pure. */
export function needsProof(cursor: HintCursor, now: number): boolean {
  return cursor.phase === 'log' && cursor.log !== null && now - cursor.at > surelyKeptMs
}

/** Where to begin: some minutes before the newest entry. `rows` are the newest first. Pure. */
export function firstHintCursor(rows: readonly Raw[], now: number): HintCursor {
  const dated = rows.filter(({ log_id: id, date }) => typeof id === 'string' && !Number.isNaN(timeOf(date)))
  const newest = dated[0] ? timeOf(dated[0].date) : now
  const settled = dated.find(({ date }) => timeOf(date) <= newest - settleMs) ?? dated.at(-1)
  return {
    ...{ v: 1, phase: 'log', walk: null },
    log: (settled?.log_id as string | undefined) ?? null,
    base: new Date(newest).toISOString(),
    at: now,
    // Auth0's clock where it shows one.
    usersFrom: new Date((dated.length > 0 ? newest : now) - overlapMs).toISOString(),
  }
}

/** What a page of the log means; `next` is the entry its link leads to. Pure. */
export function advanceLog(
  cursor: HintCursor,
  rows: readonly Raw[],
  next: string | null,
  now: number,
): HintPage {
  const read = rows.map(hintsOfLog)
  const isLater = ({ date }: Raw) => !(timeOf(date) <= Date.parse(cursor.base))
  const unclear = read.find((each, index) => each.unclear !== null && isLater(rows[index]!))?.unclear
  if (unclear) return lost(notNamed(unclear))
  const hints = read.flatMap((each) => each.hints)
  const log = next ?? newestId(rows) ?? cursor.log
  if (rows.length > 0 && log === cursor.log) return lost(standsStill())
  // A page that is not full is the end for now; what was added meanwhile is on the next pass's first page.
  const phase = rows.length >= logPage ? 'log' : 'users'
  return { hints, end: { is: 'more', cursor: json({ ...cursor, log, phase, at: now }) } }
}

/** Ids of log entries grow with time. */
function newestId(rows: readonly Raw[]): string | null {
  const ids = rows.flatMap(({ log_id: id }) => (typeof id === 'string' ? [id] : []))
  return ids.length === 0 ? null : ids.reduce((a, b) => (a > b ? a : b))
}

export function usersQuery({ walk, usersFrom }: HintCursor): string {
  return `updated_at:[${walk ?? usersFrom} TO *]`
}

/** What a page of changed users means, oldest change first. Pure. */
export function advanceChanged(cursor: HintCursor, rows: readonly Raw[], limit: number): HintPage {
  const hints = rows.flatMap(({ user_id: id, updated_at: value }): readonly Hint[] =>
    typeof id === 'string'
      ? [
          {
            kind: 'users',
            id,
            ...(typeof value === 'string' ? { version: { attribute: 'updated_at', value } } : {}),
          },
        ]
      : [],
  )
  const times = rows.flatMap(({ updated_at: at }) =>
    typeof at === 'string' && !Number.isNaN(timeOf(at)) ? [at] : [],
  )
  const newest = times.at(-1) ?? cursor.walk
  if (rows.length >= limit) {
    // Rows of one moment come in another order each time, and only the first page of a query is safe.
    if (newest === null || times[0] === newest) return lost(tooManyAtOnce(newest))
    return { hints, end: { is: 'more', cursor: json({ ...cursor, walk: newest }) } }
  }
  const from = newest === null ? null : new Date(timeOf(newest) - overlapMs).toISOString()
  const usersFrom = from !== null && from > cursor.usersFrom ? from : cursor.usersFrom
  return { hints, end: { is: 'now', cursor: json({ ...cursor, phase: 'log', usersFrom, walk: null }) } }
}

function timeOf(date: unknown): number {
  return typeof date === 'string' ? Date.parse(date) : NaN
}

export function lost(why: Failure): HintPage {
  return { hints: [], end: { is: 'lost', why } }
}

/** The entry followed last is no longer there, so entries after it may be gone as well. */
export function notKept(): Failure {
  return lossOf(
    'Auth0 no longer keeps the log entry at which the last run stopped.',
    'A tenant keeps its logs for 1 to 30 days, depending on its plan.',
  )
}

function notNamed(what: string): Failure {
  return lossOf('A change in Auth0 does not name what it changed.', `In the log: ${what}.`)
}

function standsStill(): Failure {
  return lossOf("Auth0's log does not lead on: it gave entries and no further place.")
}

function tooManyAtOnce(at: string | null): Failure {
  return lossOf(`More users changed at one moment than Auth0 lists at once${at === null ? '' : ` (${at})`}.`)
}

function lossOf(message: string, why?: string): Failure {
  return {
    ...{ kind: 'conflict', code: 'auth0.changes_lost', message },
    ...(why === undefined ? {} : { why }),
    remedy: 'A full run finds out what has changed.',
  }
}
