/** The tenant's rows. Users, roles and organizations are values: a change makes a new one. */
export interface Identity {
  connection: string
  user_id: string | number
  provider: string
  isSocial: boolean
  profileData?: Record<string, unknown>
}

export type Metadata = Record<string, unknown>

/** As the API returns it; enterprise and social connections put further claims on the root. */
export interface User {
  user_id: string
  email?: string
  email_verified?: boolean
  username?: string
  phone_number?: string
  phone_verified?: boolean
  name?: string
  nickname?: string
  given_name?: string
  family_name?: string
  picture?: string
  identities: readonly Identity[]
  app_metadata?: Metadata
  user_metadata?: Metadata
  blocked?: boolean
  created_at: string
  updated_at: string
  last_login?: string
  last_ip?: string
  logins_count?: number
  last_password_reset?: string
  [claim: string]: unknown
}

export interface Role {
  id: string
  name: string
  description: string
  permissions: readonly PermissionRef[]
  type: 'tenant' | 'organization'
  owner_id?: string
  created_at: number
}

export interface PermissionRef {
  permission_name: string
  resource_server_identifier: string
}

/** A direct holder of a role at tenant level. */
export interface RoleHolder {
  user_id: string
  assigned_at: number
}

export interface Organization {
  id: string
  name: string
  display_name?: string
  branding?: { logo_url?: string; colors?: { primary: string; page_background: string } }
  metadata?: Record<string, string>
  enabled_connections: readonly EnabledConnection[]
  created_at: number
}

export interface EnabledConnection {
  connection_id: string
  assign_membership_on_login: boolean
  show_as_button: boolean
  is_signup_enabled: boolean
}

/** `roles` are those held inside the organization, and only there. */
export interface Member {
  user_id: string
  added_at: number
  roles: readonly string[]
}

export interface Invitation {
  id: string
  organization_id: string
  inviter: { name: string }
  invitee: { email: string }
  client_id: string
  connection_id?: string
  roles?: string[]
  app_metadata?: Metadata
  user_metadata?: Metadata
  invitation_url: string
  ticket_id: string
  created_at: string
  expires_at: string
}

export type Strategy =
  'auth0' | 'email' | 'sms' | 'google-oauth2' | 'github' | 'samlp' | 'oidc' | 'ad' | 'waad'

/** Auth0's own connection: a store or an identity provider that users come from. */
export interface Auth0Connection {
  id: string
  name: string
  strategy: Strategy
  display_name?: string
  options: {
    requires_username?: boolean
    disable_signup?: boolean
    set_user_root_attributes?: 'on_each_login' | 'on_first_login' | 'never_on_login'
    /** Plain minimum length, standing in for Auth0's password policies. */
    password_min_length?: number
    [option: string]: unknown
  }
  enabled_clients: string[]
  realms: string[]
  is_domain_connection: boolean
  /** False: "Connection is disabled.". */
  enabled: boolean
}

export interface ResourceServer {
  id: string
  name: string
  identifier: string
  scopes: { value: string; description: string }[]
  is_system: boolean
  token_lifetime: number
}

export interface Client {
  client_id: string
  client_secret: string
  name: string
  app_type: 'non_interactive' | 'regular_web' | 'spa'
  grant_types: string[]
  is_first_party: boolean
  token_endpoint_auth_method: 'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none'
  /** Public keys (JWK) for private_key_jwt. */
  public_keys: { kid?: string; jwk: JsonWebKey }[]
  /** Requests left this hour, when a token quota is set. */
  token_quota?: { per_hour: number }
}

export interface ClientGrant {
  id: string
  client_id: string
  audience: string
  scope: string[]
}

export interface GroupMember {
  id: string
  member_type: 'user' | 'group'
  created_at: number
}

export interface Group {
  id: string
  name: string
  connection_id: string
  external_id: string
  created_at: string
  updated_at: string
  roles: Set<string>
  /** Organization id → roles the group holds inside that organization. */
  organization_roles: Map<string, Set<string>>
}

export interface LogEvent {
  _id: string
  log_id: string
  date: string
  type: string
  description?: string
  client_id?: string
  client_name?: string
  user_id?: string
  user_name?: string
  connection?: string
  connection_id?: string
  ip?: string
  hostname?: string
  user_agent?: string
  details?: Record<string, unknown>
}
