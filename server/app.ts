import { hkdfSync } from 'node:crypto'
import { auth0 } from '@owlie/connector-auth0'
import { type Connector, Secret, systemClock } from '@owlie/connector-kit'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { createAccess } from './access/index.ts'
import { catalogOf, createContexts, createHttp, type GuardedEnv } from './api/index.ts'
import { createAssignments } from './assignments/index.ts'
import { type Connections, createConnections } from './connections/index.ts'
import { createCorrelation, enqueuePass } from './correlation/index.ts'
import { type Database, openDatabase } from './db/index.ts'
import { createDrift } from './drift/index.ts'
import { createIdentities } from './identities/index.ts'
import { createGuard } from './guard/index.ts'
import { createInventory } from './inventory/index.ts'
import { createJobs, type JobLog, type ProcessRole } from './jobs/index.ts'
import { createOperators, type Operators } from './operators/index.ts'
import { createKeyring, type Keyring, type MasterKey } from './secrets/index.ts'
import { createProvisioning } from './provisioning/index.ts'
import { createRetention } from './retention/index.ts'
import { createSync } from './sync/index.ts'

/** The one tenant of a new installation; everything is keyed for many. */
export const defaultTenant = 'default'

/** Every connector this server has. Nothing else in the server names one. */
const connectors: ReadonlyMap<string, Connector> = new Map([auth0].map((each) => [each.manifest.name, each]))

export interface AppOptions {
  readonly databaseUrl: string
  readonly masterKeys: readonly MasterKey[]
  readonly baseUrl: URL
  /** `host` or `host:port` that may be a target beside those every connector allows. */
  readonly extraHosts: readonly string[]
  readonly roles: readonly ProcessRole[]
  readonly consoleDirectory: string
  readonly version: string
  readonly log: Logger
}

export interface App {
  readonly http: Hono<GuardedEnv>
  readonly operators: Operators
  /** From now on work is taken up. */
  start(): Promise<void>
  /** Ends what runs here, in order; within 9 s. What was not finished goes on elsewhere or at the next start. */
  stop(): Promise<void>
}

/** Builds the whole server once, bottom to top; nothing in it is looked up or global. */
export async function createApp(options: AppOptions): Promise<App> {
  const { baseUrl, extraHosts, log } = options
  const database = await openDatabase({
    url: options.databaseUrl,
    poolSize: 20,
    onIdleError: (err) => log.warn({ err }, 'A database connection broke while idle.'),
  })
  const keyring = createKeyring(options.masterKeys)
  const clock = systemClock
  const suffixes = [...connectors.values()].flatMap((connector) => connector.hosts)
  const hostPolicy = { suffixes, extra: extraHosts }
  const operators = createOperators({
    database,
    baseUrl: baseUrl.origin,
    secret: sessionSecret(keyring),
    log: (level, message) => log[level]({}, message),
  })
  const onDefect = (err: unknown) => log.error({ err }, 'A connection test ended by a defect.')
  const connections = createConnections({ database, keyring, connectors, hostPolicy, clock, onDefect })
  const say: JobLog = (level, message, fields) => log[level](fields ?? {}, message)
  const features = createFeatures(database, connections, say)
  const jobs = createJobs({
    database,
    tasks: Object.fromEntries(features.working.flatMap(({ tasks }) => Object.entries(tasks))),
    wakes: features.wakes,
    roles: options.roles,
    log: say,
  })
  const state = { stopping: false }
  const catalog = catalogOf(connectors)
  const doors = { catalog, extraHosts, database, connections, operators, ...features.doors }
  const http = createHttp({
    baseUrl,
    log,
    consoleDirectory: options.consoleDirectory,
    version: options.version,
    authenticate: (request) => operators.authenticate(request),
    signIn: (request, address) => operators.handler(request, address),
    contextFor: createContexts(doors),
    ready: () => readiness(database, state),
  })
  return {
    http,
    operators,
    start: () => jobs.start(),
    async stop() {
      state.stopping = true
      await Promise.all([jobs.stop(), connections.close()])
      await features.doors.sync.close()
      await database.close()
    },
  }
}

/** What works on what the connections bring, ring by ring. */
function createFeatures(database: Database, connections: Connections, say: JobLog) {
  const clock = systemClock
  const inventory = createInventory({ database, connectors, clock })
  const access = createAccess({ database, connectors, connections, inventory, clock })
  const assignments = createAssignments({ database, connectors, clock })
  const identities = createIdentities({ ...{ database, connectors, clock }, onChange: enqueuePass })
  const guard = createGuard({ database, clock })
  const correlation = createCorrelation({ database, connectors, identities, clock, log: say })
  const sync = createSync({ database, connectors, connections, inventory, guard, clock, log: say })
  const acting = { database, connectors, connections, inventory, clock, log: say }
  const provisioning = createProvisioning({
    ...acting,
    onShort: (trx, operationId, reason) => drift.operationFailed(trx, operationId, reason),
  })
  const drift = createDrift({ database, assignments, clock, requestOperation: provisioning.correct })
  const retention = createRetention({ database, connections, inventory, clock })
  const working = [sync, assignments, identities, correlation, drift, provisioning, retention]
  const wakes = [sync.wake, assignments.wake, drift.wake, provisioning.wake]
  const doors = {
    inventory,
    access,
    assignments,
    drift,
    guard,
    identities,
    correlation,
    retention,
    sync,
    provisioning,
  }
  return { doors, working, wakes }
}

/** Cookies stay valid over restarts and between processes that share the keys; a new active key ends all sessions. */
function sessionSecret(keyring: Keyring): Secret {
  const key = keyring.keyFor(keyring.activeKid)!
  return new Secret(
    Buffer.from(hkdfSync('sha256', key, '', 'owlie session cookies', 32)).toString('base64url'),
  )
}

async function readiness(
  database: Database,
  state: { readonly stopping: boolean },
): Promise<{ ready: true } | { ready: false; reason: string }> {
  if (state.stopping) return { ready: false, reason: 'stopping' }
  try {
    await database.pool.query('select 1')
    return { ready: true }
  } catch {
    return { ready: false, reason: 'the database does not answer' }
  }
}
