import type { Management } from 'auth0'
import type { Group } from '../tenant/index.ts'
import { badQuery } from './errors.ts'
import { groupListing, roleListing } from './groups.ts'
import { pathMember } from './members.ts'
import type { Call, Operation } from './operation.ts'
import { checkpointReply } from './paging.ts'
import { checkpointParameters, text } from './query.ts'
import { pathUser } from './users.ts'

/** What a user has in the end, and whether directly or through groups (EA). */

/** All groups a user is in, those reached through nested groups included. */
function allGroups(call: Call, userId: string): Group[] {
  const found = new Set<string>()
  const queue = [...call.tenant.groupsOf(userId)]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (found.has(id)) continue
    found.add(id)
    queue.push(...call.tenant.groupsOf(id))
  }
  return [...found].map((id) => call.tenant.groups.get(id)!)
}

type Source = 'direct' | 'groups'

/** Role id → where it comes from. */
function effectiveRoles(direct: readonly string[], viaGroups: Iterable<string>): Map<string, Source[]> {
  const sources = new Map<string, Source[]>(direct.map((id) => [id, ['direct']]))
  for (const id of new Set(viaGroups)) sources.set(id, [...(sources.get(id) ?? []), 'groups'])
  return sources
}

function tenantRoles(call: Call, userId: string): Map<string, Source[]> {
  const viaGroups = allGroups(call, userId).flatMap((group) => [...group.roles])
  return effectiveRoles(call.tenant.rolesOfUser(userId), viaGroups)
}

const userEffectiveRoles: Operation = {
  method: 'GET',
  path: '/users/{id}/effective-roles',
  summary: "Get user's effective roles",
  scopes: { any: ['read:user_effective_roles'] },
  bucket: 'other',
  params: { id: 'user-id' },
  query: checkpointParameters,
  run(call) {
    const roles = tenantRoles(call, pathUser(call).user_id)
    return roleListing(call, roles.keys(), ({ id, name, description }): Management.UserEffectiveRole => {
      return { id, name, description, sources: roles.get(id)! }
    })
  },
}

const roleSourceGroups: Operation = {
  method: 'GET',
  path: '/users/{id}/effective-roles/sources/groups',
  summary: "Get groups a user's role comes from",
  scopes: { any: ['read:user_role_source_groups'] },
  bucket: 'other',
  params: { id: 'user-id' },
  query: { ...checkpointParameters, role_id: text('The role to look for.', { required: true }) },
  run(call) {
    const { user_id } = pathUser(call)
    const roleId = String(call.query['role_id'])
    const groups = allGroups(call, user_id).filter((group) => group.roles.has(roleId))
    return groupListing(
      call,
      groups.sort((a, b) => (a.created_at < b.created_at ? -1 : 1)),
    )
  },
}

const memberEffectiveRoles: Operation = {
  method: 'GET',
  path: '/organizations/{id}/members/{user_id}/effective-roles',
  summary: "Get a member's effective roles",
  scopes: { any: ['read:organization_member_effective_roles'] },
  bucket: 'memberRoles.read',
  params: { id: 'organization-id', user_id: 'user-id' },
  query: checkpointParameters,
  run(call) {
    const member = pathMember(call)
    const organizationId = call.params['id']!
    const viaGroups = allGroups(call, member.user_id).flatMap((group) => [
      ...(group.organization_roles.get(organizationId) ?? []),
    ])
    const roles = effectiveRoles(member.roles, viaGroups)
    return roleListing(
      call,
      roles.keys(),
      ({ id, name, description }): Management.OrganizationMemberEffectiveRole => {
        return { id, name, description, sources: roles.get(id)! }
      },
    )
  },
}

const effectivePermissions: Operation = {
  method: 'GET',
  path: '/users/{id}/effective-permissions',
  summary: "Get user's effective permissions",
  scopes: { any: ['read:user_effective_permissions'] },
  bucket: 'other',
  params: { id: 'user-id' },
  query: {
    ...checkpointParameters,
    resource_server_identifier: text('The API to look at.', { required: true }),
  },
  run(call) {
    const { tenant } = call
    const { user_id } = pathUser(call)
    const api = String(call.query['resource_server_identifier'])
    if (!tenant.resourceServer(api))
      throw badQuery("'The resource server does not exist' on property resource_server_identifier")
    const sources = new Map<string, Set<'direct' | 'roles'>>()
    const put = (name: string, source: 'direct' | 'roles'): void => {
      sources.set(name, (sources.get(name) ?? new Set()).add(source))
    }
    for (const ref of tenant.directPermissions(user_id)) {
      if (ref.resource_server_identifier === api) put(ref.permission_name, 'direct')
    }
    for (const roleId of tenantRoles(call, user_id).keys()) {
      for (const ref of tenant.roles.get(roleId)?.permissions ?? []) {
        if (ref.resource_server_identifier === api) put(ref.permission_name, 'roles')
      }
    }
    return checkpointReply(call, {
      key: 'permissions',
      rows: [...sources.keys()].sort(),
      show: (name): Management.UserEffectivePermissionResponseContent => ({
        ...tenant.describePermission({ permission_name: name, resource_server_identifier: api }),
        sources: [...sources.get(name)!],
      }),
      idOf: (name) => name,
      momentOf: () => 0,
    })
  },
}

export const effectiveOperations: Operation[] = [
  userEffectiveRoles,
  roleSourceGroups,
  memberEffectiveRoles,
  effectivePermissions,
]
