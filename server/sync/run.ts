import { type Clock, type Connector, enteredScopes } from '@owlie/connector-kit'
import type { Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { Guard, GuardStop } from '../guard/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { enqueue, holdLease, type Task, type Tasks, type Wake } from '../jobs/index.ts'
import { isId, type Actor, type Refusal, refuse } from '../model/index.ts'
import { cancelInside } from './close-run.ts'
import { runHasEnded, runNotFound } from './failures.ts'
import { forecastOf } from './forecast.ts'
import { defaultLimits, type SyncLimits } from './limits.ts'
import { pauseRun, resumeRun } from './pause-run.ts'
import { type RunReaders, runReaders } from './read-runs.ts'
import { createSchedules, scheduledTask, scheduleTask, type Schedules } from './run-schedule.ts'
import { runTurn } from './run-turn.ts'
import { type ReleaseInput, releaseStop } from './release.ts'
import { createSessions } from './sessions.ts'
import { findTarget, startRun, type StartOptions } from './start-run.ts'
import { findDueSchedules } from './store-schedule.ts'
import { findSizes } from './store-sizes.ts'
import * as store from './store.ts'
import type { SyncForecast, SyncRun } from './sync-run.ts'
import { type SyncLog, turnTask } from './turn.ts'

export interface SyncParts {
  readonly database: Database
  /** By manifest name. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly guard: Guard
  readonly clock: Clock
  readonly limits?: Partial<SyncLimits>
  readonly log?: SyncLog
  /** 0…1; spreads waits. */
  readonly random?: () => number
}

export interface Sync extends RunReaders, Schedules {
  /**
   * Queues a run. Refused: `connection.not_found`, `connection.incomplete`, `sync.already_running` naming the run; an
   * incremental one also for `incrementalObstacle`.
   */
  start(
    actor: Actor,
    connectionId: string,
    options?: Pick<StartOptions, 'trigger' | 'mode'>,
  ): Promise<SyncRun | Refusal>
  /** What a run would take now, from what the last ones counted. Null: no such connection, or nothing to say. */
  forecast(tenantId: string, connectionId: string): Promise<SyncForecast | null>
  /** Keeps a run from going on after the page in flight, wherever it is worked on. It stays the active one. */
  pause(actor: Actor, runId: string): Promise<SyncRun | Refusal>
  /** Lets it go on from its last page. */
  resume(actor: Actor, runId: string): Promise<SyncRun | Refusal>
  /** Ends a run at once, wherever it is worked on; what was read stays, nothing is marked. */
  cancel(actor: Actor, runId: string): Promise<SyncRun | Refusal>
  /** The second person's yes to what the guard stopped; see release.ts. */
  releaseStop(actor: Actor, input: ReleaseInput): Promise<GuardStop | Refusal>
  /** For the jobs: one turn of one run. */
  readonly tasks: Tasks
  /** For the jobs: runs nobody works on. */
  readonly wake: Wake
  /** Closes the sessions kept between turns. */
  close(): Promise<void>
}

export function createSync(given: SyncParts): Sync {
  const parts = {
    ...given,
    limits: { ...defaultLimits, ...given.limits },
    log: given.log ?? (() => {}),
    random: given.random ?? Math.random,
  }
  const { database, clock, connections, limits } = parts
  const sessions = createSessions(connections, limits.sessionIdleMs)
  /** The runs this process has in a turn. */
  const working = new Map<string, AbortController>()
  const readers = runReaders(database, clock)
  const turn: Task = async ({ tenantId, runId = '' }, { signal, processId }) => {
    const run = await database.tenant(tenantId, (trx) => store.findRun(trx, runId))
    if (!run || run.finishedAt) return
    const cancelled = new AbortController()
    const lease = {
      tenantId,
      resource: `sync:${run.connectionId}`,
      owner: processId,
      ttlMs: limits.leaseMs,
    }
    const stop = AbortSignal.any([signal, cancelled.signal])
    try {
      const result = await holdLease(database, lease, (held) => {
        working.set(runId, cancelled)
        return runTurn({ ...parts, sessions }, { tenantId, runId, lease: held, signal: stop })
      })
      // After the lease is free, or the next turn would find it taken.
      if (result.held && result.value === 'again') await wakeUp(database, tenantId, runId)
    } finally {
      if (working.get(runId) === cancelled) working.delete(runId)
    }
  }

  return {
    start: (actor, connectionId, options = {}) => startRun(parts, actor, connectionId, options),
    forecast: (tenantId, connectionId) => forecastRun(parts, tenantId, connectionId),
    pause: async (actor, runId) =>
      (await pauseRun(parts, actor, runId)) ?? (await readers.get(actor.tenantId, runId)) ?? missing(),
    resume: async (actor, runId) =>
      (await resumeRun(parts, actor, runId)) ?? (await readers.get(actor.tenantId, runId)) ?? missing(),
    async cancel(actor, runId) {
      const refusal = isId(runId)
        ? await database.tenant(actor.tenantId, (trx) => cancelRun(parts, trx, actor, runId))
        : missing()
      if (refusal) return refusal
      working.get(runId)?.abort(new Error('the run was cancelled'))
      return (await readers.get(actor.tenantId, runId)) ?? missing()
    },
    ...readers,
    releaseStop: (actor, input) => releaseStop(parts, actor, input),
    ...createSchedules(parts),
    tasks: { [turnTask]: turn, [scheduleTask]: scheduledTask(parts) },
    async wake(trx) {
      const runs = await store.findDue(trx)
      const schedules = await findDueSchedules(trx)
      return [
        ...runs.map((runId) => ({ task: turnTask, ids: { runId }, key: `sync:${runId}` })),
        ...schedules.map((connectionId) => ({
          ...{ task: scheduleTask, ids: { connectionId }, key: `sync.schedule:${connectionId}` },
        })),
      ]
    },
    close: () => sessions.close(),
  }
}

async function forecastRun(
  parts: SyncParts,
  tenantId: string,
  connectionId: string,
): Promise<SyncForecast | null> {
  const target = await findTarget(parts, tenantId, connectionId)
  if (!target) return null
  const { connection, connector } = target
  const entered = enteredScopes(connector, connection.config)
  const granted = connection.lastTest?.grantedScopes ?? null
  const counted = await parts.database.tenant(tenantId, (trx) => findSizes(trx, connection.id))
  return forecastOf(connector, entered, granted, counted, connection)
}

function missing(): Refusal {
  return refuse(runNotFound())
}

/** Null when it was cancelled. */
async function cancelRun(
  { inventory, clock }: SyncParts,
  trx: TenantTx,
  actor: Actor,
  runId: string,
): Promise<Refusal | null> {
  const run = await store.lockRun(trx, runId)
  if (!run) return missing()
  if (run.finishedAt) return refuse(runHasEnded(run.status))
  const isCancelled = await cancelInside(trx, inventory, actor, run, new Date(clock.now()))
  return isCancelled ? null : refuse(runHasEnded(run.status))
}

async function wakeUp(database: Database, tenantId: string, runId: string): Promise<void> {
  await database.tenant(tenantId, (trx) => enqueue(trx, turnTask, { runId }, { key: `sync:${runId}` }))
}
