import type { Manifest } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { type Actor, type Refusal, refusalAsOneOfTwo, refuse } from '../model/index.ts'
import { guardOfDay } from './day-guard.ts'
import * as failures from './failures.ts'
import { achieve, intend } from './intents.ts'
import type { Approval, PlanSummary } from './operation.ts'
import { operationTask, type ProvisioningParts } from './parts.ts'
import * as store from './store.ts'
import { reasonNotTo } from './transitions.ts'
import { type Unit, unitsOf } from './unit.ts'

export interface ApproveInput {
  readonly id: string
  /** Of the plan that was looked at. */
  readonly hash: string
  /** How many things are taken away, typed; needed where the plan says so. */
  readonly confirmCount?: number | null
  /** Do one step, then wait for another word. */
  readonly tryOne?: boolean | null
}

/**
 * A person's yes to exactly one plan. Where the plan is above the guard, two people say it. With the last yes the
 * wish becomes an intention, in the same transaction.
 */
export async function approve(
  parts: ProvisioningParts,
  trx: TenantTx,
  actor: Actor,
  input: ApproveInput & { readonly manifest: Manifest },
): Promise<Refusal | null> {
  const row = await store.lockOperation(trx, input.id)
  if (!row) return refuse(failures.operationNotFound)
  const why = reasonNotTo('approve', row.state)
  if (why) return refuse(failures.notNow(row.state, why))
  const plan = (await store.findPlans(trx, [row])).get(row.id)
  if (!plan || plan.hash !== input.hash) return refuse(failures.planChanged)
  const { found } = plan.summary
  const isFirst = row.state === 'planned'
  const at = new Date(parts.clock.now())
  const { manifest } = input
  const guard = isFirst ? await guardOfDay(parts, trx, row, { plan, manifest, at }) : plan.summary.guard
  if (isFirst && guard.count !== null && input.confirmCount !== guard.count)
    return refuse(failures.countWrong(guard.count))
  const alone = isFirst && guard.secondPerson ? refusalAsOneOfTwo(actor) : null
  if (alone) return alone
  const own: Approval = { personId: actor.personId ?? actor.id, name: actor.name, at: at.toISOString() }
  const approvals = [...plan.approvals.filter(({ personId }) => personId !== own.personId), own]
  const isEnough = !isFirst || !guard.secondPerson || approvals.length > 1
  const again =
    isFirst && guard.secondPerson && plan.approvals.some(({ personId }) => personId === own.personId)
  if (again && !isEnough) return refuse(failures.secondPersonWanted(guard.why ?? ''))
  const tryOne = isFirst && (input.tryOne ?? plan.tryOne)
  const approvedAt = isEnough ? at : null
  await store.approvePlan(trx, row.id, plan.number, { approvals, approvedAt, tryOne, guard })
  if (isEnough) {
    const steps = await store.listSteps(trx, row.id, row.planNumber)
    const units = row.items.flatMap((item, index) => unitsOf(item, index + 1))
    await accept(trx, row, manifest, { units, steps, found, isFirst, at })
    await store.moveTo(trx, row.id, { to: 'approved', at })
    await enqueue(trx, operationTask, { operationId: row.id }, { key: `operation:${row.id}` })
  }
  await record(trx, {
    actor,
    action: isEnough ? 'operation.approved' : 'operation.approved_first',
    subject: { kind: 'operation', id: row.id, name: row.title },
    detail: {
      planHash: plan.hash,
      approvals: approvals.length,
      ...(guard.count === null ? {} : { count: guard.count }),
    },
  })
  return null
}

/** With the last yes the wish becomes an intention, and what is so already is in effect. */
export async function accept(
  trx: TenantTx,
  row: store.OperationRow,
  manifest: Manifest,
  {
    units,
    steps,
    found,
    isFirst,
    at,
  }: {
    readonly units: readonly Unit[]
    readonly steps: readonly { readonly units: readonly string[] }[]
    readonly found: PlanSummary['found']
    readonly isFirst: boolean
    readonly at: Date
  },
): Promise<void> {
  if (isFirst) await intend(trx, row, manifest, units, at)
  const planned = new Set(steps.flatMap((step) => step.units))
  for (const { unit, externalId } of found) await achieve(trx, row, new Set([unit]), at, externalId)
  const taken = new Set(found.map(({ unit }) => unit))
  const same = units.map(({ key }) => key).filter((key) => !planned.has(key) && !taken.has(key))
  await achieve(trx, row, new Set(same), at, null)
}
