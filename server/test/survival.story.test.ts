import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { connector } from './connect.ts'
import { difference, same, sandboxTruth } from './sandbox-truth.ts'
import { startWorld, until, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let world: World
let api: ReturnType<typeof connector>
let connectionId: string

beforeAll(async () => {
  world = await startWorld({
    users: 450,
    roles: 30,
    organizations: 25,
    shape: { membersPerOrganization: 10 },
  })
  api = connector(world, await world.key('*'))
  const { clientId, clientSecret, scopes } = world.sandbox.applications.fullPlus
  const { id } = await api.create({ clientId, clientSecret, scopes: scopes.join(' ') })
  connectionId = id as string
  await api.testSaved(connectionId)
})
afterEach(() => world.sandbox.faults.clear())
afterAll(() => world?.close())

type Kind = {
  name: string
  end: string | null
  read: number
  created: number
  changed: number
  unchanged: number
}
type Run = {
  id: string
  kinds: Kind[]
  resumptions: { kind: string | null; fromPage: number }[]
  finishedAt: string | null
}

/** Slow enough to be met in the middle, by making one route take its time. */
const slow = (route: string, ms: number) =>
  world.sandbox.faults.add({ match: { route }, effect: { kind: 'delay', ms } })

const kindOf = (run: Run, name: string) => run.kinds.find((kind) => kind.name === name)!

function end(signal: NodeJS.Signals): Promise<number | null> {
  const server = world.process()
  return new Promise((resolve) => {
    server.once('exit', resolve)
    server.kill(signal)
  })
}

async function inTheMiddleOf(kind: string, atLeast: number): Promise<Run> {
  const { id } = await api.startSync(connectionId)
  const read = () => api.run(id as string) as Promise<Run>
  return until(`${kind} is under way`, read, (run) => {
    const { read: count, end } = kindOf(run, kind)
    if (end !== null) throw new Error(`${kind} ended before it could be interrupted`)
    return count >= atLeast
  })
}

it('killed in the middle of the role holders, it goes on from the last committed page and ends complete', async () => {
  slow('/api/v2/roles/{id}/users', 150)
  const before = await inTheMiddleOf('role_members', 5)
  await world.kill()
  world.sandbox.faults.clear()
  const usersRead = () => world.sandbox.requests.byRoute()['GET /api/v2/users']
  const seen = usersRead()
  expect(seen).toBeGreaterThan(4)
  await world.restart()
  const ended = (await api.ended(before.id)) as Run & { status: string }
  expect(ended.status).toBe('complete')
  expect(ended.resumptions).toHaveLength(1)
  expect(ended.resumptions[0]).toMatchObject({ kind: 'role_members', fromPage: expect.any(Number) })
  expect(ended.resumptions[0]!.fromPage).toBeGreaterThan(1)
  // The users were done; none of their pages is read again.
  expect(usersRead()).toBe(seen)
  expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
})

it('killed again and again, within lists and between them, it ends complete and counts nothing twice', async () => {
  for (const route of ['/api/v2/users', '/api/v2/roles/{id}/users', '/api/v2/organizations/{id}/members'])
    slow(route, 60)
  const { id } = await api.startSync(connectionId)
  const read = () => api.run(id as string) as Promise<Run>
  const readSoFar = (run: Run) => run.kinds.reduce((sum, kind) => sum + kind.read, 0)
  for (let kills = 0, last = 0; kills < 4; kills++) {
    const run = await until(
      'some more is read',
      read,
      (now) => readSoFar(now) > last || now.finishedAt !== null,
    )
    if (run.finishedAt) break
    last = readSoFar(run)
    await world.kill()
    await world.restart()
  }
  world.sandbox.faults.clear()
  const ended = (await api.ended(id as string)) as Run & { status: string }
  expect(ended.status).toBe('complete')
  expect(ended.resumptions.length).toBeGreaterThan(1)
  const { tenant } = world.sandbox
  expect(kindOf(ended, 'users').read).toBe(tenant.users.size)
  for (const kind of ended.kinds) expect(kind).toMatchObject({ created: 0, changed: 0, unchanged: kind.read })
  expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
})

it('told to stop in the middle, it stops cleanly within 10 s, and goes on at the next start', async () => {
  slow('/api/v2/organizations/{id}/members', 150)
  const run = await inTheMiddleOf('organization_members', 5)
  const startedAt = performance.now()
  expect(await end('SIGTERM')).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  world.sandbox.faults.clear()
  await world.restart()
  const ended = await api.ended(run.id)
  expect(ended['status']).toBe('complete')
  expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
})

it('an api process and workers of their own are one server; the work of a killed worker goes on in the other', async () => {
  await end('SIGTERM')
  await world.restart({ OWLIE_ROLES: 'api' })
  const { id } = await api.startSync(connectionId)
  slow('/api/v2/roles/{id}/users', 100)
  const first = await world.beside({ OWLIE_ROLES: 'worker' })
  const read = () => api.run(id as string) as Promise<Run>
  await until('the worker took it up', read, (run) => kindOf(run, 'role_members').read > 0)
  await world.beside({ OWLIE_ROLES: 'worker' })
  const killedAt = performance.now()
  first.kill('SIGKILL')
  const seen = await read()
  const before = kindOf(seen, 'role_members').read
  await until(
    'the other goes on',
    read,
    (run) => kindOf(run, 'role_members').read > before || run.finishedAt !== null,
  )
  expect(performance.now() - killedAt).toBeLessThan(15_000)
  world.sandbox.faults.clear()
  expect((await api.ended(id as string))['status']).toBe('complete')
  expect(difference(await api.export(connectionId), sandboxTruth(world.sandbox))).toEqual(same)
})
