import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from '../db/index.ts'
import { testDatabase } from '../test/database.ts'
import { acquireLease, assertHeld, holdLease, releaseLease, renewLease } from './index.ts'

let database: Database

beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const until = (check: () => unknown, timeout = 15_000) => vi.waitUntil(check, { timeout, interval: 20 })
const count = async (query: string) =>
  Number((await database.pool.query<{ n: string }>(`select count(*) as n ${query}`)).rows[0]!.n)

describe('leases', () => {
  const tenant = <T>(work: Parameters<typeof database.tenant<T>>[1]) => database.tenant('default', work)

  test('one holder; a released one goes on with a larger token; the old token is refused', async () => {
    const first = await tenant((trx) => acquireLease(trx, 'r', 'a', 60_000))
    expect(await tenant((trx) => acquireLease(trx, 'r', 'b', 60_000))).toBeNull()
    expect(await tenant((trx) => acquireLease(trx, 'r', 'a', 60_000))).toBeNull()
    expect(await tenant((trx) => renewLease(trx, first!, 60_000))).toBe(true)
    await tenant((trx) => assertHeld(trx, first!))
    await tenant((trx) => releaseLease(trx, first!))
    await expect(tenant((trx) => assertHeld(trx, first!))).rejects.toMatchObject({
      failure: { code: 'jobs.lease_lost' },
    })
    const second = await tenant((trx) => acquireLease(trx, 'r', 'b', 60_000))
    expect([first!.token, second!.token]).toEqual([1, 2])
    expect(await tenant((trx) => renewLease(trx, first!, 60_000))).toBe(false)
    await tenant((trx) => releaseLease(trx, first!))
    await tenant((trx) => assertHeld(trx, second!))
    await expect(tenant((trx) => assertHeld(trx, first!))).rejects.toMatchObject({
      failure: { code: 'jobs.lease_lost' },
    })
  })

  test('of many who ask at once, one gets it', async () => {
    const got = await Promise.all(
      Array.from({ length: 25 }, (_, at) => tenant((trx) => acquireLease(trx, 'r', `o${at}`, 60_000))),
    )
    expect(got.filter((lease) => lease !== null)).toEqual([{ resource: 'r', token: 1 }])
  })

  test('a tenant cannot touch the lease of another', async () => {
    const lease = await tenant((trx) => acquireLease(trx, 'r', 'a', 60_000))
    await database.tenant('other', (trx) => releaseLease(trx, lease!))
    expect(await database.tenant('other', (trx) => acquireLease(trx, 'r', 'b', 60_000))).toEqual({
      resource: 'r',
      token: 1,
    })
    await tenant((trx) => assertHeld(trx, lease!))
  })

  test('nobody takes over while a fenced write is not committed', async () => {
    const lease = await tenant((trx) => acquireLease(trx, 'r', 'a', 1))
    await until(async () => (await count(`from lease where expires_at <= clock_timestamp()`)) === 1)
    let taking: Promise<unknown> = Promise.resolve()
    const order: string[] = []
    await tenant(async (trx) => {
      await assertHeld(trx, lease!)
      taking = tenant((other) => acquireLease(other, 'r', 'b', 60_000)).then((taken) => {
        order.push('taken')
        return taken
      })
      await until(
        async () =>
          (await count(
            `from pg_stat_activity where wait_event_type = 'Lock' and query like '%into lease%'`,
          )) === 1,
      )
      order.push('committing')
    })
    expect(await taking).toEqual({ resource: 'r', token: 2 })
    expect(order).toEqual(['committing', 'taken'])
  })

  test('holdLease renews while the work lasts, and gives it back', async () => {
    const hold = { tenantId: 'default', resource: 'r', owner: 'a', ttlMs: 300 }
    const result = await holdLease(database, hold, async ({ signal }) => {
      const { rows } = await database.pool.query<{ at: Date }>(
        `select clock_timestamp() + interval '900 ms' as at`,
      )
      await until(async () => (await count(`where clock_timestamp() > '${rows[0]!.at.toISOString()}'`)) === 1)
      expect(await holdLease(database, { ...hold, owner: 'b' }, async () => 'twice')).toEqual({ held: false })
      expect(signal.aborted).toBe(false)
      return 'done'
    })
    expect(result).toEqual({ held: true, value: 'done' })
    expect(await holdLease(database, { ...hold, owner: 'b' }, async () => 'next')).toEqual({
      held: true,
      value: 'next',
    })
  })

  test('F09: whoever slept past its lease is told before it writes to where no token counts, and before any timer', async () => {
    const hold = { tenantId: 'default', resource: 'r', owner: 'a', ttlMs: 150 }
    const result = holdLease(database, hold, async ({ assertInTime, signal }) => {
      assertInTime()
      // The whole process, as SIGSTOP does.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      expect(signal.aborted).toBe(false)
      assertInTime()
    })
    await expect(result).rejects.toMatchObject({ failure: { code: 'jobs.lease_lost' } })
  })
})
