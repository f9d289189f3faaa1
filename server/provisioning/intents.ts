import type { Manifest } from '@owlie/connector-kit'
import {
  applied,
  bindObject,
  type DesiredObject,
  type Intent,
  type ObjectWish,
  of,
  type Origin,
  restore,
  type Wish,
  wish,
} from '../assignments/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { OperationRow } from './store.ts'
import * as store from './store-intents.ts'
import type { Unit } from './unit.ts'
import { isStillWished, wishOf } from './wishes.ts'

/** The intentions behind an operation: written when it is approved, raised when a step is seen to be in effect. */

type Of = Pick<OperationRow, 'id' | 'connectionId' | 'actorName' | 'reason'>

function originOf({ id, actorName, reason }: Of): Origin {
  return { source: 'operation', sourceId: id, actorName, reason }
}

/** Says what the units wish. The desired version of each moves only where the wish is new. */
export async function intend(
  trx: TenantTx,
  operation: Of,
  manifest: Manifest,
  units: readonly Unit[],
  at: Date,
): Promise<void> {
  const known = new Set((await store.listIntents(trx, operation.id)).map(({ unitKey }) => unitKey))
  // Items may name the same change twice; it is one wish.
  const distinct = [...new Map(units.map((unit) => [unit.key, unit])).values()]
  const wished = distinct.flatMap((unit) => {
    const wanted = known.has(unit.key) ? null : wishOf(manifest, operation.connectionId, unit)
    return wanted ? [{ unit, wanted }] : []
  })
  const options = { origin: originOf(operation), at }
  const isNew = ({ wanted }: { wanted: Wish }) => wanted.is === 'object' && wanted.externalId === null
  const together = wished.filter((one) => !isNew(one))
  const before = await objectsBefore(
    trx,
    operation.connectionId,
    together.map(({ wanted }) => wanted),
  )
  const answers = await wish(
    trx,
    together.map(({ wanted }) => wanted),
    options,
  )
  const byKey = new Map(answers.map(({ intent }) => [placeOf(intent), intent]))
  const rows = together.map(({ unit, wanted }) => ({
    ...{ unit, intent: byKey.get(placeOf(wanted)) },
    earlier: earlierOf(wanted, before.get(placeOf(wanted))),
  }))
  for (const { unit, wanted } of wished.filter(isNew)) {
    const [answer] = await wish(trx, [wanted], options)
    rows.push({ unit, intent: answer?.intent, earlier: null })
  }
  await store.insertIntents(
    trx,
    operation.id,
    rows.flatMap(({ unit, intent, earlier }) =>
      intent ? [{ unitKey: unit.key, intentId: intent.id, version: intent.desiredVersion, earlier }] : [],
    ),
  )
}

/** A wish of fields of an object that is there. */
function isSet(wanted: Wish): boolean {
  return wanted.is === 'object' && wanted.externalId !== null && wanted.wanted
}

async function objectsBefore(
  trx: TenantTx,
  connectionId: string,
  wishes: readonly Wish[],
): Promise<ReadonlyMap<string, Intent>> {
  const externalIds = [
    ...new Set(wishes.flatMap((one) => (one.is === 'object' && isSet(one) ? (one.externalId ?? []) : []))),
  ]
  if (externalIds.length === 0) return new Map()
  const found = await of(trx, { objects: { connectionId, externalIds } })
  return new Map(found.map((intent) => [placeOf(intent), intent]))
}

function earlierOf(wanted: Wish, before: Intent | undefined): store.IntentRow['earlier'] {
  if (wanted.is !== 'object' || !isSet(wanted)) return null
  if (before?.is !== 'object') return { fields: {}, isApplied: true }
  const had = Object.entries(before.fields).filter(([name]) => name in wanted.fields)
  return { fields: Object.fromEntries(had), isApplied: before.appliedVersion === before.desiredVersion }
}

function placeOf(of: Wish | Intent): string {
  if (of.is === 'grant') return JSON.stringify([of.kind, of.entitlement, of.account, of.grantType])
  return JSON.stringify([of.kind, of.externalId])
}

/** The units that a later wish has taken back or replaced. */
export async function supersededOf(
  trx: TenantTx,
  operation: Of,
  manifest: Manifest,
  units: readonly Unit[],
): Promise<ReadonlySet<string>> {
  const keys = units.map(({ key }) => key)
  const rows = await store.listIntents(trx, operation.id, keys)
  if (rows.length === 0) return new Set()
  const intents = await of(trx, { ids: rows.map(({ intentId }) => intentId) })
  const now = new Map(intents.map((intent) => [intent.id, intent]))
  const byUnit = new Map(rows.map((row) => [row.unitKey, row]))
  const superseded = new Set<string>()
  for (const unit of units) {
    const row = byUnit.get(unit.key)
    const intent = row && now.get(row.intentId)
    const wanted = row && wishOf(manifest, operation.connectionId, unit)
    if (row && intent && wanted && intent.desiredVersion > row.version && !isStillWished(wanted, intent))
      superseded.add(unit.key)
  }
  return superseded
}

/** The units were seen to be in effect; an object that came to be is bound to the intention that wished it. */
export async function achieve(
  trx: TenantTx,
  operation: Of,
  units: ReadonlySet<string>,
  at: Date,
  externalId: string | null,
): Promise<void> {
  const rows = await store.listIntents(trx, operation.id, [...units])
  if (externalId !== null) for (const { intentId } of rows) await bindObject(trx, intentId, externalId)
  await applied(
    trx,
    rows.map(({ intentId, version }) => ({ id: intentId, version })),
    at,
  )
}

/** What was not carried out is no longer wished: the intention goes back to what is, where nobody wished anew since. */
export async function withdraw(
  trx: TenantTx,
  operation: Of,
  manifest: Manifest,
  units: readonly Unit[],
  at: Date,
): Promise<void> {
  const rows = await store.listIntents(trx, operation.id)
  const intents = await of(trx, { ids: rows.map(({ intentId }) => intentId) })
  const now = new Map(intents.map((intent) => [intent.id, intent]))
  const byUnit = new Map(rows.map((row) => [row.unitKey, row]))
  const back = units.flatMap((unit): readonly Wish[] => {
    const row = byUnit.get(unit.key)
    const intent = row && now.get(row.intentId)
    const wanted = wishOf(manifest, operation.connectionId, unit)
    if (!row || !intent || !wanted || intent.desiredVersion !== row.version || isSet(wanted)) return []
    if (intent.appliedVersion >= row.version) return []
    const named = wanted.is === 'object' ? { id: intent.id } : {}
    return [{ ...wanted, ...named, wanted: !wanted.wanted } as Wish]
  })
  await wish(trx, back, { origin: originOf(operation), at, isAsObserved: true })
  const fields = units.flatMap((unit): readonly Taken[] => {
    const row = byUnit.get(unit.key)
    const intent = row && now.get(row.intentId)
    const wanted = wishOf(manifest, operation.connectionId, unit)
    if (!row?.earlier || intent?.is !== 'object' || wanted?.is !== 'object') return []
    return intent.desiredVersion === row.version ? [{ intent, wanted, earlier: row.earlier }] : []
  })
  await withdrawFields(trx, fields, { origin: originOf(operation), at })
  // Recovered after all, they are wished anew.
  await store.dropIntents(
    trx,
    operation.id,
    units.map(({ key }) => key),
  )
}

interface Taken {
  readonly intent: DesiredObject
  readonly wanted: ObjectWish
  readonly earlier: NonNullable<store.IntentRow['earlier']>
}

/** Each field is wished as before, or not governed again where nobody had wished it; the object's others stay. */
async function withdrawFields(
  trx: TenantTx,
  taken: readonly Taken[],
  options: { readonly origin: Origin; readonly at: Date },
): Promise<void> {
  const byIntent = new Map<string, Taken[]>()
  for (const one of taken) byIntent.set(one.intent.id, [...(byIntent.get(one.intent.id) ?? []), one])
  const back = [...byIntent.values()].map((all) => {
    const { id, desiredVersion: version, wanted, fields } = all[0]!.intent
    const undone = new Set(all.flatMap((one) => Object.keys(one.wanted.fields)))
    const kept = Object.entries(fields).filter(([name]) => !undone.has(name))
    const earlier = Object.assign({}, ...all.map((one) => one.earlier.fields)) as typeof fields
    return {
      isApplied: all.every((one) => one.earlier.isApplied),
      row: { id, version, wanted, fields: { ...Object.fromEntries(kept), ...earlier } },
    }
  })
  for (const isAsObserved of [true, false]) {
    const rows = back.filter(({ isApplied }) => isApplied === isAsObserved).map(({ row }) => row)
    await restore(trx, rows, { ...options, isAsObserved })
  }
}
