import { type CronItem, Logger, parseCronItems, run, type Runner, type TaskList } from 'graphile-worker'
import type { JobsOptions } from './run.ts'
import type { Cron, JobLog, TaskContext, Tasks } from './task.ts'

/** Starts the library's runner with our tasks. `signIn` is awaited before the first job is locked. */
export async function startRunner(
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
  const failed = await work().then(
    () => null,
    (error: unknown) => ({ error }),
  )
  if (!failed) return
  log('error', 'a job failed', { task, error: failed.error })
  const { name, code } = (failed.error ?? {}) as { name?: unknown; code?: unknown }
  throw new Error([name, code].filter((part) => typeof part === 'string').join(' ') || 'Error')
}

function loggerOf(log: JobLog): Logger {
  return new Logger((scope) => (level, message, meta) => {
    // A line for every job that went well is a debugging matter; payloads and clients in `meta` are nobody's.
    const ours = level === 'warning' ? 'warn' : level === 'info' ? 'debug' : level
    log(ours, message, { task: scope.taskIdentifier, jobId: scope.jobId, error: meta?.['error'] })
  })
}
