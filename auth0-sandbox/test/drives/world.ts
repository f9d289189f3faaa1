import type { ManagementClient } from 'auth0'
import type { Group, Organization, Role, Sandbox, TenantState, User } from '../../index.ts'

/** What a drive finds to work on: each call makes a fresh object directly in the tenant, seen at once. */
export interface World {
  readonly sandbox: Sandbox
  readonly tenant: TenantState
  readonly connectionId: string
  /** An enterprise connection; its users are of somebody else. */
  readonly federatedId: string
  readonly api: string
  user(values?: Partial<User>): User
  role(): Role
  organization(): Organization
  group(): Group
  /** A member of a fresh organization who holds one role there. */
  member(): { readonly organization: string; readonly user: string; readonly role: string }
}

/** Calls one operation, in every shape of it that its answers differ by. */
export type Drive = (sdk: ManagementClient, world: World) => Promise<unknown>

/** By `METHOD /path` as the operation writes it. */
export type Drives = Readonly<Record<string, Drive>>

export const api = 'https://portal.example/api'

export const permissions = [{ resource_server_identifier: api, permission_name: 'read:profile' }]

export function createWorld(sandbox: Sandbox): World {
  const { tenant } = sandbox
  const next = (
    (count = 0) =>
    () =>
      (count += 1)
  )()
  const idOf = (name: string): string => tenant.auth0Connection(name)!.id
  const federatedId = idOf('helio-oidc')
  const user = (values: Partial<User> = {}): User =>
    tenant.addUser({ email: `driven.${next()}@lumenhealth.example`, email_verified: true, ...values })
  const role = (): Role => tenant.addRole({ name: `Driven role ${next()}`, description: 'For a test' })
  const organization = (): Organization => tenant.addOrganization({ name: `driven-${next()}` })
  return {
    ...{ sandbox, tenant, federatedId, api, user, role, organization },
    connectionId: idOf('Username-Password-Authentication'),
    group: () => tenant.addGroup({ name: `Driven group ${next()}`, connection_id: federatedId }),
    member() {
      const ids = { organization: organization().id, user: user().user_id, role: role().id }
      tenant.addMember(ids.organization, ids.user, [ids.role])
      return ids
    },
  }
}
