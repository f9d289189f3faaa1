/**
 * # rate: how much of a target's rate limits is left, for all who work on it
 *
 * Owns one row per target (connector and host) with the level of each of its limits. Every process that sends a request
 * to the target takes its turn here first: sync turns, connection tests, steps of plans, whoever they belong to.
 *
 * Promises:
 *  - What one takes nobody else gets: a turn is looked for and taken under a lock on the target's row, by the database's
 *    clock. There is nothing to hand over between turns or processes, and nothing to give back when one dies.
 *  - What the limits are is decided by connector-kit's governor; here they are only kept.
 *  - A lost write costs at most what was counted within the last moment before a crash of the database: rows are
 *    written without waiting for the disk.
 *
 * How it fails: a throw when the database is away; the governor then goes on by what its process knows.
 *
 * Why not blocks of permits: docs/decisions/0013-shared-rate-limits.md.
 */
import type { RateLedger } from '@owlie/connector-kit'
import type { Database } from '../db/index.ts'
import * as store from './store.ts'

/** The limits of one target. `target`: connector and host; two connections to one host share them. */
export function rateLedger(database: Database, tenantId: string, target: string): RateLedger {
  return {
    update: (change) =>
      database.tenant(tenantId, async (trx) => {
        const { states, now } = await store.lockBudget(trx, target)
        const { states: changed, value } = change(states, now)
        if (Object.keys(changed).length > 0) await store.writeBudget(trx, target, { ...states, ...changed })
        return value
      }),
  }
}
