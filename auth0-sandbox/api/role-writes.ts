import type { PermissionRef, Role } from '../tenant/index.ts'
import { ApiError, refused } from './errors.ts'
import { created, empty, ok, type Call, type Operation } from './operation.ts'
import { pathRole, roleView } from './roles.ts'
import type { Schema } from './schema.ts'
import { pathUser } from './users.ts'

const rolesPerTenant = 1000
const permissionsPerRole = 1000

function checkFree(call: Call, name: string, except?: string): void {
  for (const role of call.tenant.roles) {
    if (role.id !== except && role.name === name) throw new ApiError(409, 'The role already exists.')
  }
}

const createRole: Operation = {
  method: 'POST',
  path: '/roles',
  summary: 'Create a role',
  scopes: { any: ['create:roles'] },
  bucket: 'other',
  body: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', min: 1 },
      description: { type: 'string' },
      type: { type: 'string', enum: ['tenant', 'organization'] },
      owner_id: { type: 'string', format: 'organization-id' },
    },
  },
  run(call) {
    const { name, description = '', type = 'tenant', owner_id } = call.body as unknown as Role
    if (type === 'organization' && !owner_id)
      throw refused('owner_id is required for roles of type organization.')
    checkFree(call, name)
    if (call.tenant.roles.size >= rolesPerTenant) {
      throw new ApiError(
        403,
        'You reached the limit of entities of this type for this tenant.',
        'too_many_entities',
      )
    }
    const role = call.tenant.addRole({ name, description, type, ...(owner_id ? { owner_id } : {}) })
    call.wrote({ kind: 'role.created', ids: { role: role.id }, values: { name, description } })
    return ok(roleView(call, role))
  },
}

const updateRole: Operation = {
  method: 'PATCH',
  path: '/roles/{id}',
  summary: 'Update a role',
  scopes: { any: ['update:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: {
    type: 'object',
    properties: { name: { type: 'string', min: 1 }, description: { type: 'string' } },
  },
  run(call) {
    const role = pathRole(call)
    const changes = call.body as Partial<Role>
    if (changes.name !== undefined) checkFree(call, changes.name, role.id)
    const effective = Object.entries(changes).some(([key, value]) => role[key as 'name'] !== value)
    const changed = effective ? call.tenant.updateRole(role.id, changes) : role
    if (effective) call.wrote({ kind: 'role.updated', ids: { role: role.id }, values: call.body })
    return ok(roleView(call, changed))
  },
}

const deleteRole: Operation = {
  method: 'DELETE',
  path: '/roles/{id}',
  summary: 'Delete a role',
  scopes: { any: ['delete:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  run(call) {
    const { id } = pathRole(call)
    call.tenant.removeRole(id)
    call.wrote({ kind: 'role.deleted', ids: { role: id } })
    return ok({})
  },
}

const assignUsers: Operation = {
  method: 'POST',
  path: '/roles/{id}/users',
  summary: 'Assign users to a role',
  scopes: { all: ['update:roles', 'create:role_members'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: {
    type: 'object',
    required: ['users'],
    properties: {
      users: { type: 'array', min: 1, items: { type: 'string', format: 'user-id-with-max-length' } },
    },
  },
  run(call) {
    const { id } = pathRole(call)
    const users = [...new Set(call.body['users'] as string[])]
    if (users.some((user) => !call.tenant.users.has(user))) {
      throw new ApiError(404, 'One or more of the users do not exist.', 'inexistent_user')
    }
    for (const user of users) {
      if (call.tenant.assignRole(user, id)) call.wrote({ kind: 'role.assigned', ids: { user, role: id } })
    }
    return ok({})
  },
}

const permissionsBody: Schema = {
  type: 'object',
  required: ['permissions'],
  properties: {
    permissions: {
      type: 'array',
      min: 1,
      items: {
        type: 'object',
        required: ['resource_server_identifier', 'permission_name'],
        properties: {
          resource_server_identifier: { type: 'string', min: 1 },
          permission_name: { type: 'string', min: 1 },
        },
      },
    },
  },
}

const same = (a: PermissionRef, b: PermissionRef): boolean =>
  a.permission_name === b.permission_name && a.resource_server_identifier === b.resource_server_identifier

/** Asked-for permissions that are not there yet; 404 when the API or the permission is unknown. */
function newPermissions(call: Call, held: readonly PermissionRef[]): PermissionRef[] {
  const asked = (call.body['permissions'] as PermissionRef[]).map(
    ({ permission_name, resource_server_identifier }) => ({ permission_name, resource_server_identifier }),
  )
  for (const ref of asked) {
    const server = call.tenant.resourceServer(ref.resource_server_identifier)
    if (!server) throw new ApiError(404, 'The resource server does not exist.', 'inexistent_resource_server')
    if (!server.scopes.some(({ value }) => value === ref.permission_name)) {
      throw new ApiError(404, 'One or more of the permissions do not exist.')
    }
  }
  return asked.filter(
    (ref, index) => !held.some((old) => same(old, ref)) && asked.findIndex((x) => same(x, ref)) === index,
  )
}

function lostPermissions(call: Call, held: readonly PermissionRef[]): PermissionRef[] {
  const asked = call.body['permissions'] as PermissionRef[]
  return held.filter((ref) => asked.some((other) => same(other, ref)))
}

const addRolePermissions: Operation = {
  method: 'POST',
  path: '/roles/{id}/permissions',
  summary: 'Associate permissions with a role',
  scopes: { any: ['update:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: permissionsBody,
  run(call) {
    const { id, permissions } = pathRole(call)
    const added = newPermissions(call, permissions)
    if (permissions.length + added.length > permissionsPerRole) {
      throw refused('No more permissions can be assigned to this role.')
    }
    call.tenant.updateRole(id, { permissions: [...permissions, ...added] })
    for (const ref of added)
      call.wrote({ kind: 'role.permission.added', ids: { role: id }, values: { ...ref } })
    return created({})
  },
}

const removeRolePermissions: Operation = {
  method: 'DELETE',
  path: '/roles/{id}/permissions',
  summary: 'Remove permissions from a role',
  scopes: { any: ['update:roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: permissionsBody,
  run(call) {
    const { id, permissions } = pathRole(call)
    const lost = lostPermissions(call, permissions)
    call.tenant.updateRole(id, { permissions: permissions.filter((ref) => !lost.includes(ref)) })
    for (const ref of lost)
      call.wrote({ kind: 'role.permission.removed', ids: { role: id }, values: { ...ref } })
    return empty()
  },
}

const addUserPermissions: Operation = {
  method: 'POST',
  path: '/users/{id}/permissions',
  summary: 'Assign Permissions to a User',
  scopes: { any: ['update:users'] },
  bucket: 'users.write',
  params: { id: 'user-id' },
  body: permissionsBody,
  run(call) {
    const { user_id } = pathUser(call)
    const held = call.tenant.directPermissions(user_id)
    const added = newPermissions(call, held)
    if (held.length + added.length > permissionsPerRole) {
      throw refused('No more permissions can be assigned to this user.')
    }
    call.tenant.setDirectPermissions(user_id, [...held, ...added])
    for (const ref of added)
      call.wrote({ kind: 'user.permission.added', ids: { user: user_id }, values: { ...ref } })
    return created({})
  },
}

const removeUserPermissions: Operation = {
  method: 'DELETE',
  path: '/users/{id}/permissions',
  summary: 'Remove Permissions from a User',
  scopes: { any: ['update:users'] },
  bucket: 'users.delete',
  params: { id: 'user-id' },
  body: permissionsBody,
  run(call) {
    const { user_id } = pathUser(call)
    const held = call.tenant.directPermissions(user_id)
    const lost = lostPermissions(call, held)
    call.tenant.setDirectPermissions(
      user_id,
      held.filter((ref) => !lost.includes(ref)),
    )
    for (const ref of lost)
      call.wrote({ kind: 'user.permission.removed', ids: { user: user_id }, values: { ...ref } })
    return empty()
  },
}

export const roleWrites: Operation[] = [
  createRole,
  updateRole,
  deleteRole,
  assignUsers,
  addRolePermissions,
  removeRolePermissions,
  addUserPermissions,
  removeUserPermissions,
]
