import { randomUUID } from 'node:crypto'
import type { Runner } from 'graphile-worker'
import type { Database } from '../db/index.ts'
import { liveness } from './liveness.ts'
import { startRunner } from './runner.ts'
import { buryProcesses, freeLeases, seen, tenantIds, unlockJobs } from './store.ts'
import { startSweep } from './sweep.ts'
import type { Cron, JobLog, Tasks, Wake } from './task.ts'

export type ProcessRole = 'api' | 'worker'

export interface JobsOptions {
  readonly database: Database
  /** By the name they are enqueued under. */
  readonly tasks: Tasks
  readonly wakes?: readonly Wake[]
  readonly crons?: readonly Cron[]
  /** Without `worker` nothing runs here; this process can still enqueue. */
  readonly roles: readonly ProcessRole[]
  /** Jobs at once in this process. Default 4. */
  readonly concurrency?: number
  readonly log?: JobLog
}

export interface Jobs {
  /** Names this process as an owner of leases. */
  readonly processId: string
  start(): Promise<void>
  /** Ends within 10 s. Also safe when never started. */
  stop(): Promise<void>
}

/** Milliseconds. */
const sweepEvery = 2000
const stopPatience = 6000
const killPatience = 1500

export function createJobs(options: JobsOptions): Jobs {
  const processId = randomUUID()
  const stopping = new AbortController()
  let working: Working | null = null
  return {
    processId,
    async start() {
      if (!options.roles.includes('worker')) return
      working = startWorking(options, processId, stopping.signal)
      await working.started
    },
    async stop() {
      if (!working || stopping.signal.aborted) return
      stopping.abort(new Error('the process is stopping'))
      await working.end()
    },
  }
}

interface Working {
  /** Rejects when the database cannot be reached at the start; later troubles are retried. */
  readonly started: Promise<void>
  end(): Promise<void>
}

function startWorking(options: JobsOptions, processId: string, signal: AbortSignal): Working {
  const { database, log = () => undefined } = options
  const alive = liveness(database.pool)
  let runner: Runner | null = null
  let pool = ''
  let endSweep: () => Promise<void> = () => Promise.resolve()

  const sayAlive = async () => {
    const lockKey = await alive.key()
    await database.system((trx) => seen(trx, { id: processId, pool, lockKey }))
  }

  /** The library gives up when the database is away at a bad moment (a job could not be marked as done). */
  const ended = (mine: Runner, error?: unknown) => {
    if (runner !== mine || signal.aborted) return
    runner = null
    log('error', 'the job runner ended; it is started again', { error })
  }

  const launch = async () => {
    const before = pool
    if (before !== '') await database.system((trx) => unlockJobs(trx, [before]))
    const signIn = async (name: string) => {
      pool = name
      await sayAlive()
    }
    const mine = await startRunner(options, { processId, signal }, signIn, log)
    runner = mine
    mine.promise.then(
      () => ended(mine),
      (error: unknown) => ended(mine, error),
    )
  }

  const start = async () => {
    await launch()
    const beat = async () => {
      if (runner === null) await launch()
      await sayAlive()
    }
    endSweep = startSweep({ database, every: sweepEvery, wakes: options.wakes ?? [], processId, beat, log })
  }

  return {
    started: start(),
    async end() {
      await endSweep()
      if (runner) await endRunner(runner, log)
      await leave(database, processId, pool)
      alive.end()
    },
  }
}

async function endRunner(runner: Runner, log: JobLog): Promise<void> {
  const graceful = runner.stop().catch((error: unknown) => log('error', 'stopping jobs failed', { error }))
  if (await within(stopPatience, graceful)) return
  log('warn', 'some jobs did not end in time; they are given back')
  const forced = runner.kill('did not end in time').catch(() => undefined)
  await within(killPatience, forced)
}

/** What this process still holds is free for others before it is gone. */
async function leave(database: Database, processId: string, pool: string): Promise<void> {
  for (const tenantId of await database.system(tenantIds)) {
    await database.tenant(tenantId, (trx) => freeLeases(trx, [processId]))
  }
  await database.system((trx) => buryProcesses(trx, [{ id: processId, pool, lockKey: '0' }]))
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const done = await Promise.race([work.then(() => true), timeout])
  clearTimeout(timer)
  return done
}
