import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { SyncLimits, SyncRun } from './index.ts'
import { ada, type Bench, connect, granted, openBench } from './test/bench.ts'
import { memory, type Memory, memoryConnector, memoryInput } from './test/memory-connector.ts'

/** Pausing, resuming and cancelling, against the real database. */

let bench: Bench
let target: Memory
let connection: Connection

async function open(state: Memory, limits: Partial<SyncLimits> = {}) {
  target = state
  bench = await openBench({ connectors: [memoryConnector(state)], limits })
  connection = await connect(bench, memoryInput)
}
afterEach(() => bench.close())

const get = async (run: SyncRun) => (await bench.sync.get(ada.tenantId, run.id))!
const wakes = () => bench.database.tenant(ada.tenantId, (trx) => bench.sync.wake(trx))
const peopleAsked = () => target.asked.filter(({ kind }) => kind === 'people').length

/** Pauses the run while its third page of people is being read. */
async function pausedInMidRun(): Promise<SyncRun> {
  const started = granted(await bench.sync.start(ada, connection.id))
  let pausing: Promise<unknown> = Promise.resolve()
  target.before = async (_kind, { cursor }) => {
    if (cursor !== 20) return
    target.before = () => {}
    pausing = bench.sync.pause(ada, started.id)
    await pausing
  }
  await bench.drive(started, 3)
  return get(started)
}

describe('a paused run', () => {
  it('stops after the page in flight, keeps what it has, and goes on from there', async () => {
    await open(memory(95, 2))
    const paused = await pausedInMidRun()
    expect(paused).toMatchObject({ status: 'paused', paused: { by: 'Ada' }, eta: null, finishedAt: null })
    const { pages, read } = paused.kinds[0]!
    // Its own page, and at most the one that was under way with it.
    expect(pages).toBeGreaterThanOrEqual(2)
    expect(pages).toBeLessThanOrEqual(4)
    expect(read).toBe(pages * 10)
    // Woken by whatever, it does nothing; nothing wakes it.
    const asked = target.asked.length
    await bench.drive(paused, 2)
    expect(target.asked).toHaveLength(asked)
    expect(await wakes()).toEqual([])

    expect(granted(await bench.sync.resume(ada, paused.id)).status).toBe('running')
    const done = await bench.drive(paused)
    expect(done).toMatchObject({ status: 'complete', paused: null, resumptions: [] })
    expect(done.kinds[0]).toMatchObject({ read: 95, pages: 10 })
    expect(peopleAsked()).toBeLessThanOrEqual(12)
  })

  it('stays the active one: no second run beside it', async () => {
    await open(memory(95, 1))
    const paused = await pausedInMidRun()
    expect(await bench.sync.start(ada, connection.id)).toMatchObject({
      refused: [{ code: 'sync.already_running' }],
    })
    expect((await bench.sync.activeRun(ada.tenantId, connection.id))?.id).toBe(paused.id)
  })

  it('can be cancelled, and marks nothing', async () => {
    await open(memory(95, 1))
    await bench.sync1(connection)
    target.people = target.people.slice(0, 50)
    const paused = await pausedInMidRun()
    expect(granted(await bench.sync.cancel(ada, paused.id))).toMatchObject({
      status: 'cancelled',
      paused: null,
    })
    const { rows } = await bench.database.pool.query(
      'select count(*)::int as n from account where stale_since is not null',
    )
    expect(rows).toEqual([{ n: 0 }])
  })

  it('is paused once, resumed once, and neither after its end', async () => {
    await open(memory(5, 1))
    const run = granted(await bench.sync.start(ada, connection.id))
    expect(await bench.sync.resume(ada, run.id)).toMatchObject({ refused: [{ code: 'sync.not_paused' }] })
    expect(granted(await bench.sync.pause(ada, run.id)).status).toBe('paused')
    expect(await bench.sync.pause(ada, run.id)).toMatchObject({ refused: [{ code: 'sync.already_paused' }] })
    granted(await bench.sync.resume(ada, run.id))
    await bench.drive(run)
    expect(await bench.sync.pause(ada, run.id)).toMatchObject({ refused: [{ code: 'sync.has_ended' }] })
    expect(await bench.sync.pause({ ...ada, tenantId: 'other' }, run.id)).toMatchObject({
      refused: [{ code: 'sync.not_found' }],
    })
    const { rows } = await bench.database.pool.query(
      `select action from audit_event where action like 'sync_run.%' order by seq`,
    )
    expect(rows.map(({ action }) => String(action).replace('sync_run.', ''))).toEqual([
      'started',
      'paused',
      'resumed',
      'ended',
    ])
  })

  it('does not give up for the time it stood still', async () => {
    await open(memory(95, 1), { giveUpMs: 60_000 })
    const paused = await pausedInMidRun()
    await bench.database.pool.query(`update sync_run set progress_at = now() - interval '2 days'`)
    granted(await bench.sync.resume(ada, paused.id))
    target.readers.people = () => ({
      failure: { kind: 'unavailable', code: 'test.away', message: 'Away.', remedy: 'Wait.' },
    })
    expect((await bench.drive(paused, 1)).status).toBe('running')
  })

  it('resumed under workers it ends', async () => {
    await open(memory(95, 2))
    await bench.work()
    const started = granted(await bench.sync.start(ada, connection.id))
    granted(await bench.sync.pause(ada, started.id))
    granted(await bench.sync.resume(ada, started.id))
    expect((await bench.ended(started)).status).toBe('complete')
  })
})
