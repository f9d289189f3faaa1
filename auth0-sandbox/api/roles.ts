import type { Management } from 'auth0'
import type { Role, RoleHolder } from '../tenant/index.ts'
import { noRole } from './errors.ts'
import { ok, type Call, type Operation } from './operation.ts'
import { offsetReply, pagedReply } from './paging.ts'
import { checkpointParameters, offsetParameters, text } from './query.ts'

export function roleView(call: Call, role: Role): Management.Role {
  const { id, name, description } = role
  if (!call.quirks.organizationRoles) return { id, name, description }
  return { id, name, description, type: role.type, ...(role.owner_id ? { owner_id: role.owner_id } : {}) }
}

export function pathRole(call: Call, name = 'id'): Role {
  const role = call.tenant.roles.get(call.params[name]!)
  if (!role) throw noRole()
  return role
}

const listRoles: Operation = {
  method: 'GET',
  path: '/roles',
  summary: 'Get roles',
  scopes: { any: ['read:roles'] },
  bucket: 'other',
  query: {
    ...offsetParameters(),
    name_filter: text('Optional filter on name (case-insensitive).'),
    type: text('Filter by type of role.', { pattern: /^(tenant|organization)$/ }),
    owner_id: text('Filter by owner of the role.'),
  },
  run(call) {
    const { name_filter: name, type, owner_id: owner } = call.query
    const wanted = typeof name === 'string' ? name.toLowerCase() : undefined
    const rows = [...call.tenant.roles].filter(
      (role) =>
        (wanted === undefined || role.name.toLowerCase().includes(wanted)) &&
        (type === undefined || role.type === type) &&
        (owner === undefined || role.owner_id === owner),
    )
    return offsetReply(call, { key: 'roles', rows, show: (role) => roleView(call, role) })
  },
}

const getRole: Operation = {
  method: 'GET',
  path: '/roles/{id}',
  summary: 'Get a role',
  scopes: { any: ['read:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  run: (call) => ok(roleView(call, pathRole(call))),
}

const rolePermissions: Operation = {
  method: 'GET',
  path: '/roles/{id}/permissions',
  summary: 'Get permissions granted by role',
  scopes: { any: ['read:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  query: offsetParameters(),
  run: (call) =>
    offsetReply(call, {
      key: 'permissions',
      rows: pathRole(call).permissions,
      show: (ref): Management.PermissionsResponsePayload => call.tenant.describePermission(ref),
    }),
}

const roleUsers: Operation = {
  method: 'GET',
  path: '/roles/{id}/users',
  summary: "Get a role's users",
  scopes: { all: ['read:users', 'read:roles', 'read:role_members'] },
  bucket: 'other',
  params: { id: 'role-id' },
  query: { ...offsetParameters(), ...checkpointParameters },
  run: (call) =>
    pagedReply(call, {
      key: 'users',
      rows: call.tenant.roleHolders(pathRole(call).id).rows(),
      show: (holder) => holderView(call, holder),
      idOf: (holder) => holder.user_id,
      momentOf: (holder) => holder.assigned_at,
    }),
}

function holderView(call: Call, holder: RoleHolder): Management.RoleUser {
  return profileView(call, holder.user_id)
}

/** The four properties member and holder lists show of a user. */
export function profileView(call: Call, userId: string): Management.RoleUser & { user_id: string } {
  const user = call.tenant.users.get(userId) ?? call.tenant.ghosts.get(userId)
  const { email, picture, name } = user ?? {}
  return {
    user_id: userId,
    ...(email === undefined ? {} : { email }),
    ...(picture === undefined ? {} : { picture }),
    ...(name === undefined ? {} : { name }),
  }
}

export const roleReads: Operation[] = [listRoles, getRole, rolePermissions, roleUsers]
