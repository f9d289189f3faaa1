import type { TenantTx } from '../db/index.ts'
import type { Operation } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
import { noSteps, progressOf } from './progress.ts'
import * as store from './store.ts'

/** Rows as everybody sees them, in their order. */
export async function present(
  trx: TenantTx,
  rows: readonly store.OperationRow[],
  { clock }: Pick<ProvisioningParts, 'clock'>,
): Promise<readonly Operation[]> {
  const planned = rows.map(({ id, planNumber }) => ({ id, planNumber }))
  const plans = await store.findPlans(trx, planned)
  const counts = await store.countSteps(trx, planned)
  return rows.map((row) => {
    const plan = plans.get(row.id) ?? null
    return {
      id: row.id,
      connectionId: row.connectionId,
      idempotencyKey: row.idempotencyKey,
      title: row.title,
      reason: row.reason,
      items: row.items,
      state: row.state,
      actor: row.actorName,
      createdAt: row.createdAt,
      finishedAt: row.finishedAt,
      cancelRequestedBy: row.cancelRequestedBy,
      waiting:
        row.waitingUntil && row.waitingReason ? { until: row.waitingUntil, reason: row.waitingReason } : null,
      failure: row.failure,
      plan,
      progress: progressOf(counts.get(row.id) ?? noSteps, { state: row.state, plan, now: clock.now() }),
    }
  })
}
