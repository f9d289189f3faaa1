import type { AccountObservation, EntitlementObservation, GrantObservation, Json } from '@owlie/connector-kit'
import { canonical, storable } from './canonical.ts'
import { redact, redactValues } from './redact.ts'

/** An object as Auth0 sent it. */
export type Raw = Readonly<Record<string, unknown>>

export interface Translated<T> {
  readonly observations: readonly T[]
  /** Records nothing can be made of, one by one; the rest of the page stands. */
  readonly quarantined: readonly { readonly id: string | null; readonly reason: string }[]
}

/** Auth0's own profile fields, whose names are no evidence of a secret (`last_password_reset` is a date). */
const ownFields = new Set([
  'blocked',
  'blocked_for',
  'created_at',
  'email',
  'email_verified',
  'family_name',
  'given_name',
  'guardian_authenticators',
  'last_ip',
  'last_login',
  'last_password_reset',
  'logins_count',
  'multifactor',
  'multifactor_last_modified',
  'name',
  'nickname',
  'phone_number',
  'phone_verified',
  'picture',
  'updated_at',
  'username',
])

/**
 * A user profile (https://auth0.com/docs/manage-users/user-accounts/user-profiles/user-profile-structure) as an
 * account. `attributes` hold every root field but `user_id`, also those that change at each login.
 */
export function accountOf(raw: Raw): AccountObservation {
  const id = idOf(raw.user_id, 'user_id')
  const fields = Object.entries(raw).filter(([key]) => key !== 'user_id')
  const attributes = Object.fromEntries(
    fields.map(([key, value]): [string, unknown] => [key, attributeOf(key, value)]),
  )
  return {
    type: 'account',
    id,
    displayName: displayNameOf(raw, id),
    email: textOf(raw.email),
    status: raw.blocked === true ? 'blocked' : 'active',
    attributes: canonical(attributes) as AccountObservation['attributes'],
  }
}

function attributeOf(key: string, value: unknown): Json {
  if (key === 'identities') return identitiesOf(value)
  const json = canonical(value)
  // redact({ key: … }) also judges the key itself, for claims an enterprise connection copied to the root.
  return ownFields.has(key)
    ? redactValues(json)
    : ((redact({ [key]: json }) as Record<string, Json>)[key] ?? null)
}

// Tokens of other identity providers come only with a scope Owlie never asks for, and are dropped all the same.
const identityTokens = new Set(['access_token', 'access_token_secret', 'refresh_token', 'expires_in'])

function identitiesOf(value: unknown): Json {
  if (!Array.isArray(value)) return redact(canonical(value))
  return value.map((identity: unknown) => {
    if (typeof identity !== 'object' || identity === null) return canonical(identity)
    const kept = Object.entries(identity).filter(([key]) => !identityTokens.has(key))
    return redact(canonical(Object.fromEntries(kept)))
  })
}

function displayNameOf(raw: Raw, id: string): string {
  const parts = [textOf(raw.given_name), textOf(raw.family_name)].filter((part) => part !== null)
  const names = [raw.name, raw.nickname, parts.join(' '), raw.email, raw.username, raw.phone_number]
  return names.map(textOf).find((name) => name !== null) ?? id
}

/** A role (https://auth0.com/docs/manage-users/access-control/rbac) as an entitlement. */
export function roleOf(raw: Raw): EntitlementObservation {
  const id = idOf(raw.id, 'id')
  const name = textOf(raw.name)
  return entitlementOf('role', id, name ?? id, textOf(raw.description), raw)
}

/** An organization as an entitlement: what is held is the membership. */
export function organizationOf(raw: Raw): EntitlementObservation {
  const id = idOf(raw.id, 'id')
  return entitlementOf('organization', id, textOf(raw.display_name) ?? textOf(raw.name) ?? id, null, raw)
}

function entitlementOf(
  entitlementType: string,
  id: string,
  displayName: string,
  description: string | null,
  raw: Raw,
): EntitlementObservation {
  const fields = Object.fromEntries(Object.entries(raw).filter(([key]) => key !== 'id'))
  const attributes = redact(canonical(fields)) as EntitlementObservation['attributes']
  return { type: 'entitlement', entitlementType, id, displayName, description, attributes }
}

export function roleHolderOf(role: string) {
  return (raw: Raw): GrantObservation => grantOf(raw, role, 'role')
}

export function memberOf(organization: string) {
  return (raw: Raw): GrantObservation => grantOf(raw, organization, 'member')
}

/** A role inside an organization: what it is, and that the member holds it. */
export interface OrganizationRoles {
  readonly entitlements: readonly EntitlementObservation[]
  readonly grants: readonly GrantObservation[]
}

/**
 * The roles of the members on one page, which hold only inside the organization. Null when the page does not show
 * roles at all, although it has members: then nothing can be said about who holds what.
 */
export function organizationRolesOf(organization: string, rows: readonly Raw[]): OrganizationRoles | null {
  if (rows.length > 0 && !rows.some(({ roles }) => Array.isArray(roles))) return null
  const entitlements = new Map<string, EntitlementObservation>()
  const grants: GrantObservation[] = []
  for (const { user_id: account, roles } of rows) {
    if (!isId(account) || !Array.isArray(roles)) continue
    for (const role of roles as readonly unknown[]) {
      const { id, name } = (typeof role === 'object' && role !== null ? role : {}) as Raw
      if (!isId(id)) return null
      const entitlement = `${organization}:${id}`
      if (!entitlements.has(entitlement))
        entitlements.set(entitlement, organizationRoleOf(organization, id, textOf(name) ?? id))
      grants.push({ type: 'grant', account, entitlement, grantType: 'organization_role' })
    }
  }
  const unique = new Map(grants.map((grant) => [`${grant.account} ${grant.entitlement}`, grant]))
  return { entitlements: [...entitlements.values()], grants: [...unique.values()] }
}

function organizationRoleOf(organization: string, role: string, name: string): EntitlementObservation {
  return {
    type: 'entitlement',
    entitlementType: 'organization_role',
    id: `${organization}:${role}`,
    displayName: `${name} in ${organization}`,
    description: null,
    attributes: { name, organization, role },
  }
}

function grantOf(raw: Raw, entitlement: string, grantType: string): GrantObservation {
  return { type: 'grant', account: idOf(raw.user_id, 'user_id'), entitlement, grantType }
}

class Unusable extends Error {}

/** Translates each record by itself. */
export function translateAll<T>(
  rows: readonly Raw[],
  translate: (raw: Raw) => T,
  idField: string,
): Translated<T> {
  const observations: T[] = []
  const quarantined: { id: string | null; reason: string }[] = []
  for (const raw of rows) {
    try {
      observations.push(translate(raw))
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      const id = raw[idField]
      quarantined.push({
        id: typeof id === 'string' ? storable(id).slice(0, 200) : null,
        reason: error.message,
      })
    }
  }
  return { observations, quarantined }
}

// An id is kept byte for byte; one that a database cannot hold unchanged would become another id.
function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && storable(value) === value && value.length <= 1024
}

export function idOf(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new Unusable(`${field} is missing`)
  if (storable(value) !== value) throw new Unusable(`${field} contains characters that cannot be stored`)
  if (value.length > 1024) throw new Unusable(`${field} is longer than 1024 characters`)
  return value
}

export function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const text = storable(value).trim()
  return text === '' ? null : text
}
