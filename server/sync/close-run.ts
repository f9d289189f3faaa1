import type { Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { enqueue } from '../jobs/index.ts'
import type { Actor } from '../model/index.ts'
import { believeKinds } from './believe-kinds.ts'
import { closeStatus } from './close-status.ts'
import * as progress from './store-progress.ts'
import { keepStatement } from './store-statement.ts'
import { findKinds } from './store.ts'
import type { RunRow, RunStatus } from './sync-run.ts'
import { commit, type Turn } from './turn.ts'

/** Runs whose pages stay listed. */
const keptRuns = 20

/** Jobs of other features that look at what a run has brought, however it ended. By name: sync knows none of them. */
const followers = { correlation: 'correlation.pass', drift: 'drift.compare' } as const

type ClosingRun = Pick<RunRow, 'id' | 'connectionId' | 'generation'>

/** Owlie itself, as it appears in the audit. */
function syncActor(tenantId: string): Actor {
  return { tenantId, id: 'sync', name: 'Owlie', kind: 'system' }
}

/**
 * Every kind has ended: marks what the complete ones missed and the guard allows, closes the run. One transaction, so
 * that readers see the whole generation or nothing of it.
 */
export async function closeFinished(turn: Turn): Promise<RunStatus> {
  const at = new Date(turn.clock.now())
  return commit(turn, null, async (trx) => {
    const kinds = await findKinds(trx, [turn.run.id])
    const { connector, guard, inventory, run, tenantId } = turn
    await believeKinds(trx, { connector, guard, inventory, run, tenantId, at }, kinds)
    const { status, failure } = closeStatus(await findKinds(trx, [run.id]))
    const { statement } = await close(trx, inventory, run, { status, failure, at })
    await recordEnd(trx, syncActor(tenantId), run, status, statement)
    return status
  })
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
  const { statement } = await close(trx, inventory, run, { status: 'failed', failure, at })
  await recordEnd(trx, syncActor(tenantId), run, 'failed', statement)
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
  const ending = { status: 'cancelled', failure: null, at } as const
  const { closed, statement } = await close(trx, inventory, run, ending)
  if (!closed) return false
  await recordEnd(trx, actor, run, 'cancelled', statement)
  return true
}

async function close(
  trx: TenantTx,
  inventory: Inventory,
  run: ClosingRun,
  {
    status,
    failure,
    at,
  }: { readonly status: RunStatus; readonly failure: Failure | null; readonly at: Date },
): Promise<{ readonly closed: boolean; readonly statement: string | null }> {
  await inventory.forgetPages(trx, run.id)
  await progress.prunePages(trx, run.connectionId, keptRuns)
  const closed = await progress.closeRun(trx, run.id, status, failure, at)
  if (!closed) return { closed, statement: null }
  await tellFollowers(trx, run.connectionId)
  return { closed, statement: await keepStatement(trx, run.id) }
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
