/**
 * Every request to the Management API this connector makes, and the permissions it takes (all of them). The single
 * source for every text and decision about scopes. Where Auth0's reference, its 403 texts and its migration notes
 * differ, the strictest is meant: https://auth0.com/docs/api/management/v2 and, for role members,
 * https://auth0.com/docs/troubleshoot/product-lifecycle/past-migrations.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v2`. */
  readonly path: string
  readonly scopes: readonly string[]
}

export const operations = {
  listUsers: { method: 'GET', path: '/users', scopes: ['read:users'] },
  getUser: { method: 'GET', path: '/users/{id}', scopes: ['read:users'] },
  listUserRoles: {
    method: 'GET',
    path: '/users/{id}/roles',
    scopes: ['read:users', 'read:roles', 'read:role_members'],
  },
  listUserOrganizations: { method: 'GET', path: '/users/{id}/organizations', scopes: ['read:organizations'] },
  getRole: { method: 'GET', path: '/roles/{id}', scopes: ['read:roles'] },
  getOrganization: { method: 'GET', path: '/organizations/{id}', scopes: ['read:organizations'] },
  listUsersByEmail: { method: 'GET', path: '/users-by-email', scopes: ['read:users'] },
  listUserPermissions: { method: 'GET', path: '/users/{id}/permissions', scopes: ['read:users'] },
  listLogs: { method: 'GET', path: '/logs', scopes: ['read:logs'] },
  getLog: { method: 'GET', path: '/logs/{id}', scopes: ['read:logs'] },
  listRoles: { method: 'GET', path: '/roles', scopes: ['read:roles'] },
  listRoleUsers: {
    method: 'GET',
    path: '/roles/{id}/users',
    scopes: ['read:users', 'read:roles', 'read:role_members'],
  },
  listOrganizations: { method: 'GET', path: '/organizations', scopes: ['read:organizations'] },
  getOrganizationByName: {
    method: 'GET',
    path: '/organizations/name/{id}',
    scopes: ['read:organizations'],
  },
  listMembers: { method: 'GET', path: '/organizations/{id}/members', scopes: ['read:organization_members'] },
  /** The same request with `fields=user_id,roles`. */
  listMembersWithRoles: {
    method: 'GET',
    path: '/organizations/{id}/members',
    scopes: ['read:organization_members', 'read:organization_member_roles'],
  },
  listMemberRoles: {
    method: 'GET',
    path: '/organizations/{id}/members/{id}/roles',
    scopes: ['read:organization_member_roles'],
  },
  listRolePermissions: { method: 'GET', path: '/roles/{id}/permissions', scopes: ['read:roles'] },
  listResourceServers: { method: 'GET', path: '/resource-servers', scopes: ['read:resource_servers'] },
  listAuth0Connections: { method: 'GET', path: '/connections', scopes: ['read:connections'] },
  listGroups: { method: 'GET', path: '/groups', scopes: ['read:groups'] },
  listGroupMembers: { method: 'GET', path: '/groups/{id}/members', scopes: ['read:group_members'] },
  listGroupRoles: { method: 'GET', path: '/groups/{id}/roles', scopes: ['read:group_roles'] },
  createUser: { method: 'POST', path: '/users', scopes: ['create:users'] },
  updateUser: { method: 'PATCH', path: '/users/{id}', scopes: ['update:users'] },
  deleteUser: { method: 'DELETE', path: '/users/{id}', scopes: ['delete:users'] },
  revokeAccess: {
    method: 'POST',
    path: '/users/{id}/revoke-access',
    scopes: ['delete:sessions', 'delete:refresh_tokens'],
  },
  createRole: { method: 'POST', path: '/roles', scopes: ['create:roles'] },
  updateRole: { method: 'PATCH', path: '/roles/{id}', scopes: ['update:roles'] },
  deleteRole: { method: 'DELETE', path: '/roles/{id}', scopes: ['delete:roles'] },
  assignUserRoles: {
    method: 'POST',
    path: '/users/{id}/roles',
    scopes: ['update:users', 'create:role_members'],
  },
  removeUserRoles: {
    method: 'DELETE',
    path: '/users/{id}/roles',
    scopes: ['update:users', 'delete:role_members'],
  },
  assignRoleUsers: {
    method: 'POST',
    path: '/roles/{id}/users',
    scopes: ['update:roles', 'create:role_members'],
  },
  addRolePermissions: { method: 'POST', path: '/roles/{id}/permissions', scopes: ['update:roles'] },
  removeRolePermissions: { method: 'DELETE', path: '/roles/{id}/permissions', scopes: ['update:roles'] },
  createOrganization: { method: 'POST', path: '/organizations', scopes: ['create:organizations'] },
  updateOrganization: { method: 'PATCH', path: '/organizations/{id}', scopes: ['update:organizations'] },
  deleteOrganization: { method: 'DELETE', path: '/organizations/{id}', scopes: ['delete:organizations'] },
  addMembers: {
    method: 'POST',
    path: '/organizations/{id}/members',
    scopes: ['create:organization_members'],
  },
  removeMembers: {
    method: 'DELETE',
    path: '/organizations/{id}/members',
    scopes: ['delete:organization_members'],
  },
  assignMemberRoles: {
    method: 'POST',
    path: '/organizations/{id}/members/{id}/roles',
    scopes: ['create:organization_member_roles'],
  },
  removeMemberRoles: {
    method: 'DELETE',
    path: '/organizations/{id}/members/{id}/roles',
    scopes: ['delete:organization_member_roles'],
  },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations

/** `GET /roles/{id}/users` for `/api/v2/roles/rol_x/users`; the same word for statistics and rate buckets. */
export function routeOf(method: string, path: string): string {
  const segments = path
    .replace(/^\/api\/v2(?=\/)/, '')
    .split('/')
    .slice(1)
  // Collections and ids alternate below /api/v2; elsewhere (/oauth/token) nothing is an id.
  const below = path.startsWith('/api/v2/')
  if (below && segments[1] === 'name' && segments.length === 3) return `${method} /${segments[0]}/name/{id}`
  return `${method} /${segments.map((segment, at) => (below && at % 2 === 1 ? '{id}' : segment)).join('/')}`
}
