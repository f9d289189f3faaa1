import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type {
  AccountObservation,
  Change,
  EntitlementObservation,
  Json,
  Look,
  Observation,
} from '@owlie/connector-kit'
import { actions } from './actions.ts'
import { canonical } from './canonical.ts'
import { redact, redactValues } from './redact.ts'
import { rolePermissionId } from './translate-catalogue.ts'
import type { Raw } from './translate.ts'

/**
 * The passwordless connections have fixed names (https://auth0.com/docs/authenticate/passwordless); every other one an
 * account can be created in is a database, whose accounts are `auth0|…`.
 */
export function passwordlessStrategy(connection: string): 'email' | 'sms' | null {
  return connection === 'email' || connection === 'sms' ? connection : null
}

/**
 * The id a new account gets by our own choice. Without an e-mail address there is no immediately consistent way to look
 * one up, so an id that follows from the change is chosen; null leaves the choice to Auth0.
 */
export function ownUserId({ input, changeId }: Change): string | null {
  if (typeof input.user_id === 'string') return input.user_id
  if (typeof input.email === 'string') return null
  return createHash('sha256').update(`user ${changeId}`).digest('hex').slice(0, 24)
}

/** Where to look to know whether a change is in effect; each of these is immediately consistent. */
export function looks(change: Change): readonly Look[] {
  const action = actions.find(({ name }) => name === change.action)
  if (!action) return []
  const { effect } = action
  switch (effect.does) {
    case 'create':
      return [creationLook(change)]
    case 'include':
    case 'exclude':
      return [
        { kind: effect.kind, reference: { container: change.target[action.targets[0]!.name]?.[0] ?? '' } },
      ]
    case 'set':
    case 'delete': {
      const id = change.target[action.targets[0]!.name]?.[0]
      return id === undefined ? [] : [{ kind: effect.kind, reference: { id } }]
    }
    case 'grant':
    case 'revoke': {
      // A role inside an organization is looked up there; every other grant is the account's own.
      const [container = [], inside] = effect.entitlement.map((name) => change.target[name] ?? [])
      const entitlements = inside
        ? container.flatMap((within) => inside.map((id) => ({ entitlement: `${within}:${id}`, within })))
        : container.map((entitlement) => ({ entitlement }))
      const accounts = change.target[effect.account] ?? []
      return accounts.flatMap((account) =>
        entitlements.map((one) => ({ kind: effect.kind, reference: { account, ...one } })),
      )
    }
    case 'happen':
      return []
  }
}

function creationLook(change: Change): Look {
  const { action, input } = change
  if (action === 'role.create') return { kind: 'roles', reference: { name: String(input.name) } }
  if (action === 'organization.create')
    return { kind: 'organizations', reference: { name: String(input.name) } }
  const connection = String(input.connection)
  const own = ownUserId(change)
  if (own !== null) {
    const id = `${passwordlessStrategy(connection) ?? 'auth0'}|${own}`
    return { kind: 'users', reference: { id } }
  }
  return { kind: 'users', reference: { email: String(input.email), within: connection } }
}

/**
 * Whether what was found at `looks(change)` is already what the change wants. Null: it cannot be seen, as with a
 * password, ended sessions, or a value that is not shown because it looks like a secret.
 */
export function inEffect(change: Change, found: readonly (readonly Observation[])[]): boolean | null {
  const action = actions.find(({ name }) => name === change.action)
  if (!action || found.length === 0) return null
  const { effect } = action
  const first = found[0]![0] ?? null
  switch (effect.does) {
    case 'create':
      return first !== null
    case 'delete':
      return first === null
    case 'grant':
      return found.every((one) => one.length > 0)
    case 'revoke':
      return found.every((one) => one.length === 0)
    case 'include':
    case 'exclude': {
      const held = found[0]!.flatMap((one) => (one.type === 'entitlement' ? [permissionId(one)] : []))
      const asked = permissionIds(change.input[effect.field])
      return asked.every((id) => held.includes(id) === (effect.does === 'include'))
    }
    case 'set': {
      if (first === null || first.type === 'grant') return false
      const wanted = Object.entries({ ...change.input, ...effect.fixed })
      const verdicts = wanted.map(([field, value]) => isSet(first, field, value))
      if (verdicts.includes(false)) return false
      return verdicts.includes(null) || Object.keys(change.secrets ?? {}).length > 0 ? null : true
    }
    case 'happen':
      return null
  }
}

function permissionIds(value: Json | undefined): readonly (string | null)[] {
  return Array.isArray(value) ? value.map((one: Json) => rolePermissionId(one as Raw)) : []
}

function permissionId({ attributes }: EntitlementObservation): string | null {
  const { permission, resource_server } = attributes
  return rolePermissionId({ permission_name: permission, resource_server_identifier: resource_server })
}

/** Fields that say how to write, and are not written themselves. */
const modifiers = new Set(['connection', 'client_id', 'verify_email'])
const merged = new Set(['user_metadata', 'app_metadata'])

function isSet(
  observed: Exclude<Observation, { type: 'grant' }>,
  field: string,
  value: Json,
): boolean | null {
  if (modifiers.has(field)) return true
  const { attributes } = observed
  if (field === 'blocked') return ((observed as AccountObservation).status === 'blocked') === value
  if (merged.has(field)) return isMerged(attributes[field] ?? null, value)
  if (field === 'metadata') return isMerged(attributes[field] ?? null, value)
  return isShown(attributes[field] ?? null, field, value)
}

function isShown(held: Json, field: string, value: Json): boolean | null {
  const lower = field === 'email' || field === 'username' ? String(value).toLowerCase() : value
  const wanted = canonical(lower)
  const shown = redactValues(wanted)
  if (!isDeepStrictEqual(shown, wanted)) return isDeepStrictEqual(held, shown) ? null : false
  // An empty description is the same as none.
  return isDeepStrictEqual(held === '' ? null : held, wanted === '' ? null : wanted)
}

function isMerged(held: Json, patch: Json): boolean | null {
  const bag = (typeof held === 'object' && held !== null ? held : {}) as { readonly [key: string]: Json }
  const wanted = Object.entries((patch ?? {}) as { readonly [key: string]: Json })
  if (wanted.length === 0) return Object.keys(bag).length === 0
  let hidden = false
  for (const [key, value] of wanted) {
    const own = Object.hasOwn(bag, key)
    if (value === null) {
      if (own) return false
      continue
    }
    const plain = canonical({ [key]: value })
    const shown = redact(plain)
    if (!own || !isDeepStrictEqual({ [key]: bag[key] }, shown)) return false
    hidden ||= !isDeepStrictEqual(shown, plain)
  }
  return hidden ? null : true
}
