import type { UserRow } from './user-page.ts'

/** What a split may look at, of a few users. */
export type Sample = readonly {
  readonly connection: string
  readonly email: string
  readonly id: string
}[]

/** At most a dozen rows, evenly spread: enough to see where values differ, small enough for a checkpoint. */
export function sampleOf(rows: readonly UserRow[]): Sample {
  const step = Math.max(1, Math.floor(rows.length / 12))
  return rows
    .filter((_, at) => at % step === 0 || at === rows.length - 1)
    .map((row) => {
      const first = Array.isArray(row.identities)
        ? (row.identities[0] as Record<string, unknown> | undefined)
        : undefined
      return {
        connection: typeof first?.connection === 'string' ? first.connection : '',
        email: typeof row.email === 'string' ? row.email.toLowerCase().slice(0, 80) : '',
        id: row.user_id.slice(0, 120),
      }
    })
}

/**
 * Divides a part into disjoint parts that together hold exactly the same users: one per value or beginning seen in
 * the sample, and last the complement of all of them. Null when the sample shows no difference to split by.
 */
export function splitPart(where: string, sample: Sample): readonly string[] | null {
  const terms = termsOf(where, sample)
  if (terms === null) return null
  // A user with two identities matches two connections: each part excludes the ones before it. Beginnings are
  // disjoint by themselves.
  const overlapping = terms.some((term) => term.startsWith('identities.'))
  const parts = terms.map((term, at) => [
    where,
    term,
    ...(overlapping ? terms.slice(0, at).map((other) => `NOT ${other}`) : []),
  ])
  const rest = [where, ...terms.map((term) => `NOT ${term}`)]
  return [...parts, rest].map((conditions) => conditions.filter((one) => one !== '').join(' AND '))
}

function termsOf(where: string, sample: Sample): readonly string[] | null {
  const connections = [...new Set(sample.map((row) => row.connection))].filter((name) => name !== '')
  const byConnection = connections.map((name) => `identities.connection:${quoted(name)}`)
  const candidates = [
    connections.length > 1 ? byConnection : null,
    beginnings(
      'email',
      sample.map((row) => row.email),
    ),
    beginnings(
      'user_id',
      sample.map((row) => row.id),
    ),
    byConnection,
  ]
  // A term already in the query cannot divide what it selected.
  const usable = candidates.map((terms) => terms?.filter((term) => !where.includes(term)) ?? [])
  return usable.find((terms) => terms.length > 1) ?? usable.find((terms) => terms.length > 0) ?? null
}

/** `user`, `usher`, `uli` → `us*`, `ul*`: the common beginning and each next character. */
function beginnings(field: string, values: readonly string[]): readonly string[] | null {
  const present = values.filter((value) => value !== '')
  const first = present[0]
  if (first === undefined) return null
  let common = 0
  while (common < first.length && present.every((value) => value[common] === first[common])) common++
  const next = [...new Set(present.map((value) => [...value.slice(common)][0] ?? ''))].filter(
    (char) => char !== '',
  )
  return next.map((char) => `${field}:${escaped(first.slice(0, common) + char)}*`)
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

// https://auth0.com/docs/manage-users/user-search/user-search-query-syntax: the characters to escape.
function escaped(value: string): string {
  return value.replace(/[+\-=&|><!(){}[\]^"~*?:\\/\s]/g, '\\$&')
}
