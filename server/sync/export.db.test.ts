import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { exportAll, openSandboxBench, type SandboxBench } from './test/bench.ts'

/** A tenant most of whose people have a password of their own, read by an export job. */

let bench: SandboxBench
let connection: Connection

beforeAll(async () => {
  bench = await openSandboxBench({ users: 6000, roles: 2, organizations: 2 })
  const { tenant } = bench.sandbox
  for (const { user_id, identities } of [...tenant.users])
    if (!['auth0', 'email', 'sms'].includes(identities[0]!.provider)) tenant.removeUser(user_id)
  connection = await bench.connect(bench.sandbox.applications.fullPlus)
}, 60_000)
afterAll(() => bench.close())

const accounts = async () =>
  (await exportAll(bench, connection.id)).flatMap((record) =>
    record.kind === 'account' && 'id' in record ? [record] : [],
  )

it('a handful of requests instead of dozens, and the inventory is what the tenant holds', async () => {
  const run = await bench.sync1(connection)
  expect(run.status).toBe('complete')
  const users = [...bench.sandbox.tenant.users]
  expect(users.length).toBeGreaterThan(1500)
  expect((await accounts()).map(({ id }) => id).toSorted()).toEqual(
    users.map(({ user_id }) => user_id).toSorted(),
  )
  const count = (route: string) => run.requests.byRoute.find((one) => one.route === route)?.count ?? 0
  expect(count('POST /jobs/users-exports')).toBe(1)
  expect(count('GET export file')).toBe(1)
  expect(run.kinds[0]).toMatchObject({
    name: 'users',
    read: users.length,
    created: users.length,
    quarantined: 0,
  })
})

it('a second sync changes nothing', async () => {
  const before = await accounts()
  const run = await bench.sync1(connection)
  expect(run.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual([0, 0, 0, 0, 0])
  expect(await accounts()).toEqual(before)
})

it('a server that goes away in the middle of the file: the next one goes on from the last committed page', async () => {
  const started = await bench.sync.start(
    { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator' },
    connection.id,
  )
  if ('refused' in started) throw new Error('refused')
  // Turns of one page each; after every turn the session is dropped, as when its process died.
  const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
  for (let turn = 0; turn < 60; turn++) {
    const engine = bench.another({ limits: { turnPages: 1 } })
    await engine.sync.tasks['sync.turn']!({ tenantId: 'default', runId: started.id }, context)
    await engine.sync.close()
    const now = (await bench.sync.get('default', started.id))!
    if (!now.finishedAt) continue
    expect(now.status).toBe('complete')
    expect(now.kinds.map(({ created, changed, stale }) => created + changed + stale)).toEqual([0, 0, 0, 0, 0])
    const jobs = now.requests.byRoute.find(({ route }) => route === 'POST /jobs/users-exports')
    expect(jobs?.count).toBe(1)
    return
  }
  throw new Error('the run did not end')
}, 60_000)
