import type { Json, Observation, Page, PageEnd } from '@owlie/connector-kit'
import { createHash } from 'node:crypto'
import { badPage, cursorRepeated } from './failures.ts'

export interface VerifiedPage {
  readonly observations: readonly Observation[]
  /** Of kinds that come along, by name; what is absent was not said. */
  readonly carried: ReadonlyMap<string, readonly Observation[]>
  readonly quarantined: readonly { readonly id: string | null; readonly reason: string }[]
  readonly end: PageEnd
  readonly total: { readonly count: number; readonly exact: boolean } | null
}

/** Records on one page; an export of a whole tenant has to come in parts. */
export const mostRecords = 10_000
const longestCursor = 256 * 1024

/**
 * What of a page can be believed. A page that is none is dropped and its list ends truncated; a page whose end cannot
 * be believed is kept and its list ends truncated. Single records are judged when they are stored. Pure.
 */
export function judgePage(label: string, asked: Json, page: Page): VerifiedPage {
  const { observations, quarantined = [] } = page
  const carried = new Map(Object.entries(page.carried ?? {}))
  const lists: readonly unknown[] = [observations, ...carried.values()]
  if (!lists.every(Array.isArray)) return dropped('It has no list of observations.')
  const all = [observations, ...carried.values()].flat()
  if (all.length + quarantined.length > mostRecords)
    return dropped(`It has ${all.length + quarantined.length} records; ${mostRecords} are the most.`)
  if (all.some((observation: unknown) => typeof observation !== 'object' || observation === null))
    return dropped('One of its observations is no object.')
  return { observations, carried, quarantined, end: judgeEnd(label, asked, page.end), total: totalOf(page) }
}

function judgeEnd(label: string, asked: Json, end: PageEnd): PageEnd {
  switch (end?.is) {
    case 'complete':
      return typeof end.proof === 'string' ? { is: 'complete', proof: end.proof } : { is: 'complete' }
    case 'truncated':
      return end
    case 'more':
      return judgeCursor(label, asked, end)
    default:
      return { is: 'truncated', why: badPage('It does not say how it ends.') }
  }
}

function judgeCursor(label: string, asked: Json, end: PageEnd & { readonly is: 'more' }): PageEnd {
  if (end.cursor === null || end.cursor === undefined)
    return { is: 'truncated', why: badPage('It promises more without saying where.') }
  const next = JSON.stringify(end.cursor)
  if (next.length > longestCursor)
    return { is: 'truncated', why: badPage(`Its cursor is ${next.length} characters long.`) }
  if (next === JSON.stringify(asked)) return { is: 'truncated', why: cursorRepeated(label) }
  return end
}

function totalOf({ total }: Page): VerifiedPage['total'] {
  if (!total || !Number.isInteger(total.count) || total.count < 0 || total.count > 2 ** 31 - 1) return null
  return total
}

function dropped(why: string): VerifiedPage {
  const end = { is: 'truncated', why: badPage(why) } as const
  return { observations: [], carried: new Map(), quarantined: [], end, total: null }
}

/** Names a cursor among all those a run was given, in 32 bytes. */
export function cursorHash(cursor: Json): Buffer {
  return createHash('sha256').update(JSON.stringify(cursor)).digest()
}

/**
 * Whether it is time to ask if a list still brings anything new: after 64, 128, 256, … pages, so that an endless one
 * is found at twice its true length at the latest, at a cost that stays in proportion. Pure.
 */
export function isMilestone(pages: number): boolean {
  return pages >= 64 && Number.isInteger(Math.log2(pages))
}
