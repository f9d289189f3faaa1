import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { auditRun } from '../test/processes/invariants.ts'
import type { SyncRun } from './index.ts'
import { type Bench, connect, openBench } from './test/bench.ts'
import {
  memory,
  type Memory,
  memoryConnector,
  memoryInput,
  membership,
  person,
} from './test/memory-connector.ts'

/** A larger tenant: 20,000 accounts whose profiles are made up on the way, and 20,000 memberships in one group. */

const size = 20_000
const perPage = 100

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let bench: Bench
let target: Memory
let connection: Connection

beforeAll(async () => {
  target = memory(0, 1)
  const id = (index: number) => `auth0|${index.toString(16).padStart(24, '0')}`
  const page = <Row>(cursor: unknown, row: (index: number) => Row) => {
    const from = typeof cursor === 'number' ? cursor : 0
    const observations = Array.from({ length: perPage }, (_, index) => row(from + index))
    const end =
      from + perPage < size ? { is: 'more' as const, cursor: from + perPage } : { is: 'complete' as const }
    return { page: { observations, end, total: { count: size, exact: true } } }
  }
  target.readers.people = ({ cursor }) =>
    page(cursor, (index) =>
      person(id(index), {
        department: `D${index % 40}`,
        note: 'x'.repeat(600),
        tags: ['a', 'b', `t${index}`],
      }),
    )
  target.readers.group_people = ({ cursor, container }) =>
    page(cursor, (index) => membership(id(index), container!))
  bench = await openBench({ connectors: [memoryConnector(target)] })
  connection = await connect(bench, memoryInput)
})
afterAll(() => bench.close())

/** Runs a sync and says the most memory that was in use right after a collection, in MiB over the start. */
async function measured(): Promise<{ run: SyncRun; grown: number; perSecond: number }> {
  collect()
  const start = process.memoryUsage().heapUsed
  let most = 0
  let reads = 0
  target.before = () => {
    if (++reads % 50 !== 0) return
    collect()
    most = Math.max(most, process.memoryUsage().heapUsed - start)
  }
  const from = performance.now()
  const run = await bench.sync1(connection)
  const seconds = (performance.now() - from) / 1000
  return { run, grown: most / 2 ** 20, perSecond: Math.round((size * 2) / seconds) }
}

/** Where each row lies and which transaction wrote it: any write, even of the same values, changes this. */
const versions = async () => {
  const one = (table: string) =>
    `select '${table}' as of, count(*)::int, sum(hashtext(ctid::text || xmin::text)) from ${table}`
  const { rows } = await bench.database.pool.query(
    ['account', 'entitlement', 'access_grant'].map(one).join(' union all ') + ' order by 1',
  )
  return rows as unknown
}

it('F12: memory stays flat, and the second pass writes no rows but the run’s own', async () => {
  const first = await measured()
  expect(first.run.kinds.map(({ end, read, created }) => [end, read, created])).toEqual([
    ['complete', size, size],
    ['complete', 1, 1],
    ['complete', size, size],
  ])
  expect(first.grown).toBeLessThan(24)
  expect(await auditRun(bench.database, first.run.id)).toEqual([])
  const before = await versions()
  const second = await measured()
  expect(second.run.status).toBe('complete')
  expect(second.run.kinds.map(({ unchanged }) => unchanged)).toEqual([size, 1, size])
  expect(second.grown).toBeLessThan(24)
  expect(await versions()).toEqual(before)
  const rate = (one: typeof first) => `${one.perSecond} rows/s, ${one.grown.toFixed(1)} MiB`
  process.stdout.write(`${size} accounts and as many grants: first ${rate(first)}; second ${rate(second)}\n`)
}, 180_000)
