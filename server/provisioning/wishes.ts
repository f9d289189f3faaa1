import { type ActionKind, actionOf, type Json, type Manifest } from '@owlie/connector-kit'
import type { Intent, Wish } from '../assignments/index.ts'
import type { Unit } from './unit.ts'

/**
 * The intention behind a unit, or null where it is none that is kept: ended sessions, a field nobody governs. Pure.
 */
export function wishOf(manifest: Manifest, connectionId: string, unit: Unit): Wish | null {
  const action = actionOf(manifest, unit.action)
  if (!action) return null
  const { effect } = action
  if (effect.does === 'happen' || effect.does === 'include' || effect.does === 'exclude') return null
  const kind = manifest.kinds.find(({ name }) => name === effect.kind)
  if (!kind) return null
  if (effect.does === 'grant' || effect.does === 'revoke')
    return {
      is: 'grant',
      connectionId,
      kind: kind.name,
      entitlementType: kind.entitlementType ?? '',
      entitlement: effect.entitlement.map((name) => unit.target[name] ?? '').join(':'),
      grantType: effect.grantType,
      account: unit.target[effect.account] ?? '',
      wanted: effect.does === 'grant',
    }
  const fields = fieldsOf(action, unit, kind.governed ?? [])
  if (effect.does === 'set' && Object.keys(fields).length === 0) return null
  return {
    is: 'object',
    connectionId,
    kind: kind.name,
    yields: kind.yields === 'account' ? 'account' : 'entitlement',
    entitlementType: kind.yields === 'account' ? null : (kind.entitlementType ?? ''),
    externalId: effect.does === 'create' ? null : (unit.target[action.targets[0]!.name] ?? ''),
    wanted: effect.does !== 'delete',
    fields,
  }
}

function fieldsOf(
  { effect }: ActionKind,
  unit: Unit,
  governed: readonly string[],
): Readonly<Record<string, Json>> {
  const wished = Object.entries({ ...unit.input, ...('fixed' in effect ? effect.fixed : {}) })
  const named = wished.map(([name, value]): [string, Json] =>
    // An account's status is what intent knows; that a target calls it a flag is the connector's matter.
    name === 'blocked' ? ['status', value === true ? 'blocked' : 'active'] : [name, lower(name, value)],
  )
  return Object.fromEntries(named.filter(([name]) => governed.includes(name)))
}

function lower(name: string, value: Json): Json {
  return (name === 'email' || name === 'username') && typeof value === 'string' ? value.toLowerCase() : value
}

/** Whether what is wished now still asks for this unit. A later wish for another field leaves it standing. Pure. */
export function isStillWished(wish: Wish, now: Intent): boolean {
  if (now.wanted !== wish.wanted) return false
  if (wish.is === 'grant' || now.is === 'grant') return true
  return Object.entries(wish.fields).every(
    ([name, value]) => JSON.stringify(now.fields[name] ?? null) === JSON.stringify(value),
  )
}
