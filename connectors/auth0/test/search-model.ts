import type { UserAnswer, UserQuery, UserRow } from '../user-page.ts'

export interface ModelOptions {
  readonly pageSize?: number
  /** Counts are exact below 1,000, as Auth0's; `none` gives none, `wrong` always 1,000, `low` what the page shows. */
  readonly totals?: 'exact' | 'none' | 'wrong' | 'low'
  /** Pages hold fewer rows than they have room for, although there are more. */
  readonly short?: boolean
  /** `user_id` sorts like anything else: in random order. */
  readonly unstableIds?: boolean
  /** Wildcard predicates match nothing, and so do their negations. */
  readonly deafToWildcards?: boolean
  readonly random: () => number
}

/** Auth0's user search as far as the walk uses it: an independent model to walk over, quirks included. */
export function openModel(start: readonly UserRow[], options: ModelOptions) {
  let rows = [...start]
  const requests: UserQuery[] = []
  return {
    requests,
    get rows(): readonly UserRow[] {
      return rows
    },
    remove(id: string) {
      rows = rows.filter((row) => row.user_id !== id)
    },
    add(row: UserRow) {
      rows = [...rows, row]
    },
    search(query: UserQuery): UserAnswer {
      requests.push(query)
      const limit = Math.min(query.perPage, options.pageSize ?? 100)
      if ((query.page + 1) * limit > 1000)
        throw new Error('You can only page through the first 1000 records.')
      const found = rows.filter((row) => matches(row, query.q, options.deafToWildcards ?? false))
      const shuffled = found.map((row) => ({ row, tie: options.random() })).sort((a, b) => a.tie - b.tie)
      const [field, direction] = query.sort.split(':')
      const stable = field !== 'user_id' || !options.unstableIds
      if (stable)
        shuffled.sort((a, b) => compare(String(a.row[field!]), String(b.row[field!])) * Number(direction))
      const end = query.page * limit + (options.short ? Math.ceil(limit / 3) : limit)
      const shown = shuffled.slice(query.page * limit, end).map(({ row }) => row)
      const totals = { exact: Math.min(found.length, 1000), none: null, wrong: 1000, low: shown.length }
      return { rows: shown, limit, total: totals[options.totals ?? 'exact'] }
    },
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function matches(row: UserRow, q: string | undefined, deaf: boolean): boolean {
  if (q === undefined) return true
  return q.split(' AND ').every((condition) => {
    const negated = condition.startsWith('NOT ')
    const term = negated ? condition.slice(4) : condition
    if (deaf && term.endsWith('*')) return false
    return holds(row, term) !== negated
  })
}

function holds(row: UserRow, term: string): boolean {
  const range = /^created_at:([[{])(\S+) TO (\S+)\]$/.exec(term)
  if (range) {
    const [, open, from, to] = range
    const at = row.created_at!
    return (open === '[' ? at >= from! : at > from!) && (to === '*' || at <= to!)
  }
  const connection = /^identities\.connection:"(.*)"$/.exec(term)
  if (connection)
    return (row.identities as { connection: string }[]).some((one) => one.connection === connection[1])
  const prefix = /^(email|user_id):(.*)\*$/s.exec(term)
  if (!prefix) throw new Error(`The model does not know ${term}`)
  const value = row[prefix[1]!]
  return typeof value === 'string' && value.startsWith(prefix[2]!.replace(/\\(.)/gs, '$1'))
}
