import type { Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import type { Inventory } from '../inventory/index.ts'
import { enqueue } from '../jobs/index.ts'
import type { Actor } from '../model/index.ts'
import { believeKinds } from './believe-kinds.ts'
import { closeStatus } from './close-status.ts'
import * as progress from './store-progress.ts'
import { saveBase } from './store-hints.ts'
import { keepStatement } from './store-statement.ts'
import { findKinds } from './store.ts'
import type { RunRow, RunStatus } from './sync-run.ts'
import { commit, type Turn } from './turn.ts'

/** Runs whose pages stay listed. */
const keptRuns = 20

/** Jobs of other features that look at what a run has brought, however it ended. By name: sync knows none of them. */
const followers = {
  correlation: 'correlation.pass',
  drift: 'drift.compare',
  retention: 'retention.remove',
} as const

export type ClosingRun = Pick<RunRow, 'id' | 'connectionId' | 'generation'>

/** Owlie itself, as it appears in the audit. */
export function syncActor(tenantId: string): Actor {
  return { tenantId, id: 'sync', name: 'Owlie', kind: 'system' }
}

/**
 * Every kind has ended: marks what the complete ones missed and the guard allows, closes the run. One transaction, so
 * that readers see the whole generation or nothing of it.
 */
export async function closeFinished(turn: Turn): Promise<RunStatus> {
  const at = new Date(turn.clock.now())
  const closed = await commit(turn, null, async (trx) => {
    const kinds = await findKinds(trx, [turn.run.id])
    const { connector, guard, inventory, run, tenantId, limits } = turn
    const { listLagMs } = limits
    await believeKinds(trx, { connector, guard, inventory, run, tenantId, listLagMs, at }, kinds)
    const { status, failure } = closeStatus(await findKinds(trx, [run.id]))
    if (status === 'complete') await saveBase(trx, run.id, at)
    await closeInside(trx, inventory, syncActor(tenantId), run, { status, failure, at })
    failPoint('sync.run.closing')
    return status
  })
  failPoint('sync.run.closed')
  return closed
}

/** The run as a whole could not go on. Nothing is marked; what was read stays. */
export async function closeFailed(turn: Turn, failure: Failure): Promise<void> {
  await commit(turn, null, (trx) =>
    failInside(trx, turn.inventory, turn.tenantId, turn.run, failure, new Date(turn.clock.now())),
  )
}

export async function failInside(
  trx: TenantTx,
  inventory: Inventory,
  tenantId: string,
  run: ClosingRun,
  failure: Failure,
  at: Date,
): Promise<void> {
  for (const { kind, state } of await findKinds(trx, [run.id])) {
    const end = state === 'running' ? 'failed' : 'skipped'
    const reason =
      state === 'running' ? failure.message : `Not read, because the run failed: ${failure.message}`
    await progress.endKind(trx, run.id, kind, { end, reason, failure }, at)
  }
  await closeInside(trx, inventory, syncActor(tenantId), run, { status: 'failed', failure, at })
}

/** What was read stays; nothing is marked. False when the run had ended meanwhile. */
export async function cancelInside(
  trx: TenantTx,
  inventory: Inventory,
  actor: Actor,
  run: ClosingRun,
  at: Date,
): Promise<boolean> {
  const reason = `Cancelled by ${actor.name}.`
  for (const { kind, state } of await findKinds(trx, [run.id])) {
    const end = state === 'running' ? 'truncated' : 'skipped'
    await progress.endKind(trx, run.id, kind, { end, reason, failure: null }, at)
  }
  return closeInside(trx, inventory, actor, run, { status: 'cancelled', failure: null, at })
}

/** Closes the run, states what it is worth and records its end. False when it had ended meanwhile. */
export async function closeInside(
  trx: TenantTx,
  inventory: Inventory,
  actor: Actor,
  run: ClosingRun,
  ending: { readonly status: RunStatus; readonly failure: Failure | null; readonly at: Date },
): Promise<boolean> {
  const { status, failure, at } = ending
  await inventory.forgetPages(trx, run.id)
  await progress.prunePages(trx, run.connectionId, keptRuns)
  if (!(await progress.closeRun(trx, run.id, status, failure, at))) return false
  await tellFollowers(trx, run.connectionId)
  await recordEnd(trx, actor, run, status, await keepStatement(trx, run.id))
  return true
}

/** What builds on the inventory looks at it again. */
export async function tellFollowers(trx: TenantTx, connectionId: string): Promise<void> {
  for (const [name, task] of Object.entries(followers)) {
    await enqueue(trx, task, { connectionId }, { key: `${name}:${connectionId}` })
  }
}

/** With the hash of the run's statement, so that the chain of the audit holds what was stated. */
async function recordEnd(
  trx: TenantTx,
  actor: Actor,
  run: ClosingRun,
  status: RunStatus,
  hash: string | null,
): Promise<void> {
  const kinds = await findKinds(trx, [run.id])
  const sum = (of: (row: (typeof kinds)[number]) => number) => kinds.reduce((all, row) => all + of(row), 0)
  await record(trx, {
    actor,
    action: status === 'cancelled' ? 'sync_run.cancelled' : 'sync_run.ended',
    subject: { kind: 'sync_run', id: run.id },
    detail: {
      connectionId: run.connectionId,
      generation: run.generation,
      status,
      read: sum((row) => row.read),
      created: sum((row) => row.created),
      changed: sum((row) => row.changed),
      stale: sum((row) => row.stale),
      hash,
    },
  })
}
