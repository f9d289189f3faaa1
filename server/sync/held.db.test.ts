import { systemClock } from '@owlie/connector-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { createCorrelation, enqueuePass } from '../correlation/index.ts'
import { type DriftBench, driftBench } from '../drift/test/bench.ts'
import { createIdentities } from '../identities/index.ts'
import type { Actor } from '../model/index.ts'
import { ada, type Bench, connect, granted, openBench } from './test/bench.ts'
import { type Memory, memory, memoryConnector, memoryInput, person } from './test/memory-connector.ts'

/** What a run brings is built on only when the guard believes it: the wrong tenant makes no identity and no drift. */

const bo: Actor = { tenantId: 'default', id: 'bo', name: 'Bo', kind: 'operator' }

let bench: Bench
let target: Memory
let connection: Connection
let drift: DriftBench
let pass: () => Promise<void>

beforeEach(async () => {
  target = memory(60, 2)
  const connectors = [memoryConnector(target)]
  bench = await openBench({ connectors, limits: { turnPages: 1 } })
  const { database } = bench
  const byName = new Map(connectors.map((each) => [each.manifest.name, each]))
  const parts = { database, connectors: byName, clock: systemClock }
  const identities = createIdentities({ ...parts, onChange: enqueuePass })
  const { tasks } = createCorrelation({ ...parts, identities })
  const context = { signal: new AbortController().signal, processId: 'held', attempt: 1 }
  pass = () => tasks['correlation.pass']!({ tenantId: ada.tenantId }, context)
  drift = driftBench(database, connectors)
  connection = await connect(bench, memoryInput)
  expect((await bench.sync1(connection)).status).toBe('complete')
  await pass()
  await drift.baseline(connection.id)
}, 60_000)
afterEach(() => bench.close())

const own = () => memory(60, 2).people
const strangers = (size: number) => Array.from({ length: size }, (_, at) => person(`stranger${at}`))
const identityCount = async () => {
  const { rows } = await bench.database.pool.query<{ n: number }>('select count(*)::int as n from identity')
  return rows[0]!.n
}
const openStops = () => bench.guard.list(ada.tenantId, { connectionId: connection.id, open: true })

describe('people of a wrong tenant', () => {
  beforeEach(async () => {
    target.people = strangers(90)
    const run = await bench.sync1(connection)
    expect(run.kinds[0]).toMatchObject({ end: 'held', created: 90, stale: 0 })
    await pass()
    await drift.compare(connection.id)
  })

  it('make no identity and no drift, however often they are read', async () => {
    expect(await identityCount()).toBe(60)
    expect(await drift.open()).toEqual([])
    await bench.sync1(connection)
    await pass()
    await drift.compare(connection.id)
    expect(await identityCount()).toBe(60)
    expect(await drift.open()).toEqual([])
  })

  it('are as if they had never been there when the right one answers again, without anybody’s release', async () => {
    target.people = own()
    const run = await bench.sync1(connection)
    expect([run.status, await openStops()]).toEqual(['complete', []])
    await pass()
    await drift.compare(connection.id)
    expect(await identityCount()).toBe(60)
    expect(await drift.open()).toEqual([])
    // And they are not held against the rest of the day.
    target.people = own().slice(2)
    expect((await bench.sync1(connection)).kinds[0]).toMatchObject({ end: 'complete', stale: 2 })
  })

  it('become identities and drift when two people say that they are right', async () => {
    const [stop] = await openStops()
    granted(await bench.guard.request(ada, stop!.id, stop!.setHash))
    const input = { id: stop!.id, setHash: stop!.setHash, confirmCount: stop!.missedCount }
    granted(await bench.sync.releaseStop(bo, input))
    await pass()
    await drift.compare(connection.id)
    expect(await identityCount()).toBe(150)
    expect((await drift.open({ kind: 'people' })).filter(({ type }) => type === 'excess')).toHaveLength(90)
  })
})

it('nothing is built on a run that still reads', async () => {
  target.people = [person('newcomer'), ...own()]
  const run = granted(await bench.sync.start(ada, connection.id))
  const reading = await bench.drive(run, 1)
  expect(reading).toMatchObject({ finishedAt: null, kinds: [{ created: 1 }, {}, {}] })
  await pass()
  await drift.compare(connection.id)
  expect([await identityCount(), await drift.open()]).toEqual([60, []])
  await bench.drive(run)
  await pass()
  await drift.compare(connection.id)
  expect([await identityCount(), (await drift.open()).length]).toEqual([61, 1])
})
