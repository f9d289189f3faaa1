import type { Named, ObjectKind } from '@owlie/connector-kit'
import type { EntitlementCore } from '../inventory/index.ts'
import type { AccessOrigin, AllowedPermission, HeldEntitlement } from './access.ts'

export interface AccessFacts {
  /** Of the connector; their ties say what leads where. */
  readonly kinds: readonly ObjectKind[]
  /** What the account itself holds now, and how. */
  readonly grants: readonly { readonly entitlementId: string; readonly origin: string }[]
  /** Every entitlement that may matter: those held, ties, and what ties lead to. */
  readonly entitlements: readonly EntitlementCore[]
}

export interface DerivedAccess {
  readonly entitlements: readonly HeldEntitlement[]
  readonly permissions: readonly AllowedPermission[]
}

/**
 * What an account holds, directly and through ties, and what that allows. A thing reached by several ways has several
 * origins, one per last step, each with the shortest way to it; circles of groups end. Pure.
 */
export function deriveAccess(facts: AccessFacts): DerivedAccess {
  const graph = graphOf(facts)
  const reached = reach(facts, graph)
  const byName = ([a]: [EntitlementCore, unknown], [b]: [EntitlementCore, unknown]) =>
    compare(a.type, b.type) || compare(a.displayName, b.displayName) || compare(a.externalId, b.externalId)
  const entitlements = [...reached]
    .sort(byName)
    .map(([{ id }, { origins }]) => ({ entitlementId: id, origins }))
  return { entitlements, permissions: permissionsOf(graph, reached) }
}

/** The attribute that names another entitlement. */
export function namedBy(entitlement: EntitlementCore, { idIn }: Named): string | null {
  const value = entitlement.attributes[idIn]
  return typeof value === 'string' && value !== '' ? value : null
}

const keyOf = (type: string, externalId: string): string => `${type} ${externalId}`
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

interface Reached {
  /** The shortest way here. */
  readonly path: readonly EntitlementCore[]
  readonly origins: AccessOrigin[]
}

interface Graph {
  readonly byKey: ReadonlyMap<string, EntitlementCore>
  readonly kindOf: ReadonlyMap<string, ObjectKind>
  /** What holders of a key gain. */
  readonly gains: ReadonlyMap<string, readonly EntitlementCore[]>
  /** Permissions of a key's holders. */
  readonly allows: ReadonlyMap<string, readonly EntitlementCore[]>
}

function graphOf({ kinds, entitlements }: AccessFacts): Graph {
  const ofEntitlements = kinds.filter(({ yields }) => yields === 'entitlement')
  const kindOf = new Map(ofEntitlements.map((kind) => [kind.entitlementType!, kind]))
  const byKey = new Map(entitlements.map((one) => [keyOf(one.type, one.externalId), one]))
  const gains = new Map<string, EntitlementCore[]>()
  const allows = new Map<string, EntitlementCore[]>()
  for (const one of entitlements) {
    const tie = kindOf.get(one.type)?.tie
    const from = tie && namedBy(one, tie.holdersOf)
    if (!tie || from === null || from === undefined) continue
    const key = keyOf(tie.holdersOf.type, from)
    if ('allows' in tie) {
      allows.set(key, [...(allows.get(key) ?? []), one])
      continue
    }
    const to = namedBy(one, tie.gain)
    const target = to === null ? undefined : byKey.get(keyOf(tie.gain.type, to))
    if (target) gains.set(key, [...(gains.get(key) ?? []), target])
  }
  return { byKey, kindOf, gains, allows }
}

function reach(facts: AccessFacts, graph: Graph): ReadonlyMap<EntitlementCore, Reached> {
  const byId = new Map(facts.entitlements.map((one) => [one.id, one]))
  const reached = new Map<EntitlementCore, Reached>()
  for (const { entitlementId, origin } of facts.grants) {
    const held = byId.get(entitlementId)
    if (!held) continue
    const known = reached.get(held) ?? { path: [], origins: [] }
    known.origins.push({ words: origin, through: [], inside: insideOf(graph, held)?.id ?? null })
    reached.set(held, known)
  }
  const queue = [...reached.keys()]
  for (let at = 0; at < queue.length; at++) {
    const from = queue[at]!
    const path = [...reached.get(from)!.path, from]
    for (const to of graph.gains.get(keyOf(from.type, from.externalId)) ?? []) {
      if (path.includes(to)) continue
      const known = reached.get(to)
      const origin = through(graph, path)
      if (known) known.origins.push(origin)
      else {
        reached.set(to, { path, origins: [origin] })
        queue.push(to)
      }
    }
  }
  return reached
}

function permissionsOf(
  graph: Graph,
  reached: ReadonlyMap<EntitlementCore, Reached>,
): readonly AllowedPermission[] {
  const found = new Map<string, AllowedPermission & { readonly origins: AccessOrigin[] }>()
  for (const [holding, { path }] of reached) {
    const origin = through(graph, [...path, holding])
    for (const one of permissionsBy(graph, holding)) {
      const { name, api, apiName } = partsOf(graph, one)
      if (name === null || api === null) continue
      const key = `${api} ${name}`
      const known = found.get(key) ?? { name, api, apiName, description: one.description, origins: [] }
      known.origins.push(origin)
      found.set(key, known)
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      compare(a.apiName ?? a.api, b.apiName ?? b.api) || compare(a.api, b.api) || compare(a.name, b.name),
  )
}

function permissionsBy(graph: Graph, holding: EntitlementCore): readonly EntitlementCore[] {
  const as = graph.kindOf.get(holding.type)?.allowsAs
  const other = as ? namedBy(holding, as) : null
  return [
    ...(graph.allows.get(keyOf(holding.type, holding.externalId)) ?? []),
    ...(as && other !== null ? (graph.allows.get(keyOf(as.type, other)) ?? []) : []),
  ]
}

function partsOf(graph: Graph, one: EntitlementCore) {
  const tie = graph.kindOf.get(one.type)?.tie
  const text = (attribute: string): string | null => {
    const value = one.attributes[attribute]
    return typeof value === 'string' ? value : null
  }
  if (!tie || !('allows' in tie)) return { name: null, api: null, apiName: null }
  const { nameIn, apiIn, apiNameIn } = tie.allows
  return { name: text(nameIn), api: text(apiIn), apiName: text(apiNameIn) }
}

function insideOf(graph: Graph, one: EntitlementCore): EntitlementCore | undefined {
  const inside = graph.kindOf.get(one.type)?.inside
  const id = inside ? namedBy(one, inside) : null
  return inside && id !== null ? graph.byKey.get(keyOf(inside.type, id)) : undefined
}

function through(graph: Graph, path: readonly EntitlementCore[]): AccessOrigin {
  const inside = path.map((one) => insideOf(graph, one)).find((one) => one !== undefined)
  return {
    words: `through ${path.map((one) => wordsOf(graph, one)).join(' → ')}`,
    through: path.map(({ id }) => id),
    inside: inside?.id ?? null,
  }
}

/** `role Editor`, `role Editor inside Northwind`. */
function wordsOf(graph: Graph, one: EntitlementCore): string {
  const inside = insideOf(graph, one)
  const { name } = one.attributes
  if (inside && typeof name === 'string') {
    const type = graph.kindOf.get(one.type)?.allowsAs?.type ?? one.type
    return `${type.replaceAll('_', ' ')} ${name} inside ${inside.displayName}`
  }
  return `${one.type.replaceAll('_', ' ')} ${one.displayName}`
}
