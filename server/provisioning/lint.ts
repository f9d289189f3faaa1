import type { ActionKind, Failure, Json } from '@owlie/connector-kit'
import { canonicalJson, type Unit } from './unit.ts'
import { count, labelOf } from './words.ts'

interface ToDo {
  readonly unit: Unit
  readonly action: ActionKind
  readonly blind: Failure | null
}

/** Wishes of one operation that cannot all be fulfilled. Pure. */
export function contradictions(todo: readonly ToDo[]): readonly Failure[] {
  const failures: Failure[] = []
  const seen = new Map<string, ToDo>()
  const deleted = new Map<string, ToDo>()
  const set = new Map<string, readonly [ToDo, Json]>()
  for (const one of todo)
    if (one.action.effect.does === 'delete')
      deleted.set(placeOf(one.action, one.unit, one.action.targets[0]!.name), one)
  for (const one of todo) {
    const { action, unit } = one
    const inverse = seen.get(JSON.stringify([action.inverse, sorted(unit.target)]))
    const isOpposite = inverse !== undefined && inverse.action.name !== action.name
    if (isOpposite) failures.push(contradiction(inverse, one, 'are each other’s opposite'))
    for (const [field, value] of isOpposite ? [] : fieldsOf(one)) {
      const place = `${placeOf(action, unit, action.targets[0]!.name)} ${field}`
      const [other, before] = set.get(place) ?? [one, value]
      if (canonicalJson(before) !== canonicalJson(value))
        failures.push(contradiction(other, one, `set ${field} of the same object to different values`))
      set.set(place, [other, before])
    }
    seen.set(JSON.stringify([action.name, sorted(unit.target)]), one)
    if (action.effect.does === 'delete') continue
    for (const { name } of action.targets) {
      const gone = deleted.get(placeOf(action, unit, name))
      if (gone) failures.push(contradiction(gone, one, 'are about the same object'))
    }
  }
  return failures
}

/** The fields of an object a wish sets, with their values. */
function fieldsOf({ action: { effect }, unit }: ToDo): readonly (readonly [string, Json])[] {
  return effect.does === 'set' ? Object.entries({ ...unit.input, ...effect.fixed }) : []
}

function placeOf(action: ActionKind, unit: Unit, name: string): string {
  const target = action.targets.find((one) => one.name === name)!
  return `${target.kind} ${unit.target[name] ?? ''}`
}

function sorted(target: Unit['target']): readonly (readonly [string, string])[] {
  return Object.entries(target).sort(([a], [b]) => (a < b ? -1 : 1))
}

function contradiction(one: ToDo, other: ToDo, how: string): Failure {
  return {
    kind: 'rejected',
    code: 'plan.contradiction',
    message: `Item ${one.unit.item} (${labelOf(one.action)}) and item ${other.unit.item} (${labelOf(other.action)}) ${how}.`,
    remedy: 'Keep one of the two, or put what both want into one.',
    field: `items.${other.unit.item}`,
  }
}

/** What whoever approves should know. Pure. */
export function warningsOf(
  todo: readonly ToDo[],
  missing: readonly {
    readonly action: ActionKind
    readonly label: string
    readonly scopes: readonly string[]
  }[],
): readonly string[] {
  const warnings: string[] = []
  const lasting = todo.filter(({ action }) => action.inverse === null && action.effect.does !== 'happen')
  if (lasting.length > 0) warnings.push(`${count(lasting.length, 'change')} cannot be undone.`)
  for (const { label, scopes } of new Map(missing.map((one) => [one.label, one])).values())
    warnings.push(`Left out: ${label.toLowerCase()}. Add ${scopes.join(', ')} to do that too.`)
  const blind = new Map(todo.flatMap(({ action, blind }) => (blind ? [[action.label, blind] as const] : [])))
  for (const [label, failure] of blind)
    warnings.push(
      `${label}: whether it took effect cannot be read back${failure.scopes ? `; add ${failure.scopes.join(', ')} for that` : ''}.`,
    )
  return warnings
}
