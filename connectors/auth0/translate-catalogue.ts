import type { EntitlementObservation, Json } from '@owlie/connector-kit'
import { canonical } from './canonical.ts'
import { redact } from './redact.ts'
import { idOf, type Raw, textOf } from './translate.ts'

/**
 * An API (resource server) with the permissions it offers
 * (https://auth0.com/docs/get-started/apis/api-settings). Only these fields: others hold the signing secret.
 */
export function resourceServerOf(raw: Raw): EntitlementObservation {
  const id = idOf(raw.id, 'id')
  const scopes = Array.isArray(raw.scopes) ? raw.scopes : []
  const attributes = {
    ...picked(raw, ['name', 'identifier', 'is_system', 'enforce_policies', 'token_dialect']),
    scopes: scopes.map((scope: unknown) => picked((scope ?? {}) as Raw, ['value', 'description'])),
  }
  return {
    type: 'entitlement',
    entitlementType: 'resource_server',
    id,
    displayName: textOf(raw.name) ?? textOf(raw.identifier) ?? id,
    description: textOf(raw.identifier),
    attributes: canonical(attributes) as EntitlementObservation['attributes'],
  }
}

/** Names a permission within its role. Neither part can hold a blank (RFC 6749 scope tokens; RFC 3986). */
export function rolePermissionId(raw: Raw): string | null {
  const { permission_name: name, resource_server_identifier: api } = raw
  return typeof name === 'string' && typeof api === 'string' && name !== '' ? `${name} ${api}` : null
}

/** That a role allows something. A permission is nobody's by itself: whoever holds the role has it. */
export function rolePermissionOf(role: string) {
  return (raw: Raw): EntitlementObservation => {
    const own = idOf(rolePermissionId(raw), 'permission_name')
    const api = textOf(raw.resource_server_name) ?? textOf(raw.resource_server_identifier) ?? ''
    const attributes = {
      role,
      permission: raw.permission_name,
      resource_server: raw.resource_server_identifier,
      resource_server_name: raw.resource_server_name ?? null,
    }
    return {
      type: 'entitlement',
      entitlementType: 'role_permission',
      id: `${role} ${own}`,
      displayName: `${textOf(raw.permission_name)} on ${api}`,
      description: textOf(raw.description),
      attributes: canonical(attributes) as EntitlementObservation['attributes'],
    }
  }
}

/** Where accounts sign in (https://auth0.com/docs/authenticate/identity-providers). */
export function auth0ConnectionOf(raw: Raw): EntitlementObservation {
  const id = idOf(raw.id, 'id')
  const attributes = picked(raw, ['name', 'strategy', 'display_name', 'is_domain_connection'])
  return {
    type: 'entitlement',
    entitlementType: 'auth0_connection',
    id,
    displayName: textOf(raw.display_name) ?? textOf(raw.name) ?? id,
    description: textOf(raw.strategy),
    attributes: canonical(attributes) as EntitlementObservation['attributes'],
  }
}

function picked(raw: Raw, names: readonly string[]): Readonly<Record<string, Json>> {
  const present = names.filter((name) => raw[name] !== undefined)
  return Object.fromEntries(present.map((name) => [name, redact(canonical(raw[name]))]))
}
