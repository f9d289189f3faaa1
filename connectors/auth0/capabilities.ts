import type { Capability } from '@owlie/connector-kit'
import { type OperationName, operations } from './operations.ts'

interface Row {
  readonly name: string
  readonly label: string
  readonly group: Capability['group']
  readonly purpose: string
  readonly operations: readonly OperationName[]
}

// Each write also names the reads that plan it and prove it afterwards: Owlie never writes what it cannot read back.
const rows: readonly Row[] = [
  {
    name: 'read_users',
    label: 'Read users',
    group: 'read',
    purpose: 'See every account with its profile, identities and status.',
    // Permissions of one account are read when somebody asks for them.
    operations: ['listUsers', 'listUserPermissions'],
  },
  {
    name: 'read_roles',
    label: 'Read roles',
    group: 'read',
    purpose: 'See which roles exist.',
    operations: ['listRoles'],
  },
  {
    name: 'read_role_members',
    label: 'Read role holders',
    group: 'read',
    purpose: 'See who holds which role.',
    operations: ['listRoleUsers'],
  },
  {
    name: 'read_organizations',
    label: 'Read organizations',
    group: 'read',
    purpose: 'See which organizations exist.',
    operations: ['listOrganizations'],
  },
  {
    name: 'read_organization_members',
    label: 'Read organization members',
    group: 'read',
    purpose: 'See who is a member of which organization.',
    operations: ['listOrganizations', 'listMembers'],
  },
  {
    name: 'read_organization_member_roles',
    label: 'Read roles inside organizations',
    group: 'read',
    purpose: 'See which roles members hold inside an organization.',
    operations: ['listOrganizations', 'listMembersWithRoles'],
  },
  {
    name: 'read_resource_servers',
    label: 'Read APIs',
    group: 'read',
    purpose: 'See which APIs exist and which permissions they offer.',
    operations: ['listResourceServers'],
  },
  {
    name: 'read_role_permissions',
    label: 'Read permissions of roles',
    group: 'read',
    purpose: 'See what a role allows. Costs one request per role.',
    // Reading them takes no more than read:roles. That read:resource_servers is granted too is how an admin says that
    // permissions are to be governed: a name like read:messages means nothing without its API, and nobody who only
    // wants to know who holds which role pays a request per role for it.
    operations: ['listRoles', 'listResourceServers', 'listRolePermissions'],
  },
  {
    name: 'read_auth0_connections',
    label: 'Read Auth0 connections',
    group: 'read',
    purpose: 'See where accounts sign in: databases, social and enterprise connections.',
    operations: ['listAuth0Connections'],
  },
  {
    name: 'read_groups',
    label: 'Read groups',
    group: 'read',
    purpose: 'See the groups that enterprise connections bring.',
    operations: ['listGroups'],
  },
  {
    name: 'read_group_members',
    label: 'Read group members',
    group: 'read',
    purpose: 'See who is in which group, and which group is in another one.',
    operations: ['listGroups', 'listGroupMembers'],
  },
  {
    name: 'read_group_roles',
    label: 'Read roles of groups',
    group: 'read',
    purpose: 'See which roles people hold because of a group.',
    operations: ['listGroups', 'listGroupRoles'],
  },
  {
    name: 'follow_changes',
    label: 'Follow changes',
    group: 'read',
    purpose: 'Read only what has changed, between full runs.',
    operations: ['listLogs', 'listUsers'],
  },
  {
    name: 'create_users',
    label: 'Create users',
    group: 'write',
    purpose: 'Give joiners an account.',
    operations: ['listUsers', 'createUser'],
  },
  {
    name: 'update_users',
    label: 'Update and block users',
    group: 'write',
    purpose: 'Keep profiles right; block and unblock.',
    operations: ['listUsers', 'updateUser'],
  },
  {
    name: 'revoke_sessions',
    label: 'End sessions of users',
    group: 'write',
    purpose: 'Lock a blocked user out at once: end sessions and refresh tokens.',
    operations: ['listUsers', 'revokeAccess'],
  },
  {
    name: 'delete_users',
    label: 'Delete users',
    group: 'write',
    purpose: 'Remove accounts for good.',
    operations: ['listUsers', 'deleteUser'],
  },
  {
    name: 'create_roles',
    label: 'Create roles',
    group: 'write',
    purpose: 'Manage the list of roles from Owlie.',
    operations: ['listRoles', 'createRole'],
  },
  {
    name: 'update_roles',
    label: 'Update roles',
    group: 'write',
    purpose: 'Rename and describe roles, and change what they allow.',
    operations: ['listRoles', 'updateRole', 'addRolePermissions', 'removeRolePermissions'],
  },
  {
    name: 'delete_roles',
    label: 'Delete roles',
    group: 'write',
    purpose: 'Remove roles from Owlie.',
    operations: ['listRoles', 'deleteRole'],
  },
  {
    name: 'assign_roles',
    label: 'Assign roles to users',
    group: 'write',
    purpose: 'Grant roles.',
    operations: ['listRoleUsers', 'assignUserRoles'],
  },
  {
    name: 'remove_roles',
    label: 'Remove roles from users',
    group: 'write',
    purpose: 'Take roles away.',
    operations: ['listRoleUsers', 'removeUserRoles'],
  },
  {
    name: 'create_organizations',
    label: 'Create organizations',
    group: 'write',
    purpose: 'Manage the list of organizations from Owlie.',
    operations: ['listOrganizations', 'createOrganization'],
  },
  {
    name: 'update_organizations',
    label: 'Update organizations',
    group: 'write',
    purpose: 'Rename and brand organizations from Owlie.',
    operations: ['listOrganizations', 'updateOrganization'],
  },
  {
    name: 'delete_organizations',
    label: 'Delete organizations',
    group: 'write',
    purpose: 'Remove organizations from Owlie.',
    operations: ['listOrganizations', 'deleteOrganization'],
  },
  {
    name: 'add_organization_members',
    label: 'Add organization members',
    group: 'write',
    purpose: 'Grant memberships.',
    operations: ['listOrganizations', 'listMembers', 'addMembers'],
  },
  {
    name: 'remove_organization_members',
    label: 'Remove organization members',
    group: 'write',
    purpose: 'Take memberships away.',
    operations: ['listOrganizations', 'listMembers', 'removeMembers'],
  },
  {
    name: 'assign_organization_member_roles',
    label: 'Assign roles inside organizations',
    group: 'write',
    purpose: 'Grant roles within an organization.',
    operations: ['listMembers', 'listMemberRoles', 'assignMemberRoles'],
  },
  {
    name: 'remove_organization_member_roles',
    label: 'Remove roles inside organizations',
    group: 'write',
    purpose: 'Take away roles within an organization.',
    operations: ['listMembers', 'listMemberRoles', 'removeMemberRoles'],
  },
]

/** What Owlie can do with an Auth0 tenant, and exactly the permissions each thing takes. */
export const capabilities: readonly Capability[] = rows.map(({ operations: names, ...row }) => ({
  ...row,
  scopes: [...new Set(names.flatMap((name): readonly string[] => operations[name].scopes))],
}))

export function scopesOf(capability: string): readonly string[] {
  const row = capabilities.find(({ name }) => name === capability)
  if (!row) throw new Error(`No capability ${capability}`)
  return row.scopes
}
