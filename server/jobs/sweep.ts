import type { Database } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import { enqueue } from './enqueue.ts'
import { buryProcesses, deadProcesses, freeLeases, takeTurn, tenantIds } from './store.ts'
import type { JobLog, Wake } from './task.ts'

export interface SweepParts {
  readonly database: Database
  /** Milliseconds between sweeps of the whole installation. */
  readonly every: number
  readonly wakes: readonly Wake[]
  readonly processId: string
  /** Says that this process lives. */
  readonly beat: () => Promise<void>
  readonly log: JobLog
}

/** Sweeps now and then every so often, never twice at once. The returned function ends it and waits for the last. */
export function startSweep(parts: SweepParts): () => Promise<void> {
  let ended = false
  let first = true
  let timer: NodeJS.Timeout | undefined
  let current = turn()

  async function turn(): Promise<void> {
    try {
      await parts.beat()
      await sweep(parts, first)
      first = false
    } catch (error) {
      parts.log('error', 'a sweep failed; the next one tries again', { error })
    }
    if (!ended) timer = setTimeout(() => (current = turn()), parts.every)
  }

  return async () => {
    ended = true
    clearTimeout(timer)
    await current
    clearTimeout(timer)
  }
}

/** A process that has just come up sweeps at once, whoever's turn it is: it may be the restart that work waits for. */
async function sweep(parts: SweepParts, anyway: boolean): Promise<void> {
  const { database, processId, wakes, every, log } = parts
  // A little less than the period, or two processes out of step would halve the rate.
  const { mine, dead, tenants } = await database.system(async (trx) => {
    const dead = await deadProcesses(trx, processId)
    const mine = (await takeTurn(trx, every * 0.75)) || anyway || dead.length > 0
    return { mine, dead, tenants: mine ? await tenantIds(trx) : [] }
  })
  if (!mine) return
  if (dead.length > 0) {
    log('warn', 'worker processes died; their work is taken over', { processes: dead.map((row) => row.id) })
    const ids = dead.map((row) => row.id)
    for (const tenantId of tenants) await database.tenant(tenantId, (trx) => freeLeases(trx, ids))
    failPoint('jobs.sweep.freed')
    // Last, so that a sweep that dies here leaves the dead to the next one.
    await database.system((trx) => buryProcesses(trx, dead))
  }
  for (const tenantId of tenants) {
    for (const wake of wakes) await wakeOne(database, tenantId, wake, log)
  }
}

/** Each alone: one feature's broken query must not keep the others asleep. */
async function wakeOne(database: Database, tenantId: string, wake: Wake, log: JobLog): Promise<void> {
  try {
    await database.tenant(tenantId, async (trx) => {
      for (const { task, ids, key } of await wake(trx))
        await enqueue(trx, task, ids, { key, keepRunAt: true })
    })
  } catch (error) {
    log('error', 'looking for unfinished work failed', { wake: wake.name, error })
  }
}
