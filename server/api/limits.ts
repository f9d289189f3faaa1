import type { Failure } from '@owlie/connector-kit'
import type { Measure } from './measure.ts'

/**
 * What one request may ask for. The console's largest page needs about half of each; the worst query that passes
 * stays under a quarter of a second of processor time.
 */
export const limits = {
  /** Bytes of a request body. */
  body: 256 * 1024,
  /** Lexical tokens of a document. */
  tokens: 1_000,
  /** Fields inside fields. */
  depth: 10,
  aliases: 15,
  /** Objects, see measure.ts. */
  cost: 10_000,
  /** Rows per page. */
  page: 100,
  /** Rows per page for the fields named here. */
  pages: { 'Query.inventoryRecords': 1_000 } as Readonly<Record<string, number>>,
} as const

/** The first limit an operation breaks, as a failure; null when it may run. */
export function overLimit(measured: Measure): Failure | null {
  const { depth, aliases, cost, pages } = measured
  if (depth > limits.depth) return tooMuch('depth', `${depth} levels deep`, `${limits.depth} levels`)
  if (aliases > limits.aliases) return tooMuch('aliases', `${aliases} aliases`, `${limits.aliases} aliases`)
  for (const { field, first } of pages) {
    const most = limits.pages[field] ?? limits.page
    if (first < 1 || first > most) return wrongPage(field, first, most)
  }
  if (cost > limits.cost)
    return tooMuch('cost', `up to ${cost.toLocaleString('en')} objects`, limits.cost.toLocaleString('en'))
  return null
}

function tooMuch(what: string, asked: string, most: string): Failure {
  return {
    kind: 'rejected',
    code: `api.limit_${what}`,
    message: `This query asks for ${asked}; the limit is ${most}.`,
    remedy: 'Ask for less at once: smaller pages, fewer nested lists, or several requests.',
  }
}

function wrongPage(field: string, first: number, most: number): Failure {
  return {
    kind: 'rejected',
    code: 'api.limit_page',
    message: `\`first\` of ${field} is ${first}; it may be 1 to ${most}.`,
    remedy: `Ask for at most ${most} rows and follow \`next\` with \`after\` for more.`,
    field: 'first',
  }
}
