import type { ConfigField } from '@owlie/connector-kit'

type Config = Readonly<Record<string, string>>

export interface SavedMaterial {
  readonly config: Config
  /** The secret fields that have a stored value. */
  readonly secretFields: readonly string[]
}

/** What will be stored, and what happens to each secret. */
export interface Material {
  readonly config: Config
  readonly kept: readonly string[]
  readonly dropped: readonly string[]
  readonly set: readonly string[]
  /** The fields that bind secrets and now have another value; the reason for `dropped`. Empty for a new connection. */
  readonly rebound: readonly ConfigField[]
  /** Config fields whose value differs from the saved one. */
  readonly changed: readonly string[]
  /** Required secrets that have no value afterwards. */
  readonly missing: readonly ConfigField[]
}

/**
 * What saving (or testing) `config` with newly typed `given` secrets over `saved` means. Pure.
 *
 * A secret belongs to the place it was entered for. When a field that binds secrets changes, no stored secret goes
 * along, not even to a test: otherwise whoever may edit a connection could have its secret sent to a host of their
 * own. Only a secret typed together with the change is used there.
 */
export function decideUpdate(
  fields: readonly ConfigField[],
  saved: SavedMaterial | null,
  config: Config,
  given: readonly string[],
): Material {
  const before = saved?.config ?? {}
  const names = new Set([...Object.keys(before), ...Object.keys(config)])
  const changed = [...names].filter((name) => (before[name] ?? '') !== (config[name] ?? '')).sort()
  const rebound = saved ? fields.filter((field) => field.bindsSecrets && changed.includes(field.name)) : []
  const untouched = (saved?.secretFields ?? []).filter((field) => !given.includes(field))
  const displaced = given.flatMap((field) => alternativesOf(fields, field))
  const kept = rebound.length === 0 ? untouched.filter((field) => !displaced.includes(field)) : []
  const dropped = untouched.filter((field) => !kept.includes(field))
  const missing = missingSecrets(fields, [...kept, ...given])
  return { config, kept, dropped, set: [...given], rebound, changed, missing }
}

/** What stands in the same place as this secret, and goes when it comes: the secret for a key, the key for a secret. */
function alternativesOf(fields: readonly ConfigField[], secret: string): readonly string[] {
  return fields.flatMap(({ name, keyPair }) =>
    keyPair === undefined ? [] : name === secret ? [keyPair] : keyPair === secret ? [name] : [],
  )
}

/** The required secrets for which neither a value nor a key pair is there. */
export function missingSecrets(
  fields: readonly ConfigField[],
  present: readonly string[],
): readonly ConfigField[] {
  return fields.filter(
    ({ name, input, required, keyPair }) =>
      input === 'secret' &&
      required &&
      !present.includes(name) &&
      (keyPair === undefined || !present.includes(keyPair)),
  )
}

/** How this secret got lost: as a value, as a key pair, or not at all. */
export function lossOf(field: ConfigField, dropped: readonly string[]): 'value' | 'key' | null {
  if (dropped.includes(field.name)) return 'value'
  return field.keyPair !== undefined && dropped.includes(field.keyPair) ? 'key' : null
}

/** Whether what is sent to the target would differ from what is saved. */
export function isChanged(material: Material): boolean {
  return material.changed.length > 0 || material.set.length > 0 || material.dropped.length > 0
}
