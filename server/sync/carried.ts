import type { ObjectKind } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { notCarried } from './failures.ts'
import { judgeKind, type KindVerdict } from './judge-kind.ts'
import type { VerifiedPage } from './judge-page.ts'
import * as progress from './store-progress.ts'
import { findKinds } from './store.ts'
import type { KindRow } from './sync-run.ts'
import { ofRun, type Turn } from './turn.ts'

/** Kinds that come along on the pages of another one: stored with its pages, ended with its end. */

interface Carried {
  readonly kind: ObjectKind
  readonly row: KindRow
}

/** The kinds this one carries that are part of the run, may be read and have not ended. */
async function openCarried(trx: TenantTx, turn: Turn, carrier: ObjectKind): Promise<readonly Carried[]> {
  const kinds = turn.connector.manifest.kinds.filter(
    ({ carriedBy, scopes }) =>
      carriedBy === carrier.name && scopes.every((scope) => turn.granted.includes(scope)),
  )
  if (kinds.length === 0) return []
  const rows = await findKinds(trx, [turn.run.id])
  return kinds.flatMap((kind) => {
    const row = rows.find((each) => each.kind === kind.name && each.state !== 'ended')
    return row ? [{ kind, row }] : []
  })
}

export interface CarrierPage {
  readonly carrier: ObjectKind
  readonly page: Pick<VerifiedPage, 'carried'>
  /** The page's place among the carrier's pages. */
  readonly sequence: number
  readonly at: Date
}

/** Stores what came along. A page that does not say what it should bring leaves its kind incomplete. */
export async function storeCarried(
  trx: TenantTx,
  turn: Turn,
  { carrier, page, sequence, at }: CarrierPage,
  careful: boolean,
): Promise<void> {
  for (const { kind } of await openCarried(trx, turn, carrier)) {
    const observations = page.carried.get(kind.name)
    if (!observations) {
      const why = notCarried(kind.label, carrier.label)
      await progress.addCarried(trx, turn.run.id, kind.name, { truncations: 1 }, why)
      continue
    }
    const of = { ...ofRun(turn, kind), sequence, container: null, at }
    const recorded = await turn.inventory.recordPage(trx, { ...of, observations, quarantined: [] }, careful)
    const { created, changed, unchanged, quarantined } = recorded
    const add = {
      ...{ read: created + changed + unchanged, created, changed, unchanged },
      quarantined: quarantined.length,
      nameless: quarantined.filter(({ id }) => id === null).length,
    }
    await progress.addCarried(trx, turn.run.id, kind.name, add, null)
    if (quarantined.length === 0) continue
    await progress.insertPage(trx, {
      ...{ runId: turn.run.id, kind: kind.name, sequence, container: null, restart: 0, at },
      ...{ cursorHash: null, records: observations.length, quarantined },
    })
  }
}

function cameAlong({ label }: ObjectKind): string {
  return `Every page of ${label.toLowerCase()} told about it, and that list was read to its end.`
}

/** The carrier was read to its end, and that decides about them too. */
export async function endCarried(
  trx: TenantTx,
  turn: Turn,
  carrier: ObjectKind,
  verdict: KindVerdict,
): Promise<void> {
  for (const { kind, row } of await openCarried(trx, turn, carrier)) {
    const tally = await turn.inventory.tallyKind(trx, ofRun(turn, kind))
    const own = verdict.end === 'complete' ? judgeKind(row, tally) : verdict
    const at = new Date(turn.clock.now())
    await progress.endKind(trx, turn.run.id, kind.name, own, at, tally)
    if (own.end === 'complete') await progress.proveKind(trx, turn.run.id, kind.name, cameAlong(carrier))
  }
}
