import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../../db/index.ts'
import { assertHeld, createJobs, enqueue, holdLease, type JobLog, type Jobs, type Wake } from '../index.ts'

/**
 * Work as a feature would do it: rows that count from 0 to `goal`, one step a turn, each step written once under the
 * lease. Used in this process and in ones that are killed.
 */
export async function prepareWork(database: Database): Promise<void> {
  await database.pool.query(`
    create table work (tenant_id text not null, id text not null, done integer not null default 0, goal integer not null,
      primary key (tenant_id, id));
    call owlie_tenant_table('work');
    create table work_step (tenant_id text not null, id text not null, step integer not null, by_process text not null,
      primary key (tenant_id, id, step));
    call owlie_tenant_table('work_step');`)
}

export async function addWork(database: Database, tenantId: string, id: string, goal: number): Promise<void> {
  await database.tenant(tenantId, async (trx) => {
    await sql`insert into work (id, goal) values (${id}, ${goal})`.execute(trx)
    await enqueue(trx, 'count', { id }, { key: `count:${id}` })
  })
}

export async function progress(database: Database, tenantId: string, id: string) {
  return database.tenant(tenantId, async (trx) => {
    const work = await sql<{
      done: number
      goal: number
    }>`select done, goal from work where id = ${id}`.execute(trx)
    const steps = await sql<{ step: number; by_process: string }>`
      select step, by_process from work_step where id = ${id} order by step`.execute(trx)
    return { ...work.rows[0]!, steps: steps.rows }
  })
}

const wakeUnfinished: Wake = async (trx) => {
  const { rows } = await sql<{ id: string }>`
    select id from work where done < goal and owlie_lease_free('work:' || id)`.execute(trx)
  return rows.map(({ id }) => ({ task: 'count', ids: { id }, key: `count:${id}` }))
}

export function countingJobs(database: Database, stepMs: number, log?: JobLog): Jobs {
  return createJobs({
    database,
    roles: ['worker'],
    ...(log ? { log } : {}),
    wakes: [wakeUnfinished],
    tasks: {
      async count({ tenantId, id }, { signal, processId }) {
        const hold = { tenantId, resource: `work:${id!}`, owner: processId, ttlMs: 60_000 }
        await holdLease(database, hold, async (held) => {
          for (let more = true; more && !signal.aborted;) {
            await pause(stepMs, undefined, { signal }).catch(() => undefined)
            more = await database.tenant(tenantId, async (trx) => {
              await assertHeld(trx, held.lease)
              const { rows } = await sql<{ done: number; goal: number }>`
                update work set done = done + 1 where id = ${id!} and done < goal returning done, goal`.execute(
                trx,
              )
              const row = rows[0]
              if (!row) return false
              await sql`insert into work_step (id, step, by_process) values (${id!}, ${row.done}, ${processId})`.execute(
                trx,
              )
              return row.done < row.goal
            })
          }
        })
      },
    },
  })
}
