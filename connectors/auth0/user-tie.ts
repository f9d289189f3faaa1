import { fingerprint, type Gap, type UserAnswer, type UserQuery, type UserRow } from './user-page.ts'
import { type Sample, sampleOf, splitPart } from './user-split.ts'

/**
 * Draining one moment at which many users were created (a bulk import).
 *
 * The users of the moment are divided into parts. A part is read with offset pages and counts as read only when
 * Auth0's count stayed the same on all its pages and equals the distinct ids received: then no row can have
 * shifted or been dealt twice. A part of 1,000 or more cannot be counted, so it is split by a predicate and its
 * complement, which together hold every row whatever the predicate means.
 */
export interface Tie {
  /** The moment, verbatim. */
  readonly at: string
  /** Fingerprints given out before this drain began, which come again. */
  readonly skip: readonly string[]
  /** Fingerprints given out in earlier rounds of the current part. */
  readonly redone: readonly string[]
  /** Parts still to be read, the current one last. */
  readonly parts: readonly Part[]
  readonly page: number
  /** Auth0's count of the current part on its first page. */
  readonly total: number | null
  /** Fingerprints of the current part in this round. */
  readonly ids: readonly string[]
  readonly round: number
  /** Whether `sort=user_id:1` gives a stable order here; without, a part must fit one page. */
  readonly ordered: boolean
  /** The low end of a part that is about to be split. */
  readonly sample: Sample | null
  /** Some part was too large to count, so all parts together must hold at least 1,000. */
  readonly large: boolean
  readonly given: number
  readonly gaps: readonly Gap[]
}

interface Part {
  /** Search text that narrows the moment; empty for all of it. */
  readonly where: string
  readonly depth: number
  /** It cannot be split further: read what can be reached, and say what is missing. */
  readonly lossy?: boolean
}

export interface TieStep {
  readonly rows: readonly UserRow[]
  /** Null when the moment is done. */
  readonly tie: Tie | null
  readonly gaps: readonly Gap[]
}

const mostRounds = 4
const mostDepth = 10
/** A longer query risks 414 or the search's 2 s limit. */
const longestWhere = 2500
const reach = 1000

const freshPart = { page: 0, total: null, ids: [], redone: [], round: 0, sample: null } as const

export function openTie(at: string, skip: readonly string[]): Tie {
  const parts = [{ where: '', depth: 0 }]
  return { at, skip, parts, ordered: true, large: false, given: skip.length, gaps: [], ...freshPart }
}

export function tieQuery(tie: Tie): UserQuery {
  const part = tie.parts.at(-1)!
  const q = `created_at:[${tie.at} TO ${tie.at}]${part.where === '' ? '' : ` AND ${part.where}`}`
  const sort = !tie.ordered ? 'created_at:1' : tie.sample ? 'user_id:-1' : 'user_id:1'
  return { q, sort, page: tie.page, perPage: 100 }
}

export function advanceTie(tie: Tie, answer: UserAnswer): TieStep {
  const part = tie.parts.at(-1)!
  if (tie.sample) return carryOn(divide(tie, part, [...tie.sample, ...sampleOf(answer.rows)]), [])
  const total = tie.page === 0 ? answer.total : tie.total
  if (total === null) return closePart(tie, unknownGap(tie), freshOf(tie, answer))
  const capacity = tie.ordered ? reach - 1 : answer.limit
  if (total <= capacity || part.lossy) return readPage({ ...tie, total }, part, answer)
  // The low end of the part was just read; the high end will make the sample representative.
  const sample = sampleOf(answer.rows)
  const large: Tie = { ...tie, large: tie.large || total >= reach }
  return carryOn(tie.ordered ? { ...large, sample } : divide(large, part, sample), [])
}

function readPage(tie: Tie, part: Part, answer: UserAnswer): TieStep {
  const total = tie.total!
  const fresh = freshOf(tie, answer)
  const ids = [...new Set([...tie.ids, ...answer.rows.map((row) => fingerprint(row.user_id))])]
  const next: Tie = { ...tie, ids, given: tie.given + fresh.length }

  // The count moved between two pages: somebody came or went, and rows may have shifted across the boundary.
  if (!part.lossy && answer.total !== total) return again(next, fresh)
  const pages = Math.ceil(Math.min(total, reach) / Math.max(answer.limit, 1))
  if (tie.page + 1 < pages) return carryOn({ ...next, page: tie.page + 1 }, fresh)
  if (ids.length === total && total < reach) return closePart(next, null, fresh)
  if (part.lossy) return closePart(next, total < reach ? gapOf(next) : unknownGap(next), fresh)
  // Counted but not shown, although nothing moved: the order is not stable, so pages must not be combined.
  if (tie.ordered && pages > 1) return carryOn(restart({ ...next, ordered: false }), fresh)
  return again(next, fresh)
}

function again(tie: Tie, rows: readonly UserRow[]): TieStep {
  if (tie.round + 1 < mostRounds) return carryOn(restart({ ...tie, round: tie.round + 1 }), rows)
  return closePart(tie, gapOf(tie), rows)
}

/** Reads the current part from its first page. What was given out stays given out. */
function restart(tie: Tie): Tie {
  return { ...tie, redone: [...new Set([...tie.redone, ...tie.ids])], page: 0, total: null, ids: [] }
}

function closePart(tie: Tie, gap: Gap | null, rows: readonly UserRow[]): TieStep {
  const gaps = gap === null ? tie.gaps : [...tie.gaps, gap]
  const parts = tie.parts.slice(0, -1)
  if (parts.length > 0) return carryOn({ ...tie, ...freshPart, parts, gaps }, rows)
  // Both halves of a split could be empty if the search did not understand the predicate. Then the sum tells.
  const lost = tie.large && gaps.length === 0 && tie.given + rows.length < reach
  return { rows, tie: null, gaps: lost ? [{ code: 'tie', at: tie.at, missing: null }] : gaps }
}

function divide(tie: Tie, part: Part, sample: Sample): Tie {
  const small = part.depth < mostDepth && part.where.length < longestWhere
  const wheres = small ? splitPart(part.where, sample) : null
  const parts = wheres?.map((where): Part => ({ where, depth: part.depth + 1 })) ?? [{ ...part, lossy: true }]
  // Its rows given out so far come again in the new parts.
  const skip = [...tie.skip, ...tie.redone]
  return { ...tie, ...freshPart, skip, parts: [...tie.parts.slice(0, -1), ...parts] }
}

function carryOn(tie: Tie, rows: readonly UserRow[]): TieStep {
  return { rows, tie, gaps: [] }
}

function freshOf(tie: Tie, answer: UserAnswer): readonly UserRow[] {
  const known = new Set([...tie.skip, ...tie.redone, ...tie.ids])
  return answer.rows.filter((row) => !known.has(fingerprint(row.user_id)))
}

function gapOf(tie: Tie): Gap {
  return { code: 'tie', at: tie.at, missing: Math.max(1, (tie.total ?? 0) - tie.ids.length) }
}

function unknownGap(tie: Tie): Gap {
  return { code: 'tie', at: tie.at, missing: null }
}
