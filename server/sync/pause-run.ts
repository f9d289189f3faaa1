import type { Clock, Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { isId, type Actor, type Refusal, refuse } from '../model/index.ts'
import { alreadyPaused, notPaused, runHasEnded, runNotFound } from './failures.ts'
import { syncActor } from './close-run.ts'
import * as progress from './store-progress.ts'
import * as store from './store.ts'
import type { RunRow } from './sync-run.ts'
import { commit, type Turn, turnTask } from './turn.ts'

/**
 * Credentials that were right when the run began are refused: it keeps what it has read and stands still until the
 * connection is changed, or somebody resumes it. False when it should rather end: for another reason, or without a page,
 * when there is nothing to keep.
 */
export async function pauseForCredentials(turn: Turn, failure: Failure): Promise<boolean> {
  if (failure.kind !== 'credential' || turn.run.mode !== 'full') return false
  const at = new Date(turn.clock.now())
  const actor = syncActor(turn.tenantId)
  const { version } = turn.held.open.connection
  return commit(turn, null, async (trx) => {
    const kinds = await store.findKinds(trx, [turn.run.id])
    if (kinds.every(({ pages }) => pages === 0)) return false
    await progress.closeTurn(trx, turn.run.id, null)
    const pause = { at, by: actor.name, refused: { failure, version } }
    // A person was faster: then it stays theirs.
    if (await store.setPaused(trx, turn.run.id, pause, at)) await recordPause(trx, actor, turn.run, pause)
    return true
  })
}

/** Whether a paused run may go on by itself, which it then does. */
export async function endOwnPause(trx: TenantTx, tenantId: string, run: RunRow, at: Date): Promise<boolean> {
  if (!(await store.isPauseOver(trx, run.id))) return false
  await store.setPaused(trx, run.id, null, at)
  await recordPause(trx, syncActor(tenantId), run, null)
  return true
}

export interface PauseParts {
  readonly database: Database
  readonly clock: Clock
}

/** Null when it is paused now. Whoever works on it sees it with its next commit: the page in flight is not lost. */
export function pauseRun(parts: PauseParts, actor: Actor, runId: string): Promise<Refusal | null> {
  return change(parts, actor, runId, { at: new Date(parts.clock.now()), by: actor.name })
}

/** Null when it goes on. */
export function resumeRun(parts: PauseParts, actor: Actor, runId: string): Promise<Refusal | null> {
  return change(parts, actor, runId, null)
}

async function change(
  { database, clock }: PauseParts,
  actor: Actor,
  runId: string,
  paused: store.Pause | null,
): Promise<Refusal | null> {
  if (!isId(runId)) return refuse(runNotFound())
  return database.tenant(actor.tenantId, async (trx) => {
    const run = await store.lockRun(trx, runId)
    if (!run) return refuse(runNotFound())
    if (run.finishedAt) return refuse(runHasEnded(run.status))
    if (!(await store.setPaused(trx, runId, paused, new Date(clock.now()))))
      return refuse(paused ? alreadyPaused() : notPaused())
    if (!paused) await enqueue(trx, turnTask, { runId }, { key: `sync:${runId}` })
    await recordPause(trx, actor, run, paused)
    return null
  })
}

function recordPause(
  trx: TenantTx,
  actor: Actor,
  { id, connectionId, generation }: Pick<RunRow, 'id' | 'connectionId' | 'generation'>,
  paused: store.Pause | null,
): Promise<unknown> {
  return record(trx, {
    actor,
    action: paused ? 'sync_run.paused' : 'sync_run.resumed',
    subject: { kind: 'sync_run', id },
    detail: {
      ...{ connectionId, generation },
      ...(paused?.refused ? { reason: paused.refused.failure.code } : {}),
    },
  })
}
