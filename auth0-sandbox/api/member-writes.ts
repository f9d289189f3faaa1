import { ApiError, noRole, noUser, refused } from './errors.ts'
import { pathMember } from './members.ts'
import { empty, type Call, type Operation } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import type { Schema } from './schema.ts'

const membersBody: Schema = {
  type: 'object',
  required: ['members'],
  properties: {
    members: { type: 'array', min: 1, items: { type: 'string', format: 'user-id-with-max-length' } },
  },
}

const rolesBody: Schema = {
  type: 'object',
  required: ['roles'],
  properties: { roles: { type: 'array', min: 1, items: { type: 'string', format: 'role-id' } } },
}

const rolesPerMember = 50

/** Ten at most: the limit stands in Auth0's prose, not in its schema. */
function bodyMembers(call: Call): string[] {
  const members = [...new Set(call.body['members'] as string[])]
  const limit = call.quirks.memberBatchLimit
  if (members.length > limit) {
    throw refused(
      `Payload validation error: 'Array is too long (${members.length}), maximum ${limit}' on property members`,
    )
  }
  return members
}

const addMembers: Operation = {
  method: 'POST',
  path: '/organizations/{id}/members',
  summary: 'Add members to an organization',
  scopes: { any: ['create:organization_members'] },
  bucket: 'members.write',
  params: { id: 'organization-id' },
  body: membersBody,
  run(call) {
    const { id } = pathOrganization(call)
    const members = bodyMembers(call)
    if (members.some((user) => !call.tenant.users.has(user)))
      throw refused('One or more of the users do not exist.')
    for (const user of members) {
      if (call.tenant.addMember(id, user, [], call.lagMs)) {
        call.wrote({ kind: 'organization.member.added', ids: { organization: id, user } })
      }
    }
    return empty()
  },
}

const removeMembers: Operation = {
  method: 'DELETE',
  path: '/organizations/{id}/members',
  summary: 'Delete members from an organization',
  scopes: { any: ['delete:organization_members'] },
  bucket: 'members.write',
  params: { id: 'organization-id' },
  body: membersBody,
  run(call) {
    const { id } = pathOrganization(call)
    for (const user of bodyMembers(call)) {
      if (call.tenant.removeMember(id, user, call.removalLagMs)) {
        call.wrote({ kind: 'organization.member.removed', ids: { organization: id, user } })
      }
    }
    return empty()
  },
}

/** Until the member list shows a new member, giving it a role fails (terraform-provider-auth0#1417). */
function settledMember(call: Call): ReturnType<typeof pathMember> {
  const member = pathMember(call)
  if (!call.quirks.memberRoleNeedsVisibleMember) return member
  const { rows } = call.tenant.members(call.params['id']!).view(call.clock.now())
  if (!rows.some((row) => row.user_id === member.user_id)) {
    throw new ApiError(404, 'User is not a member of this organization')
  }
  return member
}

const params = { id: 'organization-id', user_id: 'user-id' } as const

const assignMemberRoles: Operation = {
  method: 'POST',
  path: '/organizations/{id}/members/{user_id}/roles',
  summary: 'Assign user roles to an Organization member',
  scopes: { any: ['create:organization_member_roles'] },
  bucket: 'memberRoles.write',
  params,
  body: rolesBody,
  run(call) {
    const { id } = pathOrganization(call)
    if (!call.tenant.users.has(call.params['user_id']!)) throw noUser()
    const member = settledMember(call)
    const roles = [...new Set(call.body['roles'] as string[])]
    if (roles.some((role) => !call.tenant.roles.has(role))) throw noRole()
    if (new Set([...member.roles, ...roles]).size > rolesPerMember) {
      throw new ApiError(409, 'No more roles can be assigned to this organization member.')
    }
    for (const role of roles) {
      if (call.tenant.assignMemberRole(id, member.user_id, role, call.lagMs)) {
        call.wrote({
          kind: 'organization.member.role.assigned',
          ids: { organization: id, user: member.user_id, role },
        })
      }
    }
    return empty()
  },
}

const removeMemberRoles: Operation = {
  method: 'DELETE',
  path: '/organizations/{id}/members/{user_id}/roles',
  summary: 'Delete user roles from an Organization member',
  scopes: { any: ['delete:organization_member_roles'] },
  bucket: 'memberRoles.write',
  params,
  body: rolesBody,
  run(call) {
    const { id } = pathOrganization(call)
    const member = pathMember(call)
    for (const role of new Set(call.body['roles'] as string[])) {
      if (call.tenant.unassignMemberRole(id, member.user_id, role, call.lagMs)) {
        call.wrote({
          kind: 'organization.member.role.removed',
          ids: { organization: id, user: member.user_id, role },
        })
      }
    }
    return empty()
  },
}

export const memberWrites: Operation[] = [addMembers, removeMembers, assignMemberRoles, removeMemberRoles]
