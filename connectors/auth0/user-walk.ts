import type { Failure } from '@owlie/connector-kit'
import { advanceTie, openTie, tieQuery, type Tie } from './user-tie.ts'
import { fingerprint, type Gap, type UserAnswer, type UserQuery, type UserRow } from './user-page.ts'

/**
 * Where a walk over all users stands. Plain JSON, stored as the checkpoint.
 *
 * The walk is a keyset walk on the immutable `created_at`, always on page 0: Auth0 gives at most 1,000 results per
 * query, and rows with equal sort values come in another order on each request, so deeper pages may repeat some
 * users and omit others (https://auth0.com/docs/manage-users/user-search/view-search-results-by-page#limitation).
 */
export interface UserCursor {
  readonly v: 1
  /** Everything created before this moment has been read; null at the very beginning. Verbatim, with milliseconds. */
  readonly from: string | null
  /** Everything created *at* this moment has been read too. */
  readonly exclusive: boolean
  /** Fingerprints of those already read that were created exactly at `from`; fewer than one page. */
  readonly seen: readonly string[]
  /** Distinct users read so far. */
  readonly read: number
  /** Auth0's count at the start; null when it gave none or only "at least 1,000". */
  readonly count: number | null
  /** Pages in a row that brought nothing new although Auth0 said there is more. */
  readonly stalls: number
  readonly restarts: number
  /** Set while the walk drains one moment at which too many users were created for a page. */
  readonly tie: Tie | null
  /** Set when everything is read and only Auth0's count does not agree: count once more. */
  readonly recount: boolean
  readonly gaps: readonly Gap[]
}

export interface WalkStep {
  /** Rows not given out before. */
  readonly rows: readonly UserRow[]
  readonly end:
    | { readonly is: 'more'; readonly cursor: UserCursor }
    | { readonly is: 'complete' }
    | { readonly is: 'truncated'; readonly why: Failure }
}

const mostStalls = 3
const mostRestarts = 1
/** Auth0 never counts further in user search. */
export const countLimit = 1000

export const firstUserCursor: UserCursor = {
  v: 1,
  from: null,
  exclusive: false,
  seen: [],
  read: 0,
  count: null,
  stalls: 0,
  restarts: 0,
  tie: null,
  recount: false,
  gaps: [],
}

/** The one request this cursor asks for. */
export function userQuery(cursor: UserCursor): UserQuery {
  if (cursor.tie) return tieQuery(cursor.tie)
  if (cursor.recount) return { sort: 'created_at:1', page: 0, perPage: 1 }
  const bound =
    cursor.from === null ? {} : { q: `created_at:${cursor.exclusive ? '{' : '['}${cursor.from} TO *]` }
  return { ...bound, sort: 'created_at:1', page: 0, perPage: 100 }
}

/** What an answer to `userQuery(cursor)` means. Pure. */
export function advanceUsers(cursor: UserCursor, answer: UserAnswer): WalkStep {
  if (cursor.recount) return settleCount(cursor, answer)
  if (cursor.tie) return advanceDrain(cursor, cursor.tie, answer)
  return advancePage(cursor, answer)
}

function advancePage(cursor: UserCursor, answer: UserAnswer): WalkStep {
  const { rows, limit } = answer
  const total = answer.total !== null && answer.total >= rows.length ? answer.total : null
  const known = new Set(cursor.seen)
  const fresh = rows.filter((row) => !known.has(fingerprint(row.user_id)))
  // A user without a date cannot be walked past; Auth0 always sets one, so this is a gap, not a case.
  const dated = rows.filter((row) => !Number.isNaN(Date.parse(row.created_at ?? '')))
  const last = dated.at(-1)?.created_at ?? cursor.from
  const full = rows.length >= limit
  const count = cursor.from === null && total !== null && total < countLimit ? total : cursor.count

  // The walk stands on the order and the bound; an answer that breaks either must not be taken for progress.
  if (!inOrder(cursor, dated)) {
    const broken = withGap(cursor, { code: 'order', at: cursor.from, missing: null })
    return { rows: fresh, end: finish(broken) }
  }
  // A page of one single moment says nothing about the next moment: drain it. Its rows come again.
  if (full && last !== null && dated.length === rows.length && dated[0]?.created_at === last) {
    const tie = openTie(last, cursor.from === last ? cursor.seen : [])
    return { rows: [], end: more({ ...cursor, count, from: last, seen: [], tie }) }
  }
  const walked: UserCursor = {
    ...cursor,
    from: last,
    exclusive: cursor.exclusive && last === cursor.from,
    seen: rows
      .filter((row) => row.created_at === last || !dated.includes(row))
      .map((row) => fingerprint(row.user_id)),
    read: cursor.read + fresh.length,
    count,
    stalls: fresh.length === 0 ? cursor.stalls + 1 : 0,
  }
  // Two statements must agree: the page is short, and Auth0 counts no more than it shows.
  if (!full && total === rows.length) return { rows: fresh, end: finish(walked) }
  const undated = dated.length < rows.length
  const next = undated ? withGap(walked, { code: 'no_created_at', at: last, missing: null }) : walked
  if (fresh.length > 0) return { rows: fresh, end: more(next) }
  return {
    rows: fresh,
    end: endOfStall(next, !full && total === null, total === null ? null : total - rows.length),
  }
}

/** Nothing new on this page. Without a count a short page must say so twice; else Auth0 gets some more chances. */
function endOfStall(cursor: UserCursor, shortWithoutCount: boolean, missing: number | null): WalkStep['end'] {
  if (shortWithoutCount && cursor.stalls > 1) return finish(cursor)
  if (cursor.stalls <= mostStalls) return more(cursor)
  return finish(withGap(cursor, { code: 'stalled', at: cursor.from, missing }))
}

function advanceDrain(cursor: UserCursor, tie: Tie, answer: UserAnswer): WalkStep {
  const step = advanceTie(tie, answer)
  const read = cursor.read + step.rows.length
  if (step.tie) return { rows: step.rows, end: more({ ...cursor, read, tie: step.tie }) }
  const gaps = [...cursor.gaps, ...step.gaps].slice(0, 20)
  const next: UserCursor = {
    ...cursor,
    from: tie.at,
    exclusive: true,
    seen: [],
    read,
    tie: null,
    gaps,
    stalls: 0,
  }
  return { rows: step.rows, end: more(next) }
}

function finish(cursor: UserCursor): WalkStep['end'] {
  if (cursor.gaps.length > 0) return { is: 'truncated', why: gapFailure(cursor.gaps) }
  // Independent proof where there is one: Auth0 counted the whole tenant in the very first answer.
  if (cursor.count !== null && cursor.count !== cursor.read) return more({ ...cursor, recount: true })
  return { is: 'complete' }
}

function settleCount(cursor: UserCursor, answer: UserAnswer): WalkStep {
  const { total } = answer
  // Fewer than read: somebody was deleted meanwhile. More: somebody was missed, or is not in the index yet.
  if (total === null || total <= cursor.read) return { rows: [], end: { is: 'complete' } }
  if (cursor.restarts < mostRestarts)
    return { rows: [], end: more({ ...firstUserCursor, restarts: cursor.restarts + 1 }) }
  const gap: Gap = { code: 'count', at: null, missing: total - cursor.read }
  return { rows: [], end: { is: 'truncated', why: gapFailure([gap]) } }
}

function inOrder(cursor: UserCursor, dated: readonly UserRow[]): boolean {
  const from = cursor.from === null ? -Infinity : Date.parse(cursor.from)
  const times = dated.map((row) => Date.parse(row.created_at!))
  const bounded = times.every((at) => (cursor.exclusive ? at > from : at >= from))
  return bounded && times.every((at, index) => index === 0 || times[index - 1]! <= at)
}

const gapWords: Readonly<Record<Gap['code'], (gap: Gap) => string>> = {
  stalled: (gap) =>
    `after ${gap.at ?? 'the start'} Auth0 counts ${gap.missing ?? 'some'} more users than it shows`,
  count: (gap) => `Auth0 counts ${gap.missing} more users than it shows`,
  no_created_at: (gap) => `a user without a usable created_at stands after ${gap.at ?? 'the start'}`,
  order: (gap) => `Auth0 did not keep the asked order after ${gap.at ?? 'the start'}`,
  tie: (gap) =>
    `${gap.missing === null ? 'an unknown number' : gap.missing} of the users created exactly at ${gap.at} could not be reached`,
}

function gapFailure(gaps: readonly Gap[]): Failure {
  return {
    kind: 'unsupported',
    code: 'auth0.users_incomplete',
    message: 'Not every user could be read.',
    why: gaps.map((gap) => gapWords[gap.code](gap)).join('; '),
    remedy:
      'What was read is kept and nothing is marked stale. Run the sync again; if it stays, report it with this text.',
  }
}

function withGap(cursor: UserCursor, gap: Gap): UserCursor {
  return { ...cursor, gaps: [...cursor.gaps, gap].slice(0, 20) }
}

function more(cursor: UserCursor): { is: 'more'; cursor: UserCursor } {
  return { is: 'more', cursor }
}
