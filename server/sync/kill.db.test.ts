import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { ada, exportAll, granted, openSandboxBench, type SandboxBench } from './test/bench.ts'
import type { ChildOptions } from './test/sync-child.ts'

/** Real processes, ended with SIGKILL in mid-sync. */

let bench: SandboxBench
let connection: Connection
const children: ChildProcess[] = []

beforeAll(async () => {
  bench = await openSandboxBench({
    users: 900,
    roles: 6,
    organizations: 60,
    shape: { membersPerOrganization: 5 },
  })
  connection = await bench.connect(bench.sandbox.applications.fullPlus)
}, 60_000)
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await bench.close()
})

async function server(): Promise<ChildProcess> {
  const child = fork(new URL('./test/sync-child.ts', import.meta.url), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  const options: ChildOptions = {
    url: bench.database.url,
    masterKey: Buffer.from(bench.masterKey.key).toString('base64'),
    domain: bench.sandbox.domain,
    ca: bench.sandbox.caPem,
  }
  child.send(options)
  await once(child, 'message')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const pages = async (runId: string) => {
  const run = (await bench.sync.get(ada.tenantId, runId))!
  return run.kinds.reduce((sum, kind) => sum + kind.pages, 0)
}

it('goes on from the last committed page, says so, and ends complete with nothing read twice but what was in flight', async () => {
  // Slow enough to be caught at it; the answers themselves are untouched.
  bench.sandbox.faults.add({ match: { method: 'GET' }, effect: { kind: 'delay', ms: 25 } })
  const run = granted(await bench.sync.start(ada, connection.id))
  const killedAt: number[] = []
  for (const more of [3, 9, 20]) {
    const child = await server()
    const from = killedAt.at(-1) ?? 0
    await vi.waitUntil(async () => (await pages(run.id)) >= from + more, { timeout: 30_000, interval: 5 })
    await kill(child)
    killedAt.push(await pages(run.id))
  }
  const before = performance.now()
  await server()
  await vi.waitUntil(async () => (await pages(run.id)) > killedAt.at(-1)!, { timeout: 20_000, interval: 20 })
  const took = performance.now() - before
  const done = await bench.ended(run)
  expect(done.status).toBe('complete')
  expect(done.resumptions).toHaveLength(3)
  // Each says the page it went on with: the one after those that were committed when it was killed.
  const { rows } = await bench.database.pool.query<{ kind: string; sequence: number; at: Date }>(
    'select kind, sequence, at from sync_page where run_id = $1 order by at',
    [run.id],
  )
  for (const [index, { at, kind, fromPage }] of done.resumptions.entries()) {
    const committed = rows.filter((page) => page.at.getTime() < Date.parse(at))
    expect(committed).toHaveLength(killedAt[index]!)
    expect(fromPage).toBe(committed.filter((page) => page.kind === kind).length + 1)
  }
  // Every user, role, holder, organization and member, once.
  const { users, roles, organizations, roleHolders, members } = bench.sandbox.tenant.snapshot()
  expect(done.kinds.map(({ read }) => read)).toEqual([
    users.length,
    roles.length,
    roleHolders.length,
    organizations.length,
    members.length,
  ])
  expect(done.kinds.map(({ read, created }) => read - created)).toEqual([0, 0, 0, 0, 0])
  const records = await exportAll(bench, connection.id)
  expect(records).toHaveLength(
    users.length + roles.length + organizations.length + roleHolders.length + members.length,
  )
  // At most the pages in flight were asked for twice: one per list read ahead, and the page in hand.
  const asked = bench.sandbox.requests.entries
    .filter(({ method }) => method === 'GET')
    .map(({ target }) => target)
  const pageCount = done.kinds.reduce((sum, kind) => sum + kind.pages, 0)
  const tested = asked.length - pageCount
  expect(tested).toBeLessThanOrEqual(3 * 5 + 12)
  expect(took).toBeLessThan(15_000)
}, 120_000)
