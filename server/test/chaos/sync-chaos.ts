import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import type { Connection } from '../../connections/index.ts'
import { openDatabase } from '../../db/index.ts'
import { type FailPoint, failPoints } from '../../fail-point.ts'
import { type Draw, drawFrom } from '../processes/draw.ts'
import { ada, believe, createEngine, type Engine, granted } from '../processes/engine.ts'
import { type Arm, type Fleet, openFleet, workerOptions } from '../processes/fleet.ts'
import { emptyMembers, mutateTenant } from '../processes/mutate-tenant.ts'
import * as invariants from '../processes/invariants.ts'

export interface SyncChaosOptions {
  /** An empty, migrated database of its own. */
  readonly databaseUrl: string
  readonly kills: number
  readonly seed: number
  readonly say?: (line: string) => void
  /** Asked between runs: to end early and report what there is. */
  readonly isStopped?: () => boolean
}

export interface SyncChaosReport {
  readonly kills: number
  readonly runs: number
  /** Kills by the name of the point, and `at random`. */
  readonly byPoint: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

/** Points a sync worker comes by. */
const points = failPoints.filter((name): name is FailPoint => !name.startsWith('provisioning.'))
/** After this a run that does not end is a violation. */
const boundMs = 90_000
const mostViolations = 30

interface Chaos {
  readonly engine: Engine
  readonly sandbox: Sandbox
  readonly connection: Connection
  readonly fleet: Fleet
  readonly draw: Draw
  readonly wanted: number
  readonly counts: { kills: number }
  readonly violations: string[]
}

/**
 * Run after run of real worker processes against a tenant that changes between them, killed with SIGKILL at named
 * points and at random moments; after each run the invariants. The seed fixes what is drawn, not how processes race.
 */
export async function syncChaos(options: SyncChaosOptions): Promise<SyncChaosReport> {
  const { databaseUrl: url, kills: wanted, seed, say = () => {}, isStopped = () => false } = options
  const draw = drawFrom(seed)
  const database = await openDatabase({ url, migrate: false })
  const sandbox = await startSandbox({
    ...{ users: 260, roles: 5, organizations: 24, indexLagMs: 0, seed },
    shape: { membersPerOrganization: 3 },
  })
  const engine = createEngine({ database, target: sandbox })
  const counts = { kills: 0 }
  const byPoint: Record<string, number> = {}
  const violations: string[] = []
  const fleet = openFleet({
    worker: workerOptions(engine, sandbox, url, { sync: { turnPages: 12 } }),
    onDeath(arm, signal) {
      if (signal !== 'SIGKILL') return void violations.push('a worker ended by itself')
      counts.kills += 1
      const name = arm && 'at' in arm ? arm.at : 'at random'
      byPoint[name] = (byPoint[name] ?? 0) + 1
    },
  })
  let runs = 0
  try {
    const connection = await engine.connect(sandbox.applications.fullPlus)
    await believe(engine, connection)
    const chaos: Chaos = { engine, sandbox, connection, fleet, draw, wanted, counts, violations }
    while ((counts.kills < wanted || runs === 0) && violations.length < mostViolations && !isStopped()) {
      await scenario(chaos, runs)
      runs += 1
      if (runs % 5 === 0) say(`${counts.kills} kills, ${runs} runs, ${violations.length} violations`)
    }
    violations.push(...(await quiet(chaos)))
  } finally {
    await fleet.close()
    await engine.close()
    await database.close()
    await sandbox.close()
  }
  return { kills: counts.kills, runs, byPoint, violations }
}

/** One run from its start to its end, with the tenant as it was drawn, and what must hold after it. */
async function scenario(chaos: Chaos, number: number): Promise<void> {
  const { engine, sandbox, connection, draw, violations } = chaos
  sandbox.requests.reset()
  const isShrunk = number > 1 && draw.chance(0.12)
  const staleBefore = await invariants.countStale(engine.database)
  const restore = isShrunk ? emptyMembers(sandbox) : null
  if (!isShrunk && number > 0) mutateTenant(sandbox, draw)
  const run = granted(await engine.sync.start(ada, connection.id))
  const wrong = await carryThrough(chaos, run.id)
  const ended = (await engine.sync.get(ada.tenantId, run.id))!
  if (!ended.finishedAt) granted(await engine.sync.cancel(ada, run.id))
  else if (isShrunk) {
    if (ended.kinds.find(({ name }) => name === 'organization_members')?.end !== 'held')
      wrong.push(`I4: an emptied kind was believed (${ended.status})`)
    const stale = await invariants.countStale(engine.database)
    if (stale !== staleBefore) wrong.push(`I4: ${stale - staleBefore} marked without a release`)
  } else {
    if (ended.status !== 'complete')
      wrong.push(
        `I8: the run ended ${ended.status}: ${JSON.stringify(ended.failure ?? ended.kinds.map((kind) => kind.reason))}`,
      )
    wrong.push(...(await invariants.compareMirror(engine, sandbox, connection.id)))
  }
  restore?.()
  wrong.push(...(await invariants.auditRun(engine.database, run.id)))
  violations.push(...wrong.map((what) => `run ${number + 1}: ${what}`))
}

/** Starts workers and has them killed until the run has ended; watches it all the while. */
async function carryThrough(
  { engine, fleet, draw, wanted, counts }: Chaos,
  runId: string,
): Promise<string[]> {
  const wrong: string[] = []
  const before = counts.kills
  const budget = draw.between(4, 12)
  const pair = draw.chance(0.2)
  const until = Date.now() + boundMs
  let sight: invariants.Sight | null = null
  // Whoever did not come by its point in the run before has a moment instead.
  if (counts.kills < wanted)
    for (const { process } of fleet.living())
      setTimeout(() => process.kill('SIGKILL'), draw.between(0, 600)).unref()
  for (;;) {
    const now = await invariants.lookAt(engine.database, runId)
    wrong.push(...invariants.compareSights(sight, now))
    sight = now
    if (now.isOver) return wrong
    if (Date.now() > until)
      return [...wrong, `I8: the run has not ended within ${boundMs} ms: ${JSON.stringify(now)}`]
    const mayKill = counts.kills < wanted && counts.kills - before < budget
    const living = fleet.living()
    if (living.length < (pair ? 2 : 1)) await fleet.start(mayKill ? armed(draw) : null)
    else await Promise.race([sleep(20), ...living.map(({ gone }) => gone)])
  }
}

function armed(draw: Draw): Arm {
  if (draw.chance(0.25)) return { afterMs: draw.between(0, 500) }
  const at = draw.one(points)
  const isOften = at === 'sync.page.read' || at === 'sync.page.stored' || at === 'sync.page.committed'
  return { at, nth: isOften ? draw.between(1, 8) : 1 }
}

/** A last worker that nobody kills clears up; then nothing may be open. */
async function quiet({ engine, fleet }: Chaos): Promise<readonly string[]> {
  const idle = await fleet.start(null)
  const until = Date.now() + 20_000
  for (;;) {
    const left = await invariants.openEnds(engine.database)
    if (left.length === 0 || Date.now() > until || idle.isDead()) return left
    await sleep(50)
  }
}
