import type { Connector, Manifest, ObjectKind } from './connector.ts'

/** An optional kind that a connection does not read, and what it would take. */
export interface UnreadKind {
  readonly kind: ObjectKind
  /** Permissions that would have to be granted and entered. */
  readonly missing: readonly string[]
}

/** The permissions entered for a connection: what its field of input `scopes` holds. */
export function enteredScopes(
  connector: Connector,
  config: Readonly<Record<string, string>>,
): readonly string[] {
  const field = connector.manifest.fields.find(({ input }) => input === 'scopes')
  return field ? connector.adviseScopes(config[field.name] ?? '').entered : []
}

/**
 * The kinds a run of a connection is about, in the manifest's order. Those that are not optional are always among
 * them: lacking a permission they are skipped, and the run says so. Pure.
 */
export function kindsOf(manifest: Manifest, entered: readonly string[]): readonly ObjectKind[] {
  const left = new Set(unreadKinds(manifest, entered).map(({ kind }) => kind))
  return manifest.kinds.filter((kind) => !left.has(kind))
}

/** The optional kinds a run of a connection leaves out, for its completeness statement. Pure. */
export function unreadKinds(manifest: Manifest, entered: readonly string[]): readonly UnreadKind[] {
  return manifest.kinds
    .filter(({ optional }) => optional === true)
    .map((kind) => ({ kind, missing: kind.scopes.filter((scope) => !entered.includes(scope)) }))
    .filter(({ missing }) => missing.length > 0)
}
