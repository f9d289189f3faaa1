import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { list } from '../audit/index.ts'
import type { Connection } from '../connections/index.ts'
import { isRefusal } from '../model/index.ts'
import type { Schedule, ScheduleInput } from './index.ts'
import { ada, type Bench, connect, granted, openBench } from './test/bench.ts'
import { memory, type Memory, memoryConnector, memoryInput } from './test/memory-connector.ts'

/** Runs that start by themselves, against the real database. */

let bench: Bench
let target: Memory
let connection: Connection

const nightly: ScheduleInput = {
  enabled: true,
  cron: '0 3 * * *',
  timeZone: 'Europe/Berlin',
  incrementalMinutes: null,
}

beforeEach(async () => {
  target = memory(5, 1)
  bench = await openBench({ connectors: [memoryConnector(target)] })
  connection = await connect(bench, memoryInput)
})
afterEach(() => bench.close())

const set = async (input: Partial<ScheduleInput> = {}): Promise<Schedule> =>
  granted(await bench.sync.setSchedule(ada, connection.id, { ...nightly, ...input }))
const now = () => bench.sync.schedule(ada.tenantId, connection.id)
const runs = async () => (await bench.sync.list(ada.tenantId, connection.id, { first: 50 })).nodes

/** As the sweep and a worker do: whatever is due is taken up. */
async function due(): Promise<readonly string[]> {
  const wakeUps = await bench.database.tenant(ada.tenantId, (trx) => bench.sync.wake(trx))
  const scheduled = wakeUps.filter(({ task }) => task === 'sync.schedule')
  const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
  for (const { task, ids } of scheduled)
    await bench.sync.tasks[task]!({ tenantId: ada.tenantId, ...ids }, context)
  return scheduled.map(({ key }) => key)
}
const missed = (column: 'due_at' | 'incremental_due_at', interval: string) =>
  bench.database.pool.query(`update sync_schedule set ${column} = now() - interval '${interval}'`)
const actions = async () =>
  (await bench.database.tenant(ada.tenantId, (trx) => list(trx, { first: 50 }))).events.map(
    ({ action }) => action,
  )

describe('setting it', () => {
  it('shows the next three times in its time zone, who set it, and is audited', async () => {
    const schedule = await set()
    expect(schedule.next).toHaveLength(3)
    for (const at of schedule.next)
      expect(at.toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' })).toBe('03:00:00')
    expect(schedule).toMatchObject({ enabled: true, updatedBy: 'Ada', lastFull: null })
    expect(await now()).toEqual(schedule)
    expect(await actions()).toContain('sync_schedule.set')
    expect(await due()).toEqual([])
  })

  it('what is wrong is refused whole, and nothing is stored', async () => {
    const answer = await bench.sync.setSchedule(ada, connection.id, { ...nightly, cron: '0 25 * * *' })
    expect(isRefusal(answer) && answer.refused).toMatchObject([{ code: 'sync.bad_cron', field: 'cron' }])
    expect(await now()).toBeNull()
    expect(await bench.sync.switchScheduleOff(ada, connection.id)).toMatchObject({
      refused: [{ code: 'sync.no_schedule' }],
    })
  })

  it('off keeps the settings and starts nothing', async () => {
    await set()
    await missed('due_at', '1 minute')
    const off = granted(await bench.sync.switchScheduleOff(ada, connection.id))
    expect(off).toMatchObject({ enabled: false, cron: nightly.cron, next: [] })
    expect(await due()).toEqual([])
    expect(await runs()).toEqual([])
  })

  it('another tenant has neither the schedule nor the connection', async () => {
    await set()
    const eve = { ...ada, tenantId: 'other', id: 'eve' }
    await bench.database.pool.query(`insert into tenant (id, name) values ('other', 'Other')`)
    expect(await bench.sync.schedule('other', connection.id)).toBeNull()
    expect(await bench.sync.setSchedule(eve, connection.id, nightly)).toMatchObject({
      refused: [{ code: 'connection.not_found' }],
    })
    await missed('due_at', '1 minute')
    expect(await bench.database.tenant('other', (trx) => bench.sync.wake(trx))).toEqual([])
    for (const table of ['sync_schedule', 'sync_hint_checkpoint', 'sync_statement'] as const) {
      const rows = await bench.database.tenant('other', (trx) => trx.selectFrom(table).selectAll().execute())
      expect(rows).toEqual([])
    }
  })
})

describe('when it is due', () => {
  it('times missed while no server lived make one run, not many', async () => {
    await set({ cron: '0 * * * *' })
    await missed('due_at', '3 days')
    expect((await now())!.next[0]!.getTime()).toBeLessThan(Date.now())
    expect(await due()).toHaveLength(1)
    expect(await due()).toEqual([])
    const [run, ...more] = await runs()
    expect(more).toEqual([])
    expect(run).toMatchObject({ trigger: 'schedule', actor: 'Schedule', mode: 'full', status: 'queued' })
    const schedule = (await now())!
    expect(schedule.lastFull).toMatchObject({ outcome: 'started', runId: run!.id, reason: null })
    expect(schedule.next[0]!.getTime()).toBeGreaterThan(Date.now())
    expect((await bench.drive(run!)).status).toBe('complete')
  })

  it('two workers that see it at once start one run', async () => {
    await set()
    await missed('due_at', '1 minute')
    const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
    const ids = { tenantId: ada.tenantId, connectionId: connection.id }
    await Promise.all(Array.from({ length: 4 }, () => bench.sync.tasks['sync.schedule']!(ids, context)))
    expect(await runs()).toHaveLength(1)
  })

  it('while a run is active it is skipped, with the reason and the run in the way', async () => {
    await set()
    const active = granted(await bench.sync.start(ada, connection.id))
    await missed('due_at', '1 minute')
    await due()
    expect(await runs()).toHaveLength(1)
    const schedule = (await now())!
    expect(schedule.lastFull).toMatchObject({
      outcome: 'skipped',
      reason: 'Run 1 of this connection was still queued.',
      runId: active.id,
    })
    expect(schedule.next[0]!.getTime()).toBeGreaterThan(Date.now())
    expect(await actions()).toContain('sync_schedule.skipped')
  })

  it('a connection that cannot be synced is skipped with its own words', async () => {
    await set()
    await bench.database.pool.query(
      `update connection_test set status = 'failed'; update connection set state = 'incomplete', state_reason = 'The last test failed.'`,
    )
    await missed('due_at', '1 minute')
    await due()
    expect((await now())!.lastFull).toMatchObject({ outcome: 'skipped', reason: 'The last test failed.' })
  })

  it('the job system starts it, to the end', async () => {
    await set()
    await missed('due_at', '1 minute')
    await bench.work()
    const started = await bench.ended((await waitForRun())!)
    expect(started).toMatchObject({ status: 'complete', trigger: 'schedule' })
  })

  it('an incremental time without hints stays quiet: it says so and leaves the full ones alone', async () => {
    const { next } = await set({ incrementalMinutes: 5 })
    await missed('incremental_due_at', '1 minute')
    await due()
    const schedule = (await now())!
    expect(await runs()).toEqual([])
    expect(schedule.lastIncremental).toMatchObject({
      outcome: 'skipped',
      reason: 'Memory does not tell what has changed, so every run reads everything.',
    })
    expect(schedule.next).toEqual(next)
    expect(await actions()).not.toContain('sync_schedule.skipped')
  })
})

async function waitForRun() {
  for (;;) {
    const [run] = await runs()
    if (run) return run
    await new Promise((resolve) => setImmediate(resolve))
  }
}
