import { systemClock } from '@owlie/connector-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { isRefusal } from '../model/index.ts'
import { ada, believeAll, type Bench, connect, granted, openBench } from '../sync/test/bench.ts'
import { memory, type Memory, memoryConnector, memoryInput } from '../sync/test/memory-connector.ts'
import { createRetention, removeTask, type Retention } from './index.ts'

let bench: Bench
let target: Memory
let connection: Connection
let retention: Retention
let days: number

beforeEach(async () => {
  target = memory(12, 2)
  days = 0
  const clock = { ...systemClock, now: () => systemClock.now() + days * 24 * 3_600_000 }
  const connector = memoryConnector(target)
  bench = await openBench({ connectors: [connector], clock })
  connection = await connect(bench, memoryInput)
  await believeAll(bench, connection, connector)
  const { database, connections, inventory } = bench
  retention = createRetention({ database, connections, inventory, clock })
  await bench.sync1(connection)
})
afterEach(() => bench.close())

const remove = () =>
  retention.tasks[removeTask]!(
    { tenantId: ada.tenantId, connectionId: connection.id },
    { signal: new AbortController().signal, processId: 'test', attempt: 1 },
  )
const left = async () => {
  const { rows } = await bench.database.pool.query<{ accounts: string[]; grants: number }>(
    `select (select array_agg(external_id order by external_id) from account where stale_since is not null) as accounts,
            (select count(*)::int from access_grant) as grants`,
  )
  return { gone: rows[0]!.accounts ?? [], grants: rows[0]!.grants }
}

describe('what vanished', () => {
  beforeEach(async () => {
    // p000 is wanted in g00; the others came by syncs alone.
    await bench.database.tenant(ada.tenantId, async (trx) => {
      await trx
        .insertInto('assignment')
        .values({
          ...{ connection_id: connection.id, kind: 'group_people', entitlement_type: 'group' },
          ...{ entitlement_external_id: 'g00', grant_type: 'member', account_external_id: 'p000' },
          ...{ wanted: true, source: 'person', actor_name: 'Ada', desired_version: 1, since: new Date() },
        })
        .execute()
    })
    target.people = target.people.slice(4)
    target.members.forEach((ids, id) => target.members.set(id, ids.slice(4)))
    await bench.sync1(connection)
    expect((await left()).gone).toEqual(['p000', 'p001', 'p002', 'p003'])
  })

  it('stays for thirty days, then goes, but never what somebody wants', async () => {
    days = 29
    await remove()
    expect((await left()).gone).toHaveLength(4)
    days = 31
    await remove()
    expect(await left()).toEqual({ gone: ['p000'], grants: 8 * 2 + 1 })
    await remove()
    const { rows } = await bench.database.pool.query<{ n: number }>(
      `select count(*)::int as n from audit_event where action = 'inventory.removed'`,
    )
    expect(rows[0]!.n).toBe(1)
  })

  it('stays as long as somebody says, and for ever', async () => {
    granted(await retention.setDays(ada, connection.id, null))
    days = 3000
    await remove()
    expect((await left()).gone).toHaveLength(4)
    granted(await retention.setDays(ada, connection.id, 2))
    await remove()
    expect((await left()).gone).toEqual(['p000'])
    const bad = await retention.setDays(ada, connection.id, 0)
    expect(isRefusal(bad) && bad.refused[0]!.code).toBe('retention.bad_days')
  })

  it('is kept when it came back', async () => {
    target.people = memory(12, 0).people
    days = 31
    await bench.sync1(connection)
    await remove()
    const { rows } = await bench.database.pool.query<{ n: number }>(`select count(*)::int as n from account`)
    expect(rows[0]!.n).toBe(12)
  })
})
