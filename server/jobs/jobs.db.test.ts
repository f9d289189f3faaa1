import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from '../db/index.ts'
import { testDatabase } from '../test/database.ts'
import { acquireLease, createJobs, enqueue, type Jobs } from './index.ts'
import { addWork, countingJobs, prepareWork, progress } from './test/counting-work.ts'

let database: Database & { url: string }
const running: Jobs[] = []
const children: ChildProcess[] = []

beforeEach(async () => {
  database = await testDatabase()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(running.splice(0).map((jobs) => jobs.stop()))
  await database.close()
})

const started = async (jobs: Jobs) => {
  running.push(jobs)
  await jobs.start()
  return jobs
}
const until = (check: () => unknown, timeout = 15_000) => vi.waitUntil(check, { timeout, interval: 20 })
const count = async (query: string) =>
  Number((await database.pool.query<{ n: string }>(`select count(*) as n ${query}`)).rows[0]!.n)
const waitingJobs = () => count('from graphile_worker.jobs')

async function spawn(file: string, env: Record<string, string> = {}): Promise<ChildProcess> {
  const path = new URL(`./test/${file}`, import.meta.url)
  const child = fork(path, [], {
    env: { ...process.env, TEST_URL: database.url, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  return child
}
async function said(child: ChildProcess, word: string): Promise<void> {
  const listening = new AbortController()
  const { signal } = listening
  const died = once(child, 'exit', { signal }).then(() => ['died'])
  died.catch(() => undefined)
  expect((await Promise.race([once(child, 'message', { signal }), died]))[0]).toBe(word)
  listening.abort()
}

/** As a restart of the database or a broken network does, from a connection of its own. */
async function cutConnections(): Promise<void> {
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await client.end()
}

describe('enqueue', () => {
  test('a job exists exactly when its transaction commits, and runs in its tenant', async () => {
    await database.pool.query(`insert into tenant (id, name) values ('other', 'Other')`)
    const seen: unknown[] = []
    await started(
      createJobs({ database, roles: ['worker'], tasks: { note: async (ids) => void seen.push(ids) } }),
    )
    const failing = database.tenant('default', async (trx) => {
      await enqueue(trx, 'note', { id: 'lost' })
      throw new Error('the change failed')
    })
    await expect(failing).rejects.toThrow('the change failed')
    await database.tenant('other', (trx) => enqueue(trx, 'note', { id: 'kept', tenantId: 'default' }))
    await until(() => seen.length > 0)
    expect(seen).toEqual([{ id: 'kept', tenantId: 'other' }])
  })

  test('one waiting job per key; keepRunAt leaves its time alone', async () => {
    const far = new Date(Date.now() + 3_600_000)
    const near = new Date(Date.now() + 1_800_000)
    const runAt = async () =>
      (await database.pool.query<{ run_at: Date }>('select run_at from graphile_worker.jobs')).rows.map(
        (row) => row.run_at,
      )
    await database.tenant('default', (trx) => enqueue(trx, 'note', {}, { key: 'k', runAt: far }))
    await database.tenant('default', (trx) => enqueue(trx, 'note', {}, { key: 'k', keepRunAt: true }))
    expect(await runAt()).toEqual([far])
    await database.tenant('default', (trx) => enqueue(trx, 'note', {}, { key: 'k', runAt: near }))
    expect(await runAt()).toEqual([near])
  })

  test('a task that throws is kept for later; its message is not stored', async () => {
    const errors: unknown[] = []
    await started(
      createJobs({
        database,
        roles: ['worker'],
        log: (level, _message, fields) =>
          void (level === 'error' && fields?.['task'] === 'boom' && errors.push(fields['error'])),
        tasks: {
          boom: async () => {
            throw Object.assign(new Error('canary-5512 in a message'), { code: 'E_BOOM' })
          },
        },
      }),
    )
    await database.tenant('default', (trx) => enqueue(trx, 'boom', {}))
    await until(() => errors.length > 0)
    await until(async () => (await count(`from graphile_worker.jobs where last_error is not null`)) === 1)
    const { rows } = await database.pool.query<{ last_error: string }>(
      'select last_error from graphile_worker.jobs',
    )
    expect(rows[0]!.last_error).toContain('E_BOOM')
    expect(rows[0]!.last_error).not.toContain('canary')
  })
})

describe('processes that die', () => {
  test('F09: a process stopped past its lease and continued cannot write', async () => {
    const child = await spawn('holder.ts')
    await said(child, 'holding')
    child.kill('SIGSTOP')
    await until(() => database.tenant('default', (trx) => acquireLease(trx, 'frozen', 'successor', 60_000)))
    const answer = said(child, 'jobs.lease_lost')
    child.send('write')
    child.kill('SIGCONT')
    await answer
  })

  test('kill -9 in the middle: after a restart work goes on within 3 s, no step twice', async () => {
    await prepareWork(database)
    await addWork(database, 'default', 'w', 40)
    const victim = await spawn('worker.ts', { TEST_STEP_MS: '60' })
    await said(victim, 'ready')
    await until(async () => (await progress(database, 'default', 'w')).done >= 5)
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    const before = await progress(database, 'default', 'w')
    expect(before.done).toBeLessThan(40)
    const restart = performance.now()
    await started(countingJobs(database, 20))
    await until(async () => (await progress(database, 'default', 'w')).done > before.done)
    expect(performance.now() - restart).toBeLessThan(3000)
    await until(async () => (await progress(database, 'default', 'w')).done === 40)
    const after = await progress(database, 'default', 'w')
    expect(after.steps.map((row) => row.step)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
    expect(new Set(after.steps.map((row) => row.by_process)).size).toBe(2)
  })

  test('kill -9 with another worker alive: it takes over by itself', async () => {
    await prepareWork(database)
    const victim = await spawn('worker.ts', { TEST_STEP_MS: '60' })
    await said(victim, 'ready')
    await addWork(database, 'default', 'w', 30)
    await until(async () => (await progress(database, 'default', 'w')).done >= 3)
    await started(countingJobs(database, 20))
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    const killed = performance.now()
    const { done } = await progress(database, 'default', 'w')
    await until(async () => (await progress(database, 'default', 'w')).done > done)
    expect(performance.now() - killed).toBeLessThan(4000)
    await until(async () => (await progress(database, 'default', 'w')).done === 30)
    await until(async () => (await count(`from worker_process`)) === 1)
  })

  test('every connection cut in the middle: the process lives on and the work is finished', async () => {
    await prepareWork(database)
    await addWork(database, 'default', 'w', 20)
    await started(countingJobs(database, 30))
    // The looks below go over connections that are cut as well: one that is refused is made again.
    const done = async () => (await progress(database, 'default', 'w').catch(() => ({ done: 0 }))).done
    for (const enough of [3, 6, 9, 12]) {
      await until(async () => (await done()) >= enough)
      await cutConnections()
    }
    await until(async () => (await done()) === 20, 25_000)
    await until(async () => (await count(`from graphile_worker.jobs`).catch(() => 1)) === 0)
    expect((await progress(database, 'default', 'w')).steps).toHaveLength(20)
  })

  test('SIGTERM-like stop: the step in hand is finished, the lease is free at once, a successor goes on', async () => {
    await prepareWork(database)
    await addWork(database, 'default', 'w', 30)
    const leaving = await spawn('worker.ts', { TEST_STEP_MS: '60' })
    await said(leaving, 'ready')
    await until(async () => (await progress(database, 'default', 'w')).done >= 3)
    const asked = performance.now()
    const stopped = said(leaving, 'stopped')
    leaving.send('stop')
    await stopped
    expect(performance.now() - asked).toBeLessThan(10_000)
    expect(await count(`from lease where owner is not null`)).toBe(0)
    expect(await count(`from worker_process`)).toBe(0)
    const { done } = await progress(database, 'default', 'w')
    const successor = performance.now()
    await started(countingJobs(database, 5))
    await until(async () => (await progress(database, 'default', 'w')).done > done)
    expect(performance.now() - successor).toBeLessThan(2000)
    await until(async () => (await progress(database, 'default', 'w')).done === 30)
  })

  test('a task that will not end does not hold up the stop; its job is given back', async () => {
    let begun = 0
    const jobs = await started(
      createJobs({
        database,
        roles: ['worker'],
        tasks: {
          deaf: () => {
            begun++
            return new Promise(() => undefined)
          },
        },
      }),
    )
    await database.tenant('default', (trx) => enqueue(trx, 'deaf', {}))
    await until(() => begun === 1)
    const asked = performance.now()
    await jobs.stop()
    expect(performance.now() - asked).toBeLessThan(10_000)
    expect(await count(`from graphile_worker.jobs where locked_at is null`)).toBe(1)
  })

  test('F09: a process stopped in the middle of its sweep does not keep the others from theirs', async () => {
    await prepareWork(database)
    const stopped = new pg.Client(database.url)
    await stopped.connect()
    await stopped.query('begin')
    await stopped.query('update worker_sweep set swept_at = clock_timestamp()')
    await started(countingJobs(database, 1))
    await database.tenant('default', (trx) =>
      sql`insert into work (id, goal) values ('waiting', 3)`.execute(trx),
    )
    await started(countingJobs(database, 1))
    await until(async () => (await progress(database, 'default', 'waiting')).done === 3)
    await stopped.end()
  })

  test('a feature whose wake fails does not keep the others asleep', async () => {
    await prepareWork(database)
    await database.tenant('default', (trx) =>
      sql`insert into work (id, goal) values ('forgotten', 3)`.execute(trx),
    )
    const working = countingJobs(database, 1)
    const failures: string[] = []
    const broken = createJobs({
      database,
      roles: ['worker'],
      tasks: {},
      wakes: [
        async function broken(trx) {
          await sql`select no_such_column from work`.execute(trx)
          return []
        },
        async () => [{ task: 'count', ids: { id: 'forgotten' }, key: 'count:forgotten' }],
      ],
      log: (level, _message, fields) => void (level === 'error' && failures.push(String(fields?.['wake']))),
    })
    await started(broken)
    await until(() => failures.includes('broken'))
    await until(async () => (await waitingJobs()) === 1)
    await started(working)
    await until(async () => (await progress(database, 'default', 'forgotten')).done === 3)
  })
})

describe('schedules', () => {
  test('two schedulers make one job per time, also for those missed while nobody lived', async () => {
    const at: string[] = []
    const make = () =>
      createJobs({
        database,
        roles: ['worker'],
        tasks: {},
        crons: [
          {
            name: 'tick',
            match: '* * * * *',
            backfillMs: 600_000,
            run: async (context) => void at.push(context.at.toISOString()),
          },
        ],
      })
    await database.pool.query(
      `insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
       values ('cron:tick', now() - interval '1 hour', date_trunc('minute', now()) - interval '5 minutes')`,
    )
    await Promise.all([started(make()), started(make())])
    await until(() => at.length >= 4)
    await until(async () => (await waitingJobs()) === 0)
    expect(new Set(at).size).toBe(at.length)
  })

  test('a process without the worker role runs nothing but can enqueue', async () => {
    let ran = 0
    await started(createJobs({ database, roles: ['api'], tasks: { note: async () => void ran++ } }))
    await database.tenant('default', (trx) => enqueue(trx, 'note', {}))
    expect(await count(`from worker_process`)).toBe(0)
    expect([await waitingJobs(), ran]).toEqual([1, 0])
  })
})
