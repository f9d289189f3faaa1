import type { Metadata } from '../tenant/index.ts'
import { badBody, refused } from './errors.ts'

/** https://auth0.com/docs/manage-users/user-accounts/metadata/metadata-fields-data */
const reserved = new Set(
  '__tenant _id blocked clientID created_at email_verified email globalClientID global_client_id identities lastIP lastLogin loginsCount metadata multifactor_last_modified multifactor updated_at user_id'.split(
    ' ',
  ),
)

export function checkMetadata(app: Metadata | null | undefined, user: Metadata | null | undefined): void {
  const forbidden = Object.keys(app ?? {}).filter((key) => reserved.has(key))
  if (forbidden.length > 0) {
    throw refused(
      `The following app_metadata properties are not allowed: ${forbidden.join(', ')}. They are reserved for Auth0.`,
    )
  }
  for (const [name, metadata] of Object.entries({ app_metadata: app, user_metadata: user })) {
    const bad = findBadKey(metadata)
    if (bad !== undefined)
      throw badBody(`'Property names must not contain . or $: ${bad}' on property ${name}`)
  }
}

function findBadKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, child] of Object.entries(value)) {
    if (!Array.isArray(value) && /[.$]/.test(key)) return key
    const inner = findBadKey(child)
    if (inner !== undefined) return inner
  }
  return undefined
}

/** Merged on the first level only: nested objects are replaced, null removes a key, {} empties the whole. */
export function mergeMetadata(old: Metadata | undefined, patch: Metadata): Metadata {
  if (Object.keys(patch).length === 0) return {}
  return Object.fromEntries(Object.entries({ ...old, ...patch }).filter(([, value]) => value !== null))
}
