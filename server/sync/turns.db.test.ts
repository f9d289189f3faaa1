import { type Failure, type Json, type ReadResult, systemClock } from '@owlie/connector-kit'
import { sql } from 'kysely'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { acquireLease } from '../jobs/index.ts'
import { auditRun, openEnds } from '../test/processes/invariants.ts'
import type { SyncLimits } from './index.ts'
import { ada, type Bench, connect, granted, openBench } from './test/bench.ts'
import { memory, type Memory, memoryConnector, memoryInput } from './test/memory-connector.ts'

/** Waiting, taking over, cancelling, and faults of our own, against the real database. */

let bench: Bench
let target: Memory
let connection: Connection

async function open(state: Memory, limits: Partial<SyncLimits> = {}) {
  target = state
  bench = await openBench({ connectors: [memoryConnector(state)], limits })
  connection = await connect(bench, memoryInput)
}
afterEach(() => bench.close())

const failing = (failure: Partial<Failure> & Pick<Failure, 'kind'>) => (): ReadResult => ({
  failure: { code: `test.${failure.kind}`, message: `It was ${failure.kind}.`, remedy: 'Try.', ...failure },
})
const staleCount = async () => {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    `select (select count(stale_since) from account) + (select count(stale_since) from entitlement)
          + (select count(stale_since) from access_grant) as n`,
  )
  return rows[0]!.n
}

describe('a turn that is over', () => {
  it('leaves what is under way to the next one: nothing is asked for twice', async () => {
    // Time passes while the target answers, so turns end between any two pages.
    let passed = 0
    const clock = { ...systemClock, monotonic: () => passed }
    target = memory(45, 6)
    target.before = () => {
      passed += 100
    }
    target.readers.people = ({ cursor }) => {
      const page = (cursor as { page: number } | null)?.page ?? 0
      const observations = target.people.slice(page * 10, page * 10 + 10)
      // jsonb puts the shorter name first.
      const next = { page: page + 1, of: 'people' }
      return { page: { observations, end: page < 4 ? { is: 'more', cursor: next } : { is: 'complete' } } }
    }
    bench = await openBench({ connectors: [memoryConnector(target)], clock, limits: { turnMs: 250 } })
    connection = await connect(bench, memoryInput)
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    const asked = target.asked.map(({ kind, request }) => JSON.stringify([kind, request]))
    expect(asked.filter((one, at) => asked.indexOf(one) !== at)).toEqual([])
    expect(asked).toHaveLength(5 + 1 + 6 * 5)
  })
})

describe('waits', () => {
  it('429s and outages park the run, which goes on later from where it was', async () => {
    await open(memory(45, 2))
    let left = 2
    const calls: Json[] = []
    target.readers.people = ({ cursor }) => {
      calls.push(cursor)
      const at = typeof cursor === 'number' ? cursor : 0
      if (at === 20 && left-- > 0)
        return failing({ kind: left === 1 ? 'throttled' : 'unavailable', notBefore: Date.now() + 400 })()
      const observations = target.people.slice(at, at + 10)
      return {
        page: { observations, end: at + 10 < 45 ? { is: 'more', cursor: at + 10 } : { is: 'complete' } },
      }
    }
    await bench.work()
    const started = granted(await bench.sync.start(ada, connection.id))
    const run = await bench.ended(started)
    expect(run.status).toBe('complete')
    expect(run.kinds[0]).toMatchObject({ read: 45, pages: 5 })
    expect(run.requests.waitedMs).toBeGreaterThan(300)
    expect(run.resumptions).toEqual([])
    expect(calls.filter((cursor) => cursor === 10)).toHaveLength(1)
  })

  it('shows what it waits for and until when', async () => {
    await open(memory(5, 0))
    target.readers.people = failing({ kind: 'throttled', notBefore: Date.now() + 60_000 })
    const run = await bench.sync1(connection)
    expect(run.status).toBe('running')
    expect(run.waiting!.reason).toContain('Memory asked Owlie to slow down')
    expect(run.waiting!.until.getTime()).toBeGreaterThan(Date.now() + 50_000)
    // Woken too early, it goes on waiting.
    await bench.drive(run, 1)
    expect(target.asked.filter(({ kind }) => kind === 'people')).toHaveLength(1)
    const due = await bench.database.tenant(ada.tenantId, (trx) => bench.sync.wake(trx))
    expect(due).toEqual([])
  })

  it('without a page for as long as allowed it gives up, and marks nothing', async () => {
    await open(memory(5, 1), { giveUpMs: 1 })
    await bench.sync1(connection)
    target.readers.groups = failing({ kind: 'unavailable' })
    let run = await bench.sync1(connection)
    while (!run.finishedAt) {
      await bench.database.pool.query(`update sync_run set waiting_until = now() where finished_at is null`)
      run = await bench.drive(run, 1)
    }
    expect(run).toMatchObject({
      status: 'failed',
      failure: { code: 'sync.gave_up', why: 'test.unavailable' },
    })
    expect(await staleCount()).toBe(0)
  })
})

describe('turns', () => {
  it('a small budget makes many turns, one session, and hardly a request twice', async () => {
    await open(memory(45, 5), { turnPages: 2 })
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    const asked = target.asked.map(({ kind, request }) => JSON.stringify([kind, request]))
    expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(run.kinds[2]!.pages / 2)
    expect(target.sessions).toBe(1)
    const flat = target.asked.filter(({ kind }) => kind === 'people').length
    expect(flat).toBe(run.kinds[0]!.pages)
  })

  it('while one worker has the run another does nothing', async () => {
    await open(memory(5, 0))
    const run = granted(await bench.sync.start(ada, connection.id))
    await bench.database.tenant(ada.tenantId, (trx) =>
      acquireLease(trx, `sync:${connection.id}`, 'somebody', 60_000),
    )
    const after = await bench.drive(run, 1)
    expect(after.status).toBe('queued')
    expect(target.asked).toEqual([])
  })

  it('a worker that was taken over writes nothing more', async () => {
    await open(memory(25, 0))
    let pages = 0
    target.before = async () => {
      pages += 1
      if (pages !== 2) return
      // The lease has run out while this worker was stopped; another one takes it.
      await bench.database.pool.query(`update lease set expires_at = now() - interval '1 s'`)
      await bench.database.tenant(ada.tenantId, (trx) =>
        acquireLease(trx, `sync:${connection.id}`, 'successor', 60_000),
      )
    }
    const run = granted(await bench.sync.start(ada, connection.id))
    const after = await bench.drive(run, 1)
    expect(after.kinds[0]!.pages).toBeLessThanOrEqual(1)
    const { rows } = await bench.database.pool.query<{ n: number }>('select count(*) as n from sync_page')
    expect(rows[0]!.n).toBe(after.kinds[0]!.pages)
    await bench.database.pool.query(`update lease set owner = null, expires_at = now()`)
    const done = await bench.drive(run)
    expect(done.status).toBe('complete')
    expect(done.resumptions).toHaveLength(1)
    expect(done.kinds[0]).toMatchObject({ read: 25, created: 25 })
  })

  it('a process that stops lets go at once; another goes on from the last page and says so', async () => {
    await open(memory(65, 1))
    let stopped: Promise<void> | null = null
    const jobs = await bench.work()
    target.before = (_kind, { cursor }) => {
      if (cursor === 30) stopped ??= jobs.stop()
    }
    const run = granted(await bench.sync.start(ada, connection.id))
    await vi.waitUntil(() => stopped !== null, { timeout: 10_000 })
    await stopped
    const halted = (await bench.sync.get(ada.tenantId, run.id))!
    expect(halted.status).toBe('running')
    const committed = halted.kinds[0]!.pages
    expect(committed).toBeLessThan(5)
    await bench.work(bench.another())
    const done = await bench.ended(run)
    expect(done).toMatchObject({
      status: 'complete',
      resumptions: [{ kind: 'people', fromPage: committed + 1 }],
    })
    expect(done.kinds[0]).toMatchObject({ read: 65, created: 65 })
  })

  it('a run that is interrupted again and again without a page ends and says so', async () => {
    await open(memory(5, 0), { mostInterruptions: 3 })
    const run = granted(await bench.sync.start(ada, connection.id))
    for (let times = 0; times < 4; times++) {
      const died = new AbortController()
      target.before = () => died.abort(new Error('killed'))
      const context = { signal: died.signal, processId: 'x', attempt: 1 }
      await bench.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: run.id }, context)
    }
    target.before = () => {}
    const context = { signal: new AbortController().signal, processId: 'x', attempt: 1 }
    const turn = () => bench.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: run.id }, context)
    await turn()
    const ended = (await bench.sync.get(ada.tenantId, run.id))!
    expect(ended).toMatchObject({ status: 'failed', failure: { code: 'sync.interrupted_too_often' } })
    expect(ended.resumptions).toHaveLength(3)
  })

  it('a run cancelled in mid-read stops there; what was read stays and nothing is marked', async () => {
    await open(memory(200, 0))
    await bench.sync1(connection)
    target.people = target.people.slice(0, 195)
    const run = granted(await bench.sync.start(ada, connection.id))
    let isAsked = false
    target.before = async () => {
      if (isAsked) return
      isAsked = true
      granted(await bench.sync.cancel(ada, run.id))
    }
    const after = await bench.drive(run)
    expect(after.status).toBe('cancelled')
    expect(after.kinds[0]).toMatchObject({ end: 'truncated', reason: 'Cancelled by Ada.' })
    expect(await staleCount()).toBe(0)
    expect((await bench.sync1(connection)).kinds[0]).toMatchObject({ stale: 5 })
  })

  it('a connection removed under a run ends it quietly', async () => {
    await open(memory(45, 0))
    const run = granted(await bench.sync.start(ada, connection.id))
    target.before = async () => {
      target.before = () => {}
      granted(await bench.connections.remove(ada, connection.id, connection.name))
    }
    const context = { signal: new AbortController().signal, processId: 'x', attempt: 1 }
    await bench.sync.tasks['sync.turn']!({ tenantId: ada.tenantId, runId: run.id }, context)
    expect(await bench.sync.get(ada.tenantId, run.id)).toBeNull()
    expect(bench.defects).toEqual([])
  })

  it('F10: a fault of ours is tried again a few times, then that run ends and says so; its neighbour does not notice', async () => {
    await open(memory(5, 0))
    const neighbour = await connect(bench, { ...memoryInput, name: 'Neighbour' })
    const broken = granted(await bench.sync.start(ada, connection.id))
    await bench.database.pool.query(
      `create function break_it() returns trigger language plpgsql as $$ begin raise exception 'x' using errcode = 'P0001'; end $$;
       create trigger broken before insert on sync_page for each row when (new.run_id = '${broken.id}')
         execute function break_it()`,
    )
    let run = await bench.drive(broken, 1)
    const other = await bench.sync1(neighbour)
    for (let turn = 0; turn < 10 && !run.finishedAt; turn++) {
      await bench.database.pool.query(`update sync_run set waiting_until = now() where finished_at is null`)
      run = await bench.drive(run, 1)
    }
    expect(run).toMatchObject({ status: 'failed', failure: { kind: 'defect', code: 'sync.defect' } })
    expect(bench.defects).toHaveLength(5)
    expect(other.status).toBe('complete')
    expect(await auditRun(bench.database, other.id)).toEqual([])
    expect([await openEnds(bench.database), await staleCount()]).toEqual([[], 0])
  })
})

describe('tenants', () => {
  it('another tenant sees nothing of it', async () => {
    await open(memory(5, 1))
    const run = await bench.sync1(connection)
    expect(await bench.sync.get('other', run.id)).toBeNull()
    expect(await bench.inventory.accounts('other', { first: 10 })).toMatchObject({ total: 0 })
    expect(await bench.inventory.records('other', connection.id, { first: 10 })).toEqual({
      records: [],
      next: null,
    })
    const due = await bench.database.tenant('other', (trx) =>
      sql`select count(*)::int as n from sync_run`.execute(trx),
    )
    expect(due.rows).toEqual([{ n: 0 }])
  })
})
