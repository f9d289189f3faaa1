import { ApiError, badQuery } from './errors.ts'

/** How one query parameter is read; a parameter not named by the operation is refused. */
export type Parameter =
  | { kind: 'integer'; min: number; max?: number; note: string }
  | { kind: 'boolean'; note: string }
  | { kind: 'string'; max?: number; required?: boolean; pattern?: RegExp; note: string }

export type QuerySpec = Record<string, Parameter>
export type Query = Record<string, string | number | boolean | undefined>

/** Longer than this and Auth0's edge answers 414 before anything else looks at the request. */
const longestQuery = 8_000

export function readQuery(spec: QuerySpec, url: URL): Query {
  if (url.search.length > longestQuery) throw new ApiError(414, 'Request-URI Too Large')
  const query: Query = {}
  for (const [name, value] of url.searchParams) {
    const parameter = spec[name]
    if (!parameter) throw badQuery(`'Additional properties not allowed: ${name}'`)
    query[name] = readOne(name, value, parameter)
  }
  for (const [name, parameter] of Object.entries(spec)) {
    if (parameter.kind === 'string' && parameter.required && query[name] === undefined) {
      throw badQuery(`'Missing required property: ${name}' on property ${name} (${parameter.note})`)
    }
  }
  return query
}

function readOne(name: string, value: string, parameter: Parameter): string | number | boolean {
  const refuse = (what: string): ApiError => badQuery(`'${what}' on property ${name} (${parameter.note})`)
  if (parameter.kind === 'boolean') {
    if (value !== 'true' && value !== 'false') throw refuse('Expected type boolean but found type string')
    return value === 'true'
  }
  if (parameter.kind === 'integer') {
    if (!/^-?\d+$/.test(value)) throw refuse('Expected type integer but found type string')
    const number = Number(value)
    if (number < parameter.min) throw refuse(`Value ${number} is less than minimum ${parameter.min}`)
    if (parameter.max !== undefined && number > parameter.max) {
      throw refuse(`Value ${number} is greater than maximum ${parameter.max}`)
    }
    return number
  }
  if (parameter.max !== undefined && value.length > parameter.max) {
    throw refuse(`String is too long (${value.length} chars), maximum ${parameter.max}`)
  }
  if (parameter.pattern && !parameter.pattern.test(value)) {
    throw refuse(`String does not match pattern ${parameter.pattern.source}: ${value}`)
  }
  return value
}

const perPageNote = 'Number of results per page. Defaults to 50.'

export const offsetParameters = (minPerPage = 1): QuerySpec => ({
  page: { kind: 'integer', min: 0, note: 'Page index of the results to return. First page is 0.' },
  per_page: { kind: 'integer', min: minPerPage, max: 100, note: perPageNote },
  include_totals: {
    kind: 'boolean',
    note: 'Return results inside an object that contains the total result count (true) or as a direct array of results (false, default).',
  },
})

export const checkpointParameters: QuerySpec = {
  from: { kind: 'string', note: 'Optional Id from which to start selection.' },
  take: { kind: 'integer', min: 1, max: 100, note: 'Number of results per page. Defaults to 50.' },
}

export const fieldsParameters: QuerySpec = {
  fields: {
    kind: 'string',
    note: 'Comma-separated list of fields to include or exclude (based on value provided for include_fields) in the result.',
  },
  include_fields: {
    kind: 'boolean',
    note: 'Whether specified fields are to be included (true) or excluded (false).',
  },
}

export const text = (
  note: string,
  more: { max?: number; required?: boolean; pattern?: RegExp } = {},
): Parameter => ({
  kind: 'string',
  note,
  ...more,
})

/** Applies `fields` and `include_fields`; names with dots reach into objects. Absent properties stay absent. */
export function selectFields<T extends object>(
  row: T,
  query: Query,
  fallback?: readonly string[],
): Partial<T> {
  const named =
    typeof query['fields'] === 'string' ? query['fields'].split(',').map((name) => name.trim()) : undefined
  const names = named ?? fallback
  if (!names) return row
  const source = row as Record<string, unknown>
  if (named && query['include_fields'] === false) {
    return Object.fromEntries(Object.entries(source).filter(([key]) => !named.includes(key))) as Partial<T>
  }
  const out: Record<string, unknown> = {}
  for (const name of names) {
    const [root, leaf] = splitOnce(name)
    const value = source[root]
    if (value === undefined) continue
    if (leaf === undefined) out[root] = value
    else {
      const inner = (value as Record<string, unknown>)[leaf]
      if (inner !== undefined) out[root] = { ...(out[root] as object | undefined), [leaf]: inner }
    }
  }
  return out as Partial<T>
}

function splitOnce(name: string): [string, string | undefined] {
  const dot = name.indexOf('.')
  return dot === -1 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
}
