import type {
  AccountObservation,
  EntitlementObservation,
  GrantObservation,
  Json,
  ObjectKind,
  Observation,
} from '@owlie/connector-kit'
import { canonical, isTooDeep, sha256 } from './canonical.ts'
import { clip, fold } from '../model/index.ts'
import { isStorableId, storable, storableText } from './storable.ts'

/** A record that could not be stored. `id` is null when not even that is known. */
export interface Quarantined {
  readonly id: string | null
  readonly reason: string
}

/** A row as it is sent to the database: the columns of its table, ready for JSON. */
export interface Prepared {
  /** Same object, same key, within a kind. */
  readonly key: string
  /** Hex; empty for grants, which have nothing that could change. */
  readonly hash: string
  readonly columns: Readonly<Record<string, Json>>
}

export interface PreparedPage {
  readonly rows: readonly Prepared[]
  readonly quarantined: readonly Quarantined[]
  /** Records that were on the page twice; the later one counts. */
  readonly repeated: number
}

/** Characters of one record's attributes as JSON. */
const largest = 4 * 1024 * 1024

/**
 * Turns a page's observations into rows, one by one: what cannot be stored is quarantined and the page stands.
 * `container` is the entitlement the page was read for, where the kind has containers. Pure.
 */
export function prepare(
  kind: ObjectKind,
  observations: readonly Observation[],
  container: string | null,
): PreparedPage {
  const rows = new Map<string, Prepared>()
  const quarantined: Quarantined[] = []
  let repeated = 0
  for (const observation of observations) {
    const prepared = prepareOne(kind, observation, container)
    if ('reason' in prepared) {
      quarantined.push(prepared)
      continue
    }
    if (rows.delete(prepared.key)) repeated += 1
    rows.set(prepared.key, prepared)
  }
  return { rows: [...rows.values()], quarantined, repeated }
}

function prepareOne(
  kind: ObjectKind,
  observation: Observation,
  container: string | null,
): Prepared | Quarantined {
  if (observation.type !== kind.yields)
    return { id: null, reason: `A record of type ${shown(observation.type)} among ${kind.name}.` }
  switch (observation.type) {
    case 'account':
      return prepareAccount(observation)
    case 'entitlement':
      return prepareEntitlement(kind, observation)
    case 'grant':
      return prepareGrant(kind, observation, container)
  }
}

function prepareAccount(seen: AccountObservation): Prepared | Quarantined {
  if (!isStorableId(seen.id)) return badId(seen.id)
  const { id, attributes } = seen
  const problem = problemOf(seen.displayName, attributes)
  if (problem) return { id, reason: problem }
  if (seen.status !== 'active' && seen.status !== 'blocked')
    return { id, reason: `Unknown status ${shown(seen.status)}.` }
  if (seen.email !== null && typeof seen.email !== 'string')
    return { id, reason: 'The e-mail is not a text.' }
  const email = seen.email === null ? null : storableText(seen.email)
  const displayName = storableText(seen.displayName)
  const content = { displayName: seen.displayName, email: seen.email, status: seen.status, attributes }
  return {
    key: id,
    hash: sha256(canonical(content)),
    columns: {
      external_id: id,
      display_name: displayName,
      email,
      status: seen.status,
      attributes: storable(attributes),
      sort_name: sortName(displayName),
      search_text: fold([displayName, email ?? '', id].join('\n')),
    },
  }
}

function prepareEntitlement(kind: ObjectKind, seen: EntitlementObservation): Prepared | Quarantined {
  if (!isStorableId(seen.id)) return badId(seen.id)
  const { id, attributes } = seen
  if (seen.entitlementType !== kind.entitlementType)
    return { id: null, reason: `An entitlement of type ${shown(seen.entitlementType)} among ${kind.name}.` }
  const problem = problemOf(seen.displayName, attributes)
  if (problem) return { id, reason: problem }
  if (seen.description !== null && typeof seen.description !== 'string')
    return { id, reason: 'The description is not a text.' }
  const description = seen.description === null ? null : storableText(seen.description)
  const displayName = storableText(seen.displayName)
  const content = { displayName: seen.displayName, description: seen.description, attributes }
  return {
    key: id,
    hash: sha256(canonical(content)),
    columns: {
      type: seen.entitlementType,
      external_id: id,
      display_name: displayName,
      description,
      attributes: storable(attributes),
      sort_name: sortName(displayName),
      search_text: fold([displayName, description ?? '', id].join('\n')),
    },
  }
}

function prepareGrant(
  kind: ObjectKind,
  seen: GrantObservation,
  container: string | null,
): Prepared | Quarantined {
  const { account, entitlement, grantType } = seen
  if (container !== null && entitlement !== container)
    return { id: null, reason: `Asked for ${shown(container)}, got a grant of ${shown(entitlement)}.` }
  if (!isStorableId(account)) return badId(account)
  if (!isStorableId(entitlement)) return badId(entitlement)
  if (typeof grantType !== 'string' || !/^[a-z][a-z0-9_]{0,99}$/.test(grantType))
    return { id: null, reason: `Unknown way of holding: ${shown(grantType)}.` }
  return {
    key: grantKey(entitlement, account, grantType),
    hash: '',
    columns: {
      entitlement_type: kind.entitlementType ?? '',
      entitlement_external_id: entitlement,
      account_external_id: account,
      grant_type: grantType,
    },
  }
}

export function grantKey(entitlement: string, account: string, grantType: string): string {
  return JSON.stringify([entitlement, account, grantType])
}

function problemOf(displayName: unknown, attributes: unknown): string | null {
  if (typeof displayName !== 'string') return 'The name is not a text.'
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes))
    return 'The attributes are not an object.'
  if (isTooDeep(attributes as Json)) return 'The attributes nest more than 100 levels deep.'
  if (JSON.stringify(attributes).length > largest) return 'The attributes are larger than 4 MiB.'
  return null
}

/**
 * An id with a NUL or half a character in it is known but cannot be kept, and since no row can have it, no row is
 * taken for missing because of it. Anything else that is no id names nothing.
 */
function badId(id: unknown): Quarantined {
  if (typeof id !== 'string' || id === '') return { id: null, reason: 'A record without an id.' }
  const reason = id === storableText(id) ? 'The id is longer than 1,000 bytes.' : 'The id is not valid text.'
  return { id: shown(id), reason }
}

function sortName(displayName: string): string {
  return clip(fold(displayName), 400)
}

function shown(value: unknown): string {
  return clip(storableText(String(value)), 200)
}
