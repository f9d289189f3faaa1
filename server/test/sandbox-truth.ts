import type { Sandbox } from '@owlie/auth0-sandbox'

/** Some of the tenant's people carry another system's token in their metadata; it must never be stored. */
function redacted({ app_metadata: metadata, ...rest }: { app_metadata?: Record<string, unknown> }): object {
  if (!metadata) return rest
  const token = 'integration_token' in metadata ? { integration_token: '[redacted]' } : {}
  return { ...rest, app_metadata: { ...metadata, ...token } }
}

/** What an export of this tenant must hold, taken from its state and not from its API. */
export function sandboxTruth(
  { tenant }: Sandbox,
  kinds: { readonly roleHolders: boolean } = { roleHolders: true },
): readonly Record<string, unknown>[] {
  const { users, roles, organizations, roleHolders, members } = tenant.snapshot()
  return [
    ...users.map(({ user_id: id, ...attributes }) => ({
      kind: 'account',
      id,
      attributes: redacted(attributes),
    })),
    ...roles.map(({ id, name, description }) => ({ kind: 'role', id, attributes: { name, description } })),
    ...organizations.map(({ id, enabled_connections: _, ...attributes }) => ({
      kind: 'organization',
      id,
      attributes,
    })),
    ...(kinds.roleHolders ? roleHolders : []).map((row) => ({
      kind: 'grant',
      account: row.user_id,
      entitlement: row.role_id,
      type: 'role',
    })),
    ...members.map((row) => ({
      kind: 'grant',
      account: row.user_id,
      entitlement: row.organization_id,
      type: 'member',
    })),
  ].map((record) => JSON.parse(JSON.stringify(record)) as Record<string, unknown>)
}

/**
 * What one list has and the other has not, compared record by record whatever the order of records and keys. Two
 * empty lists and nothing else mean the same; a record that is there twice is one too many.
 */
export function difference(
  actual: readonly Record<string, unknown>[],
  expected: readonly Record<string, unknown>[],
): { readonly missing: readonly string[]; readonly unexpected: readonly string[] } {
  const count = new Map<string, number>()
  for (const text of expected.map(sorted)) count.set(text, (count.get(text) ?? 0) + 1)
  for (const text of actual.map(sorted)) count.set(text, (count.get(text) ?? 0) - 1)
  const where = (is: (left: number) => boolean) =>
    [...count]
      .filter(([, left]) => is(left))
      .map(([text]) => text)
      .slice(0, 5)
  return { missing: where((left) => left > 0), unexpected: where((left) => left < 0) }
}

export const same = { missing: [], unexpected: [] }

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${sorted(inner)}`).join(',')}}`
}
