import type { Observation, ObjectKind } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { dayMs } from '../guard/index.ts'
import type { Finding } from './reread.ts'
import * as progress from './store-progress.ts'
import { findKinds } from './store.ts'
import { ofRun, type Turn } from './turn.ts'
import { TooMuch } from './too-much.ts'

/** What one page of hints brought, kind by kind. */
interface Brought {
  readonly observations: Observation[]
  readonly quarantined: { readonly id: string | null; readonly reason: string }[]
  /** External ids of what does not exist. */
  readonly gone: string[]
  readonly holders: Extract<Finding, { readonly of: { readonly holder: unknown } }>[]
}

/**
 * Stores what was read again. An object is marked stale only because the target, asked for exactly this one, said that
 * it does not exist, or listed everything its account holds without it.
 * @throws TooMuch when more of a kind came, changed or went than the mass-change guard lets through
 */
export async function storeFindings(
  trx: TenantTx,
  turn: Turn,
  findings: readonly Finding[],
  at: Date,
  careful: boolean,
): Promise<void> {
  const { manifest } = turn.connector
  const rows = new Map((await findKinds(trx, [turn.run.id])).map((row) => [row.kind, row]))
  const touched = new Set<ObjectKind>()
  const stale = new Map<string, number>()
  const addStale = (kind: ObjectKind, count: number) => {
    if (count === 0) return
    stale.set(kind.name, (stale.get(kind.name) ?? 0) + count)
    touched.add(kind)
  }
  for (const [name, brought] of broughtBy(findings)) {
    const kind = manifest.kinds.find((each) => each.name === name)
    const row = rows.get(name)
    if (!kind || !row || row.state === 'ended') continue
    await progress.beginKind(trx, turn.run.id, name, at)
    const sequence = row.pages + 1
    const recorded = await turn.inventory.recordPage(
      trx,
      { ...ofRun(turn, kind), ...brought, sequence, container: null, at },
      careful,
    )
    const { created, changed, unchanged, quarantined } = recorded
    await progress.addFound(trx, turn.run.id, name, {
      ...{ created, changed, unchanged, read: created + changed + unchanged },
      quarantined: quarantined.length,
    })
    if (quarantined.length > 0)
      await progress.insertPage(trx, {
        ...{ runId: turn.run.id, kind: name, sequence, container: null, restart: 0, at },
        ...{ cursorHash: null, records: brought.observations.length, quarantined },
      })
    if (created + changed > 0) touched.add(kind)
    await markGone(trx, turn, kind, brought, at, addStale)
  }
  for (const [name, count] of stale) await progress.addStale(trx, turn.run.id, name, count)
  for (const kind of touched) await guard(trx, turn, kind, at)
}

function broughtBy(findings: readonly Finding[]): ReadonlyMap<string, Brought> {
  const all = new Map<string, Brought>()
  const of = (kind: string): Brought => {
    const known = all.get(kind)
    if (known) return known
    const fresh: Brought = { observations: [], quarantined: [], gone: [], holders: [] }
    all.set(kind, fresh)
    return fresh
  }
  for (const finding of findings) {
    const brought = of(finding.of.kind)
    if ('unusable' in finding) {
      const id = 'holder' in finding.of ? finding.of.holder.account : finding.of.id
      brought.quarantined.push({ id, reason: finding.unusable })
    } else if ('grants' in finding.result) {
      brought.observations.push(...finding.result.grants)
      brought.holders.push(finding as Brought['holders'][number])
      for (const [carried, seen] of Object.entries(finding.result.carried ?? {}))
        of(carried).observations.push(...seen)
    } else if (finding.result.found === null) {
      brought.gone.push((finding.of as { readonly id: string }).id)
    } else {
      brought.observations.push(finding.result.found)
    }
  }
  return all
}

async function markGone(
  trx: TenantTx,
  turn: Turn,
  kind: ObjectKind,
  { gone, holders }: Brought,
  at: Date,
  addStale: (kind: ObjectKind, count: number) => void,
): Promise<void> {
  const { inventory } = turn
  const marked = await inventory.markGone(trx, ofRun(turn, kind), turn.connector.manifest.kinds, gone, at)
  for (const [of, count] of marked) addStale(of, count)
  for (const finding of holders) {
    if ('unusable' in finding) continue
    const { grants, covers } = finding.result
    const known = await inventory.grantsHeld(trx, { ...ofRun(turn, kind) }, finding.of.holder.account)
    const held = new Set(grants.map(({ entitlement, grantType }) => JSON.stringify([entitlement, grantType])))
    const missing = known.filter(
      ({ entitlement, grantType }) =>
        (covers?.(entitlement) ?? true) && !held.has(JSON.stringify([entitlement, grantType])),
    )
    const ids = missing.map(({ id }) => id)
    addStale(kind, await inventory.markGrants(trx, ofRun(turn, kind), ids, at))
  }
}

/** A run of hints may not do what a full one would be stopped for. */
async function guard(trx: TenantTx, turn: Turn, kind: ObjectKind, at: Date): Promise<void> {
  const measure = await turn.inventory.measureProof(trx, ofRun(turn, kind), new Date(at.getTime() - dayMs))
  const reasons = await turn.guard.tooMuch(trx, {
    ...{ connectionId: turn.run.connectionId, kind: kind.name, at },
    measure: {
      ...{ yields: kind.yields, run: measure.run, day: measure.day, present: measure.present },
      // Nothing is said about the others: they count as seen.
      ...{ seen: measure.present, presentDayAgo: measure.presentBefore },
    },
  })
  if (reasons.length > 0) throw new TooMuch(kind.label, reasons)
}
