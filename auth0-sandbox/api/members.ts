import type { Management } from 'auth0'
import type { Member } from '../tenant/index.ts'
import { ApiError, badQuery } from './errors.ts'
import type { Call, Operation } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import { offsetReply, pagedReply } from './paging.ts'
import { checkpointParameters, fieldsParameters, offsetParameters, selectFields } from './query.ts'
import { profileView, roleView } from './roles.ts'
import { insufficientScope } from './scopes.ts'

const shownFields = ['user_id', 'email', 'picture', 'name', 'roles']

const listMembers: Operation = {
  method: 'GET',
  path: '/organizations/{id}/members',
  summary: 'Get members who belong to an organization',
  scopes: { any: ['read:organization_members'] },
  bucket: 'members.read',
  params: { id: 'organization-id' },
  query: { ...offsetParameters(), ...checkpointParameters, ...fieldsParameters },
  run(call) {
    const { id } = pathOrganization(call)
    const withRoles = wantsRoles(call)
    return pagedReply(call, {
      key: 'members',
      rows: call.tenant.members(id).view(call.clock.now()).rows,
      show: (member) => memberView(call, member, withRoles),
      idOf: (member) => member.user_id,
      momentOf: (member) => member.added_at,
      trailing: call.quirks.trailingMemberCursor,
    })
  },
}

/** Roles are shown only when asked for, and only to who may read them. */
function wantsRoles(call: Call): boolean {
  const { fields } = call.query
  if (typeof fields !== 'string') return false
  const names = fields.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !shownFields.includes(name))
  if (unknown !== undefined) throw badQuery(`'No enum match for: ${unknown}' on property fields`)
  const wanted = call.query['include_fields'] === false ? !names.includes('roles') : names.includes('roles')
  if (wanted && !call.scopes.has('read:organization_member_roles')) {
    throw insufficientScope({ any: ['read:organization_member_roles'] })
  }
  return wanted
}

function memberView(call: Call, member: Member, withRoles: boolean): Management.OrganizationMember {
  const roles = withRoles ? { roles: member.roles.flatMap((id) => shortRole(call, id)) } : {}
  return selectFields({ ...profileView(call, member.user_id), ...roles }, call.query)
}

/** `roles` names one role a list still shows after it was deleted in no way at all. */
function shortRole(call: Call, id: string): { id: string; name: string }[] {
  const role = call.tenant.roles.get(id)
  return role ? [{ id, name: role.name }] : []
}

export function pathMember(call: Call, status = 404): Member {
  const { id } = pathOrganization(call)
  const member = call.tenant.members(id).get(call.params['user_id']!)
  if (!member) throw new ApiError(status, 'User is not a member of this organization')
  return member
}

const memberRoles: Operation = {
  method: 'GET',
  path: '/organizations/{id}/members/{user_id}/roles',
  summary: 'Get user roles assigned to an Organization member',
  scopes: { any: ['read:organization_member_roles'] },
  bucket: 'memberRoles.read',
  params: { id: 'organization-id', user_id: 'user-id' },
  query: offsetParameters(),
  run(call) {
    const member = pathMember(call)
    return offsetReply(call, {
      key: 'roles',
      rows: member.roles.map((id) => call.tenant.roles.get(id)!),
      show: (role) => roleView(call, role),
    })
  },
}

export const memberReads: Operation[] = [listMembers, memberRoles]
