import type { User } from '../tenant/index.ts'
import { SearchSyntaxError, type Bound, type Node, type Part } from './parse.ts'

export interface SearchContext {
  organizationsOf(userId: string): readonly string[]
}

type Test = (user: User) => boolean

/** Compared without regard to case; every other field is exact. */
const normalized = new Set(['email', 'name', 'given_name', 'family_name', 'nickname'])
/** Auth0 keeps these on the profile but out of the index. */
const notIndexed = new Set([
  'picture',
  'last_password_reset',
  'multifactor',
  'multifactor_last_modified',
  'blocked_for',
  'guardian_authenticators',
])
const bareFields = [
  'email',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'username',
  'user_id',
  'phone_number',
]

/** Turns a parsed query into a test of one user. Throws SearchSyntaxError for what Auth0 refuses. */
export function compile(node: Node, context: SearchContext): Test {
  switch (node.kind) {
    case 'all':
      return () => true
    case 'and': {
      const tests = node.nodes.map((child) => compile(child, context))
      return (user) => tests.every((test) => test(user))
    }
    case 'or': {
      const tests = node.nodes.map((child) => compile(child, context))
      return (user) => tests.some((test) => test(user))
    }
    case 'not': {
      const test = compile(node.node, context)
      return (user) => !test(user)
    }
    case 'exists': {
      const values = reader(node.field, context)
      return (user) => values(user).length > 0
    }
    case 'range':
      return range(node.field, node.from, node.to, context)
    case 'term':
      return term(node.field, node.parts, context)
  }
}

function term(field: string | undefined, parts: readonly Part[], context: SearchContext): Test {
  if (field === undefined) {
    const tests = bareFields.map((name) => term(name, parts, context))
    return (user) => tests.some((test) => test(user))
  }
  const ignoreCase = normalized.has(field) || field === 'email.domain'
  const values = reader(field, context)
  if (parts.every((part) => 'literal' in part)) {
    const literal = parts.map((part) => part.literal).join('')
    const wanted = ignoreCase ? literal.toLowerCase() : literal
    return (user) =>
      values(user).some((value) => (ignoreCase ? String(value).toLowerCase() : String(value)) === wanted)
  }
  if (field.startsWith('user_metadata'))
    throw new SearchSyntaxError('Wildcards are not supported on user_metadata')
  const first = parts[0]!
  const letters = parts.reduce((sum, part) => sum + ('literal' in part ? part.literal.length : 0), 0)
  if ('wildcard' in first && letters < 3)
    throw new SearchSyntaxError('A leading wildcard needs at least 3 characters')
  const source = parts.map((part) =>
    'literal' in part
      ? part.literal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      : part.wildcard === '*'
        ? '.*'
        : '.',
  )
  const pattern = new RegExp(`^${source.join('')}$`, ignoreCase ? 'is' : 's')
  return (user) => values(user).some((value) => pattern.test(String(value)))
}

function range(field: string, from: Bound, to: Bound, context: SearchContext): Test {
  if (field.startsWith('user_metadata'))
    throw new SearchSyntaxError('Ranges are not supported on user_metadata')
  const numeric = [from, to].every((bound) => bound === undefined || /^-?\d+(\.\d+)?$/.test(bound.value))
  if (field.startsWith('app_metadata') && !numeric) {
    throw new SearchSyntaxError('Ranges on app_metadata are supported for numbers only')
  }
  const values = reader(field, context)
  const isDate = dateFields.has(field)
  const low = from && limit(from, isDate, 'from')
  const high = to && limit(to, isDate, 'to')
  return (user) =>
    values(user).some((value) => {
      const comparable = isDate
        ? Date.parse(String(value))
        : typeof value === 'number'
          ? value
          : String(value)
      return (
        (low === undefined || (from!.inclusive ? comparable >= low : comparable > low)) &&
        (high === undefined || (to!.inclusive ? comparable <= high : comparable < high))
      )
    })
}

const dateFields = new Set(['created_at', 'updated_at', 'last_login', 'last_password_reset'])

function limit(bound: NonNullable<Bound>, isDate: boolean, side: 'from' | 'to'): number | string {
  if (!isDate) return /^-?\d+(\.\d+)?$/.test(bound.value) ? Number(bound.value) : bound.value
  return dateLimit(bound, side)
}

/**
 * Milliseconds of a bound. A date given in part (`2017-12`) stands for its whole unit: an inclusive upper or
 * exclusive lower bound means the unit's last millisecond, the other two its first.
 */
export function dateLimit(bound: NonNullable<Bound>, side: 'from' | 'to'): number {
  const match =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?Z?)?)?)?$/.exec(
      bound.value,
    )
  if (!match) throw new SearchSyntaxError(`"${bound.value}" is not a date`)
  const given = match.slice(1).findIndex((part) => part === undefined)
  const precision = given === -1 ? 7 : given
  const fields = match.slice(1, 7).map((part, index) => Number(part ?? (index === 1 || index === 2 ? 1 : 0)))
  const millis = Number((match[7] ?? '0').padEnd(3, '0').slice(0, 3))
  const start = Date.UTC(fields[0]!, fields[1]! - 1, fields[2], fields[3], fields[4], fields[5], millis)
  const lastMoment = side === 'to' ? bound.inclusive : !bound.inclusive
  if (precision === 7 || !lastMoment) return start
  const next = [...fields]
  next[precision - 1]! += 1
  return Date.UTC(next[0]!, next[1]! - 1, next[2], next[3], next[4], next[5]) - 1
}

/** All values of a possibly nested field; nulls and empty arrays are not indexed. */
function reader(field: string, context: SearchContext): (user: User) => readonly unknown[] {
  if (notIndexed.has(field.split('.')[0]!)) return () => []
  if (field === 'organization_id') return (user) => context.organizationsOf(user.user_id)
  if (field === 'email.domain') {
    return (user) => (user.email === undefined ? [] : [user.email.slice(user.email.lastIndexOf('@') + 1)])
  }
  const path = field.split('.')
  if (path.length === 1) return (user) => flatten(user[field])
  return (user) =>
    path.reduce<unknown[]>((values, key) => values.flatMap((value) => step(value, key)), [user])
}

function step(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return flatten((value as Record<string, unknown>)[key])
}

function flatten(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
