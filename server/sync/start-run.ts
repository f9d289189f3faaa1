import { type Clock, type Connector, enteredScopes, kindsOf, unreadKinds } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Connection, Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { alreadyRunning, connectionIncomplete } from './failures.ts'
import { reasonNotToSync } from './judge-connection.ts'
import { incrementalObstacle } from './judge-incremental.ts'
import { presentOne } from './read-runs.ts'
import { findHintCheckpoint } from './store-hints.ts'
import * as store from './store.ts'
import type { RunMode, SyncRun, Trigger } from './sync-run.ts'
import { turnTask } from './turn.ts'

export interface StartParts {
  readonly database: Database
  readonly connectors: ReadonlyMap<string, Connector>
  readonly connections: Pick<Connections, 'get'>
  readonly clock: Clock
}

export interface StartOptions {
  /** Default: by the kind of the actor. */
  readonly trigger?: Trigger
  /** Default: full. */
  readonly mode?: RunMode
  /** Called in the transaction once the run exists. */
  readonly inserted?: (runId: string) => Promise<void>
}

export interface Target {
  readonly connection: Connection
  readonly connector: Connector
}

export async function findTarget(
  { connectors, connections }: Pick<StartParts, 'connectors' | 'connections'>,
  tenantId: string,
  connectionId: string,
): Promise<Target | null> {
  const connection = isId(connectionId) ? await connections.get(tenantId, { id: connectionId }) : null
  const connector = connection && connectors.get(connection.connector)
  return connection && connector ? { connection, connector } : null
}

export async function startRun(
  parts: StartParts,
  actor: Actor,
  connectionId: string,
  options: StartOptions,
): Promise<SyncRun | Refusal> {
  const { database, clock } = parts
  const target = await findTarget(parts, actor.tenantId, connectionId)
  if (!target) return refuse(connectionNotFound())
  const reason = reasonNotToSync(target.connection)
  if (reason !== null) return refuse(connectionIncomplete(reason))
  return database.tenant(actor.tenantId, (trx) => startInside(trx, clock, actor, target, options))
}

/** Queues a run in the caller's transaction; its audit event is the last thing there. */
export async function startInside(
  trx: TenantTx,
  clock: Clock,
  actor: Actor,
  { connection, connector }: Target,
  { trigger, mode = 'full', inserted }: StartOptions,
): Promise<SyncRun | Refusal> {
  const { id: connectionId, config, version, name } = connection
  const entered = enteredScopes(connector, config)
  if (mode === 'incremental') {
    const checkpoint = await findHintCheckpoint(trx, connectionId)
    const obstacle = incrementalObstacle({ connector, entered, connectionVersion: version, checkpoint })
    if (obstacle) return refuse(obstacle)
  }
  const kinds = kindsOf(connector.manifest, entered)
  const hinted = connector.hints?.kinds ?? []
  const followed = mode === 'full' ? kinds : kinds.filter(({ name }) => hinted.includes(name))
  const run = {
    ...{ connectionId, mode, actorName: actor.name, at: new Date(clock.now()) },
    trigger: trigger ?? triggerOf(actor),
    settings: {
      ...{ connection: name, connector: connection.connector, version, config, entered },
      notFollowed: kinds.filter((kind) => !followed.includes(kind)).map(({ label }) => label),
      leftOut: unreadKinds(connector.manifest, entered).map(({ kind, missing }) => ({
        ...{ kind: kind.name, label: kind.label, missingScopes: missing },
      })),
    },
  }
  const id = await store.insertRun(trx, run, followed)
  if (id === null) {
    const active = await store.findActive(trx, connectionId)
    return refuse(alreadyRunning(active?.id ?? 'started just now'))
  }
  await inserted?.(id)
  await enqueue(trx, turnTask, { runId: id }, { key: `sync:${id}` })
  const started = (await presentOne(trx, await store.findRun(trx, id), clock))!
  await record(trx, {
    actor,
    action: 'sync_run.started',
    subject: { kind: 'sync_run', id },
    detail: { connection: name, connectionId, generation: started.generation, mode },
  })
  return started
}

function triggerOf({ kind }: Actor): Trigger {
  return kind === 'operator' ? 'manual' : kind === 'api_key' ? 'api' : 'schedule'
}
