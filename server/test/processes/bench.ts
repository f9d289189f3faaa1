import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, type SandboxOptions, startSandbox } from '@owlie/auth0-sandbox'
import type { Connection } from '../../connections/index.ts'
import type { Item, Operation, ProvisioningLimits } from '../../provisioning/index.ts'
import type { SyncLimits, SyncRun } from '../../sync/index.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { ada, believe, bob, createEngine, type Engine, granted } from './engine.ts'
import { type Fleet, openFleet, type Worker, workerOptions } from './fleet.ts'
import * as invariants from './invariants.ts'
import { judgeCase } from './judge-case.ts'
import { settleTwin, type Twin } from './twin.ts'

/** A real database, the sandbox tenant, real worker processes, and another tenant that must not notice any of it. */
export interface Bench extends Omit<Engine, 'database'> {
  readonly database: TestDatabase
  readonly sandbox: Sandbox
  readonly connection: Connection
  readonly fleet: Fleet
  readonly twin: Twin
  startRun(): Promise<SyncRun>
  /** Looks at a run again and again, as readers do, until it is so; whatever they must not see is kept. */
  watch(runId: string, done: (sight: invariants.Sight) => boolean): Promise<invariants.Sight>
  wish(items: readonly Item[]): Promise<Operation>
  /** Approves it once it is planned, by as many people as it takes, and waits until the operation is so. */
  carry(id: string, done: (operation: Operation) => boolean): Promise<Operation>
  /** Waits until nothing is open, then I1–I10 as far as they apply to the run or the operation. */
  violations(of: { readonly runId?: string; readonly operationId?: string }): Promise<readonly string[]>
  /** What any process still holds: leases, jobs, its own place among the living. */
  held(): Promise<readonly unknown[]>
  /** Lets a stopped process go on; resolves when it has said that it lives, ended what it was at, and left. */
  wake(worker: Worker): Promise<void>
  close(): Promise<void>
}

export interface BenchOptions {
  readonly sandbox?: SandboxOptions
  readonly sync?: Partial<SyncLimits>
  readonly provisioning?: Partial<ProvisioningLimits>
  readonly nodeOptions?: readonly string[]
  /** The one whose connection is worked with. Default `fullPlus`. */
  readonly application?: keyof Sandbox['applications']
}

/** Whatever lasts longer has hung; a stopped process can keep a lock for a minute. */
const boundMs = 90_000
const isOver = ({ state }: Operation) => ['applied', 'failed', 'refused', 'cancelled'].includes(state)

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const [database, sandbox] = await Promise.all([
    testDatabase(),
    startSandbox({ users: 130, roles: 4, organizations: 6, indexLagMs: 0, ...options.sandbox }),
  ])
  const limits = {
    sync: options.sync ?? {},
    provisioning: { settleMs: 5, backoffMs: 5, ...options.provisioning },
  }
  const engine = createEngine({ database, target: sandbox, ...limits })
  const { sync, provisioning } = engine
  const fleet = openFleet({
    worker: workerOptions(engine, sandbox, database.url, limits),
    nodeOptions: options.nodeOptions ?? [],
  })
  const twin = await settleTwin(engine, sandbox)
  const connection = await engine.connect(sandbox.applications[options.application ?? 'fullPlus'])
  await believe(engine, connection)
  const seen: string[] = []
  const bench: Omit<Bench, 'violations'> = {
    ...{ ...engine, database, sandbox, connection, fleet, twin },
    async startRun() {
      sandbox.requests.reset()
      return granted(await sync.start(ada, connection.id))
    },
    async watch(runId, done) {
      let before: invariants.Sight | null = null
      return until(`run ${runId}`, async () => {
        const now = await invariants.lookAt(database, runId)
        seen.push(...invariants.compareSights(before, now))
        before = now
        return done(now) ? now : null
      })
    },
    async wish(items) {
      sandbox.writes.reset()
      const idempotencyKey = crypto.randomUUID()
      return granted(await provisioning.submit(ada, { connectionId: connection.id, items, idempotencyKey }))
    },
    carry: (id, done) =>
      until(`operation ${id}`, async () => {
        const now = (await provisioning.get(ada.tenantId, id))!
        if (done(now)) return now
        if (now.state === 'planned') {
          const input = { id, hash: now.plan!.hash, confirmCount: now.plan!.summary.guard.count }
          for (const actor of [ada, bob])
            if ((await provisioning.get(ada.tenantId, id))?.state === 'planned')
              granted(await provisioning.approve(actor, input))
        }
        return null
      }),
    held: () => heldIn(database),
    wake: (worker) => wake(database, worker),
    async close() {
      await fleet.close()
      await engine.close()
      await database.close()
      await sandbox.close()
    },
  }
  return { ...bench, violations: (of) => judge(bench, seen.splice(0), of) }
}

async function judge(
  bench: Omit<Bench, 'violations'>,
  seen: readonly string[],
  { runId, operationId }: { readonly runId?: string; readonly operationId?: string },
): Promise<readonly string[]> {
  const { database, sandbox, connection, twin } = bench
  const wrong = [...seen]
  if (runId !== undefined) {
    await bench.watch(runId, (sight) => sight.isOver)
    wrong.push(...(await invariants.auditRun(database, runId)))
    wrong.push(...(await invariants.compareMirror(bench, sandbox, connection.id)))
  }
  if (operationId !== undefined) {
    const operation = await bench.carry(operationId, isOver)
    const steps = await invariants.stepsOf(database, operationId)
    const calm = { meddling: null, present: new Map() }
    const { duplicates, lost, mismatches } = judgeCase(calm, operation, steps, sandbox.writes.entries)
    wrong.push(...[...duplicates, ...lost, ...mismatches].map((what) => `I2, I3: ${what}`))
  }
  const quiet = until('nothing is open', async () => {
    const left = await invariants.openEnds(database)
    return left.length === 0 ? left : null
  })
  wrong.push(...(await quiet.catch(() => invariants.openEnds(database))))
  wrong.push(...(await invariants.verifyChain(database)))
  const secrets = [sandbox.applications.everything.clientSecret, sandbox.applications.fullPlus.clientSecret]
  wrong.push(...(await invariants.findSecrets(database, secrets)))
  return [...wrong, ...(await twin.violations())]
}

async function heldIn({ pool }: TestDatabase): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    `select resource from lease where owner is not null union all select id from worker_process
     union all select id::text from graphile_worker._private_jobs where locked_at is not null`,
  )
  return rows
}

async function wake({ pool }: TestDatabase, { process, gone }: Worker): Promise<void> {
  const { rows } = await pool.query<{ at: Date }>('select clock_timestamp() as at')
  const living = async (since: Date) =>
    (await pool.query('select from worker_process where seen_at >= $1', [since])).rowCount
  const all = await living(new Date(0))
  process.kill('SIGCONT')
  await until('the woken one says that it lives', async () =>
    (await living(rows[0]!.at)) === all ? true : null,
  )
  process.kill('SIGTERM')
  if ((await gone) !== null) throw new Error('the woken one did not leave by itself')
}

/** Asks again until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + boundMs; ;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > end) throw new Error(`still waiting after ${boundMs} ms: ${what}`)
    await sleep(25)
  }
}
