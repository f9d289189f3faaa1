import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type FailPoint, failPoints } from '../../fail-point.ts'
import { type Bench, openBench } from './bench.ts'
import { drawFrom } from './draw.ts'
import { ada } from './engine.ts'
import { mutateTenant } from './mutate-tenant.ts'

/** Real worker processes in the middle of a sync: killed, stopped, frozen. After each fault I1 to I10. */

vi.setConfig({ testTimeout: 200_000 })

const points = failPoints.filter((name): name is FailPoint => !name.startsWith('provisioning.'))
const readAhead = 1
const seed = Number(process.env['OWLIE_TEST_SEED'] ?? Date.now() % 1_000_000)
const draw = drawFrom(seed)

let bench: Bench

beforeAll(async () => {
  bench = await openBench({
    sandbox: { users: 130, roles: 5, organizations: 18 },
    sync: { turnPages: 12, leaseMs: 2000, readAhead },
  })
  // Whoever comes first has somebody to bury.
  await bench.fleet.start()
}, 60_000)
afterEach(() => bench.sandbox.faults.clear())
afterAll(() => bench.close())

const runOf = async (id: string) => (await bench.sync.get(ada.tenantId, id))!

/** A tenant that has changed, and a run that nobody works on yet. */
async function begin(): Promise<string> {
  mutateTenant(bench.sandbox, draw)
  return (await bench.startRun()).id
}

async function finish(id: string): Promise<void> {
  if (bench.fleet.living().length === 0) await bench.fleet.start()
  await bench.watch(id, (sight) => sight.isOver)
  expect(await runOf(id)).toMatchObject({ status: 'complete', failure: null })
  expect(await bench.violations({ runId: id })).toEqual([])
}

/** Page requests that were made more than once. */
function repeated(): number {
  const asked = bench.sandbox.requests.entries.filter(({ method }) => method === 'GET')
  return asked.length - new Set(asked.map(({ target }) => target)).size
}

describe(`a sync (seed ${seed})`, () => {
  test.each(points)('F01: SIGKILL at %s: goes on from the last committed page', async (at) => {
    const arm = { at, nth: at.startsWith('sync.page.') ? 4 : 1 }
    // Only a newcomer has the dead of before to bury; else whoever finished the run before is the next to die.
    if (at === 'jobs.sweep.freed') await bench.fleet.killAll()
    const [victim = await bench.fleet.start(arm)] = bench.fleet.living()
    if (victim.arm === null) await bench.fleet.arm(victim, arm)
    const id = await begin()
    expect(await victim.gone).toBe('SIGKILL')
    const { generation } = await runOf(id)
    await finish(id)
    expect((await runOf(id)).generation).toBe(generation)
    // The page in hand, and the one that was asked for ahead of it.
    expect(repeated()).toBeLessThanOrEqual(1 + readAhead)
  })

  test('F03: SIGKILL at any write to any socket, before or after it, life after life', async () => {
    await bench.fleet.killAll()
    const id = await begin()
    for (let life = 0; life < 6 && !(await runOf(id)).finishedAt; life++) {
      const worker = await bench.fleet.start({ write: draw.between(40, 160), isSent: draw.chance(0.5) })
      await bench.watch(id, (sight) => worker.isDead() || sight.isOver)
    }
    await finish(id)
  })

  test('F08: SIGTERM with work in flight: everything is given back, and a successor goes on', async () => {
    await bench.fleet.killAll()
    const id = await begin()
    bench.sandbox.faults.add({ match: { method: 'GET' }, effect: { kind: 'delay', ms: 15 } })
    const leaving = await bench.fleet.start()
    await bench.watch(id, ({ pages }) => pages >= 8)
    leaving.process.kill('SIGTERM')
    expect(await leaving.gone).toBe(null)
    expect(leaving.process.exitCode).toBe(0)
    expect(await bench.held()).toEqual([])
    expect(await runOf(id)).toMatchObject({ finishedAt: null, resumptions: [] })
    bench.sandbox.faults.clear()
    await finish(id)
    expect((await runOf(id)).resumptions).toHaveLength(1)
  })

  test('F09: SIGSTOP past the lease, then SIGCONT: another took over, what the woken one writes is refused', async () => {
    await bench.fleet.killAll()
    const id = await begin()
    const frozen = await bench.fleet.start({ at: 'sync.page.read', nth: 5, signal: 'SIGSTOP' })
    const { token } = await bench.watch(id, ({ pages }) => pages === 4)
    await bench.fleet.start()
    const after = await bench.watch(id, (sight) => sight.isOver)
    expect(after.token).toBeGreaterThan(token)
    const books = () => bench.database.pool.query('select * from sync_page where run_id = $1', [id])
    const before = await books()
    await bench.wake(frozen)
    expect((await books()).rows).toEqual(before.rows)
    expect(await bench.violations({ runId: id })).toEqual([])
  })

  test('F11: 20 kills in a row: every life is a page further, and the run says each', async () => {
    await bench.fleet.killAll()
    const id = await begin()
    const lives: number[] = []
    for (let life = 0; life < 20; life++) {
      const { gone } = await bench.fleet.start({ at: 'sync.page.committed', nth: 1 })
      expect(await gone).toBe('SIGKILL')
      lives.push((await bench.watch(id, () => true)).pages)
    }
    expect(lives).toEqual(Array.from({ length: 20 }, (_, life) => life + 1))
    await finish(id)
    const { resumptions } = await runOf(id)
    expect(resumptions).toHaveLength(20)
    // Each says the page it went on with: the one after those that were committed when its predecessor was killed.
    const { rows } = await bench.database.pool.query<{ kind: string; sequence: number; at: Date }>(
      'select kind, sequence, at from sync_page where run_id = $1 order by at',
      [id],
    )
    for (const { at, kind, fromPage } of resumptions) {
      const committed = rows.filter((page) => page.at.getTime() < Date.parse(at) && page.kind === kind)
      expect(fromPage).toBe(committed.length + 1)
    }
  })
})
