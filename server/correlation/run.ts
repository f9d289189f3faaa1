import type { Clock, Connector } from '@owlie/connector-kit'
import { type Database, searched, type TenantTx } from '../db/index.ts'
import type { Identities } from '../identities/index.ts'
import { enqueue, holdLease, type JobLog, type Task, type Tasks } from '../jobs/index.ts'
import type { Actor, Refusal } from '../model/index.ts'
import { runPass } from './pass.ts'
import type { CorrelationSetting } from './setting.ts'
import { readSetting, type SetCorrelation, setSetting } from './settings.ts'
import * as queue from './store-queue.ts'

export interface CorrelationParts {
  readonly database: Database
  /** By manifest name; for what accounts' attributes mean. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly identities: Identities
  readonly clock: Pick<Clock, 'now'>
  readonly log?: JobLog
}

export interface OrphansInput extends Omit<queue.OrphansInput, 'search'> {
  /** Part of the name, e-mail or id. */
  readonly search?: string | null | undefined
}

/** Reading: ids that are none are simply not found; a wrong `after` throws `list.bad_cursor`. */
export interface Correlation {
  /** What waits for an admin, the likeliest first. */
  queue(tenantId: string, input: queue.QueueInput): Promise<queue.Page<queue.ReviewItem>>
  /** Of one account; null when nothing waits. */
  queueItem(tenantId: string, accountId: string): Promise<queue.ReviewItem | null>
  /** Ids of accounts without an identity. */
  orphans(tenantId: string, input: OrphansInput): Promise<queue.Page<string>>
  counts(tenantId: string): Promise<queue.OpenCounts>
  setting(tenantId: string, connectionId: string): Promise<CorrelationSetting | null>
  setSetting(actor: Actor, input: SetCorrelation): Promise<CorrelationSetting | Refusal>
  readonly tasks: Tasks
}

/** The job: looks at what is new or changed in a tenant. Enqueued with the end of a run, and by every decision. */
const passTask = 'correlation.pass'
const leaseMs = 15_000
/** When another process works on it. */
const againMs = 1_000

/** Has the tenant looked at again, once the caller's transaction has committed. */
export async function enqueuePass(trx: TenantTx, tenantId: string, runAt?: Date): Promise<void> {
  await enqueue(trx, passTask, {}, { key: `${passTask}:${tenantId}`, ...(runAt ? { runAt } : {}) })
}

export function createCorrelation(parts: CorrelationParts): Correlation {
  const { database, connectors, identities, clock, log = () => undefined } = parts
  const now = () => new Date(clock.now())
  const read = <T>(tenantId: string, work: (trx: TenantTx) => Promise<T>) => database.tenant(tenantId, work)
  const pass: Task = async ({ tenantId }, { signal, processId }) => {
    const lease = { tenantId, resource: 'correlation', owner: processId, ttlMs: leaseMs }
    const result = await holdLease(database, lease, (held) =>
      runPass(
        { database, connectors, identities, now },
        { tenantId, lease: held.lease, signal: AbortSignal.any([signal, held.signal]) },
      ),
    )
    if (result.held) {
      const { isDone, ...tally } = result.value
      log('debug', 'accounts were correlated', { ...tally, tenantId })
      if (isDone) return
    }
    // Somebody else's pass may have gone by what this one was asked for.
    const runAt = new Date(Date.now() + (result.held ? 0 : againMs))
    await database.tenant(tenantId, (trx) => enqueuePass(trx, tenantId, runAt))
  }
  return {
    queue: (tenantId, input) => read(tenantId, (trx) => queue.listQueue(trx, input)),
    queueItem: (tenantId, accountId) => read(tenantId, (trx) => queue.findItem(trx, accountId)),
    orphans: (tenantId, input) =>
      read(tenantId, (trx) =>
        queue.listOrphans(trx, { ...input, search: searched('account', input.search) }),
      ),
    counts: (tenantId) => read(tenantId, queue.countOpen),
    setting: (tenantId, connectionId) => read(tenantId, (trx) => readSetting(trx, connectionId)),
    setSetting: (actor, input) =>
      database.tenant(actor.tenantId, (trx) =>
        setSetting(trx, actor, input, { at: now(), changed: () => enqueuePass(trx, actor.tenantId) }),
      ),
    tasks: { [passTask]: pass },
  }
}
