import { protectedAmong } from '../assignments/index.ts'
import { record } from '../audit/index.ts'
import type { Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Task, Tasks } from '../jobs/index.ts'
import { connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { findDays, saveDays } from './store.ts'

export const removeTask = 'retention.remove'

const dayMs = 24 * 60 * 60_000
const batchSize = 500

export interface RetentionParts {
  readonly database: Database
  readonly connections: Connections
  readonly inventory: Inventory
  readonly clock: { now(): number }
}

export interface Retention {
  /** Days a vanished object of the connection is kept; null: for ever. */
  days(tenantId: string, connectionId: string): Promise<number | null>
  /** 1 to 3650, or null. Refused: `connection.not_found`, `retention.bad_days`. */
  setDays(actor: Actor, connectionId: string, days: number | null): Promise<{ days: number | null } | Refusal>
  readonly tasks: Tasks
}

export function createRetention(parts: RetentionParts): Retention {
  const { database, connections, clock } = parts
  const remove: Task = async ({ tenantId, connectionId = '' }, { signal }) => {
    let after: string | null = null
    do {
      after = await database.tenant(tenantId, (trx) => removeBatch(parts, trx, tenantId, connectionId, after))
    } while (after !== null && !signal.aborted)
  }
  return {
    days: (tenantId, connectionId) => database.tenant(tenantId, (trx) => findDays(trx, connectionId)),
    async setDays(actor, connectionId, days) {
      const connection = await connections.get(actor.tenantId, { id: connectionId })
      if (!connection) return refuse(connectionNotFound())
      if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= 3650)) return refuse(badDays)
      return database.tenant(actor.tenantId, async (trx) => {
        await saveDays(trx, connectionId, days, actor.name, new Date(clock.now()))
        await record(trx, {
          actor,
          action: 'retention.set',
          subject: { kind: 'connection', id: connectionId, name: connection.name },
          detail: { to: days ?? 'for ever' },
        })
        return { days }
      })
    },
    tasks: { [removeTask]: remove },
  }
}

/** One batch of one kind after another; returns where to go on, null at the end. */
async function removeBatch(
  { inventory, clock }: RetentionParts,
  trx: TenantTx,
  tenantId: string,
  connectionId: string,
  after: string | null,
): Promise<string | null> {
  const days = await findDays(trx, connectionId)
  if (days === null) return null
  const before = new Date(clock.now() - days * dayMs)
  const gone = await inventory.staleBefore(trx, connectionId, before, batchSize, after)
  if (gone.length === 0) return null
  const kept = await protectedAmong(trx, connectionId, gone)
  const ids = gone.map(({ id }) => id).filter((id) => !kept.has(id))
  if (ids.length > 0) {
    await inventory.remove(trx, connectionId, ids)
    await record(trx, {
      actor: { tenantId, id: 'retention', name: 'Owlie', kind: 'system' },
      action: 'inventory.removed',
      subject: { kind: 'connection', id: connectionId },
      detail: { count: ids.length, reason: `Gone for more than ${days} days.` },
    })
  }
  return gone.length < batchSize ? null : gone.at(-1)!.id
}

const badDays = {
  kind: 'config',
  code: 'retention.bad_days',
  message: 'What vanished can be kept for 1 to 3650 days, or for ever.',
  remedy: 'Give a whole number of days in that range, or none to keep it for ever.',
  field: 'days',
} as const
