import type { Connector } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { type Guard, type GuardStop, syncRunning } from '../guard/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { connectionNotFound, type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import { tellFollowers } from './close-run.ts'
import { closeStatus } from './close-status.ts'
import * as progress from './store-progress.ts'
import { findActive, findKinds } from './store.ts'

export interface ReleaseParts {
  readonly database: Database
  readonly connectors: ReadonlyMap<string, Connector>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly guard: Guard
  readonly clock: { now(): number }
}

export interface ReleaseInput {
  readonly id: string
  readonly setHash: string
  /** The number of objects that will be marked, typed by the person. */
  readonly confirmCount: number
}

/**
 * A second person lets through what the guard stopped: exactly that set becomes stale, and the kind counts as complete
 * in its run; the run's statement stays, for it says how the run ended. Refused while a run is under way, for it may find something else. Refusals: `guard.*`.
 */
export async function releaseStop(
  parts: ReleaseParts,
  actor: Actor,
  input: ReleaseInput,
): Promise<GuardStop | Refusal> {
  const stop = await parts.guard.get(actor.tenantId, input.id)
  const connection = stop && (await parts.connections.get(actor.tenantId, { id: stop.connectionId }))
  const kind =
    connection &&
    parts.connectors.get(connection.connector)?.manifest.kinds.find(({ name }) => name === stop.kind)
  if (stop && !kind) return refuse(connectionNotFound())
  return parts.database
    .tenant(actor.tenantId, async (trx) => {
      const release = await parts.guard.confirm(trx, actor, input)
      if (isRefusal(release)) return release
      const { connectionId, runId, generation } = release.stop
      if (await findActive(trx, connectionId)) throw new Refused(refuse(syncRunning()))
      const { newlyStale } = await parts.inventory.sweepHeld(trx, {
        ...{ connectionId, runId, generation, kind: kind!, missed: release.missed },
        ...{ at: new Date(parts.clock.now()), seen: release.stop.counts.seen },
      })
      await believe(trx, runId, release.stop.kind, newlyStale)
      await tellFollowers(trx, connectionId)
      await record(trx, {
        actor,
        action: 'guard.released',
        subject: { kind: 'guard_stop', id: release.stop.id, name: release.stop.label },
        detail: { connectionId, kind: release.stop.kind, stale: newlyStale, hash: release.stop.setHash },
      })
      return release.stop
    })
    .catch((error: unknown) => {
      if (error instanceof Refused) return error.refusal
      throw error
    })
}

async function believe(trx: TenantTx, runId: string, kind: string, stale: number): Promise<void> {
  await progress.unholdKind(trx, runId, kind, stale)
  const { status } = closeStatus(await findKinds(trx, [runId]))
  await progress.setStatus(trx, runId, status)
}

/** Takes the whole transaction back. */
class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super('refused')
    this.refusal = refusal
  }
}
