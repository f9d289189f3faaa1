import type { Management } from 'auth0'
import type { Group, Role } from '../tenant/index.ts'
import { ApiError, noRole } from './errors.ts'
import { empty, ok, type Call, type Operation, type Reply } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import { checkpointReply, pagedReply } from './paging.ts'
import { checkpointParameters, fieldsParameters, offsetParameters, selectFields, text } from './query.ts'
import { pathRole, roleView } from './roles.ts'
import type { Schema } from './schema.ts'
import { pathUser } from './users.ts'

/** Enterprise groups (EA): provisioned by a connection, holding roles at tenant level or inside organizations. */

function groupView(group: Group): Management.Group {
  const { id, name, external_id, connection_id, created_at, updated_at } = group
  return { id, name, external_id, connection_id, tenant_name: 'sandbox', created_at, updated_at }
}

function pathGroup(call: Call, name = 'id'): Group {
  const group = call.tenant.groups.get(call.params[name]!)
  if (!group) throw new ApiError(404, 'The group does not exist.', 'inexistent_group')
  return group
}

const groupMoment = (group: Group): number => Date.parse(group.created_at)

export function groupListing(call: Call, rows: readonly Group[]): Reply {
  return checkpointReply(call, {
    key: 'groups',
    rows,
    show: groupView,
    idOf: (row) => row.id,
    momentOf: groupMoment,
  })
}

export function roleListing<R>(call: Call, ids: Iterable<string>, show: (role: Role) => R): Reply {
  const rows = [...new Set(ids)]
    .flatMap((id) => call.tenant.roles.get(id) ?? [])
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
  return checkpointReply(call, {
    key: 'roles',
    rows,
    show,
    idOf: (row) => row.id,
    momentOf: (row) => row.created_at,
  })
}

const listGroups: Operation = {
  method: 'GET',
  path: '/groups',
  summary: 'Get all Groups',
  scopes: { any: ['read:groups'] },
  bucket: 'other',
  query: {
    ...offsetParameters(),
    ...checkpointParameters,
    ...fieldsParameters,
    connection_id: text('Filter groups by connection ID.'),
    name: text('Filter groups by name.', { max: 128 }),
    external_id: text('Filter groups by external ID.', { max: 256 }),
    search: text('Search for groups by name or external ID.', { max: 256 }),
  },
  run(call) {
    const { connection_id, name, external_id, search } = call.query
    const word = search === undefined ? undefined : String(search).toLowerCase()
    const rows = [...call.tenant.groups].filter(
      (group) =>
        (connection_id === undefined || group.connection_id === connection_id) &&
        (name === undefined || group.name === name) &&
        (external_id === undefined || group.external_id === external_id) &&
        (word === undefined || `${group.name}\n${group.external_id}`.toLowerCase().includes(word)),
    )
    const show = (group: Group): object => selectFields(groupView(group), call.query)
    return pagedReply(call, { key: 'groups', rows, show, idOf: (row) => row.id, momentOf: groupMoment })
  },
}

const getGroup: Operation = {
  method: 'GET',
  path: '/groups/{id}',
  summary: 'Get a Group',
  scopes: { any: ['read:groups'] },
  bucket: 'other',
  params: { id: 'group-id' },
  run: (call) => ok(groupView(pathGroup(call))),
}

const groupMembers: Operation = {
  method: 'GET',
  path: '/groups/{id}/members',
  summary: 'Get Group members',
  scopes: { any: ['read:group_members'] },
  bucket: 'other',
  params: { id: 'group-id' },
  query: { ...checkpointParameters, ...fieldsParameters },
  run(call) {
    const group = pathGroup(call)
    return checkpointReply(call, {
      key: 'members',
      rows: call.tenant.groupMembers(group.id).rows(),
      show: (member): Management.GroupMember =>
        selectFields(
          {
            id: member.id,
            member_type: member.member_type,
            type: 'connection' as const,
            connection_id: group.connection_id,
            created_at: new Date(member.created_at).toISOString(),
          },
          call.query,
        ),
      idOf: (row) => row.id,
      momentOf: (row) => row.created_at,
    })
  },
}

const rolesBody: Schema = {
  type: 'object',
  required: ['roles'],
  properties: { roles: { type: 'array', min: 1, items: { type: 'string', format: 'role-id' } } },
}

const rolesPerGroup = 10

function bodyRoles(call: Call): string[] {
  const ids = [...new Set(call.body['roles'] as string[])]
  if (ids.some((id) => !call.tenant.roles.has(id))) throw noRole()
  return ids
}

function assign(call: Call, held: Set<string>, roles: readonly string[], ids: Record<string, string>): Reply {
  if (new Set([...held, ...roles]).size > rolesPerGroup) {
    throw new ApiError(409, 'No more roles can be assigned to this group.')
  }
  for (const role of roles) {
    if (held.has(role)) continue
    held.add(role)
    call.wrote({
      kind: ids['organization'] ? 'organization.group.role.assigned' : 'group.role.assigned',
      ids: { ...ids, role },
    })
  }
  return empty()
}

function remove(call: Call, held: Set<string>, roles: readonly string[], ids: Record<string, string>): Reply {
  for (const role of roles) {
    if (!held.delete(role)) continue
    call.wrote({
      kind: ids['organization'] ? 'organization.group.role.removed' : 'group.role.removed',
      ids: { ...ids, role },
    })
  }
  return empty()
}

const groupRoles: Operation = {
  method: 'GET',
  path: '/groups/{id}/roles',
  summary: 'Get Group roles',
  scopes: { any: ['read:group_roles'] },
  bucket: 'other',
  params: { id: 'group-id' },
  query: checkpointParameters,
  run: (call) => roleListing(call, pathGroup(call).roles, (role) => roleView(call, role)),
}

const assignGroupRoles: Operation = {
  method: 'POST',
  path: '/groups/{id}/roles',
  summary: 'Assign roles to a Group',
  scopes: { any: ['create:group_roles'] },
  bucket: 'other',
  params: { id: 'group-id' },
  body: rolesBody,
  run(call) {
    const group = pathGroup(call)
    return assign(call, group.roles, bodyRoles(call), { group: group.id })
  },
}

const removeGroupRoles: Operation = {
  method: 'DELETE',
  path: '/groups/{id}/roles',
  summary: 'Remove roles from a Group',
  scopes: { any: ['delete:group_roles'] },
  bucket: 'other',
  params: { id: 'group-id' },
  body: rolesBody,
  run(call) {
    const group = pathGroup(call)
    return remove(call, group.roles, call.body['roles'] as string[], { group: group.id })
  },
}

const groupsBody: Schema = {
  type: 'object',
  required: ['groups'],
  properties: { groups: { type: 'array', min: 1, items: { type: 'string', format: 'group-id' } } },
}

function bodyGroups(call: Call): Group[] {
  return [...new Set(call.body['groups'] as string[])].map((id) => {
    const group = call.tenant.groups.get(id)
    if (!group) throw new ApiError(404, 'One or more of the groups do not exist.', 'inexistent_group')
    return group
  })
}

const roleGroups: Operation = {
  method: 'GET',
  path: '/roles/{id}/groups',
  summary: 'Get groups assigned to a role',
  scopes: { any: ['read:group_roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  query: checkpointParameters,
  run(call) {
    const { id } = pathRole(call)
    return groupListing(
      call,
      [...call.tenant.groups].filter((group) => group.roles.has(id)),
    )
  },
}

const assignRoleGroups: Operation = {
  method: 'POST',
  path: '/roles/{id}/groups',
  summary: 'Assign groups to a role',
  scopes: { any: ['create:group_roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: groupsBody,
  run(call) {
    const { id } = pathRole(call)
    for (const group of bodyGroups(call)) assign(call, group.roles, [id], { group: group.id })
    return empty()
  },
}

const removeRoleGroups: Operation = {
  method: 'DELETE',
  path: '/roles/{id}/groups',
  summary: 'Remove groups from a role',
  scopes: { any: ['delete:group_roles'] },
  bucket: 'other',
  params: { id: 'role-id' },
  body: groupsBody,
  run(call) {
    const { id } = pathRole(call)
    for (const group of bodyGroups(call)) remove(call, group.roles, [id], { group: group.id })
    return empty()
  },
}

const userGroups: Operation = {
  method: 'GET',
  path: '/users/{id}/groups',
  summary: "Get user's groups",
  scopes: { any: ['read:groups'] },
  bucket: 'users.read',
  params: { id: 'user-id' },
  query: { ...offsetParameters(), ...checkpointParameters, ...fieldsParameters },
  run(call) {
    const { user_id } = pathUser(call)
    const rows = call.tenant.groupsOf(user_id).map((id) => call.tenant.groups.get(id)!)
    rows.sort((a, b) => groupMoment(a) - groupMoment(b) || (a.id < b.id ? -1 : 1))
    return pagedReply(call, {
      key: 'groups',
      rows,
      show: groupView,
      idOf: (row) => row.id,
      momentOf: groupMoment,
    })
  },
}

const organizationGroups: Operation = {
  method: 'GET',
  path: '/organizations/{organization_id}/groups',
  summary: 'Get groups of an organization',
  scopes: { any: ['read:organization_groups'] },
  bucket: 'members.read',
  params: { organization_id: 'organization-id' },
  query: checkpointParameters,
  run(call) {
    const { id } = pathOrganization(call, 'organization_id')
    return groupListing(
      call,
      [...call.tenant.groups].filter((group) => group.organization_roles.has(id)),
    )
  },
}

const inOrganization = { organization_id: 'organization-id', group_id: 'group-id' } as const

function organizationRoles(call: Call): { group: Group; held: Set<string>; ids: Record<string, string> } {
  const { id } = pathOrganization(call, 'organization_id')
  const group = pathGroup(call, 'group_id')
  const held = group.organization_roles.get(id) ?? new Set<string>()
  return { group, held, ids: { organization: id, group: group.id } }
}

const organizationGroupRoles: Operation = {
  method: 'GET',
  path: '/organizations/{organization_id}/groups/{group_id}/roles',
  summary: 'Get roles of a group in an organization',
  scopes: { any: ['read:organization_group_roles'] },
  bucket: 'memberRoles.read',
  params: inOrganization,
  query: checkpointParameters,
  run: (call) => roleListing(call, organizationRoles(call).held, (role) => roleView(call, role)),
}

const assignOrganizationGroupRoles: Operation = {
  method: 'POST',
  path: '/organizations/{organization_id}/groups/{group_id}/roles',
  summary: 'Assign roles to a group in an organization',
  scopes: { any: ['create:organization_group_roles'] },
  bucket: 'memberRoles.write',
  params: inOrganization,
  body: rolesBody,
  run(call) {
    const { group, held, ids } = organizationRoles(call)
    const roles = bodyRoles(call)
    group.organization_roles.set(ids['organization']!, held)
    return assign(call, held, roles, ids)
  },
}

const removeOrganizationGroupRoles: Operation = {
  method: 'DELETE',
  path: '/organizations/{organization_id}/groups/{group_id}/roles',
  summary: 'Remove roles from a group in an organization',
  scopes: { any: ['delete:organization_group_roles'] },
  bucket: 'memberRoles.write',
  params: inOrganization,
  body: rolesBody,
  run(call) {
    const { group, held, ids } = organizationRoles(call)
    const reply = remove(call, held, call.body['roles'] as string[], ids)
    if (held.size === 0) group.organization_roles.delete(ids['organization']!)
    return reply
  },
}

export const groupOperations: Operation[] = [
  listGroups,
  getGroup,
  groupMembers,
  groupRoles,
  assignGroupRoles,
  removeGroupRoles,
  roleGroups,
  assignRoleGroups,
  removeRoleGroups,
  userGroups,
  organizationGroups,
  organizationGroupRoles,
  assignOrganizationGroupRoles,
  removeOrganizationGroupRoles,
]
