import type { Management } from 'auth0'
import { searchUsers, SearchSyntaxError } from '../search/index.ts'
import type { PermissionRef, User } from '../tenant/index.ts'
import { ApiError, noUser } from './errors.ts'
import { ok, type Call, type Operation, type Reply } from './operation.ts'
import { offsetOf, offsetReply } from './paging.ts'
import { fieldsParameters, offsetParameters, selectFields, text } from './query.ts'
import { organizationView } from './organizations.ts'
import { roleView } from './roles.ts'

/** The user in the path; 404 when there is none. By id, reads are immediately consistent. */
export function pathUser(call: Call, name = 'id'): User {
  const user = call.tenant.users.get(call.params[name]!)
  if (!user) throw noUser()
  return user
}

const listUsers: Operation = {
  method: 'GET',
  path: '/users',
  summary: 'List or Search Users',
  scopes: { any: ['read:users'] },
  bucket: 'users.read',
  query: {
    ...offsetParameters(0),
    ...fieldsParameters,
    sort: text(
      'Field to sort by. Use <code>field:order</code> where order is 1 for ascending and -1 for descending.',
    ),
    q: text('Query in Lucene query string syntax.'),
    search_engine: text('The version of the search engine', { pattern: /^v[123]$/ }),
    primary_order: {
      kind: 'boolean',
      note: 'If true (default), results are returned in a deterministic order.',
    },
    connection: text('Connection filter. Only applies when using search_engine=v1.'),
  },
  run: searchReply,
}

function searchReply(call: Call): Reply {
  const { page, perPage, totals } = offsetOf(call, 'users')
  const { tenant, query, quirks } = call
  const view = tenant.users.view(call.clock.now())
  const context = { organizationsOf: (id: string) => tenant.organizationsOfUser(id) }
  const search = {
    ...(query['q'] === undefined ? {} : { q: String(query['q']) }),
    ...(query['sort'] === undefined ? {} : { sort: String(query['sort']) }),
    skip: page * perPage,
    take: perPage,
    countUpTo: quirks.wrongTotals ? 1000 : Number.MAX_SAFE_INTEGER,
  }
  const found = orBadQuery(() =>
    searchUsers(view, search, context, quirks.shuffledTies ? tenant.random : undefined),
  )
  const users = found.users.map((user) => selectFields(user, query))
  if (!totals) return ok(users)
  return ok({ start: search.skip, limit: perPage, length: users.length, users, total: found.total })
}

function orBadQuery<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof SearchSyntaxError)) throw error
    throw new ApiError(400, `Invalid query string. ${error.message}.`, 'invalid_query_string')
  }
}

const getUser: Operation = {
  method: 'GET',
  path: '/users/{id}',
  summary: 'Get a User',
  scopes: { any: ['read:users'] },
  bucket: 'users.read',
  params: { id: 'user-id' },
  query: fieldsParameters,
  run: (call) => ok(selectFields(pathUser(call), call.query)),
}

const usersByEmail: Operation = {
  method: 'GET',
  path: '/users-by-email',
  summary: 'Search Users by Email',
  scopes: { any: ['read:users'] },
  bucket: 'users.read',
  query: {
    ...fieldsParameters,
    email: text('Email address to search for (case-sensitive).', { required: true }),
  },
  run(call) {
    const users = call.tenant.usersByEmail(String(call.query['email']))
    return ok(users.map((user) => selectFields(user, call.query)))
  },
}

const userRoles: Operation = {
  method: 'GET',
  path: '/users/{id}/roles',
  summary: "Get a user's roles",
  scopes: { all: ['read:users', 'read:roles', 'read:role_members'] },
  bucket: 'other',
  params: { id: 'user-id' },
  query: offsetParameters(),
  run(call) {
    const user = pathUser(call)
    const page = Number(call.query['page'] ?? 0)
    return offsetReply(call, {
      key: 'roles',
      rows: call.tenant.rolesOfUser(user.user_id).map((id) => call.tenant.roles.get(id)!),
      show: (role) => roleView(call, role),
      // node-auth0#625
      total: (real) => (call.quirks.wrongTotals && page > 0 ? 0 : real),
    })
  },
}

const userOrganizations: Operation = {
  method: 'GET',
  path: '/users/{id}/organizations',
  summary: "List user's organizations",
  scopes: { any: ['read:users', 'read:organizations'] },
  bucket: 'users.organizations',
  params: { id: 'user-id' },
  query: offsetParameters(),
  run(call) {
    const user = pathUser(call)
    return offsetReply(call, {
      key: 'organizations',
      rows: call.tenant.organizationsOfUser(user.user_id).map((id) => call.tenant.organizations.get(id)!),
      show: organizationView,
      // terraform-provider-auth0, test/data/recordings/TestAccDataSourceUserOrganizations.yaml
      total: (real) => (call.quirks.wrongTotals ? 0 : real),
    })
  },
}

type UserPermission = Management.UserPermissionSchema & { sources: object[] }

/** Direct permissions and those the user's tenant-level roles bring, each with where it comes from. */
function permissionsOfUser(call: Call, userId: string): UserPermission[] {
  const { tenant } = call
  const byName = new Map<string, UserPermission>()
  const put = (ref: PermissionRef, source: object): void => {
    const key = `${ref.resource_server_identifier}\n${ref.permission_name}`
    const known = byName.get(key)
    if (known) known.sources.push(source)
    else byName.set(key, { ...tenant.describePermission(ref), sources: [source] })
  }
  for (const ref of tenant.directPermissions(userId)) {
    put(ref, { source_id: '', source_name: '', source_type: 'DIRECT' })
  }
  for (const roleId of tenant.rolesOfUser(userId)) {
    const role = tenant.roles.get(roleId)!
    for (const ref of role.permissions)
      put(ref, { source_id: roleId, source_name: role.name, source_type: 'ROLE' })
  }
  return [...byName.values()]
}

const userPermissions: Operation = {
  method: 'GET',
  path: '/users/{id}/permissions',
  summary: "Get a User's Permissions",
  scopes: { any: ['read:users'] },
  bucket: 'other',
  params: { id: 'user-id' },
  query: offsetParameters(),
  run(call) {
    const user = pathUser(call)
    return offsetReply(call, {
      key: 'permissions',
      rows: permissionsOfUser(call, user.user_id),
      show: (permission) => permission,
    })
  },
}

export const userReads: Operation[] = [
  listUsers,
  usersByEmail,
  getUser,
  userRoles,
  userOrganizations,
  userPermissions,
]
