import { enteredScopes, type Failure } from '@owlie/connector-kit'
import { closeInside, syncActor } from './close-run.ts'
import { closeStatus } from './close-status.ts'
import { hintsLost } from './failures.ts'
import { hintsObstacle } from './judge-incremental.ts'
import { startInside } from './start-run.ts'
import * as shelf from './store-hints.ts'
import * as progress from './store-progress.ts'
import { findKinds } from './store.ts'
import { commit, type Turn } from './turn.ts'

/** The ends of incremental runs, and where the hints begin. */

/**
 * Takes the target's change marker before a full run reads its first page, so that what changes meanwhile is hinted
 * afterwards. It counts when the run ends complete. Where there can be none, the run says why.
 */
export async function markHints(turn: Turn): Promise<void> {
  const { connection, session } = turn.held.open
  const scopes = enteredScopes(turn.connector, connection.config).filter((scope) =>
    turn.granted.includes(scope),
  )
  const obstacle = hintsObstacle(turn.connector, scopes)
  const marker = obstacle ? { failure: obstacle } : await turn.connector.hints!.start(session)
  if (turn.signal.aborted) return
  await commit(turn, null, (trx) => shelf.saveMarker(trx, turn.run.id, marker))
}

/** Everything the target hinted was read again: the connection's checkpoint moves to where the run has come. */
export async function closeFollowed(turn: Turn): Promise<void> {
  const at = new Date(turn.clock.now())
  await commit(turn, null, async (trx) => {
    const { run, inventory, tenantId } = turn
    for (const { kind } of await findKinds(trx, [run.id]))
      await progress.endKind(trx, run.id, kind, { end: 'complete', reason: null, failure: null }, at)
    const { status, failure } = closeStatus(await findKinds(trx, [run.id]))
    if (status === 'complete') await shelf.moveCheckpoint(trx, run, at)
    await shelf.pruneFollowed(trx, run.connectionId)
    await closeInside(trx, inventory, syncActor(tenantId), run, { status, failure, at })
  })
}

/** Hints are gone, or there are too many: says so, and lets a full run find out, all in one transaction. */
export async function closeLost(turn: Turn, why: Failure): Promise<void> {
  const at = new Date(turn.clock.now())
  const failure = hintsLost(why)
  await commit(turn, null, async (trx) => {
    const { run, inventory, tenantId, connector, held, clock } = turn
    for (const { kind } of await findKinds(trx, [run.id]))
      await progress.endKind(trx, run.id, kind, { end: 'truncated', reason: failure.message, failure }, at)
    await shelf.loseHints(trx, run, why)
    const actor = syncActor(tenantId)
    await closeInside(trx, inventory, actor, run, { status: 'incomplete', failure, at })
    const target = { connection: held.open.connection, connector }
    await startInside(trx, clock, actor, target, { mode: 'full', trigger: 'event' })
  })
}
