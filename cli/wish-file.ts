import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Api, FAILURE } from './api.ts'
import { type Failure, refuse } from './exit.ts'
import { dim, plain, red, say } from './talk.ts'

/** A file of wishes: read and checked by the server, which the console asks too, and told line by line. */

export const READ_FILE = `query ReadWishFile($id: ID!, $format: WishFormat!, $text: String!, $action: String) {
  readWishFile(connectionId: $id, format: $format, text: $text, action: $action) {
    items lines { line item problems { ${FAILURE} } } problems { ${FAILURE} } } }`

interface WishLine {
  line: number
  item: { action: string; target: Record<string, string[]>; input: Record<string, unknown> } | null
  problems: Failure[]
}

export interface WishFile {
  items: unknown[]
  lines: WishLine[]
  problems: Failure[]
}

const mostShown = 20

export async function readWishFile(
  api: Api,
  id: string,
  path: string,
  action: string | undefined,
): Promise<WishFile> {
  const content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8').catch(() => null)
  if (content === null) throw refuse('config', 'cli.file', `${path} cannot be read.`, 'Check the path.')
  const variables = { id, format: formatOf(path, content), text: content, action: action ?? null }
  return (await api.send<{ readWishFile: WishFile }>(READ_FILE, variables)).readWishFile
}

/** What the name says; of a stream, what its first character says. Pure. */
export function formatOf(path: string, content: string): 'csv' | 'json' {
  if (/\.json$/i.test(path)) return 'json'
  if (/\.csv$/i.test(path)) return 'csv'
  return /^\uFEFF?\s*[[{]/.test(content) ? 'json' : 'csv'
}

/** Every problem of the file as a failure of its own, those of lines with the line as their field. Pure. */
export function problemsOf({ lines, problems }: WishFile): readonly Failure[] {
  const own = lines.flatMap(({ line, problems: found }) =>
    found.map((one) => ({ ...one, field: `line ${line}${one.field ? ` · ${one.field}` : ''}` })),
  )
  return [...problems, ...own]
}

/** What was read, in words: how much, every line that cannot be used, and a look at those that can. */
export function sayWishFile({ lines, problems }: WishFile, all: boolean): void {
  const bad = lines.filter((one) => one.problems.length > 0)
  const good = lines.filter((one) => one.problems.length === 0)
  for (const { message, remedy } of problems) say(`${red('✗')} ${plain(message)} ${dim(plain(remedy))}`)
  for (const { line, problems: found } of bad.slice(0, mostShown))
    say(`${red('✗')} line ${line}: ${plain(found.map(({ message }) => message).join(' '))}`)
  if (bad.length > mostShown) say(dim(`  and ${bad.length - mostShown} more; --json has them all`))
  if (all)
    for (const { line, item } of good.slice(0, mostShown)) say(dim(`  line ${line}: ${plain(inWords(item))}`))
  if (all && good.length > mostShown) say(dim(`  and ${good.length - mostShown} more`))
  say(
    `${lines.length} ${lines.length === 1 ? 'wish' : 'wishes'} read: ${good.length} can be used, ${bad.length} cannot.`,
  )
}

function inWords(item: WishLine['item']): string {
  if (!item) return ''
  const ids = Object.entries(item.target).map(([name, of]) => `${name}=${of.join(',')}`)
  const values = Object.entries(item.input).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [item.action, ...ids, ...values].join(' ')
}

/** Whether its good lines may be submitted: all are good, or the bad ones were to be skipped and some are left. Pure. */
export function isUsable(file: WishFile, skipBad: boolean): boolean {
  const isClean = problemsOf(file).length === 0
  return file.items.length > 0 && (isClean || (skipBad && file.problems.length === 0))
}
