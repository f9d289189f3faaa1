import type { Random } from '../random.ts'
import type { Auth0Connection, ResourceServer, Strategy, TenantState } from '../tenant/index.ts'

const connections: readonly (readonly [
  name: string,
  strategy: Strategy,
  options: Auth0Connection['options'],
])[] = [
  ['Username-Password-Authentication', 'auth0', { requires_username: false, password_min_length: 8 }],
  ['Workforce-Usernames', 'auth0', { requires_username: true, password_min_length: 8 }],
  ['email', 'email', {}],
  ['sms', 'sms', {}],
  ['google-oauth2', 'google-oauth2', { set_user_root_attributes: 'on_each_login' }],
  ['github', 'github', { set_user_root_attributes: 'on_each_login' }],
  ['northwind-saml', 'samlp', { set_user_root_attributes: 'on_each_login' }],
  ['helio-oidc', 'oidc', { set_user_root_attributes: 'on_first_login' }],
  ['fjord-ad', 'ad', { set_user_root_attributes: 'on_each_login' }],
]

/** Permission catalogue: each API with its actions on its nouns. */
const apis: readonly (readonly [name: string, identifier: string, nouns: string, actions: string])[] = [
  ['Portal API', 'https://portal.example/api', 'profile timesheet directory ticket', 'read edit'],
  [
    'Billing API',
    'https://billing.example/api',
    'invoice refund ledger payroll payment',
    'read create approve',
  ],
  [
    'Operations API',
    'https://operations.example/api',
    'stock tour device deployment substation',
    'read change control',
  ],
  ['Insight API', 'https://insight.example/api', 'dashboard audit-trail customer', 'read publish export'],
]

export function seedConnections(tenant: TenantState, random: Random): void {
  for (const [name, strategy, options] of connections) {
    tenant.auth0Connections.put({
      id: `con_${random.id(16)}`,
      name,
      strategy,
      options,
      enabled_clients: [],
      realms: [name],
      is_domain_connection: false,
      enabled: true,
    })
  }
}

export function seedApis(
  tenant: TenantState,
  random: Random,
  audience: string,
  scopes: readonly string[],
): void {
  const put = (server: Omit<ResourceServer, 'id'>): void => {
    tenant.resourceServers.put({ id: random.id(24, '0123456789abcdef'), ...server })
  }
  put({
    name: 'Auth0 Management API',
    identifier: audience,
    scopes: scopes.map((value) => ({ value, description: value.replace(/[:_]/g, ' ') })),
    is_system: true,
    token_lifetime: 86_400,
  })
  for (const [name, identifier, nouns, actions] of apis) {
    put({
      name,
      identifier,
      scopes: nouns.split(' ').flatMap((noun) =>
        actions.split(' ').map((action) => ({
          value: `${action}:${noun}`,
          description: `${action[0]!.toUpperCase()}${action.slice(1)} ${noun.replace('-', ' ')}s`,
        })),
      ),
      is_system: false,
      token_lifetime: 86_400,
    })
  }
}
