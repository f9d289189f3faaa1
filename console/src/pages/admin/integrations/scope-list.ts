/** Scopes as typed: blanks and commas separate, repetitions fall away, the order stays. */
export function splitScopes(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))]
}

interface Needs {
  readonly name: string
  readonly scopes: readonly string[]
}

/** What stands between these scopes and a capability. Empty: it works. */
export function missingFor(capability: Needs, entered: readonly string[]): readonly string[] {
  return capability.scopes.filter((scope) => !entered.includes(scope))
}

/** The scopes the capabilities that work need, each once, in the order of the list. */
export function neededBy(capabilities: readonly Needs[], entered: readonly string[]): readonly string[] {
  const working = capabilities.filter((capability) => missingFor(capability, entered).length === 0)
  return [...new Set(working.flatMap(({ scopes }) => scopes))]
}

/** Ticks a capability: what it needs and is not there yet is put at the end. */
export function withCapability(capability: Needs, entered: readonly string[]): readonly string[] {
  return [...entered, ...missingFor(capability, entered)]
}

/** Unticks a capability: takes away what it needs, save what a capability that stays needs too. */
export function withoutCapability(
  capability: Needs,
  capabilities: readonly Needs[],
  entered: readonly string[],
): readonly string[] {
  const stays = capabilities.filter(
    (each) => each.name !== capability.name && missingFor(each, entered).length === 0,
  )
  const removable = capability.scopes.filter((scope) => !stays.some(({ scopes }) => scopes.includes(scope)))
  // When all it needs is needed elsewhere too, those others rest on this one: they go with it.
  const gone = removable.length > 0 ? removable : capability.scopes
  return entered.filter((scope) => !gone.includes(scope))
}

export function sameScopes(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((scope) => other.includes(scope))
}
