import type { Hint } from '@owlie/connector-kit'
import type { Raw } from './translate.ts'

/** What one entry of the tenant log says has changed; `unclear`: something did, and nobody can say which object. */
export interface LogHints {
  readonly hints: readonly Hint[]
  readonly unclear: string | null
}

const nothing: LogHints = { hints: [], unclear: null }

/**
 * Reads an entry of the tenant log (https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes). Decides on type,
 * method and path, never on the description. Logins, sign-ups, imports and everything else that touches a profile show
 * in the user search by `updated_at`; what matters here are deletions, roles, organizations and memberships. Pure.
 */
export function hintsOfLog(entry: Raw): LogHints {
  switch (entry.type) {
    case 'sapi':
      return hintsOfRequest(entry)
    // Deleted user; inbound SCIM, whose own ids of users are not Auth0's.
    case 'sdu':
    case 'sscim':
      return ofUserId(entry)
    default:
      return nothing
  }
}

function ofUserId(entry: Raw): LogHints {
  if (typeof entry.user_id === 'string' && entry.user_id !== '') return found(user(entry.user_id))
  const isDelete = entry.type === 'sdu' || requestOf(entry)?.method === 'DELETE'
  return isDelete ? unclear('a user was deleted, and the log does not say which') : nothing
}

interface Request {
  readonly method: string
  /** Below `/api/v2`, decoded. */
  readonly path: readonly string[]
  readonly body: Raw
  /** Of an answer that is a list: under `list`. */
  readonly answer: Raw
  readonly status: number | null
}

function requestOf({ details }: Raw): Request | null {
  const { request, response } = raw(details)
  const { method, path, body } = raw(request)
  if (typeof method !== 'string' || typeof path !== 'string') return null
  const { statusCode, body: answer } = raw(response)
  return {
    method: method.toUpperCase(),
    path: segmentsOf(path),
    body: raw(body),
    answer: Array.isArray(answer) ? { list: answer } : raw(answer),
    status: typeof statusCode === 'number' ? statusCode : null,
  }
}

function segmentsOf(path: string): readonly string[] {
  const segments = path
    .replace(/^\/api\/v2\//, '')
    .split('?')[0]!
    .split('/')
  return segments.filter((segment) => segment !== '').map(decoded)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function hintsOfRequest(entry: Raw): LogHints {
  const request = requestOf(entry)
  if (!request) return unclear('a change was logged without its request')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead || (request.status !== null && request.status >= 400)) return nothing
  switch (request.path[0]) {
    case 'users':
      return ofUsers(request)
    case 'roles':
      return ofRoles(request)
    case 'organizations':
      return ofOrganizations(request)
    case 'connections':
      return ofConnections(request)
    default:
      return nothing
  }
}

function ofUsers({ method, path, body, answer }: Request): LogHints {
  const [, id, part, provider, secondary] = path
  // A new user also shows in the user search.
  if (id === undefined) return typeof answer.user_id === 'string' ? found(user(answer.user_id)) : nothing
  if (part === undefined) return found(user(id))
  if (part === 'roles') return found(grants('role_members', id))
  if (part !== 'identities') return nothing
  // Linking takes the second account away, unlinking makes it anew.
  if (method === 'DELETE') return found(user(id), user(`${provider}|${secondary}`))
  const linked = [body, ...(Array.isArray(answer.list) ? answer.list : [])].map((one) => accountOf(raw(one)))
  return found(user(id), ...linked.flatMap((one) => (one === null ? [] : [user(one)])))
}

/** `{ provider, user_id }` of an identity, as the id of an account. */
function accountOf({ provider, user_id: userId }: Raw): string | null {
  if (typeof provider !== 'string' || typeof userId !== 'string') return null
  return userId.startsWith(`${provider}|`) ? userId : `${provider}|${userId}`
}

function ofRoles({ path, body, answer }: Request): LogHints {
  const [, id, part] = path
  if (id === undefined)
    return typeof answer.id === 'string'
      ? found({ kind: 'roles', id: answer.id })
      : unclear('a role was made')
  if (part === undefined) return found({ kind: 'roles', id })
  if (part !== 'users') return nothing
  const accounts = texts(body.users)
  return accounts.length > 0
    ? found(...accounts.map((account) => grants('role_members', account)))
    : unclear('a role was given, and the log does not say to whom')
}

function ofOrganizations({ method, path, body, answer }: Request): LogHints {
  const [, id, part, member, below] = path
  if (id === undefined)
    return typeof answer.id === 'string'
      ? found({ kind: 'organizations', id: answer.id })
      : unclear('an organization was made')
  if (part === undefined) return found({ kind: 'organizations', id })
  if (part !== 'members') return nothing
  if (member !== undefined) return below === 'roles' ? found(memberRoles(member, id)) : nothing
  const accounts = texts(body.members)
  if (accounts.length === 0)
    return unclear('members of an organization changed, and the log does not say who')
  return found(
    ...accounts.map((account) => grants('organization_members', account)),
    // Who leaves loses the roles held there.
    ...(method === 'DELETE' ? accounts.map((account) => memberRoles(account, id)) : []),
  )
}

/** An Auth0 connection that goes takes its users along; one user of it is deleted by e-mail, not by id. */
function ofConnections({ method, path }: Request): LogHints {
  const [, id, part] = path
  if (method !== 'DELETE' || id === undefined) return nothing
  if (part === undefined) return unclear('an Auth0 connection was deleted, and its users with it')
  return part === 'users' ? unclear('a user was deleted by e-mail address') : nothing
}

function found(...hints: readonly Hint[]): LogHints {
  return { hints, unclear: null }
}

function unclear(what: string): LogHints {
  return { hints: [], unclear: what }
}

function user(id: string): Hint {
  return { kind: 'users', id }
}

function grants(kind: 'role_members' | 'organization_members', account: string): Hint {
  return { kind, holder: { account } }
}

function memberRoles(account: string, organization: string): Hint {
  return { kind: 'organization_member_roles', holder: { account, within: organization } }
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((each): each is string => typeof each === 'string' && each !== '')
    : []
}
