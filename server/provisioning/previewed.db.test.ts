import { auth0 } from '@owlie/connector-auth0'
import { actionOf, isRepeatable } from '@owlie/connector-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Item, Operation, Step } from './index.ts'
import { ada, type Bench, item, openBench } from './test/bench.ts'
import { drawn, itemsOf, madeOf, move, objects, present, wishes } from './test/draw-plan.ts'

/**
 * What was applied is what was previewed, or it was refused as stale: over plans nobody thought of, made of every action
 * the connector has, with a target that moves between the preview and the approval. `OWLIE_PLANS=1000` makes it as many
 * as that.
 */
const runs = Number(process.env['OWLIE_PLANS'] ?? 10)

let bench: Bench
let connection: Connection

beforeAll(async () => {
  // One person approves everything here.
  const guard = { free: 1e6, absolute: 1e6, percent: 100 }
  bench = await openBench({ users: 3, roles: 1, organizations: 1 }, { settleMs: 1, backoffMs: 1, guard })
  connection = await bench.connect('everything')
}, 60_000)
afterAll(() => bench.close())

test('every action of the connector is drawn', () => {
  expect(Object.keys(wishes).sort()).toEqual(auth0.manifest.actions!.map(({ name }) => name).sort())
})

test(
  `what is applied was previewed, or nothing of it is: ${runs} plans`,
  async () => {
    const ends = new Map<string, number>()
    const done = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(drawn, async (one) => {
        const { tenant } = bench.sandbox
        const on = objects(tenant)
        const run = await carriedOut(itemsOf(one, on), () => {
          move(one, tenant, on)
          return present(tenant, on)
        })
        for (const { action, state } of run.steps)
          if (state === 'applied') done.set(action, (done.get(action) ?? 0) + 1)
        const end = judge(run, one.moved.length > 0)
        ends.set(end, (ends.get(end) ?? 0) + 1)
        expect(Math.max(...madeOf(tenant, on)), 'made twice').toBeLessThanOrEqual(1)
      }),
      { numRuns: runs, endOnFailure: true },
    )
    expect(bench.defects).toEqual([])
    if (runs < 200) return
    console.info(Object.fromEntries(ends), Object.fromEntries(done))
    expect(ends.get('applied')).toBeGreaterThan(0)
    expect(ends.get('stale')).toBeGreaterThan(0)
    expect(Object.keys(wishes).filter((action) => !done.has(action))).toEqual([])
  },
  30_000 + runs * 2_000,
)

test('the same change named twice in one wish is one change', async () => {
  const { id } = bench.sandbox.tenant.addRole({ name: 'Named twice', description: 'Before' })
  const one = item('role.update', { role: [id] }, { description: 'described' })
  const run = await carriedOut([one, one], () => new Map())
  expect(judge(run, false)).toBe('applied')
  expect(run.effects).toHaveLength(1)
})

interface Run {
  readonly planned: Operation
  readonly ended: Operation
  /** As they were shown before the approval. */
  readonly shown: readonly Step[]
  /** Of the last plan, at the end. */
  readonly steps: readonly Step[]
  /** What was so just before the approval: `id field`. */
  readonly before: ReadonlyMap<string, unknown>
  readonly effects: Bench['sandbox']['writes']['entries']
}

/** Previews, lets the target move, approves and carries out. */
async function carriedOut(
  items: readonly Item[],
  meanwhile: () => ReadonlyMap<string, unknown>,
): Promise<Run> {
  bench.sandbox.writes.reset()
  const planned = await bench.wish(connection, items)
  const shown = await bench.provisioning.steps(ada.tenantId, planned.id)
  const before = meanwhile()
  const ended = planned.state === 'planned' ? await bench.drive(await bench.approve(planned)) : planned
  const steps = await bench.provisioning.steps(ada.tenantId, planned.id)
  return { planned, ended, shown, steps, before, effects: [...bench.sandbox.writes.entries] }
}

/** Holds every effect against what was shown, and says how it ended. */
function judge({ planned, ended, shown, steps, before, effects }: Run, moved: boolean): string {
  if (planned.state !== 'planned') {
    expect(effects).toEqual([])
    return `not planned: ${planned.state}`
  }
  for (const effect of effects) asShown(effect, shown, before)
  // Made anew, it has stopped where it was stale: it waits for another approval, cannot be had, or has nothing left.
  if (ended.plan!.number !== planned.plan!.number) {
    expect(moved, 'stale though nothing moved').toBe(true)
    expect(ended.plan!.hash).not.toBe(planned.plan!.hash)
    expect(['planned', 'refused', 'applied']).toContain(ended.state)
    if (ended.state === 'applied') expect(steps).toEqual([])
    return 'stale'
  }
  const named = ({ changeId, request }: Step) => [changeId, request]
  expect(steps.map(named)).toEqual(shown.map(named))
  for (const { action, changeId, state, units } of steps) {
    const own = effects.filter(({ correlationId }) => correlationId === changeId)
    if (state !== 'applied') expect(own, `${action} is ${state}`).toEqual([])
    else if (!moved && !isRepeatable(actionOf(auth0.manifest, action)!))
      expect(own, action).toHaveLength(units.length)
  }
  return ended.state
}

function asShown(
  { correlationId, ids, values = {}, kind }: Run['effects'][number],
  shown: readonly Step[],
  before: Run['before'],
): void {
  const step = shown.find(({ changeId }) => changeId === correlationId)
  expect(step, `${correlationId} was not shown`).toBeDefined()
  const to = new Map(step!.differences.map((one) => [one.what, one]))
  const isNew = kind.endsWith('.created')
  if (!isNew) for (const id of Object.values(ids)) expect(Object.values(step!.target).flat()).toContain(id)
  if (!isNew && !kind.endsWith('.updated')) return
  for (const [what, value] of Object.entries(values)) {
    if (isNew && !to.has(what)) continue
    expect(to.get(what)?.to, `${kind} ${what}`).toEqual(value)
    const was = Object.values(ids).map((id) => before.get(`${id} ${what}`))[0]
    // What was written over is what the preview said would be.
    if (!isNew && was !== undefined) expect(to.get(what)?.from, `${kind} wrote over ${what}`).toEqual(was)
  }
}
