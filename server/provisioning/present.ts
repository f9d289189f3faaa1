import type { TenantTx } from '../db/index.ts'
import type { Operation } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
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
    const count = counts.get(row.id)
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
      plan: plans.get(row.id) ?? null,
      progress: {
        steps: count?.steps ?? 0,
        done: count?.done ?? 0,
        failed: count?.failed ?? 0,
        etaMs: row.state === 'applying' && count ? etaOf(count, clock.now()) : null,
      },
    }
  })
}

function etaOf(
  { steps, done, failed, startedAt }: { steps: number; done: number; failed: number; startedAt: Date | null },
  now: number,
): number | null {
  const ended = done + failed
  if (ended === 0 || startedAt === null) return null
  return Math.round(((now - startedAt.getTime()) / ended) * (steps - ended))
}
