import type { Clock } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { isId, type Actor, type Refusal, refuse } from '../model/index.ts'
import { alreadyPaused, notPaused, runHasEnded, runNotFound } from './failures.ts'
import * as store from './store.ts'
import { turnTask } from './turn.ts'

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
  paused: { readonly at: Date; readonly by: string } | null,
): Promise<Refusal | null> {
  if (!isId(runId)) return refuse(runNotFound())
  return database.tenant(actor.tenantId, async (trx) => {
    const run = await store.lockRun(trx, runId)
    if (!run) return refuse(runNotFound())
    if (run.finishedAt) return refuse(runHasEnded(run.status))
    if (!(await store.setPaused(trx, runId, paused, new Date(clock.now()))))
      return refuse(paused ? alreadyPaused() : notPaused())
    if (!paused) await enqueue(trx, turnTask, { runId }, { key: `sync:${runId}` })
    const { connectionId, generation } = run
    await record(trx, {
      actor,
      action: paused ? 'sync_run.paused' : 'sync_run.resumed',
      subject: { kind: 'sync_run', id: runId },
      detail: { connectionId, generation },
    })
    return null
  })
}
