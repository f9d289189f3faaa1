import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import type { Item } from './index.ts'
import { ada, type Bench, granted, openBench } from './test/bench.ts'

/** What is wished after an operation was cancelled: what it did, and for the rest what was wished before it. */
let bench: Bench
let connection: Connection

beforeAll(async () => {
  bench = await openBench()
  connection = await bench.connect('everything')
}, 60_000)
afterAll(() => bench.close())

let names = 0
const person = () =>
  bench.sandbox.tenant.addUser({ email: `w${++names}@back.example`, name: 'Before' }).user_id
const rename = (user: string, name: string): Item => ({
  ...{ action: 'user.update', target: { user: [user] }, input: { name } },
})
const block = (user: string): Item => ({ action: 'user.block', target: { user: [user] }, input: {} })
const intentOf = async (externalId: string) => {
  const account = { connectionId: connection.id, externalId }
  const [intent] = await bench.assignments.of(ada.tenantId, { account })
  return intent
}
const cancelled = async (items: readonly Item[]) => {
  const approved = await bench.approve(await bench.wish(connection, items))
  return granted(await bench.provisioning.cancel(ada, approved.id))
}

describe('cancelled before it began', () => {
  test('a field wished before is wished as before, and it has moved on by versions, never back', async () => {
    const user = person()
    await bench.run(connection, [rename(user, 'First')])
    expect(await intentOf(user)).toMatchObject({ fields: { name: 'First' }, desiredVersion: 1 })
    expect(await cancelled([rename(user, 'Second')])).toMatchObject({ state: 'cancelled' })
    expect(await intentOf(user)).toMatchObject({
      ...{ fields: { name: 'First' }, wanted: true, desiredVersion: 3, appliedVersion: 3 },
    })
  })

  test('a field nobody had wished is not governed again', async () => {
    const user = person()
    await cancelled([rename(user, 'Second')])
    expect(await intentOf(user)).toMatchObject({ fields: {}, wanted: true })
  })

  test('the same wish anew, recovered, is wished and reached', async () => {
    const user = person()
    const operation = await cancelled([rename(user, 'Second')])
    granted(await bench.provisioning.recover(ada, operation.id))
    const planned = await bench.drive(operation)
    expect(await bench.drive(await bench.approve(planned))).toMatchObject({ state: 'applied' })
    const intent = await intentOf(user)
    expect(intent).toMatchObject({ fields: { name: 'Second' } })
    expect(intent!.appliedVersion).toBe(intent!.desiredVersion)
  })

  test('what somebody has wished since stays', async () => {
    const user = person()
    const approved = await bench.approve(await bench.wish(connection, [rename(user, 'Second')]))
    await bench.run(connection, [rename(user, 'Third')])
    granted(await bench.provisioning.cancel(ada, approved.id))
    expect(await intentOf(user)).toMatchObject({ fields: { name: 'Third' } })
  })
})

test('two wishes of one object are both wished; cancelled after the first, only the second is taken back', async () => {
  const user = person()
  const planned = await bench.wish(connection, [block(user), rename(user, 'Second')])
  const approved = await bench.approve(planned, { tryOne: true })
  expect(await intentOf(user)).toMatchObject({ fields: { name: 'Second', status: 'blocked' } })
  const tried = await bench.drive(approved)
  expect(tried).toMatchObject({ state: 'tried' })
  granted(await bench.provisioning.cancel(ada, tried.id))
  const intent = await intentOf(user)
  expect(intent).toMatchObject({ fields: { status: 'blocked' }, wanted: true })
  expect(intent).not.toHaveProperty('fields.name')
  expect(bench.sandbox.tenant.users.get(user)).toMatchObject({ blocked: true, name: 'Before' })
})
