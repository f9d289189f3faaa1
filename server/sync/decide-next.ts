import type { Failure, ObjectKind } from '@owlie/connector-kit'
import { kindUnsupported, prerequisiteNotComplete } from './failures.ts'
import type { KindEnd } from './sync-run.ts'

/** How far a kind has come in this run. */
export interface KindProgress {
  readonly kind: string
  readonly end: KindEnd | null
}

export type Next =
  | { readonly do: 'read'; readonly kind: ObjectKind }
  | { readonly do: 'skip'; readonly kind: ObjectKind; readonly failure: Failure }
  | { readonly do: 'close' }

export interface NextInput {
  /** The manifest's kinds, in its order. */
  readonly kinds: readonly ObjectKind[]
  readonly progress: readonly KindProgress[]
  readonly granted: readonly string[]
  /** Names of the kinds the connector has a reader for. */
  readonly readable: readonly string[]
  readonly missingScopes: (scopes: readonly string[], capability: string) => Failure
}

/**
 * What a run does next: the first kind in the manifest's order that has not ended and whose prerequisites have. Kinds
 * that could never start (they wait for each other, or for one that does not exist) are skipped, so that every run
 * ends. Pure.
 */
export function decideNext(input: NextInput): Next {
  const { kinds, progress } = input
  const ends = new Map(progress.map(({ kind, end }) => [kind, end]))
  const isOpen = (name: string) => ends.has(name) && ends.get(name) === null
  // What another kind carries waits for it, and ends with it; only what it lacks itself is said at once.
  const waits = (kind: ObjectKind) =>
    kind.carriedBy !== undefined &&
    isOpen(kind.carriedBy) &&
    kind.scopes.every((scope) => input.granted.includes(scope))
  const open = kinds.filter((kind) => isOpen(kind.name) && !waits(kind))
  const first = open.find((kind) => needs(kind).every((name) => ends.get(name) !== null)) ?? open[0]
  if (!first) return { do: 'close' }
  const failure = obstacle(first, ends, input)
  return failure ? { do: 'skip', kind: first, failure } : { do: 'read', kind: first }
}

function obstacle(
  kind: ObjectKind,
  ends: ReadonlyMap<string, KindEnd | null>,
  { kinds, granted, readable, missingScopes }: NextInput,
): Failure | null {
  // First what the person can put right, then what follows from something else.
  const missing = kind.scopes.filter((scope) => !granted.includes(scope))
  if (missing.length > 0) return missingScopes(missing, kind.capability)
  if (kind.carriedBy === undefined && !readable.includes(kind.name)) return kindUnsupported(kind.label)
  // Carried, and still open after its carrier has ended: the carrier was not read to its end.
  const unmet = kind.carriedBy ?? needs(kind).find((name) => ends.get(name) !== 'complete')
  if (unmet === undefined) return null
  const label = kinds.find(({ name }) => name === unmet)?.label ?? unmet
  return prerequisiteNotComplete(kind.label, label)
}

function needs(kind: ObjectKind): readonly string[] {
  return kind.container === undefined ? kind.prerequisites : [...kind.prerequisites, kind.container]
}
