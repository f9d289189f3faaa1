import { type Failure, FailureError } from '@owlie/connector-kit'

const badCursor: Failure = {
  kind: 'rejected',
  code: 'list.bad_cursor',
  message: '`after` is not a place in this list.',
  remedy: 'Use `next` of the page before unchanged, or leave `after` out to start at the beginning.',
  field: 'after',
}

/** A place in a sorted list, as text for `next` and `after`. */
export function toCursor(place: readonly string[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/**
 * The place, or null for the beginning.
 * @throws FailureError `list.bad_cursor` when it is none, or of a list with another order.
 */
export function fromCursor(after: string | null | undefined, length: number): readonly string[] | null {
  if (after === null || after === undefined || after === '') return null
  const place = parse(Buffer.from(after, 'base64url').toString())
  const isPlace =
    Array.isArray(place) &&
    place.length === length &&
    place.every((part) => typeof part === 'string' && !part.includes('\0'))
  if (!isPlace) throw new FailureError(badCursor)
  return place as readonly string[]
}

/** The place of a list by name: its second part is an id. @throws as `fromCursor` */
export function fromNameCursor(after: string | null | undefined): readonly [string, string] | null {
  const place = fromCursor(after, 2)
  if (place && !isId(place[1]!)) throw new FailureError(badCursor)
  return place as readonly [string, string] | null
}

/** The place of a list by time: an ISO time and an id. @throws as `fromCursor` */
export function fromTimeCursor(after: string | null | undefined): readonly [string, string] | null {
  const place = fromNameCursor(after)
  if (place && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(place[0])) throw new FailureError(badCursor)
  if (place && Number.isNaN(Date.parse(place[0]))) throw new FailureError(badCursor)
  return place
}

/** The place of a list by number, as text. @throws as `fromCursor` */
export function fromNumberCursor(after: string | null | undefined): number | null {
  if (after === null || after === undefined || after === '') return null
  const place = Number(after)
  if (!Number.isSafeInteger(place) || place < 0) throw new FailureError(badCursor)
  return place
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Whether a text is one of our ids; anything else is simply not found. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

export function pageSize(first: number): number {
  return Math.min(Math.max(Math.trunc(first) || 1, 1), 1000)
}
