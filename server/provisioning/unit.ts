import { createHash } from 'node:crypto'
import type { ActionKind, Change, Json, Observation } from '@owlie/connector-kit'
import type { Difference, Item } from './operation.ts'

/** The smallest wish: an action on exactly one of each target. Plans compare units and put them together again. */
export interface Unit {
  /** Same wish, same key, in whatever item it stands. */
  readonly key: string
  readonly action: string
  readonly target: Readonly<Record<string, string>>
  readonly input: { readonly [key: string]: Json }
  /** From 1. */
  readonly item: number
}

/** An item taken apart: each combination of its targets. Pure. */
export function unitsOf(item: Item, number: number): readonly Unit[] {
  const combinations = Object.entries(item.target).reduce<readonly Readonly<Record<string, string>>[]>(
    (all, [name, ids]) => all.flatMap((target) => ids.map((id) => ({ ...target, [name]: id }))),
    [{}],
  )
  return combinations.map((target) => ({
    key: keyOf(item.action, target, item.input),
    action: item.action,
    target,
    input: item.input,
    item: number,
  }))
}

export function keyOf(action: string, target: Unit['target'], input: Unit['input']): string {
  return hashOf([action, target, input]).slice(0, 32)
}

/** The same value, the same text: keys sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** Names a touch on both sides; the same units of an operation have the same id in every plan of it. */
export function changeIdOf(operationId: string, keys: readonly string[]): string {
  return `${operationId}:${hashOf([...keys].sort()).slice(0, 20)}`
}

export function changeOf(unit: Unit, operationId: string): Change {
  return {
    action: unit.action,
    target: Object.fromEntries(Object.entries(unit.target).map(([name, id]) => [name, [id]])),
    input: unit.input,
    changeId: changeIdOf(operationId, [unit.key]),
  }
}

/**
 * What of the things found matters to a unit: whether it exists, and the present values of what it would change. A
 * login in between changes neither, so it makes no plan stale. Pure.
 */
export function premiseOf(
  { effect }: ActionKind,
  { input }: Pick<Unit, 'input'>,
  found: readonly (readonly Observation[])[],
): Json {
  const first = found[0]?.[0] ?? null
  switch (effect.does) {
    case 'create':
    case 'delete':
      return { exists: first !== null }
    case 'grant':
    case 'revoke':
      return { held: first !== null }
    case 'set': {
      if (first === null || first.type === 'grant') return { exists: false }
      const names = Object.keys({ ...input, ...effect.fixed }).sort()
      return { exists: true, fields: Object.fromEntries(names.map((name) => [name, valueOf(first, name)])) }
    }
    case 'include':
    case 'exclude':
      return { held: (found[0] ?? []).map((one) => ('id' in one ? one.id : '')).sort() }
    case 'happen':
      return null
  }
}

/** What two premises of one unit disagree about, value by value, for people. Pure. */
export function premisesApart(before: Json, now: Json): readonly Difference[] {
  const [then, seen] = [flat(before), flat(now)]
  const names = then['exists'] === seen['exists'] ? Object.keys({ ...then, ...seen }) : ['exists']
  return names
    .map((what) => ({ what, from: then[what] ?? null, to: seen[what] ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to))
}

function flat(premise: Json): Readonly<Record<string, Json>> {
  const { fields = {}, ...rest } = (premise ?? {}) as { fields?: Record<string, Json> } & Record<string, Json>
  return { ...rest, ...fields }
}

function valueOf(observed: Exclude<Observation, { type: 'grant' }>, name: string): Json {
  if (name === 'blocked' && observed.type === 'account') return observed.status === 'blocked'
  return observed.attributes[name] ?? null
}

/** Present → wished, field by field, for people. Pure. */
export function differencesOf(
  action: ActionKind,
  unit: Pick<Unit, 'input'>,
  premise: Json,
): readonly Difference[] {
  const { effect } = action
  const wished: Readonly<Record<string, Json>> = { ...unit.input, ...('fixed' in effect ? effect.fixed : {}) }
  switch (effect.does) {
    case 'create':
      return Object.entries(wished).map(([what, to]) => ({ what, from: null, to }))
    case 'set': {
      const { fields = {} } = (premise ?? {}) as { fields?: Readonly<Record<string, Json>> }
      return Object.entries(wished).map(([what, to]) => ({ what, from: fields[what] ?? null, to }))
    }
    case 'delete':
      return [{ what: 'exists', from: true, to: false }]
    case 'grant':
      return [{ what: 'held', from: false, to: true }]
    case 'revoke':
      return [{ what: 'held', from: true, to: false }]
    case 'include':
      return [{ what: effect.field, from: null, to: wished[effect.field] ?? null }]
    case 'exclude':
      return [{ what: effect.field, from: wished[effect.field] ?? null, to: null }]
    case 'happen':
      return []
  }
}
