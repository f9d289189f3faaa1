import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import { supersededOf, withdraw } from './intents.ts'
import { stepsFailed } from './failures.ts'
import type { Plan, Step } from './operation.ts'
import { carryOut } from './carry-out.ts'
import * as store from './store.ts'
import { guarded, isTurnOver, owlie, type Turn, type TurnEnd } from './turn.ts'
import { unitsOf } from './unit.ts'

/** Carries the approved plan out, step by step, until it ends, waits, is cancelled, or the turn is over. */
export async function applyPlan(turn: Turn): Promise<TurnEnd> {
  const { operation } = turn
  if (operation.state === 'approved') {
    const isTaken = await guarded(turn, (trx, at) => store.moveTo(trx, operation.id, { to: 'applying', at }))
    if (!isTaken) return 'done'
  }
  failPoint('provisioning.begun')
  const { plan, steps } = await readPlan(turn)
  for (const step of steps) {
    if (isOver(step)) continue
    turn.signal.throwIfAborted()
    const now = await guarded(turn, (trx) => store.lockOperation(trx, operation.id))
    if (now?.state !== 'applying') return 'done'
    if (now.cancelRequestedBy) return cancelRest(turn, now.cancelRequestedBy)
    const end = await oneStep(turn, plan, step)
    if (end !== 'next') return end
    if (isTurnOver(turn)) return 'again'
  }
  return finish(turn)
}

function isOver({ state }: Step): boolean {
  return state !== 'pending' && state !== 'touching' && state !== 'unknown'
}

async function readPlan(turn: Turn): Promise<{ readonly plan: Plan; readonly steps: readonly Step[] }> {
  const { operation, parts } = turn
  return parts.database.tenant(turn.tenantId, async (trx) => ({
    plan: (await store.findPlans(trx, [operation])).get(operation.id)!,
    steps: await store.listSteps(trx, operation.id, operation.planNumber),
  }))
}

async function oneStep(turn: Turn, plan: Plan, step: Step): Promise<'next' | TurnEnd> {
  const { operation, connector } = turn
  const units = step.units.flatMap((key) => turn.units.get(key) ?? [])
  const gone = await guarded(turn, (trx) => supersededOf(trx, operation, connector.manifest, units))
  if (gone.size > 0 && gone.size === units.length) {
    await guarded(turn, (trx, at) => store.setStep(trx, step.id, { state: 'superseded', at }))
    return 'next'
  }
  // A batch of which a part is no longer wished: planned anew without that part.
  if (gone.size > 0) return replan(turn, 'A later operation has taken over a part of this one.')
  const end = await carryOut(turn, step)
  if (end === 'stale') return replan(turn, `What the plan went by has moved: ${step.sentence}.`)
  if (end === 'stop') return finish(turn)
  if (end !== 'next' || !plan.tryOne) return end
  return pauseAfterFirst(turn)
}

async function replan(turn: Turn, why: string): Promise<TurnEnd> {
  await guarded(turn, async (trx, at) => {
    await store.moveTo(trx, turn.operation.id, { to: 'planning', at, carryOn: false })
    await note(trx, turn, at, { is: 'stale', why })
    await audit(trx, turn, 'operation.stale', {})
  })
  return 'again'
}

/** "Try with one first": the rest waits for another word. */
async function pauseAfterFirst(turn: Turn): Promise<TurnEnd> {
  const isDone = await guarded(turn, async (trx, at) => {
    const steps = await store.listSteps(trx, turn.operation.id, turn.operation.planNumber)
    if (steps.every(isOver)) return true
    await store.moveTo(trx, turn.operation.id, { to: 'tried', at })
    await audit(trx, turn, 'operation.tried', {})
    return false
  })
  return isDone ? finish(turn) : 'done'
}

async function cancelRest(turn: Turn, by: string): Promise<TurnEnd> {
  await guarded(turn, async (trx, at) => cancelInside(trx, turn, by, at))
  return 'done'
}

/** Ends an operation where it is: what was not begun is skipped and no longer wished. */
export async function cancelInside(
  trx: TenantTx,
  { parts, operation, connector, tenantId }: Pick<Turn, 'parts' | 'operation' | 'connector' | 'tenantId'>,
  by: string,
  at: Date,
): Promise<boolean> {
  const moved = await store.moveTo(trx, operation.id, { to: 'cancelled', at })
  if (!moved) return false
  await parts.onShort?.(trx, operation.id, `Cancelled by ${by}.`)
  const steps = await store.listSteps(trx, operation.id, operation.planNumber)
  const left = steps.filter(({ state }) => state === 'pending')
  for (const { id } of left) await store.setStep(trx, id, { state: 'skipped', at })
  const undone = new Set(left.flatMap(({ units }) => units))
  const units = operation.items.flatMap((item, index) => unitsOf(item, index + 1))
  await withdraw(
    trx,
    operation,
    connector.manifest,
    units.filter(({ key }) => undone.has(key)),
    at,
  )
  await store.addEntry(trx, operation.id, {
    ...{ at, stepId: null, entry: 'note', changeId: null, attempt: null },
    detail: { is: 'cancelled', by, left: left.length },
  })
  await record(trx, {
    actor: owlie(tenantId),
    action: 'operation.cancelled',
    subject: { kind: 'operation', id: operation.id, name: operation.title },
    detail: { steps: left.length },
  })
  return true
}

async function finish(turn: Turn): Promise<TurnEnd> {
  failPoint('provisioning.finishing')
  await guarded(turn, async (trx, at) => {
    const { operation } = turn
    const steps = await store.listSteps(trx, operation.id, operation.planNumber)
    const failed = steps.filter(({ state }) => state === 'refused' || state === 'unknown').length
    const left = steps.filter(({ state }) => state === 'pending').length
    const failure = failed + left > 0 ? stepsFailed(failed, left) : null
    await store.moveTo(trx, operation.id, { to: failure ? 'failed' : 'applied', at, failure })
    if (failure) await turn.parts.onShort?.(trx, operation.id, failure.message)
    const applied = steps.filter(({ state }) => state === 'applied').length
    await audit(trx, turn, failure ? 'operation.failed' : 'operation.applied', { steps: applied, failed })
  })
  return 'done'
}

async function note(
  trx: TenantTx,
  { operation }: Turn,
  at: Date,
  detail: Readonly<Record<string, string>>,
): Promise<void> {
  await store.addEntry(trx, operation.id, {
    ...{ at, stepId: null, entry: 'note', changeId: null, attempt: null },
    detail,
  })
}

async function audit(
  trx: TenantTx,
  { operation, tenantId }: Turn,
  action: string,
  detail: { readonly steps?: number; readonly failed?: number },
): Promise<void> {
  await record(trx, {
    actor: owlie(tenantId),
    action,
    subject: { kind: 'operation', id: operation.id, name: operation.title },
    detail,
  })
}
