import type { ActionBatch, ActionKind } from '@owlie/connector-kit'
import type { Unit } from './unit.ts'

/** Units that go out in one request. */
export interface Bundle {
  readonly action: ActionKind
  readonly batch: ActionBatch | null
  readonly target: Readonly<Record<string, readonly string[]>>
  readonly units: readonly Unit[]
}

/**
 * Puts units of one action together in the fewest requests its batches and the permissions allow. Units in `alone`
 * were refused in company before, and go by themselves. Pure; the order of the units stays.
 */
export function bundle(
  action: ActionKind,
  units: readonly Unit[],
  scopes: readonly string[],
  alone: ReadonlySet<string>,
): readonly Bundle[] {
  const together = units.filter(({ key }) => !alone.has(key))
  const single = units.filter(({ key }) => alone.has(key)).map((unit) => lone(action, unit))
  const ways = (action.batch ?? [])
    .filter((batch) => (batch.scopes ?? action.scopes).every((scope) => scopes.includes(scope)))
    .map((batch) => byBatch(action, batch, together))
  const fewest = ways.reduce<readonly Bundle[]>(
    (best, way) => (way.length < best.length ? way : best),
    together.map((unit) => lone(action, unit)),
  )
  return [...fewest, ...single]
}

function lone(action: ActionKind, unit: Unit): Bundle {
  const target = Object.fromEntries(Object.entries(unit.target).map(([name, id]) => [name, [id]]))
  return { action, batch: null, target, units: [unit] }
}

function byBatch(action: ActionKind, batch: ActionBatch, units: readonly Unit[]): readonly Bundle[] {
  const groups = new Map<string, Unit[]>()
  for (const unit of units) {
    const others = Object.entries(unit.target).filter(([name]) => name !== batch.of)
    const key = JSON.stringify([others.sort(), unit.input])
    groups.set(key, [...(groups.get(key) ?? []), unit])
  }
  return [...groups.values()].flatMap((group) =>
    chunks(group, batch.max).map((part) => {
      const target = {
        ...lone(action, part[0]!).target,
        [batch.of]: part.map((unit) => unit.target[batch.of]!),
      }
      return { action, batch: part.length > 1 ? batch : null, target, units: part }
    }),
  )
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  )
}
