import { lowerBound } from '../tenant/index.ts'
import type { Call, Reply } from './operation.ts'
import { ApiError } from './errors.ts'

const reachable = 1000

export interface OffsetPage {
  page: number
  perPage: number
  totals: boolean
}

/** True as soon as one of them is given; then `page`, `per_page` and `include_totals` are ignored. */
export const wantsCheckpoint = (call: Call): boolean => 'from' in call.query || 'take' in call.query

/** Reads page, per_page and include_totals, and refuses to go past the 1000th record, whatever the data size. */
export function offsetOf(call: Call, wording: 'users' | 'other' = 'other'): OffsetPage {
  const page = Number(call.query['page'] ?? 0)
  const asked = Number(call.query['per_page'] ?? 50)
  const perPage = Math.min(asked, call.quirks.maxPageSize)
  if (page * asked + asked > reachable) throw tooDeep(page, wording)
  return { page, perPage, totals: call.query['include_totals'] === true }
}

function tooDeep(page: number, wording: 'users' | 'other'): ApiError {
  const message =
    wording === 'users'
      ? 'You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation'
      : `Requesting page ${page} exceeds the allowed maximum of ${reachable} records. To fetch results beyond ${reachable}, use the checkpoint pagination method.`
  return new ApiError(400, message, 'invalid_paging')
}

export interface Listing<T, R> {
  key: string
  rows: readonly T[]
  show: (row: T) => R
  /** What the envelope says, when it is not the truth. */
  total?: (real: number) => number
  /** The users and logs envelopes carry the page's length as well. */
  length?: boolean
  wording?: 'users' | 'other'
}

/** One page by offset: a bare array, or the envelope with `include_totals`. */
export function offsetReply<T, R>(call: Call, listing: Listing<T, R>): Reply {
  const { page, perPage, totals } = offsetOf(call, listing.wording)
  const items = listing.rows.slice(page * perPage, page * perPage + perPage).map(listing.show)
  if (!totals) return { status: 200, body: items }
  const real = listing.rows.length
  return {
    status: 200,
    body: {
      [listing.key]: items,
      start: page * perPage,
      limit: perPage,
      ...(listing.length ? { length: items.length } : {}),
      total: listing.total ? listing.total(real) : real,
    },
  }
}

export interface CheckpointListing<T, R> extends Listing<T, R> {
  idOf: (row: T) => string
  /** Milliseconds since 1970; rows must be in (moment, id) order. */
  momentOf: (row: T) => number
  /** Organization members give a cursor on every page that holds anything, the last one included. */
  trailing?: boolean
}

/** One page by checkpoint, always in an envelope. */
export function checkpointReply<T, R>(call: Call, listing: CheckpointListing<T, R>): Reply {
  const take = Math.min(Number(call.query['take'] ?? 50), call.quirks.maxPageSize)
  const { rows, idOf, momentOf } = listing
  let first = 0
  if (call.query['from'] !== undefined) {
    const { at, id } = call.cursors.read(String(call.query['from']))
    first = lowerBound(rows, (row) => {
      const moment = momentOf(row)
      return moment < at || (moment === at && idOf(row) <= id)
    })
  }
  const page = rows.slice(first, first + take)
  const last = page.at(-1)
  const more = listing.trailing ? page.length > 0 : first + take < rows.length
  const next = more && last ? { next: call.cursors.issue({ at: momentOf(last), id: idOf(last) }) } : {}
  return { status: 200, body: { [listing.key]: page.map(listing.show), ...next } }
}

export function pagedReply<T, R>(call: Call, listing: CheckpointListing<T, R>): Reply {
  return wantsCheckpoint(call) ? checkpointReply(call, listing) : offsetReply(call, listing)
}
