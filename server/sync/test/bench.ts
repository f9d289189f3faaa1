import { randomBytes } from 'node:crypto'
import { vi } from 'vitest'
import { auth0 } from '@owlie/connector-auth0'
import { type Application, type Sandbox, type SandboxOptions, startSandbox } from '@owlie/auth0-sandbox'
import { type Clock, type Connector, type RateLedger, Secret, systemClock } from '@owlie/connector-kit'
import {
  type Connection,
  type Connections,
  createConnections,
  type DoorLimits,
} from '../../connections/index.ts'
import { createGuard, type Guard } from '../../guard/index.ts'
import { createInventory, type Inventory, type InventoryRecord } from '../../inventory/index.ts'
import { createJobs, type Jobs } from '../../jobs/index.ts'
import { type Actor, isRefusal, type Refusal } from '../../model/index.ts'
import { createKeyring, type MasterKey } from '../../secrets/index.ts'
import { testDatabase, type TestDatabase } from '../../test/database.ts'
import { createSync, type Sync, type SyncLimits, type SyncRun } from '../index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator' }

export interface Engine {
  readonly connections: Connections
  readonly inventory: Inventory
  readonly guard: Guard
  readonly sync: Sync
  readonly defects: unknown[]
  close(): Promise<void>
}

export interface EngineOptions {
  readonly database: TestDatabase
  readonly masterKey: MasterKey
  readonly connectors: readonly Connector[]
  readonly extraHosts: readonly string[]
  readonly ca: readonly string[]
  readonly limits?: Partial<SyncLimits>
  readonly clock?: Clock
  readonly door?: DoorLimits
  /** Where rate limits are kept, instead of the database. */
  readonly ledger?: RateLedger
}

/** The features as the server builds them. */
export function createEngine(options: EngineOptions): Engine {
  const { database, extraHosts, clock = systemClock } = options
  const connectors = new Map(options.connectors.map((each) => [each.manifest.name, each]))
  const keyring = createKeyring([options.masterKey])
  const hostPolicy = { extra: extraHosts }
  const { ca } = options
  const { door, ledger } = options
  const connections = createConnections({
    ...{ database, keyring, connectors, hostPolicy, ca, clock },
    ...(door ? { door } : {}),
    ...(ledger ? { ledgerOf: () => ledger } : {}),
  })
  const inventory = createInventory({ database, connectors, clock })
  const guard = createGuard({ database, clock })
  const defects: unknown[] = []
  const sync = createSync({
    ...{ database, connectors, connections, inventory, guard, clock, random: () => 0 },
    ...(options.limits ? { limits: options.limits } : {}),
    log: (level, _message, fields) => {
      if (level === 'error') defects.push(fields?.['error'])
    },
  })
  return {
    ...{ connections, inventory, guard, sync, defects },
    async close() {
      await sync.close()
      await connections.close()
    },
  }
}

export interface Bench extends Engine {
  readonly database: TestDatabase
  readonly masterKey: MasterKey
  /** Another server on the same database. */
  another(more?: Partial<EngineOptions>): Engine
  /** Runs turn after turn here, without the job system, until the run has ended or waits. */
  drive(run: SyncRun, turns?: number): Promise<SyncRun>
  /** Starts a run and drives it, or waits for the workers to. */
  sync1(connection: Connection): Promise<SyncRun>
  /** Workers of the job system; ended with the bench. */
  work(engine?: Engine): Promise<Jobs>
  ended(run: SyncRun): Promise<SyncRun>
}

/** A real database and the given connectors. */
export async function openBench(
  options: Omit<Partial<EngineOptions>, 'database' | 'masterKey'> & { connectors: readonly Connector[] },
): Promise<Bench> {
  const database = await testDatabase()
  const masterKey = { kid: 'k1', key: randomBytes(32) }
  const base = { extraHosts: [], ca: [], ...options, database, masterKey }
  const engines: Engine[] = []
  const another = (more: Partial<EngineOptions> = {}) => {
    const engine = createEngine({ ...base, ...more })
    engines.push(engine)
    return engine
  }
  const engine = another()
  const jobs: Jobs[] = []
  const drive = async (run: SyncRun, turns = 10_000): Promise<SyncRun> => {
    const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
    for (let turn = 0; turn < turns; turn++) {
      await engine.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: run.id }, context)
      const now = (await engine.sync.get(ada.tenantId, run.id))!
      if (now.finishedAt || now.waiting || now.paused) return now
    }
    return (await engine.sync.get(ada.tenantId, run.id))!
  }
  const ended = (run: SyncRun) =>
    vi.waitUntil(
      async () => {
        const now = await engine.sync.get(ada.tenantId, run.id)
        return now?.finishedAt ? now : null
      },
      { timeout: 60_000, interval: 50 },
    ) as Promise<SyncRun>
  return {
    ...engine,
    ...{ database, masterKey, another, drive },
    async sync1({ id }) {
      const run = granted(await engine.sync.start(ada, id))
      // A worker may have it already, and waits inside a turn are its own matter.
      return jobs.length > 0 ? ended(run) : drive(run)
    },
    async work(of = engine) {
      const started = createJobs({
        database,
        tasks: of.sync.tasks,
        wakes: [of.sync.wake],
        roles: ['worker'],
      })
      jobs.push(started)
      await started.start()
      return started
    },
    ended,
    async close() {
      await Promise.all(jobs.map((each) => each.stop()))
      await Promise.all(engines.map((each) => each.close()))
      await database.close()
    },
  }
}

export interface SandboxBench extends Bench {
  readonly sandbox: Sandbox
  /** A tested connection to the sandbox. */
  connect(application: Application): Promise<Connection>
}

export async function openSandboxBench(
  sandboxOptions: SandboxOptions = {},
  options: Partial<EngineOptions> = {},
): Promise<SandboxBench> {
  const sandbox = await startSandbox({ indexLagMs: 0, ...sandboxOptions })
  const bench = await openBench({
    connectors: [auth0],
    extraHosts: [sandbox.domain],
    ca: [sandbox.caPem],
    ...options,
  })
  return {
    ...bench,
    sandbox,
    connect: (application) =>
      connect(bench, {
        name: application.name,
        connector: 'auth0',
        config: {
          domain: sandbox.domain,
          clientId: application.clientId,
          scopes: application.scopes.join(' '),
        },
        secrets: { clientSecret: new Secret(application.clientSecret) },
      }),
    async close() {
      await bench.close()
      await sandbox.close()
    },
  }
}

/** Saves a connection and tests it, as an admin would. */
export async function connect(
  { connections }: Engine,
  input: Parameters<Connections['create']>[1],
): Promise<Connection> {
  const connection = granted(await connections.create(ada, input))
  const test = granted(await connections.startTest(ada, { connectionId: connection.id }))
  await vi.waitUntil(async () => (await connections.getTest(ada.tenantId, test.id))?.status !== 'running', {
    timeout: 20_000,
    interval: 20,
  })
  return (await connections.get(ada.tenantId, { id: connection.id }))!
}

/** For tests about something else than the guard: whatever vanishes from this connection is believed. */
export async function believeAll(
  { guard }: Engine,
  { id, connector }: Connection,
  by: Connector,
): Promise<void> {
  for (const { name, yields } of by.manifest.kinds) {
    const input = { metric: 'missed', free: 1_000_000, absolute: null, percent: null }
    granted(await guard.setLimit(ada, { connectionId: id, kind: { name, yields } }, input))
  }
  if (by.manifest.name !== connector) throw new Error('not its connector')
}

/** The value, or an error that shows why it was refused. */
export function granted<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`refused: ${JSON.stringify(value.refused)}`)
  return value
}

/** The whole export. */
export async function exportAll(
  { inventory }: Engine,
  connectionId: string,
  first = 777,
): Promise<readonly InventoryRecord[]> {
  const all: InventoryRecord[] = []
  let after: string | null = null
  do {
    const page = await inventory.records(ada.tenantId, connectionId, { first, after })
    all.push(...page.records)
    after = page.next
  } while (after !== null)
  return all
}

/** The report of a run, kind by kind, for one readable assertion. */
export function report(run: SyncRun): Record<string, string> {
  const line = (kind: SyncRun['kinds'][number]) =>
    `${kind.end} ${kind.read}: +${kind.created} ~${kind.changed} =${kind.unchanged} stale ${kind.stale}`
  return Object.fromEntries(run.kinds.map((kind) => [kind.name, line(kind)]))
}
