import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Item } from './index.ts'
import { ada, type Bench, openBench } from './test/bench.ts'

/**
 * What was applied is what was previewed, or it was refused as stale: over plans nobody thought of, with a target that
 * moves between the preview and the approval. `OWLIE_PLANS=1000` makes it as many as that.
 */
const runs = Number(process.env['OWLIE_PLANS'] ?? 10)

let bench: Bench
let connection: Connection

beforeAll(async () => {
  // One person approves everything here.
  bench = await openBench({}, { guard: { free: 1e6, absolute: 1e6, percent: 100 } })
  connection = await bench.connect('everything')
}, 60_000)
afterAll(() => bench.close())

let made = 0
/** A few objects of their own for each plan, so that plans do not meet. */
function objects() {
  const { tenant } = bench.sandbox
  const users = [1, 2, 3].map(
    () => tenant.addUser({ email: `g${++made}@previewed.example`, name: 'Before' }).user_id,
  )
  const roles = [1, 2].map(() => tenant.addRole({ name: `Previewed ${++made}` }).id)
  const organization = tenant.addOrganization({ name: `previewed-${++made}` }).id
  tenant.addMember(organization, users[0]!)
  return { users, roles, organization }
}
type Objects = ReturnType<typeof objects>

const at = fc.nat(2)
const wish = fc.oneof(
  fc.record({ is: fc.constant('rename' as const), at, name: fc.constantFrom('Ada', 'Grace', 'Before') }),
  fc.record({
    is: fc.constantFrom('block' as const, 'delete' as const, 'join' as const, 'leave' as const),
    at,
  }),
  fc.record({ is: fc.constantFrom('assign' as const, 'describe' as const), at }),
)
const movement = fc.record({ is: fc.constantFrom('rename' as const, 'remove' as const), at })

function itemOf(one: typeof wish extends fc.Arbitrary<infer T> ? T : never, of: Objects): Item {
  const user = [of.users[one.at]!]
  const role = [of.roles[one.at % 2]!]
  const organization = [of.organization]
  switch (one.is) {
    case 'rename':
      return { action: 'user.update', target: { user }, input: { name: 'name' in one ? one.name : '' } }
    case 'block':
      return { action: 'user.block', target: { user }, input: {} }
    case 'delete':
      return { action: 'user.delete', target: { user }, input: {} }
    case 'join':
      return { action: 'organization.add_members', target: { organization, user }, input: {} }
    case 'leave':
      return { action: 'organization.remove_members', target: { organization, user }, input: {} }
    case 'assign':
      return { action: 'role.assign', target: { role, user }, input: {} }
    case 'describe':
      return { action: 'role.update', target: { role }, input: { description: 'described' } }
  }
}

test(
  `what is applied was previewed, or nothing of it is: ${runs} plans`,
  async () => {
    const ends = new Map<string, number>()
    const wishes = fc.uniqueArray(wish, {
      minLength: 1,
      maxLength: 4,
      selector: ({ is, at: of }) => `${is}${of}`,
    })
    await fc.assert(
      fc.asyncProperty(wishes, fc.option(movement), async (wished, moved) => {
        const of = objects()
        bench.sandbox.writes.reset()
        const end = await applied(
          wished.map((one) => itemOf(one, of)),
          () => {
            if (!moved) return null
            const id = of.users[moved.at]!
            if (moved.is === 'remove') bench.sandbox.tenant.removeUser(id)
            else bench.sandbox.tenant.updateUser(id, { name: 'Moved' })
            return id
          },
        )
        ends.set(end, (ends.get(end) ?? 0) + 1)
      }),
      { numRuns: runs, endOnFailure: true },
    )
    expect(bench.defects).toEqual([])
    expect(ends.get('applied') ?? 0).toBeGreaterThan(0)
    if (runs >= 1000) console.info(Object.fromEntries(ends))
  },
  30_000 + runs * 2_000,
)

test('the same change named twice in one wish is one change', async () => {
  const one = itemOf({ is: 'describe', at: 0 }, objects())
  bench.sandbox.writes.reset()
  expect(await applied([one, one], () => null)).toBe('applied')
  expect(bench.sandbox.writes.entries).toHaveLength(1)
})

/** Previews, lets the target move, approves and carries out; holds every effect against what was shown. */
async function applied(items: readonly Item[], move: () => string | null): Promise<string> {
  const planned = await bench.wish(connection, items)
  if (planned.state !== 'planned') {
    expect(bench.sandbox.writes.entries).toEqual([])
    return `not planned: ${planned.state}`
  }
  const shown = await bench.provisioning.steps(ada.tenantId, planned.id)
  const moved = move()
  const ended = await bench.drive(await bench.approve(planned))
  const effects = bench.sandbox.writes.entries
  const previewed = new Map(shown.map((step) => [step.changeId, step]))
  for (const { correlationId, ids, values = {}, kind } of effects) {
    const step = previewed.get(correlationId ?? '')
    expect(step, `${correlationId} was not shown`).toBeDefined()
    const targets = Object.values(step!.target).flat()
    for (const id of Object.values(ids)) expect(targets).toContain(id)
    const shownValues = new Map(step!.differences.map(({ what, to }) => [what, to]))
    if (kind.endsWith('.updated'))
      for (const [what, value] of Object.entries(values)) expect(shownValues.get(what)).toEqual(value)
    // A name that was moved is not written over: that was not what was shown.
    if ('name' in values) expect(ids['user']).not.toBe(moved)
  }
  const now = await bench.provisioning.steps(ada.tenantId, planned.id)
  // Made anew, it has stopped where it was stale: it waits for another approval, cannot be had, or has nothing left.
  if (ended.plan!.number !== planned.plan!.number) {
    expect(ended.plan!.hash).not.toBe(planned.plan!.hash)
    expect(['planned', 'refused', 'applied']).toContain(ended.state)
    if (ended.state === 'applied') expect(now).toEqual([])
    return 'stale'
  }
  expect(now.map(({ changeId, request }) => [changeId, request])).toEqual(
    shown.map(({ changeId, request }) => [changeId, request]),
  )
  for (const { action, changeId, state, units } of now) {
    const own = effects.filter(({ correlationId }) => correlationId === changeId)
    if (state !== 'applied') expect(own, `${action} is ${state}`).toEqual([])
    else if (action !== 'user.revoke_sessions' && !moved) expect(own).toHaveLength(units.length)
  }
  return ended.state
}
