import { type Clock, type Connector, enteredScopes, kindsOf } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { Guard, GuardStop } from '../guard/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { enqueue, holdLease, type Task, type Tasks, type Wake } from '../jobs/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { cancelInside } from './close-run.ts'
import {
  alreadyRunning,
  connectionIncomplete,
  connectionNotFound,
  runHasEnded,
  runNotFound,
} from './failures.ts'
import { forecastOf } from './forecast.ts'
import { reasonNotToSync } from './judge-connection.ts'
import { defaultLimits, type SyncLimits } from './limits.ts'
import { isId, presentOne, type RunReaders, runReaders } from './read-runs.ts'
import { runTurn, turnTask } from './run-turn.ts'
import { type ReleaseInput, releaseStop } from './release.ts'
import { createSessions } from './sessions.ts'
import { findSizes } from './store-sizes.ts'
import * as store from './store.ts'
import type { SyncForecast, SyncRun, Trigger } from './sync-run.ts'
import type { SyncLog } from './turn.ts'

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

export interface Sync extends RunReaders {
  /** Queues a run. Refused: `connection.not_found`, `connection.incomplete`, `sync.already_running` naming the run. */
  start(actor: Actor, connectionId: string, trigger?: Trigger): Promise<SyncRun | Refusal>
  /** What a run would take now, from what the last ones counted. Null: no such connection, or nothing to say. */
  forecast(tenantId: string, connectionId: string): Promise<SyncForecast | null>
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
    start: (actor, connectionId, trigger) => startRun(parts, actor, connectionId, trigger),
    forecast: (tenantId, connectionId) => forecastRun(parts, tenantId, connectionId),
    async cancel(actor, runId) {
      const refusal = isId(runId)
        ? await database.tenant(actor.tenantId, (trx) => cancelRun(parts, trx, actor, runId))
        : refuse(runNotFound())
      if (refusal) return refusal
      working.get(runId)?.abort(new Error('the run was cancelled'))
      return (await readers.get(actor.tenantId, runId)) ?? refuse(runNotFound())
    },
    ...readers,
    releaseStop: (actor, input) => releaseStop(parts, actor, input),
    tasks: { [turnTask]: turn },
    async wake(trx) {
      const due = await store.findDue(trx)
      return due.map((runId) => ({ task: turnTask, ids: { runId }, key: `sync:${runId}` }))
    },
    close: () => sessions.close(),
  }
}

async function startRun(
  { database, connectors, connections, clock }: SyncParts,
  actor: Actor,
  connectionId: string,
  trigger: Trigger | undefined,
): Promise<SyncRun | Refusal> {
  const connection = isId(connectionId) ? await connections.get(actor.tenantId, { id: connectionId }) : null
  const connector = connection && connectors.get(connection.connector)
  if (!connection || !connector) return refuse(connectionNotFound())
  const reason = reasonNotToSync(connection)
  if (reason !== null) return refuse(connectionIncomplete(reason))
  return database.tenant(actor.tenantId, async (trx) => {
    const run = {
      connectionId: connection.id,
      trigger: trigger ?? triggerOf(actor),
      actorName: actor.name,
      at: new Date(clock.now()),
    }
    const entered = enteredScopes(connector, connection.config)
    const id = await store.insertRun(trx, run, kindsOf(connector.manifest, entered))
    if (id === null) {
      const active = await store.findActive(trx, connection.id)
      return refuse(alreadyRunning(active?.id ?? 'started just now'))
    }
    await enqueue(trx, turnTask, { runId: id }, { key: `sync:${id}` })
    const started = (await presentOne(trx, await store.findRun(trx, id), clock))!
    await record(trx, {
      actor,
      action: 'sync_run.started',
      subject: { kind: 'sync_run', id },
      detail: {
        connection: connection.name,
        connectionId: connection.id,
        generation: started.generation,
      },
    })
    return started
  })
}

async function forecastRun(
  { database, connectors, connections }: SyncParts,
  tenantId: string,
  connectionId: string,
): Promise<SyncForecast | null> {
  const connection = isId(connectionId) ? await connections.get(tenantId, { id: connectionId }) : null
  const connector = connection && connectors.get(connection.connector)
  if (!connection || !connector) return null
  const entered = enteredScopes(connector, connection.config)
  const granted = connection.lastTest?.grantedScopes ?? null
  const counted = await database.tenant(tenantId, (trx) => findSizes(trx, connection.id))
  return forecastOf(connector, entered, granted, counted, connection)
}

function triggerOf({ kind }: Actor): Trigger {
  return kind === 'operator' ? 'manual' : kind === 'api_key' ? 'api' : 'schedule'
}

/** Null when it was cancelled. */
async function cancelRun(
  { inventory, clock }: SyncParts,
  trx: TenantTx,
  actor: Actor,
  runId: string,
): Promise<Refusal | null> {
  const run = await store.lockRun(trx, runId)
  if (!run) return refuse(runNotFound())
  if (run.finishedAt) return refuse(runHasEnded(run.status))
  const isCancelled = await cancelInside(trx, inventory, actor, run, new Date(clock.now()))
  return isCancelled ? null : refuse(runHasEnded(run.status))
}

async function wakeUp(database: Database, tenantId: string, runId: string): Promise<void> {
  await database.tenant(tenantId, (trx) => enqueue(trx, turnTask, { runId }, { key: `sync:${runId}` }))
}
