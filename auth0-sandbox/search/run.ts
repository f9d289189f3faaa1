import type { Random } from '../random.ts'
import { lowerBound, type User, type View } from '../tenant/index.ts'
import { compile, dateLimit, type SearchContext } from './match.ts'
import { parseSearch, SearchSyntaxError, type Node } from './parse.ts'

export interface UserSearch {
  q?: string
  /** `field:1` or `field:-1` */
  sort?: string
  skip: number
  take: number
  /** Stop counting here. */
  countUpTo: number
}

export interface UserSearchResult {
  users: User[]
  /** Matches, counted no further than asked. */
  total: number
}

/**
 * Searches the late view. Rows whose sort value is equal have no order of their own: with `ties` each request
 * shuffles them anew, as happens on a real tenant between two requests.
 */
export function searchUsers(
  view: View<User>,
  search: UserSearch,
  context: SearchContext,
  ties: Random | undefined,
): UserSearchResult {
  const node = parseSearch(search.q ?? '')
  const test = compile(node, context)
  const [field, direction] = parseSort(search.sort)
  const key = field ?? 'created_at'
  const rows = key === 'created_at' ? view.rows : sortedBy(view, key)
  const window = windowOf(rows, node, key)
  const everything = node.kind === 'all' || onlyRangesOf(node, key)
  const shuffle = field === undefined ? undefined : ties
  return walk(
    { view: rows, ...window },
    everything ? undefined : test,
    search,
    direction,
    shuffle,
    (user) => user[key],
  )
}

interface Window {
  view: readonly User[]
  first: number
  end: number
}

function walk(
  window: Window,
  test: ((user: User) => boolean) | undefined,
  search: UserSearch,
  direction: 1 | -1,
  ties: Random | undefined,
  valueOf: (user: User) => unknown,
): UserSearchResult {
  const { view, first, end } = window
  const size = end - first
  const at = (index: number): User => view[direction === 1 ? first + index : end - 1 - index]!
  const wanted = search.skip + search.take
  const picked: User[] = []
  let matches = 0
  let index = 0
  for (; index < size; index++) {
    const user = at(index)
    if (test && !test(user)) continue
    matches++
    // A group of equals that the page ends in has to be known whole before it can be shuffled.
    const inTie = ties !== undefined && picked.length > 0 && valueOf(picked.at(-1)!) === valueOf(user)
    if (picked.length < wanted || inTie) picked.push(user)
    else if (!test) {
      matches = size
      break
    } else if (matches >= search.countUpTo) break
  }
  if (ties) shuffleTies(picked, ties, valueOf)
  return { users: picked.slice(search.skip, wanted), total: Math.min(matches, search.countUpTo) }
}

function shuffleTies(users: User[], ties: Random, valueOf: (user: User) => unknown): void {
  for (let start = 0; start < users.length;) {
    let end = start + 1
    while (end < users.length && valueOf(users[end]!) === valueOf(users[start]!)) end++
    if (end - start > 1) users.splice(start, end - start, ...ties.shuffle(users.slice(start, end)))
    start = end
  }
}

function parseSort(sort: string | undefined): [string | undefined, 1 | -1] {
  if (sort === undefined) return [undefined, 1]
  const match = /^([A-Za-z0-9_.]+):(-?1)$/.exec(sort)
  if (!match) throw new SearchSyntaxError('sort must be field:1 or field:-1')
  if (/^(app|user)_metadata/.test(match[1]!))
    throw new SearchSyntaxError('Sorting by metadata is not supported')
  return [match[1], match[2] === '1' ? 1 : -1]
}

const momentFields = new Set(['created_at', 'updated_at', 'last_login'])

/** The stretch of rows that bounds on the sorted moment leave, so that a keyset page does not scan what precedes it. */
function windowOf(rows: readonly User[], node: Node, field: string): { first: number; end: number } {
  let first = 0
  let end = rows.length
  if (!momentFields.has(field)) return { first, end }
  const at = (user: User): string => (user[field] as string | undefined) ?? ''
  for (const bound of node.kind === 'and' ? node.nodes : [node]) {
    if (bound.kind !== 'range' || bound.field !== field) continue
    // Users without the moment come first, and no range holds them.
    first = Math.max(
      first,
      lowerBound(rows, (user) => at(user) === ''),
    )
    if (bound.from) {
      const limit = new Date(dateLimit(bound.from, 'from')).toISOString()
      const { inclusive } = bound.from
      first = Math.max(
        first,
        lowerBound(rows, (user) => (inclusive ? at(user) < limit : at(user) <= limit)),
      )
    }
    if (bound.to) {
      const limit = new Date(dateLimit(bound.to, 'to')).toISOString()
      const { inclusive } = bound.to
      end = Math.min(
        end,
        lowerBound(rows, (user) => (inclusive ? at(user) <= limit : at(user) < limit)),
      )
    }
  }
  return { first, end: Math.max(first, end) }
}

function onlyRangesOf(node: Node, field: string): boolean {
  const nodes = node.kind === 'and' ? node.nodes : [node]
  return momentFields.has(field) && nodes.every((child) => child.kind === 'range' && child.field === field)
}

const orders = new WeakMap<readonly User[], { version: string; byField: Map<string, User[]> }>()

/** Sorted copies are kept until the view changes; a walk by another field asks for the same one again and again. */
function sortedBy(view: View<User>, field: string): readonly User[] {
  let order = orders.get(view.rows)
  if (order?.version !== view.version) {
    order = { version: view.version, byField: new Map() }
    orders.set(view.rows, order)
  }
  const kept = order.byField.get(field)
  if (kept) return kept
  const keyOf = (user: User): string | number => {
    const value = user[field]
    return typeof value === 'number' ? value : value === undefined || value === null ? '' : String(value)
  }
  const sorted = view.rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
  order.byField.set(field, sorted)
  return sorted
}
