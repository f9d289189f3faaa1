import { auth0 } from '@owlie/connector-auth0'
import { systemClock } from '@owlie/connector-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, exportAll, granted, openSandboxBench, type SandboxBench } from '../sync/test/bench.ts'
import { createProvisioning, type Item, type Provisioning } from './index.ts'
import { bob, item } from './test/bench.ts'

/** What Owlie did and read back is in the inventory at once, and the next run takes it for nothing new. */

let bench: SandboxBench
let connection: Connection
let provisioning: Provisioning

beforeAll(async () => {
  // Lists lag behind for as long as this file takes; a look by the id does not.
  bench = await openSandboxBench({ users: 120, roles: 4, organizations: 2, indexLagMs: 110_000 })
  connection = await bench.connect(bench.sandbox.applications.everything)
  const { database, connections, inventory } = bench
  provisioning = createProvisioning({
    ...{ database, connections, inventory, clock: systemClock },
    connectors: new Map([[auth0.manifest.name, auth0]]),
    limits: { settleMs: 5, backoffMs: 5 },
    log: () => undefined,
  })
  expect((await bench.sync1(connection)).status).toBe('complete')
}, 60_000)
afterAll(() => bench.close())

async function apply(items: readonly Item[]): Promise<void> {
  const context = { signal: new AbortController().signal, processId: 'own changes', attempt: 1 }
  const { id } = granted(await provisioning.submit(ada, { connectionId: connection.id, items }))
  const drive = () =>
    provisioning.tasks['provisioning.turn']!({ tenantId: ada.tenantId, operationId: id }, context)
  await drive()
  const { plan } = (await provisioning.get(ada.tenantId, id))!
  const yes = { id, hash: plan!.hash, tryOne: false, confirmCount: plan!.summary.guard.count }
  for (const actor of [{ ...ada, personId: 'ada' }, bob])
    if ((await provisioning.get(ada.tenantId, id))!.state === 'planned')
      granted(await provisioning.approve(actor, yes))
  while (!(await provisioning.get(ada.tenantId, id))!.finishedAt) await drive()
  expect(await provisioning.get(ada.tenantId, id)).toMatchObject({ state: 'applied' })
}

const records = async () =>
  (await exportAll(bench, connection.id)) as unknown as readonly Readonly<Record<string, unknown>>[]
const grantsOf = async (entitlement: string) =>
  (await records()).filter((record) => record['kind'] === 'grant' && record['entitlement'] === entitlement)
const account = async (id: string) =>
  (await records()).find((record) => record['kind'] === 'account' && record['id'] === id)

test('taking a role from everybody, approved by two, is believed by the next run without two more', async () => {
  const { roleHolders } = bench.sandbox.tenant.snapshot()
  const role = roleHolders[0]!.role_id
  const holders = roleHolders.filter(({ role_id }) => role_id === role).map(({ user_id }) => user_id)
  expect(holders.length).toBeGreaterThan(10)
  await apply([item('role.unassign', { role: [role], user: holders })])
  expect(await grantsOf(role)).toEqual([])
  const run = await bench.sync1(connection)
  expect([run.status, run.kinds.map(({ stale }) => stale).filter(Boolean)]).toEqual(['complete', []])
  expect(await grantsOf(role)).toEqual([])
})

test('a new user, a membership, a block and a deletion are there at once, whatever the lists still say', async () => {
  const { users, organizations } = bench.sandbox.tenant.snapshot()
  const [blocked, deleted] = users
    .filter(({ user_id }) => user_id.startsWith('auth0|'))
    .map((one) => one.user_id)
  const organization = organizations[0]!.id
  const email = 'own.change@lumenhealth.example'
  const before = (await records()).length
  await apply([
    item('user.create', {}, { connection: 'Username-Password-Authentication', email }),
    item('user.block', { user: [blocked!] }),
  ])
  const created = (await records()).find(
    (record) => (record['attributes'] as { email?: string } | undefined)?.email === email,
  )!
  expect(created).toBeDefined()
  expect(await account(blocked!)).toMatchObject({ attributes: { blocked: true } })
  await apply([
    item('organization.add_members', { organization: [organization], user: [String(created['id'])] }),
  ])
  expect((await records()).length).toBe(before + 2)
  await apply([item('user.delete', { user: [deleted!] })])
  expect(await account(deleted!)).toBeUndefined()

  const run = await bench.sync1(connection)
  expect(run.status).toBe('complete')
  expect(await account(blocked!)).toMatchObject({ attributes: { blocked: true } })
  expect(await account(String(created['id']))).toBeDefined()
  expect(await bench.guard.list(ada.tenantId, { connectionId: connection.id, open: null })).toEqual([])
})
