import type { ChangeKind, Sandbox } from '@owlie/auth0-sandbox'
import type { Change } from '@owlie/connector-kit'

/** One action, on objects made for it. */
export interface WriteCase {
  readonly action: string
  /** Below /api/v2, for faults. */
  readonly method: string
  readonly route: string
  /** Makes what the change is about; a change that has not been applied yet. */
  make(sandbox: Sandbox): Omit<Change, 'changeId' | 'action'>
  /** What the tenant's journal must then hold. */
  readonly wrote: readonly ChangeKind[]
  /** Missing with the 15 scopes of the full preset. */
  readonly beyondFull: readonly string[]
  /** The same change with a target that does not exist; null when it has none. */
  readonly absent: 'missing' | 'applied' | null
  /** Sent again, the target says no (a create) or has nothing to do. */
  readonly again: 'conflict' | 'applied'
  /** It leaves nothing to look at. */
  readonly unseen?: true
}

const billing = 'https://billing.example/api'
const permissions = [{ permission_name: 'read:invoice', resource_server_identifier: billing }]
let count = 0
const next = (): number => ++count

function newUser(sandbox: Sandbox): string {
  const email = `person${next()}@writes.example`
  return sandbox.tenant.addUser({ email, name: 'Before', user_metadata: { kept: 'yes' } }).user_id
}
const newRole = (sandbox: Sandbox) => sandbox.tenant.addRole({ name: `Role ${next()}` }).id
const newOrganization = (sandbox: Sandbox) =>
  sandbox.tenant.addOrganization({ name: `org-${next()}`, metadata: { plan: 'free', old: 'x' } }).id
const users = (sandbox: Sandbox, many: number) => Array.from({ length: many }, () => newUser(sandbox))
const nothing = {}

const createCases: readonly WriteCase[] = [
  {
    action: 'user.create',
    method: 'POST',
    route: '/users',
    make: () => ({
      target: {},
      input: {
        connection: 'Username-Password-Authentication',
        email: `New.Person+${next()}@Writes.example`,
        name: 'New Person',
        app_metadata: { team: 'a' },
      },
    }),
    wrote: ['user.created'],
    beyondFull: [],
    absent: null,
    again: 'conflict',
  },
  {
    action: 'role.create',
    method: 'POST',
    route: '/roles',
    make: () => ({ target: {}, input: { name: `New role ${next()}`, description: 'What for' } }),
    wrote: ['role.created'],
    beyondFull: [],
    absent: null,
    again: 'conflict',
  },
  {
    action: 'organization.create',
    method: 'POST',
    route: '/organizations',
    make: () => ({
      target: {},
      input: { name: `new-org-${next()}`, display_name: 'New', metadata: { tier: 'gold' } },
    }),
    wrote: ['organization.created'],
    beyondFull: [],
    absent: null,
    again: 'conflict',
  },
]

const objectCases: readonly WriteCase[] = [
  {
    action: 'user.update',
    method: 'PATCH',
    route: '/users/{id}',
    make: (sandbox) => ({
      target: { user: [newUser(sandbox)] },
      input: { name: 'After', given_name: null, user_metadata: { kept: null, floor: 3 } },
    }),
    wrote: ['user.updated'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'user.block',
    method: 'PATCH',
    route: '/users/{id}',
    make: (sandbox) => ({ target: { user: [newUser(sandbox)] }, input: nothing }),
    wrote: ['user.updated'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'user.unblock',
    method: 'PATCH',
    route: '/users/{id}',
    make(sandbox) {
      const user = newUser(sandbox)
      sandbox.tenant.updateUser(user, { blocked: true })
      return { target: { user: [user] }, input: nothing }
    },
    wrote: ['user.updated'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'user.delete',
    method: 'DELETE',
    route: '/users/{id}',
    make: (sandbox) => ({ target: { user: [newUser(sandbox)] }, input: nothing }),
    wrote: ['user.deleted'],
    beyondFull: [],
    absent: 'applied',
    again: 'applied',
  },
  {
    action: 'user.revoke_sessions',
    method: 'POST',
    route: '/users/{id}/revoke-access',
    make: (sandbox) => ({ target: { user: [newUser(sandbox)] }, input: nothing }),
    wrote: ['user.access_revoked'],
    beyondFull: ['delete:sessions', 'delete:refresh_tokens'],
    absent: 'missing',
    again: 'applied',
    unseen: true,
  },
  {
    action: 'role.update',
    method: 'PATCH',
    route: '/roles/{id}',
    make: (sandbox) => ({
      target: { role: [newRole(sandbox)] },
      input: { name: `Renamed ${next()}`, description: 'Now described' },
    }),
    wrote: ['role.updated'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.delete',
    method: 'DELETE',
    route: '/roles/{id}',
    make: (sandbox) => ({ target: { role: [newRole(sandbox)] }, input: nothing }),
    wrote: ['role.deleted'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.add_permissions',
    method: 'POST',
    route: '/roles/{id}/permissions',
    make: (sandbox) => ({ target: { role: [newRole(sandbox)] }, input: { permissions } }),
    wrote: ['role.permission.added'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.remove_permissions',
    method: 'DELETE',
    route: '/roles/{id}/permissions',
    make(sandbox) {
      const role = newRole(sandbox)
      sandbox.tenant.updateRole(role, { permissions })
      return { target: { role: [role] }, input: { permissions } }
    },
    wrote: ['role.permission.removed'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'organization.update',
    method: 'PATCH',
    route: '/organizations/{id}',
    make: (sandbox) => ({
      target: { organization: [newOrganization(sandbox)] },
      input: { display_name: 'After', metadata: { plan: 'paid', old: null } },
    }),
    wrote: ['organization.updated'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'organization.delete',
    method: 'DELETE',
    route: '/organizations/{id}',
    make: (sandbox) => ({ target: { organization: [newOrganization(sandbox)] }, input: nothing }),
    wrote: ['organization.deleted'],
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
]

const grantCases: readonly WriteCase[] = [
  {
    action: 'organization.add_members',
    method: 'POST',
    route: '/organizations/{id}/members',
    make: (sandbox) => ({
      target: { organization: [newOrganization(sandbox)], user: users(sandbox, 10) },
      input: nothing,
    }),
    wrote: Array.from({ length: 10 }, () => 'organization.member.added' as const),
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'organization.remove_members',
    method: 'DELETE',
    route: '/organizations/{id}/members',
    make(sandbox) {
      const organization = newOrganization(sandbox)
      const user = users(sandbox, 3)
      for (const id of user) sandbox.tenant.addMember(organization, id)
      return { target: { organization: [organization], user }, input: nothing }
    },
    wrote: Array.from({ length: 3 }, () => 'organization.member.removed' as const),
    beyondFull: [],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.assign',
    method: 'POST',
    route: '/users/{id}/roles',
    make: (sandbox) => ({
      target: { user: [newUser(sandbox)], role: [newRole(sandbox), newRole(sandbox)] },
      input: nothing,
    }),
    wrote: ['role.assigned', 'role.assigned'],
    beyondFull: ['create:role_members'],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.assign',
    method: 'POST',
    route: '/roles/{id}/users',
    make: (sandbox) => ({
      target: { user: users(sandbox, 4), role: [newRole(sandbox)] },
      input: nothing,
    }),
    wrote: ['role.assigned', 'role.assigned', 'role.assigned', 'role.assigned'],
    beyondFull: ['create:role_members'],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'role.unassign',
    method: 'DELETE',
    route: '/users/{id}/roles',
    make(sandbox) {
      const user = newUser(sandbox)
      const role = [newRole(sandbox), newRole(sandbox)]
      for (const id of role) sandbox.tenant.assignRole(user, id)
      return { target: { user: [user], role }, input: nothing }
    },
    wrote: ['role.removed', 'role.removed'],
    beyondFull: ['delete:role_members'],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'organization_role.assign',
    method: 'POST',
    route: '/organizations/{id}/members/{user_id}/roles',
    make(sandbox) {
      const [organization, user] = [newOrganization(sandbox), newUser(sandbox)]
      sandbox.tenant.addMember(organization, user)
      return {
        target: { organization: [organization], user: [user], role: [newRole(sandbox), newRole(sandbox)] },
        input: nothing,
      }
    },
    wrote: ['organization.member.role.assigned', 'organization.member.role.assigned'],
    beyondFull: ['create:organization_member_roles'],
    absent: 'missing',
    again: 'applied',
  },
  {
    action: 'organization_role.unassign',
    method: 'DELETE',
    route: '/organizations/{id}/members/{user_id}/roles',
    make(sandbox) {
      const [organization, user, role] = [newOrganization(sandbox), newUser(sandbox), newRole(sandbox)]
      sandbox.tenant.addMember(organization, user, [role])
      return { target: { organization: [organization], user: [user], role: [role] }, input: nothing }
    },
    wrote: ['organization.member.role.removed'],
    beyondFull: ['delete:organization_member_roles'],
    absent: 'missing',
    again: 'applied',
  },
]

export const writeCases: readonly WriteCase[] = [...createCases, ...objectCases, ...grantCases]

const absentIds: Readonly<Record<string, string>> = {
  user: 'auth0|nobody',
  role: 'rol_AAAAAAAAAAAAAAAA',
  organization: 'org_AAAAAAAAAAAAAAAA',
}

/** The change with its first target replaced by one that never was. */
export function ofNobody<T extends Pick<Change, 'target'>>(change: T): T {
  const name = Object.keys(change.target)[0]!
  return { ...change, target: { ...change.target, [name]: [absentIds[name]!] } }
}
