import { createHash } from 'node:crypto'

/** Exactly what the product's full preset asks for. */
const full15 =
  'read:users create:users update:users delete:users read:roles create:roles update:roles delete:roles read:organizations create:organizations update:organizations delete:organizations read:organization_members create:organization_members delete:organization_members'
const readOnly4 = 'read:users read:roles read:organizations read:organization_members'
const roleMembers = 'read:role_members create:role_members delete:role_members'
const memberRoles =
  'read:organization_member_roles create:organization_member_roles delete:organization_member_roles'
const everything = `${full15} ${roleMembers} ${memberRoles} read:connections read:resource_servers read:logs read:logs_users read:stats read:tenant_settings read:clients read:client_grants read:groups read:group_members read:group_roles create:group_roles delete:group_roles read:organization_groups read:organization_group_roles create:organization_group_roles delete:organization_group_roles read:user_effective_roles read:user_effective_permissions read:user_role_source_groups read:organization_member_effective_roles read:organization_connections create:organization_connections update:organization_connections delete:organization_connections read:organization_client_grants read:organization_clients read:organization_discovery_domains read:organization_invitations create:organization_invitations delete:organization_invitations read:sessions delete:sessions read:refresh_tokens delete:refresh_tokens read:grants delete:grants read:authentication_methods`
/** Things no connector should hold. */
const dangerous =
  'read:user_idp_tokens read:client_keys create:client_grants update:client_grants create:user_tickets delete:clients update:tenant_settings'

const split = (text: string): string[] => text.split(' ')

export interface ApplicationPlan {
  name: string
  /** Undefined: no client grant for the Management API. */
  scopes?: string[]
  method?: 'client_secret_basic' | 'private_key_jwt'
  grantTypes?: string[]
  customApi?: boolean
}

export const applicationPlans = {
  full: { name: 'Connector, full (15 scopes)', scopes: split(full15) },
  fullPlus: {
    name: 'Connector, full with role members',
    scopes: split(`${full15} ${roleMembers}`),
  },
  fullMemberRoles: {
    name: 'Connector, full with role members and member roles',
    scopes: split(`${full15} ${roleMembers} ${memberRoles}`),
  },
  readOnly: { name: 'Connector, read-only (4 scopes)', scopes: split(readOnly4) },
  readOnlyPlus: {
    name: 'Connector, read-only with role members',
    scopes: split(`${readOnly4} read:role_members`),
  },
  everything: { name: 'Connector, every useful scope', scopes: split(everything) },
  overScoped: { name: 'Connector, over-scoped', scopes: split(`${full15} ${roleMembers} ${dangerous}`) },
  none: { name: 'Authorized for the Management API without scopes', scopes: [] },
  customApi: { name: 'Authorized for a custom API only', customApi: true },
  unauthorized: { name: 'Authorized for no API' },
  noGrantType: {
    name: 'Client Credentials switched off',
    scopes: split(readOnly4),
    grantTypes: ['authorization_code'],
  },
  basicAuth: { name: 'Secret sent by HTTP Basic', scopes: split(readOnly4), method: 'client_secret_basic' },
  keyJwt: { name: 'Private Key JWT', scopes: split(`${full15} ${roleMembers}`), method: 'private_key_jwt' },
} satisfies Record<string, ApplicationPlan>

export type ApplicationName = keyof typeof applicationPlans

export const customApiIdentifier = 'https://portal.example/api'

/** All scopes the sandbox's Management API offers. */
export const managementScopes: readonly string[] = [...new Set(split(`${everything} ${dangerous}`))]

/** The same seed and name give the same id and secret, so that what was pasted once goes on working. */
export function stableText(seed: number, name: string, length: number): string {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    text += createHash('sha256')
      .update(`auth0-sandbox ${seed} ${name} ${round}`)
      .digest('base64')
      .replace(/[^A-Za-z0-9]/g, '')
  }
  return text.slice(0, length)
}
