import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, exportAll, granted, openSandboxBench, type SandboxBench } from './test/bench.ts'
import { openWriter, type TenantWriter } from './test/tenant-writer.ts'

/**
 * Lists and search lag behind the objects themselves
 * (https://auth0.com/docs/manage-users/user-search/list-and-search-users): who was looked up a moment ago is not gone
 * because the next full run's list lacks them.
 */

let bench: SandboxBench
let connection: Connection
let writer: TenantWriter

beforeAll(async () => {
  // Nothing written in this file ever reaches a list.
  bench = await openSandboxBench({ users: 30, roles: 3, organizations: 3, indexLagMs: 120_000 })
  connection = await bench.connect(bench.sandbox.applications.everything)
  writer = await openWriter(bench.sandbox)
}, 60_000)
afterAll(async () => {
  await writer.close()
  await bench.close()
})

const start = async (mode: 'full' | 'incremental') =>
  bench.drive(granted(await bench.sync.start(ada, connection.id, { mode })))
const recordsOf = async (email: string) => {
  const records = (await exportAll(bench, connection.id)) as unknown as Record<string, unknown>[]
  const account = records.find(
    ({ attributes }) => (attributes as { email?: string } | undefined)?.email === email,
  )
  return account ? [account, ...records.filter((record) => record['account'] === account['id'])] : []
}

it('a new user and their grants, found by what has changed, outlive a full run whose list lacks them', async () => {
  expect((await start('full')).status).toBe('complete')
  await start('incremental')
  const email = 'just.joined@lumenhealth.example'
  const { user_id } = await writer.write('POST', '/users', {
    ...{ connection: 'Username-Password-Authentication', email, password: 'Quiet-owl-4711' },
  })
  const [organization] = bench.sandbox.tenant.snapshot().organizations
  await writer.write('POST', `/organizations/${organization!.id}/members`, { members: [user_id] })
  const followed = await start('incremental')
  expect(followed.kinds.find(({ name }) => name === 'users')).toMatchObject({ created: 1 })
  expect(await recordsOf(email)).toHaveLength(2)

  const full = await start('full')
  expect(full.status).toBe('complete')
  expect(full.kinds.map(({ stale }) => stale)).toEqual(full.kinds.map(() => 0))
  expect(await recordsOf(email)).toHaveLength(2)

  // Long after the look the list is believed again.
  await bench.database.pool.query(
    `update sync_run set finished_at = finished_at - interval '1 hour' where mode = 'incremental'`,
  )
  const later = await start('full')
  expect(later.kinds.find(({ name }) => name === 'users')).toMatchObject({ stale: 1 })
  expect(await recordsOf(email)).toEqual([])
}, 60_000)
