import { accountIdentities, type Raw } from './translate.ts'
import { fingerprint, type UserRow } from './user-page.ts'
import type { UserCursor } from './user-walk.ts'

/**
 * Where a reading of all users by an export job stands (https://auth0.com/docs/manage-users/user-migration/bulk-user-exports).
 *
 * A job costs the same whatever the number of users, but its file holds only the root fields Auth0 names for it.
 * Social and enterprise connections copy claims of their own to the root, so their users are left to a walk over
 * those connections; nobody's attributes depend on the way he was read. The job is only begun after the walk's
 * first page showed that most users are not of that sort.
 *
 * The end is proven: gzip's own checksum and length were right, the file holds no fewer users than search counted,
 * those left to search were walked to a proven end, and about as many were found there as the file named. Whatever does not fit, fails or takes too long is read by
 * the walk, which goes on where its first page ended.
 */
export interface ExportCursor {
  readonly v: 2
  readonly phase: 'start' | 'wait' | 'read' | 'rest'
  /** How the walk goes on if there is no file; for `rest`, the walk over those left to it. */
  readonly walk: UserCursor
  /** Auth0's count on the first page, at most 1,000. */
  readonly count: number
  /** Auth0 connections whose users showed fields the file does not have. */
  readonly odd: readonly string[]
  /** Fingerprints of the users of the first page, which were given out. */
  readonly given: readonly string[]
  readonly job: string | null
  /** When the job was begun, ms since the epoch. */
  readonly since: number
  readonly polls: number
  /** Lines of the file that were read. */
  readonly line: number
  /** How often the file had to be asked for again. */
  readonly links: number
  /** The connections whose users are left to search, and how many users that are. */
  readonly left: { readonly connections: readonly string[]; readonly users: number }
}

/** From here on a job takes fewer requests than the walk. */
export const exportPays = 500

/** Root fields an export can hold:
 * https://auth0.com/docs/manage-users/user-accounts/user-profiles/user-profile-structure */
export const exportedFields = [
  'user_id',
  'email',
  'email_verified',
  'username',
  'phone_number',
  'phone_verified',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'picture',
  'identities',
  'app_metadata',
  'user_metadata',
  'blocked',
  'created_at',
  'updated_at',
  'last_login',
  'last_ip',
  'last_password_reset',
  'logins_count',
  'multifactor',
  'multifactor_last_modified',
] as const

/** Providers whose profiles Auth0 makes itself; the others bring claims. */
const ownProviders: readonly string[] = ['auth0', 'email', 'sms']

/**
 * Whether an export job is worth it, from the walk's first page; null when it is not. Most of its users must be of
 * Auth0's own connections, for the others are walked all the same. `next` is how the walk would go on. Pure.
 */
export function considerExport(
  rows: readonly UserRow[],
  total: number | null,
  next: UserCursor,
): ExportCursor | null {
  if (total === null || total < exportPays || rows.length === 0 || next.tie !== null) return null
  const known = new Set<string>(exportedFields)
  const strange = rows.filter((row) => Object.keys(row).some((field) => !known.has(field)))
  const odd = [...new Set(strange.flatMap((row) => identitiesOf(row).map(({ connection }) => connection)))]
  const plain = rows.filter((row) => leftConnections(row, odd).length === 0)
  if (plain.length * 2 < rows.length || odd.length > 20) return null
  return {
    v: 2,
    phase: 'start',
    walk: next,
    count: total,
    odd,
    given: rows.map(({ user_id }) => fingerprint(user_id)),
    ...{ job: null, since: 0, polls: 0, line: 0, links: 0 },
    left: { connections: [], users: 0 },
  }
}

/** The connections because of which a user is left to search; empty: the file has all of him. */
export function leftConnections(row: Raw, odd: readonly string[]): readonly string[] {
  return identitiesOf(row)
    .filter(({ connection, provider }) => !ownProviders.includes(provider) || odd.includes(connection))
    .map(({ connection }) => connection)
}

function identitiesOf(row: Raw): readonly { readonly connection: string; readonly provider: string }[] {
  return accountIdentities(row).map(({ connection, provider }) => ({
    connection: typeof connection === 'string' ? connection : '',
    provider: typeof provider === 'string' ? provider : '',
  }))
}

/** What some lines of the file bring, and where the reading then stands. Pure. */
export function takeLines(
  cursor: ExportCursor,
  lines: readonly string[],
): { readonly rows: readonly Raw[]; readonly broken: number; readonly cursor: ExportCursor } {
  const given = new Set(cursor.given)
  const connections = new Set(cursor.left.connections)
  const rows: Raw[] = []
  let users = cursor.left.users
  let broken = 0
  for (const line of lines) {
    const row = parsed(line)
    if (row === null) {
      broken += 1
      continue
    }
    const left = leftConnections(row, cursor.odd)
    for (const connection of left) connections.add(connection)
    if (left.length > 0) users += 1
    else if (!given.has(fingerprint(String(row.user_id)))) rows.push(row)
  }
  const next = { ...cursor, line: cursor.line + lines.length, left: { connections: [...connections], users } }
  return { rows, broken, cursor: next }
}

/** A field without a value is not there when search shows the user, so it is not there here. */
function parsed(line: string): Raw | null {
  try {
    const value = JSON.parse(line) as unknown
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
  } catch {
    return null
  }
}

/** A longer query risks 414 or the search's 2 s limit. */
const longestWhere = 1500

/** The search text for those left to search; null when there are too many connections for one. */
export function whereOf(connections: readonly string[]): string | null {
  const terms = connections.map((name) => `identities.connection:"${name.replace(/["\\]/g, '\\$&')}"`)
  const where = `(${terms.join(' OR ')})`
  return connections.includes('') || where.length > longestWhere ? null : where
}
