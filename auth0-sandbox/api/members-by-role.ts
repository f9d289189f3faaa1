import { groupListing } from './groups.ts'
import type { Operation } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import { checkpointReply } from './paging.ts'
import { checkpointParameters, fieldsParameters, selectFields } from './query.ts'
import { pathRole, profileView } from './roles.ts'

const params = { id: 'organization-id', role_id: 'role-id' } as const

/** Direct holders of a role inside an organization (EA; terraform-provider-auth0, TestAccDataSourceOrganizationRoleMembers). */
const roleMembers: Operation = {
  method: 'GET',
  path: '/organizations/{id}/roles/{role_id}/members',
  summary: 'Get members of an organization with a role',
  scopes: { all: ['read:roles', 'read:organization_members'] },
  bucket: 'memberRoles.read',
  params,
  query: { ...checkpointParameters, ...fieldsParameters },
  run(call) {
    const { id } = pathOrganization(call)
    const role = pathRole(call, 'role_id')
    const { rows } = call.tenant.members(id).view(call.clock.now())
    return checkpointReply(call, {
      key: 'members',
      rows: rows.filter((member) => member.roles.includes(role.id)),
      show: (member) => selectFields(profileView(call, member.user_id), call.query),
      idOf: (member) => member.user_id,
      momentOf: (member) => member.added_at,
    })
  },
}

const roleGroups: Operation = {
  method: 'GET',
  path: '/organizations/{id}/roles/{role_id}/groups',
  summary: 'Get groups of an organization with a role',
  scopes: { any: ['read:organization_group_roles'] },
  bucket: 'memberRoles.read',
  params,
  query: checkpointParameters,
  run(call) {
    const { id } = pathOrganization(call)
    const role = pathRole(call, 'role_id')
    return groupListing(
      call,
      [...call.tenant.groups].filter((group) => group.organization_roles.get(id)?.has(role.id)),
    )
  },
}

export const membersByRole: Operation[] = [roleMembers, roleGroups]
