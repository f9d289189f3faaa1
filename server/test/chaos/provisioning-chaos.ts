import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { type Clock, systemClock } from '@owlie/connector-kit'
import { randomUUID } from 'node:crypto'
import type { Connection } from '../../connections/index.ts'
import { type Database, openDatabase } from '../../db/index.ts'
import { armFailPoints, type FailPoint } from '../../fail-point.ts'
import { isRefusal } from '../../model/index.ts'
import { createProvisioning, type Operation, type Provisioning } from '../../provisioning/index.ts'
import { type Draw, drawFrom } from '../processes/draw.ts'
import { type Case, drawCase } from './draw-case.ts'
import { ada, bob, createEngine, type Engine, granted } from '../processes/engine.ts'
import { judgeCase } from '../processes/judge-case.ts'
import { beginLife, type Life } from './mortal.ts'
import { stepsOf, verifyChain } from '../processes/invariants.ts'

export interface ProvisioningChaosOptions {
  /** An empty, migrated database of its own. */
  readonly databaseUrl: string
  readonly cases: number
  readonly seed: number
  readonly say?: (line: string) => void
  /** Asked between cases: to end early and report what there is. */
  readonly isStopped?: () => boolean
}

export interface ProvisioningChaosReport {
  readonly cases: number
  readonly steps: number
  readonly writes: number
  /** By the name of the point. */
  readonly deaths: Readonly<Record<string, number>>
  /** Requests that were spoilt. */
  readonly faults: number
  /** How operations ended. */
  readonly ends: Readonly<Record<string, number>>
  readonly duplicates: readonly string[]
  readonly lost: readonly string[]
  readonly mismatches: readonly string[]
}

interface Chaos {
  readonly database: Database
  readonly sandbox: Sandbox
  readonly engine: Engine
  readonly connection: Connection
  readonly draw: Draw
  readonly clock: Clock
  readonly deaths: Record<string, number>
}

/** Waits pass at once; the tenant goes by the same clock. */
function hastyClock(): Clock {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    sleep: (ms, signal) => {
      ahead += ms
      return systemClock.sleep(0, signal)
    },
  }
}

/**
 * Random operations through the real engine and connector, each with its own faults, deaths and meddling; after each
 * the tenant's journal of writes is compared with ours.
 */
export async function provisioningChaos(options: ProvisioningChaosOptions): Promise<ProvisioningChaosReport> {
  const { databaseUrl: url, cases, seed, say = () => {}, isStopped = () => false } = options
  const clock = hastyClock()
  const database = await openDatabase({ url, migrate: false })
  const sandbox = await startSandbox({
    ...{ users: 5, roles: 2, organizations: 2, indexLagMs: 2000, seed, clock: () => clock.now() },
    quirks: { memberRemovalLagMs: 0 },
  })
  const engine = createEngine({ database, target: sandbox, clock })
  const all = { duplicates: [] as string[], lost: [] as string[], mismatches: [] as string[] }
  const counts = { cases: 0, steps: 0, writes: 0, faults: 0 }
  const ends: Record<string, number> = {}
  const deaths: Record<string, number> = {}
  try {
    const connection = await engine.connect(sandbox.applications.everything)
    for (; counts.cases < cases && !isStopped(); counts.cases++) {
      // Each case draws from its own seed, so that one alone can be looked at.
      const draw = drawFrom(seed * 100_003 + counts.cases)
      const chaos = { database, sandbox, engine, connection, draw, clock, deaths }
      const { operation, steps, writes, faults, found } = await oneCase(chaos)
      counts.faults += faults
      counts.steps += steps
      counts.writes += writes
      ends[operation.state] = (ends[operation.state] ?? 0) + 1
      for (const name of ['duplicates', 'lost', 'mismatches'] as const)
        all[name].push(...found[name].map((what) => `case ${counts.cases}: ${what}`))
      if (counts.cases % 100 === 99)
        say(
          `${counts.cases + 1} cases: ${all.duplicates.length} duplicates, ${all.lost.length} lost, ${all.mismatches.length} mismatches`,
        )
    }
    all.mismatches.push(...(await verifyChain(database)))
  } finally {
    armFailPoints(null)
    await engine.close()
    await database.close()
    await sandbox.close()
  }
  return { ...counts, deaths, ends, ...all }
}

/** What a server process is, as far as operations go. */
interface Server extends Life {
  readonly provisioning: Provisioning
}

function serve({ database, engine, clock }: Chaos): Server {
  const life = beginLife(database)
  const { connectors, connections, inventory } = engine
  return {
    ...life,
    provisioning: createProvisioning({
      ...{ database: life.database, connectors, connections, inventory, clock },
      limits: { settleMs: 4000, backoffMs: 5 },
    }),
  }
}

async function oneCase(chaos: Chaos) {
  const { sandbox, draw, database, deaths } = chaos
  sandbox.faults.clear()
  sandbox.writes.reset()
  sandbox.requests.reset()
  const drawn = drawCase(sandbox, draw)
  for (const { method, after, effect } of drawn.faults)
    sandbox.faults.add({
      match: { method, clientId: sandbox.applications.everything.clientId },
      after,
      times: 1,
      effect,
    })
  let server = serve(chaos)
  const left = [...drawn.deaths]
  let isMeddled = false
  const meddle = (when: string) => {
    if (isMeddled || drawn.meddling?.when !== when) return
    isMeddled = true
    const { sets, does } = drawn.meddling
    // What is gone already cannot be changed any more.
    try {
      does()
    } catch {
      return
    }
    if (sets) drawn.present.set(`${sets.id} ${sets.field}`, sets.value)
  }
  const arm = () => {
    const passed = new Map<FailPoint, number>()
    const living = server
    armFailPoints((at) => {
      if (at === 'provisioning.begun') meddle('begun')
      passed.set(at, (passed.get(at) ?? 0) + 1)
      const [next] = left
      if (living !== server || !next || at !== next.at || passed.get(at) !== next.nth) return
      left.shift()
      deaths[at] = (deaths[at] ?? 0) + 1
      living.die()
    })
  }
  /** A server that dies is followed by the next one, which takes its leases over as the sweep does. */
  const onServer = async <T>(work: (server: Server) => Promise<T>): Promise<T | null> => {
    arm()
    const living = server
    const done = await Promise.race([
      work(living).catch((error: unknown) => {
        if (!living.isOver()) throw error
        return null
      }),
      living.death.then(() => null),
    ])
    if (living.isOver()) {
      await database.pool.query(`update lease set owner = null where resource like 'provision:%'`)
      server = serve(chaos)
    }
    return done
  }
  const operation = await carryThrough(chaos, drawn, { onServer, meddle, server: () => server })
  armFailPoints(null)
  const steps = await stepsOf(database, operation.id)
  const writes = [...sandbox.writes.entries]
  const found = judgeCase(drawn, operation, steps, writes)
  const faults = sandbox.faults.list().reduce((sum, { fired }) => sum + fired, 0)
  return { operation, steps: steps.length, writes: writes.length, faults, found }
}

interface Hands {
  readonly onServer: <T>(work: (server: Server) => Promise<T>) => Promise<T | null>
  readonly meddle: (when: string) => void
  readonly server: () => Server
}

/** Submits, approves, drives and recovers as people and workers would, until nothing more comes of it. */
async function carryThrough(
  { connection, draw, clock }: Chaos,
  drawn: Case,
  hands: Hands,
): Promise<Operation> {
  const { onServer, meddle, server } = hands
  const wish = { connectionId: connection.id, items: drawn.items, idempotencyKey: randomUUID() }
  const submit = () => server().provisioning.submit(ada, wish)
  const answers = drawn.replayed ? await Promise.all([submit(), submit(), submit()]) : [await submit()]
  const { id } = granted(answers[0]!)
  if (answers.some((answer) => isRefusal(answer) || answer.id !== id))
    throw new Error('one key, two operations')
  let isCancelled = !drawn.cancelled
  let recoveries = 0
  const context = { signal: new AbortController().signal, processId: 'chaos', attempt: 1 }
  const turn = (on: Server) =>
    on.provisioning.tasks['provisioning.turn']!({ tenantId: ada.tenantId, operationId: id }, context)
  for (let rounds = 0; rounds < 120; rounds++) {
    const now = (await server().provisioning.get(ada.tenantId, id))!
    if (now.waiting) await clock.sleep(Math.max(0, now.waiting.until.getTime() - clock.now()) + 1)
    if (now.state === 'planned' || now.state === 'tried') {
      meddle('before approval')
      await approve(server().provisioning, now, draw)
    } else if (now.state === 'failed' && recoveries++ < 3)
      granted(await server().provisioning.recover(ada, id))
    else if (['applied', 'failed', 'refused', 'cancelled'].includes(now.state)) return now
    else if (!isCancelled && now.state === 'applying') {
      isCancelled = true
      await server().provisioning.cancel(ada, id)
    } else if (drawn.double) await onServer((on) => Promise.all([turn(on), turn(on)]))
    else await onServer(turn)
  }
  return (await server().provisioning.get(ada.tenantId, id))!
}

async function approve(provisioning: Provisioning, { id, plan }: Operation, draw: Draw): Promise<void> {
  const confirmCount = plan!.summary.guard.count
  const say = (actor: typeof ada) =>
    provisioning.approve(actor, { id, hash: plan!.hash, confirmCount, tryOne: draw.chance(0.1) })
  granted(await say(ada))
  const now = await provisioning.get(ada.tenantId, id)
  if (now?.state === 'planned') granted(await say(bob))
}
