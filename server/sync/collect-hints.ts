import type { Hint, Holder, Json } from '@owlie/connector-kit'

/** What one page of hints asks to be read again. */
export interface Wanted {
  readonly objects: readonly WantedObject[]
  readonly holders: readonly WantedHolder[]
  /** Kinds that were hinted and are not followed. */
  readonly strange: readonly string[]
}

export interface WantedObject {
  readonly kind: string
  readonly id: string
  readonly version: { readonly attribute: string; readonly value: Json } | null
}

export interface WantedHolder {
  readonly kind: string
  readonly holder: Holder
}

/**
 * Each object and each holder once. One that is hinted without a version is read whatever is known of it. Hints of kinds
 * that are not part of the run are left out; hints of kinds the connector never promised are `strange`. Pure.
 */
export function collectHints(
  hints: readonly Hint[],
  promised: readonly string[],
  followed: ReadonlySet<string>,
): Wanted {
  const objects = new Map<string, WantedObject>()
  const holders = new Map<string, WantedHolder>()
  const strange = new Set<string>()
  for (const hint of hints) {
    if (!promised.includes(hint.kind)) strange.add(hint.kind)
    if (!followed.has(hint.kind)) continue
    if ('holder' in hint) {
      const { account, within } = hint.holder
      const key = JSON.stringify([hint.kind, account, within ?? null])
      holders.set(key, { kind: hint.kind, holder: hint.holder })
      continue
    }
    const key = JSON.stringify([hint.kind, hint.id])
    const before = objects.get(key)
    const version = before && before.version === null ? null : (hint.version ?? null)
    objects.set(key, { kind: hint.kind, id: hint.id, version })
  }
  return { objects: [...objects.values()], holders: [...holders.values()], strange: [...strange] }
}
