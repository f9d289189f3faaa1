import type { Look } from '@owlie/connector-kit'
import { operations, type OperationName } from './operations.ts'

const byId: Readonly<Record<string, OperationName>> = {
  users: 'getUser',
  roles: 'getRole',
  organizations: 'getOrganization',
}
const byKey: Readonly<Record<string, OperationName>> = {
  users: 'listUsersByEmail',
  roles: 'listRoles',
  organizations: 'getOrganizationByName',
}
const held: Readonly<Record<string, OperationName>> = {
  role_members: 'listUserRoles',
  organization_members: 'listUserOrganizations',
  organization_member_roles: 'listMemberRoles',
}
const inside: Readonly<Record<string, OperationName>> = { role_permissions: 'listRolePermissions' }

/** The request that a look is (the first of them, where it takes pages); null where there is none. Pure. */
export function lookRoute({ kind, reference }: Look): string | null {
  const table =
    'id' in reference ? byId : 'account' in reference ? held : 'container' in reference ? inside : byKey
  const name = table[kind]
  return name ? `${operations[name].method} ${operations[name].path}` : null
}
