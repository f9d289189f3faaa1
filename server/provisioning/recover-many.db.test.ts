import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Item, Operation } from './index.ts'
import { ada, type Bench, bob, granted, openBench } from './test/bench.ts'

/** Many grants are planned by the inventory, which nobody has read here: it does not know what there is or was just done. */
let bench: Bench
let connection: Connection

beforeAll(async () => {
  bench = await openBench({ indexLagMs: 0 }, { freshLooks: 5 })
  connection = await bench.connect('everything')
}, 60_000)
afterAll(() => bench.close())

/** So many taken away want two people. */
const approved = async (planned: Operation) => {
  const first = await bench.approve(planned)
  return first.state === 'planned' ? bench.approve(first, { actor: bob }) : first
}
const run = async (item: Item) => bench.drive(await approved(await bench.wish(connection, [item])))
const body = { statusCode: 400, error: 'Bad Request', message: 'No.', errorCode: 'invalid_body' }

test.each([
  ['given', 'organization.add_members', 'POST'],
  ['taken', 'organization.remove_members', 'DELETE'],
])('recovering repeats none of the memberships that were %s', async (_word, action, method) => {
  const { tenant, faults, writes } = bench.sandbox
  const { id } = tenant.addOrganization({ name: `many-${method.toLowerCase()}` })
  const user = Array.from({ length: 40 }, (_, at) => {
    const { user_id } = tenant.addUser({ email: `${method}${at}@many.example` })
    if (method === 'DELETE') tenant.addMember(id, user_id)
    return user_id
  })
  faults.add({
    match: { method, route: '/organizations/{id}/members' },
    ...{ after: 1, times: 1, effect: { kind: 'answer', status: 400, body } },
  })
  const failed = await run({ action, target: { organization: [id], user }, input: {} })
  expect(failed).toMatchObject({ state: 'failed', progress: { steps: 4, done: 3, failed: 1 } })
  faults.clear()
  writes.reset()
  granted(await bench.provisioning.recover(ada, failed.id))
  const planned = await bench.drive(failed)
  // One by one, so that one bad member does not keep out nine; and nothing of it has happened.
  expect(planned).toMatchObject({
    state: 'planned',
    progress: { steps: 10 },
    plan: { summary: { same: 30 } },
  })
  expect(writes.entries).toEqual([])
  expect(await bench.drive(await approved(planned))).toMatchObject({ state: 'applied' })
  expect(writes.entries).toHaveLength(10)
  expect(tenant.members(id).size).toBe(method === 'POST' ? 40 : 0)
})

test('what is so already is seen, not believed: given where the inventory lacks it, taken where it does', async () => {
  const { tenant, writes } = bench.sandbox
  const { id } = tenant.addOrganization({ name: 'many-mixed' })
  const user = Array.from(
    { length: 20 },
    (_, at) => tenant.addUser({ email: `mixed${at}@many.example` }).user_id,
  )
  for (const one of user.slice(0, 10)) tenant.addMember(id, one)
  writes.reset()
  const target = { organization: [id], user }
  const removed = await run({ action: 'organization.remove_members', target, input: {} })
  expect(removed).toMatchObject({ state: 'applied', plan: { summary: { same: 10, destroy: 10 } } })
  expect(tenant.members(id).size).toBe(0)
  expect(writes.entries).toHaveLength(10)
})
