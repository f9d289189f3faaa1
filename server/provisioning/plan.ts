import {
  actionOf,
  type ActionKind,
  type Change,
  type Connector,
  type Failure,
  type Finding,
  type Json,
  type Observation,
} from '@owlie/connector-kit'
import { bundle, type Bundle } from './batch.ts'
import { contradictions, warningsOf } from './lint.ts'
import type { Moved, PlannedStep, PlanSummary, Premise } from './operation.ts'
import { changeIdOf, changeOf, differencesOf, keyOf, premiseOf, premisesApart, type Unit } from './unit.ts'
import { type NameOf, requestOf, sentenceOf, titleOf } from './words.ts'

export type PlanConnector = Pick<Connector, 'manifest' | 'looks' | 'inEffect' | 'checkChange'>

export interface PlanInput {
  readonly operationId: string
  readonly connector: PlanConnector
  readonly units: readonly Unit[]
  /** What was found at each look, by `lookKey`. */
  readonly seen: ReadonlyMap<string, Finding>
  /** The permissions that were granted. */
  readonly scopes: readonly string[]
  readonly nameOf: NameOf
  /** Units that were refused in company before. */
  readonly alone: ReadonlySet<string>
  /** Units an earlier plan of this operation carried out, for those that leave nothing to look at. */
  readonly applied: ReadonlySet<string>
  /** Companions an earlier plan had and did not carry out. */
  readonly owed: ReadonlySet<string>
  /** The premises of the plan before, by unit. */
  readonly before: ReadonlyMap<string, Json>
  /** How many objects of a kind there are; null when nobody has counted. */
  readonly population: (kind: string) => number | null
  readonly guard: GuardLimit
}

/** More destroyed than `free`, and than this share of what there is, wants a second person. */
export interface GuardLimit {
  readonly free: number
  readonly absolute: number
  readonly percent: number
}

export interface Planned {
  readonly steps: readonly PlannedStep[]
  readonly summary: Omit<PlanSummary, 'forecast'>
}

export function lookKey(look: { readonly kind: string; readonly reference: object }): string {
  return keyOf(look.kind, look.reference as Record<string, string>, {})
}

/** One unit, held against what is there. */
interface Judged {
  readonly unit: Unit
  readonly action: ActionKind
  readonly change: Change
  readonly premises: readonly Premise[]
  readonly value: Json
  readonly isDone: boolean
  readonly found: Observation | null
  readonly problems: readonly Failure[]
  /** Why it cannot be looked up. */
  readonly blind: Failure | null
}

/**
 * The fewest requests from what is to what is wished, destructive ones first. Pure: the same wish over the same
 * observations is the same plan. What is already so takes no step; something to be created that is there already is
 * adopted and, where it differs, changed.
 */
export function plan(input: PlanInput): Planned {
  const { connector, units } = input
  const known = units.filter((unit) => actionOf(connector.manifest, unit.action) !== null)
  const first = unique(known).map((unit) => judge(input, unit))
  const adopted = first.filter((one) => one.action.effect.does === 'create' && one.isDone && one.found)
  const changes = adopted.flatMap((one) => changeOfAdopted(input, one))
  const companions = companionsOf(input, first)
  const all = [...first, ...changes, ...companions.judged]
  const todo = all.filter(({ isDone, problems }) => !isDone && problems.length === 0)
  const steps = inOrder(input, todo).map((one) => stepOf(input, one, todo))
  const same = first.filter(({ isDone }) => isDone)
  const problems = [...all.flatMap((one) => one.problems), ...contradictions(todo)]
  const destroyed = todo.filter(({ action }) => action.destructive && action.effect.does !== 'happen')
  const created = todo.filter(({ action }) => action.effect.does === 'create')
  return {
    steps: problems.length > 0 ? [] : steps,
    summary: {
      create: created.length,
      destroy: destroyed.length,
      change: todo.length - created.length - destroyed.length,
      same: same.length,
      adopted: same.slice(0, 20).map((one) => adoptionInWords(input, one)),
      found: adopted.map(({ unit, found }) => ({ unit: unit.key, externalId: (found as { id: string }).id })),
      warnings: warningsOf(todo, companions.missing),
      problems: problems.slice(0, 50),
      moved: movedSince(input, first),
      guard: guardOf(input, destroyed),
    },
  }
}

function unique(units: readonly Unit[]): readonly Unit[] {
  return [...new Map(units.map((unit) => [unit.key, unit])).values()]
}

function judge(input: PlanInput, unit: Unit): Judged {
  const { connector, operationId, scopes, seen } = input
  const action = actionOf(connector.manifest, unit.action)!
  const change = changeOf(unit, operationId)
  const looks = connector.looks?.(change) ?? []
  const findings = looks.map((look) => seen.get(lookKey(look)) ?? null)
  const blind =
    findings.flatMap((finding) => (finding && 'failure' in finding ? [finding.failure] : []))[0] ?? null
  const isSeen = blind === null && findings.every((finding) => finding !== null)
  const found = isSeen ? findings.map((finding) => (finding as { found: readonly Observation[] }).found) : []
  const isSeenDone = isSeen && looks.length > 0 && connector.inEffect?.(change, found) === true
  const isDone = isSeenDone || ((looks.length === 0 || blind !== null) && input.applied.has(unit.key))
  const value = isSeen ? premiseOf(action, unit, found) : null
  const observed = found[0]?.[0] ?? null
  const isGone = action.effect.does === 'set' && isSeen && observed === null
  const problems = isDone
    ? []
    : [
        ...(connector.checkChange?.(change, observed, scopes) ?? []),
        ...(isGone ? [gone(action, unit)] : []),
        ...(blind && !action.idempotent ? [blind] : []),
      ].map((failure) => ({ ...failure, field: `items.${unit.item}.${failure.field ?? ''}` }))
  const premises = isSeen && looks[0] ? [{ unit: unit.key, look: looks[0], value }] : []
  return { unit, action, change, premises, value, isDone, found: observed, problems, blind }
}

function gone(action: ActionKind, unit: Unit): Failure {
  return {
    kind: 'missing',
    code: 'plan.gone',
    message: `${action.label}: there is no ${Object.values(unit.target).join(', ')}.`,
    remedy: 'It was probably deleted. Take it out, or run a sync to see what is there.',
    field: 'target',
  }
}

/** What differs between an object that is there already and the one that was to be created. */
function changeOfAdopted(input: PlanInput, { action, unit, found }: Judged): readonly Judged[] {
  const { manifest } = input.connector
  const { effect } = action
  if (effect.does !== 'create' || found === null || !('id' in found)) return []
  const update = manifest.actions?.find(
    (one) => one.effect.does === 'set' && one.effect.kind === effect.kind && one.effect.fixed === undefined,
  )
  if (!update) return []
  const settable = Object.keys((update.input.properties ?? {}) as object)
  // What chooses where an object is made is no value of it.
  const fields = Object.entries(unit.input).filter(
    ([name]) => settable.includes(name) && !isPlace(update, name) && name !== 'email' && name !== 'username',
  )
  const target = { [update.targets[0]!.name]: found.id }
  const judged = fields.map(([name, value]) =>
    judgeFound(input, { ...unit, action: update.name, target, input: { [name]: value }, key: '' }, found),
  )
  const wanting = Object.assign(
    {},
    ...judged.filter(({ isDone }) => !isDone).map((one) => one.unit.input),
  ) as Unit['input']
  if (Object.keys(wanting).length === 0) return []
  const whole = {
    ...unit,
    action: update.name,
    target,
    input: wanting,
    key: keyOf(update.name, target, wanting),
  }
  return [judgeFound(input, whole, found)]
}

function isPlace(update: ActionKind, name: string): boolean {
  return name === 'connection' || (update.immutable?.includes(name) ?? false)
}

/** As `judge`, of an object that was found under another look. */
function judgeFound(input: PlanInput, unit: Unit, found: Observation): Judged {
  const { connector, operationId } = input
  const [look] = connector.looks?.(changeOf(unit, operationId)) ?? []
  const seen = new Map(look ? [[lookKey(look), { found: [found] }] as const] : [])
  return judge({ ...input, seen }, unit)
}

/** What belongs with a step, where it may be done; elsewhere what it would take, for a warning. */
function companionsOf(input: PlanInput, judged: readonly Judged[]) {
  const missing: {
    readonly action: ActionKind
    readonly label: string
    readonly scopes: readonly string[]
  }[] = []
  const found: Judged[] = []
  for (const { action, unit, isDone, problems } of judged) {
    const companion = action.companion ? actionOf(input.connector.manifest, action.companion) : null
    const key = companion ? keyOf(companion.name, unit.target, {}) : ''
    if (!companion || problems.length > 0 || (isDone && !input.owed.has(key))) continue
    const lacking = companion.scopes.filter((scope) => !input.scopes.includes(scope))
    if (lacking.length > 0) {
      missing.push({ action, label: companion.label, scopes: lacking })
      continue
    }
    found.push(judge(input, { ...unit, action: companion.name, input: {}, key }))
  }
  return { judged: found, missing }
}

const ranks: Readonly<Record<ActionKind['effect']['does'], number>> = {
  revoke: 0,
  exclude: 1,
  happen: 3,
  delete: 4,
  create: 5,
  set: 6,
  include: 7,
  grant: 8,
}

/** Taking away before giving; inside that, what others depend on first when giving and last when taking. */
function inOrder(input: PlanInput, todo: readonly Judged[]): readonly Bundle[] {
  const { manifest } = input.connector
  const kinds = manifest.kinds.map(({ name }) => name)
  const names = [...new Set(todo.map(({ action }) => action.name))]
  const rankOf = (action: ActionKind): readonly [number, number] => {
    const { effect } = action
    const kind = 'kind' in effect ? kinds.indexOf(effect.kind) : 0
    if (action.destructive) return [effect.does === 'set' ? 2 : ranks[effect.does], -kind]
    return [ranks[effect.does], kind]
  }
  return names
    .flatMap((name) => {
      const own = todo.filter(({ action }) => action.name === name)
      return bundle(
        own[0]!.action,
        own.map(({ unit }) => unit),
        input.scopes,
        input.alone,
      )
    })
    .map((one, at) => ({ one, at, rank: rankOf(one.action) }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.at - b.at)
    .map(({ one }) => one)
}

function stepOf(input: PlanInput, made: Bundle, todo: readonly Judged[]): PlannedStep {
  const { action, target, units, batch } = made
  const keys = new Set(units.map(({ key }) => key))
  const judged = todo.filter(({ unit }) => keys.has(unit.key))
  return {
    action: action.name,
    target,
    input: units[0]!.input,
    changeId: changeIdOf(input.operationId, [...keys]),
    sentence: sentenceOf(made, input.nameOf),
    request: requestOf(made),
    differences: differencesOf(action, units[0]!, judged[0]?.value ?? null),
    premises: judged.flatMap(({ premises }) => premises),
    units: [...keys],
    items: [...new Set(units.map(({ item }) => item))],
    scopes: batch?.scopes ?? action.scopes,
    destructive: action.destructive,
    reversible: action.inverse !== null,
  }
}

function adoptionInWords({ nameOf }: PlanInput, { action, unit }: Judged): string {
  const names = action.targets.map(({ name, kind }) => nameOf(kind, unit.target[name] ?? ''))
  return `${action.label}: ${names.length > 0 ? names.join(', ') : titleOf(unit.input)} is already so`
}

function movedSince({ before, nameOf }: PlanInput, judged: readonly Judged[]): readonly Moved[] {
  return judged.flatMap(({ unit, action, value }) => {
    const from = before.get(unit.key)
    if (from === undefined || JSON.stringify(from) === JSON.stringify(value)) return []
    const names = action.targets.map(({ name, kind }) => nameOf(kind, unit.target[name] ?? ''))
    const sentence = `${action.label}: ${names.join(', ') || titleOf(unit.input)}`
    return premisesApart(from, value).map(({ what, ...apart }) => ({
      sentence: `${sentence}, ${what}`,
      ...apart,
    }))
  })
}

/** Whether so many of a kind wants a second person; `all`: how many there are, null when nobody has counted. Pure. */
export function isTooMuch(
  many: number,
  all: number | null,
  { free, absolute, percent }: GuardLimit,
): boolean {
  return many > free && (many > absolute || (all !== null && many * 100 > all * percent))
}

function guardOf(input: PlanInput, destroyed: readonly Judged[]): PlanSummary['guard'] {
  if (destroyed.length === 0) return { count: null, secondPerson: false, why: null }
  const count = destroyed.length
  const byKind = new Map<string, number>()
  for (const { action } of destroyed)
    if ('kind' in action.effect) byKind.set(action.effect.kind, (byKind.get(action.effect.kind) ?? 0) + 1)
  const large = [...byKind].find(([kind, many]) => isTooMuch(many, input.population(kind), input.guard))
  if (!large) return { count, secondPerson: false, why: null }
  const label = input.connector.manifest.kinds.find(({ name }) => name === large[0])?.label ?? large[0]
  const all = input.population(large[0])
  const why = `${large[1]}${all === null ? '' : ` of ${all}`} (${label}) would be taken away at once.`
  return { count, secondPerson: true, why }
}
