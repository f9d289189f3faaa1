import { actionOf, type Manifest } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { dayMs } from '../guard/index.ts'
import type { Plan, PlanSummary, Step } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
import { isTooMuch } from './plan.ts'
import * as store from './store.ts'

/**
 * What approving a plan takes now. A plan that one person could approve wants a second one when too much would be taken
 * away together with what was approved by one person within 24 hours: twenty times five is a hundred. What two people
 * have approved is not held against it. Approvals of a connection wait for each other, so that none is missed.
 */
export async function guardOfDay(
  parts: Pick<ProvisioningParts, 'inventory' | 'limits'>,
  trx: TenantTx,
  row: Pick<store.OperationRow, 'id' | 'connectionId' | 'planNumber'>,
  { plan, manifest, at }: { readonly plan: Plan; readonly manifest: Manifest; readonly at: Date },
): Promise<PlanSummary['guard']> {
  const { guard } = plan.summary
  if (guard.count === null || guard.secondPerson) return guard
  await store.lockApprovals(trx, row.connectionId)
  const own = await store.listSteps(trx, row.id, row.planNumber)
  const since = new Date(at.getTime() - dayMs)
  const before = await store.destroyedByOne(trx, { ...row, since })
  const wanted = byKind(manifest, own.filter(({ destructive }) => destructive).map(unitsIn))
  const together = byKind(manifest, before, wanted)
  const counts = (await parts.inventory.countsIn(trx, [row.connectionId])).get(row.connectionId) ?? []
  for (const [kind, many] of together) {
    const all = counts.find((one) => one.kind === kind)?.present ?? null
    if (!wanted.has(kind) || !isTooMuch(many, all, parts.limits.guard)) continue
    const label = manifest.kinds.find(({ name }) => name === kind)?.label ?? kind
    const of = all === null ? '' : ` of ${all}`
    const why = `${many}${of} (${label}) would be taken away within 24 hours, with what one person has approved before.`
    return { ...guard, secondPerson: true, why }
  }
  return guard
}

function unitsIn({ action, units }: Step) {
  return { action, units: units.length }
}

/** How many of each kind; what only happens (ended sessions) takes nothing away. */
function byKind(
  manifest: Manifest,
  counted: readonly { readonly action: string; readonly units: number }[],
  start: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const sums = new Map(start)
  for (const { action, units } of counted) {
    const effect = actionOf(manifest, action)?.effect
    if (effect && 'kind' in effect) sums.set(effect.kind, (sums.get(effect.kind) ?? 0) + units)
  }
  return sums
}
