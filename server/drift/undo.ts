import { restore } from '../assignments/index.ts'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { nothingToUndo } from './failures.ts'
import type { DriftParts } from './run.ts'
import * as store from './store.ts'

export interface Undone {
  readonly batchId: string
  readonly undone: number
  /** Decided again, taken up by an operation, or wished otherwise since. */
  readonly kept: number
}

/** Whether nothing has come of a decision yet. Pure. */
export function isUndoable({ decision, state, isSuperseded }: store.BatchRow): boolean {
  if (isSuperseded) return false
  switch (decision) {
    case 'adopt':
      return state === 'closed'
    case 'preserve':
      return state === 'operation_wanted'
    case 'flag':
      return state === 'flagged'
    case 'ignore':
      return state === 'ignored'
  }
}

/** Takes a decision back where nothing has been applied: what was adopted is wished as before, as a new version. */
export async function undo(
  { clock }: DriftParts,
  trx: TenantTx,
  actor: Actor,
  batchId: string,
): Promise<Undone | Refusal> {
  const rows = await store.findBatch(trx, batchId)
  const at = new Date(clock.now())
  const undoable = rows.filter(isUndoable)
  const adopted = undoable.filter(({ decision, intentId }) => decision === 'adopt' && intentId !== null)
  const earlier = adopted.map((row) => ({
    id: row.intentId!,
    version: row.intentVersion!,
    // Where nothing was wished before, nothing is wished again.
    wanted: row.wantedBefore ?? false,
    fields: row.yields === 'grant' ? null : (row.fieldsBefore ?? {}),
  }))
  const origin = {
    ...({ source: 'person', sourceId: batchId, actorName: actor.name, reason: 'Adoption undone' } as const),
  }
  const restored = new Set(await restore(trx, earlier, { origin, at, isAsObserved: true }))
  const undone = undoable.filter(
    ({ decision, intentId }) => decision !== 'adopt' || (intentId !== null && restored.has(intentId)),
  )
  const [first] = undone
  if (!first) return refuse(nothingToUndo)
  await store.reopen(
    trx,
    undone.map(({ driftId, stateBefore }) => ({ id: driftId, state: stateBefore })),
  )
  await store.markUndone(
    trx,
    undone.map(({ decisionId }) => decisionId),
    actor.name,
    at,
  )
  await record(trx, {
    actor,
    action: 'drift.decision_undone',
    subject: { kind: 'drift_decision', id: batchId },
    detail: { decision: first.decision, count: undone.length, connectionId: first.connectionId },
  })
  return { batchId, undone: undone.length, kept: rows.length - undone.length }
}
