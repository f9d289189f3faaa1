import { noUser } from './errors.ts'
import { accepted, empty, ok, type Call, type Operation } from './operation.ts'
import { offsetReply } from './paging.ts'
import { checkpointParameters, offsetParameters, text, type Parameter } from './query.ts'
import { pathUser } from './users.ts'

/** Sessions, tokens, brute-force blocks, factors and consents. The sandbox holds no sessions or tokens of users. */

function revoked(call: Call, what: string): void {
  const user_id = call.params['id']!
  call.tenant.accessRevocations.push({ user_id, at: call.clock.now(), what })
  call.wrote({ kind: 'user.access_revoked', ids: { user: user_id }, values: { what } })
}

const revokeAccess: Operation = {
  method: 'POST',
  path: '/users/{id}/revoke-access',
  summary: 'Revokes selected resources from a user',
  scopes: { all: ['delete:sessions', 'delete:refresh_tokens'] },
  bucket: 'users.write',
  params: { id: 'user-id' },
  bodyOptional: true,
  body: {
    type: 'object',
    properties: { session_id: { type: 'string', max: 50 }, preserve_refresh_tokens: { type: 'boolean' } },
  },
  run(call) {
    pathUser(call)
    revoked(call, call.body['preserve_refresh_tokens'] === true ? 'sessions' : 'sessions and refresh tokens')
    return { status: 202 }
  },
}

const deleteSessions: Operation = {
  method: 'DELETE',
  path: '/users/{id}/sessions',
  summary: 'Delete sessions for user',
  scopes: { any: ['delete:sessions'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  run(call) {
    pathUser(call)
    revoked(call, 'sessions')
    return accepted()
  },
}

const deleteRefreshTokens: Operation = {
  method: 'DELETE',
  path: '/users/{id}/refresh-tokens',
  summary: 'Delete refresh tokens for a user',
  scopes: { any: ['delete:refresh_tokens'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  run(call) {
    pathUser(call)
    revoked(call, 'refresh tokens')
    return accepted()
  },
}

const noneOf = (path: string, key: string, scope: string, summary: string): Operation => ({
  method: 'GET',
  path,
  summary,
  scopes: { any: [scope] },
  bucket: 'users.read',
  params: { id: 'user-id' },
  query: { ...checkpointParameters, include_totals: offsetParameters()['include_totals']! },
  run(call) {
    pathUser(call)
    return ok({ [key]: [] })
  },
})

const authenticationMethods: Operation = {
  method: 'GET',
  path: '/users/{id}/authentication-methods',
  summary: 'Get a list of authentication methods',
  scopes: { any: ['read:authentication_methods'] },
  bucket: 'users.read',
  params: { id: 'user-id' },
  query: offsetParameters(),
  run(call) {
    pathUser(call)
    return offsetReply(call, { key: 'authenticators', rows: [], show: (row) => row })
  },
}

const consider_brute_force_enablement: Parameter = {
  kind: 'boolean',
  note: 'Whether to consider brute-force protection.',
}

const getBlocks: Operation = {
  method: 'GET',
  path: '/user-blocks/{id}',
  summary: 'Get blocks by user id',
  scopes: { any: ['read:users'] },
  bucket: 'users.read',
  params: { id: 'user-id' },
  query: { consider_brute_force_enablement },
  run(call) {
    const { user_id } = pathUser(call)
    return ok({ blocked_for: call.tenant.bruteForceBlocks.get(user_id) ?? [] })
  },
}

const removeBlocks: Operation = {
  method: 'DELETE',
  path: '/user-blocks/{id}',
  summary: 'Unblock by user id',
  scopes: { any: ['update:users'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  run(call) {
    const { user_id } = pathUser(call)
    if (call.tenant.bruteForceBlocks.delete(user_id))
      call.wrote({ kind: 'user.unblocked', ids: { user: user_id } })
    return empty()
  },
}

/** Users a sign-in identifier (address, username, phone number) leads to. */
function identified(call: Call): string[] {
  const identifier = String(call.query['identifier'])
  const ids = [...call.tenant.bruteForceBlocks]
    .filter(([, blocks]) => blocks.some((block) => block.identifier === identifier))
    .map(([id]) => id)
  if (ids.length === 0 && call.tenant.usersByEmail(identifier).length === 0) throw noUser()
  return ids
}

const identifier = text('Should be any of a username, phone number, or email.', { required: true })

const getBlocksByIdentifier: Operation = {
  method: 'GET',
  path: '/user-blocks',
  summary: 'Get blocks',
  scopes: { any: ['read:users'] },
  bucket: 'users.read',
  query: { identifier, consider_brute_force_enablement },
  run: (call) =>
    ok({ blocked_for: identified(call).flatMap((id) => call.tenant.bruteForceBlocks.get(id) ?? []) }),
}

const removeBlocksByIdentifier: Operation = {
  method: 'DELETE',
  path: '/user-blocks',
  summary: 'Unblock',
  scopes: { any: ['update:users'] },
  bucket: 'users.delete',
  query: { identifier },
  run(call) {
    for (const id of identified(call)) {
      call.tenant.bruteForceBlocks.delete(id)
      call.wrote({ kind: 'user.unblocked', ids: { user: id } })
    }
    return empty()
  },
}

const listGrants: Operation = {
  method: 'GET',
  path: '/grants',
  summary: 'Get grants',
  scopes: { any: ['read:grants'] },
  bucket: 'other',
  query: {
    ...offsetParameters(),
    user_id: text('user_id of the grants to retrieve.'),
    client_id: text('client_id of the grants to retrieve.'),
    audience: text('audience of the grants to retrieve.'),
  },
  run: (call) => offsetReply(call, { key: 'grants', rows: [], show: (row) => row }),
}

export const accessOperations: Operation[] = [
  revokeAccess,
  deleteSessions,
  deleteRefreshTokens,
  noneOf('/users/{id}/sessions', 'sessions', 'read:sessions', 'Get sessions for user'),
  noneOf('/users/{id}/refresh-tokens', 'tokens', 'read:refresh_tokens', 'Get refresh tokens for a user'),
  authenticationMethods,
  getBlocks,
  removeBlocks,
  getBlocksByIdentifier,
  removeBlocksByIdentifier,
  listGrants,
]
