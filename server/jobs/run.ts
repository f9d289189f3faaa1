import { randomUUID } from 'node:crypto'
import { type CronItem, Logger, parseCronItems, run, type Runner, type TaskList } from 'graphile-worker'
import type { Database } from '../db/index.ts'
import { type Liveness, liveness } from './liveness.ts'
import { startSweep } from './sweep.ts'
import { buryProcesses, freeLeases, seen, tenantIds } from './store.ts'
import type { Cron, JobLog, Tasks, TaskContext, Wake } from './task.ts'

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
const stopPatience = 7000
const killPatience = 1500

export function createJobs(options: JobsOptions): Jobs {
  const { database, roles, log = () => undefined } = options
  const processId = randomUUID()
  const stopping = new AbortController()
  let working: {
    readonly runner: Runner
    readonly pool: () => string
    readonly alive: Liveness
    endSweep(): Promise<void>
  } | null = null

  async function work() {
    const alive = liveness(database.pool)
    let pool = ''
    const signIn = async (name: string) => {
      pool = name
      const lockKey = await alive.key()
      await database.system((trx) => seen(trx, { id: processId, pool: name, lockKey }))
    }
    const first = Promise.withResolvers<void>()
    const named = (name: string) =>
      signIn(name).then(first.resolve, (error: unknown) => {
        first.reject(error)
        throw error
      })
    const runner = await startRunner(options, { processId, signal: stopping.signal }, named, log)
    await first.promise
    runner.promise.catch((error: unknown) => log('error', 'the job runner ended', { error }))
    const endSweep = startSweep({
      database,
      every: sweepEvery,
      wakes: options.wakes ?? [],
      processId,
      beat: () => signIn(pool),
      log,
    })
    working = { runner, pool: () => pool, alive, endSweep }
  }

  return {
    processId,
    async start() {
      if (roles.includes('worker')) await work()
    },
    async stop() {
      if (!working || stopping.signal.aborted) return
      const { runner, pool, alive, endSweep } = working
      stopping.abort(new Error('the process is stopping'))
      await endSweep()
      const graceful = runner
        .stop()
        .catch((error: unknown) => log('error', 'stopping jobs failed', { error }))
      if (!(await within(stopPatience, graceful))) {
        log('warn', 'some jobs did not end in time; they are given back')
        await within(
          killPatience,
          runner.kill('did not end in time').catch(() => undefined),
        )
      }
      await leave(database, processId, pool())
      alive.end()
    },
  }
}

/** What this process still holds is free for others before it is gone. */
async function leave(database: Database, processId: string, pool: string): Promise<void> {
  for (const tenantId of await database.system(tenantIds)) {
    await database.tenant(tenantId, (trx) => freeLeases(trx, [processId]))
  }
  await database.system((trx) => buryProcesses(trx, [{ id: processId, pool, lockKey: '0' }]))
}

async function startRunner(
  options: JobsOptions,
  base: { readonly processId: string; readonly signal: AbortSignal },
  signIn: (pool: string) => Promise<void>,
  log: JobLog,
): Promise<Runner> {
  const { database, tasks, crons = [], concurrency = 4 } = options
  let signedIn: Promise<void> | null = null
  return run({
    pgPool: database.pool,
    concurrency,
    noHandleSignals: true,
    logger: loggerOf(log),
    taskList: taskList(tasks, crons, base, log),
    parsedCronItems: parseCronItems(crons.map(cronItem)),
    preset: {
      plugins: [
        {
          name: 'OwlieProcess',
          version: '1.0.0',
          worker: {
            hooks: {
              // Awaited before the first job is locked: no job is ever locked by a pool nobody knows.
              startWorker: async (_context, { worker }) => (signedIn ??= signIn(worker.workerPool.id)),
            },
          },
        },
      ],
    },
  })
}

function cronItem(cron: Cron): CronItem {
  const identifier = `cron:${cron.name}`
  return {
    task: identifier,
    identifier,
    match: cron.match,
    options: { backfillPeriod: cron.backfillMs ?? 0 },
  }
}

function taskList(
  tasks: Tasks,
  crons: readonly Cron[],
  base: Omit<TaskContext, 'attempt'>,
  log: JobLog,
): TaskList {
  const list: TaskList = {}
  for (const [name, task] of Object.entries(tasks)) {
    list[name] = async (payload, { job }) => {
      const ids = { tenantId: '', ...(payload as Record<string, string>) }
      await quietly(name, log, () => task(ids, { ...base, attempt: job.attempts }))
    }
  }
  for (const cron of crons) {
    list[`cron:${cron.name}`] = async (payload, { job }) => {
      const { ts } = (payload as { _cron: { ts: string } })._cron
      await quietly(cron.name, log, () => cron.run({ ...base, attempt: job.attempts, at: new Date(ts) }))
    }
  }
  return list
}

/** The library stores a thrown error's message in its table; ours may name people or quote a target's answer. */
async function quietly(task: string, log: JobLog, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log('error', 'a job failed', { task, error })
    const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
    throw new Error([name, code].filter((part) => typeof part === 'string').join(' ') || 'Error')
  }
}

function loggerOf(log: JobLog): Logger {
  return new Logger((scope) => (level, message, meta) => {
    // A line for every job that went well is a debugging matter; payloads and clients in `meta` are nobody's.
    const ours = level === 'warning' ? 'warn' : level === 'info' ? 'debug' : level
    log(ours, message, { task: scope.taskIdentifier, jobId: scope.jobId, error: meta?.['error'] })
  })
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
