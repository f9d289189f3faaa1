import {
  actionOf,
  type ActionKind,
  type Change,
  type Failure,
  type Look,
  lookAll,
  type Observation,
  type Outcome,
} from '@owlie/connector-kit'
import { looksBefore } from './forecast.ts'
import type { TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import { achieve } from './intents.ts'
import type { Step, StepState } from './operation.ts'
import * as store from './store.ts'
import { guarded, parkFor, type Turn, type TurnEnd } from './turn.ts'
import { provenBy } from './proven.ts'
import { premiseOf } from './unit.ts'

/** `stop`: what stood in the way of this step stands in the way of all. */
export type StepEnd = 'next' | 'stop' | TurnEnd

/**
 * One step: look where looking matters, write the intent down, touch, write the outcome down, look again. A touch
 * nobody knows the outcome of is never repeated before a look has said that it did not happen.
 */
export async function carryOut(turn: Turn, step: Step): Promise<StepEnd | 'stale'> {
  const action = actionOf(turn.connector.manifest, step.action)!
  const { target, input, changeId } = step
  const touch: Touch = { turn, step, action, change: { action: step.action, target, input, changeId } }
  const inDoubt = step.state === 'touching' || step.state === 'unknown'
  if (inDoubt) {
    const settled = await settleDoubt(touch, step.attempts)
    return settled === 'again' ? touchIt(touch, step.attempts) : settled
  }
  const before = await preflight(touch)
  return before === 'touch' ? touchIt(touch, step.attempts) : before
}

interface Touch {
  readonly turn: Turn
  readonly step: Step
  readonly action: ActionKind
  readonly change: Change
}

type Seen =
  | {
      readonly looks: readonly Look[]
      readonly found: readonly (readonly Observation[])[]
      readonly inEffect: boolean | null
    }
  | { readonly failure: Failure }

async function see({ turn, change }: Touch): Promise<Seen> {
  const { connector, session } = turn
  const looks = connector.looks?.(change) ?? []
  const findings = await lookAll(connector, session, looks)
  const found: (readonly Observation[])[] = []
  for (const finding of findings) {
    if ('failure' in finding) return finding
    found.push(finding.found)
  }
  return { looks, found, inEffect: looks.length === 0 ? null : (connector.inEffect?.(change, found) ?? null) }
}

const idOf = (seen: Seen): string | null => {
  const first = 'found' in seen ? seen.found[0]?.[0] : undefined
  return first && 'id' in first ? first.id : null
}

/**
 * What was so when the plan was made must still be so, or already be as wished. Giving and taking grants comes to the
 * same whatever is there, so no request is spent on it.
 */
async function preflight(touch: Touch): Promise<StepEnd | 'stale' | 'touch'> {
  const { action, turn, step, change } = touch
  if (!looksBefore(action)) return 'touch'
  const { does } = action.effect
  const seen = await see(touch)
  if ('failure' in seen) {
    if (seen.failure.kind === 'permission' && action.idempotent) return 'touch'
    return passingOr(touch, seen.failure)
  }
  if (seen.inEffect === true)
    return end(touch, { state: 'same', externalId: does === 'create' ? idOf(seen) : null })
  const [premise] = step.premises
  const value = premiseOf(action, change, seen.found)
  if (premise && JSON.stringify(premise.value) !== JSON.stringify(value)) {
    await guarded(turn, (trx, at) =>
      store.addEntry(trx, turn.operation.id, {
        ...{ at, stepId: step.id, entry: 'look', changeId: step.changeId, attempt: step.attempts },
        detail: { is: 'moved' },
      }),
    )
    return 'stale'
  }
  return 'touch'
}

/** Waits out what passes, stops for what concerns every step, and ends only this one for the rest. */
async function passingOr(touch: Touch, failure: Failure): Promise<StepEnd> {
  if (failure.kind === 'unavailable' || failure.kind === 'throttled') return parkFor(touch.turn, failure)
  await end(touch, { state: 'refused', failure })
  return stopsAll(failure) ? 'stop' : 'next'
}

function stopsAll({ kind }: Failure): boolean {
  return kind === 'credential' || kind === 'permission' || kind === 'config' || kind === 'defect'
}

async function touchIt(touch: Touch, attempts: number): Promise<StepEnd> {
  const { turn, step, change } = touch
  const { operation, connector, session } = turn
  const attempt = attempts + 1
  turn.signal.throwIfAborted()
  failPoint('provisioning.step.looked')
  await guarded(turn, async (trx, at) => {
    await store.setStep(trx, step.id, { state: 'touching', at })
    await store.addEntry(trx, operation.id, {
      ...{ at, stepId: step.id, entry: 'intent', changeId: step.changeId, attempt },
      detail: { action: step.action },
    })
  })
  failPoint('provisioning.intent.written')
  // Whoever slept past its lease does not touch: another looks what became of this intent.
  turn.assertInTime()
  const outcome = await connector.apply![step.action]!(session, change)
  failPoint('provisioning.touched')
  await writeOutcome(touch, outcome, attempt)
  failPoint('provisioning.outcome.written')
  if (outcome.is === 'applied') {
    const externalId = touch.action.effect.does === 'create' ? (outcome.id ?? null) : null
    return prove(touch, 'applied', externalId)
  }
  if (outcome.is === 'refused') return afterRefusal(touch, outcome.failure, attempt)
  const settled = await settleDoubt(touch, attempt)
  return settled === 'again' ? touchIt(touch, attempt) : settled
}

async function writeOutcome({ turn, step }: Touch, outcome: Outcome, attempt: number): Promise<void> {
  const failure = 'failure' in outcome ? outcome.failure : null
  await guarded(turn, async (trx, at) => {
    await store.addEntry(trx, turn.operation.id, {
      ...{ at, stepId: step.id, entry: 'outcome', changeId: step.changeId, attempt },
      detail: {
        is: outcome.is,
        ...(failure ? { code: failure.code, status: failure.status ?? null } : {}),
        ...(outcome.is === 'applied' && outcome.id ? { id: outcome.id } : {}),
      },
    })
    // A refusal leaves the step open until it is decided what that means; nothing happened.
    const state = outcome.is === 'unknown' ? 'unknown' : outcome.is === 'refused' ? 'pending' : null
    if (state) await store.setStep(trx, step.id, { state, failure, at })
  })
}

/** A refusal: wait and try again, find that it is so already, or the end of the step. */
async function afterRefusal(touch: Touch, failure: Failure, attempt: number): Promise<StepEnd> {
  const { turn, action } = touch
  if (failure.kind === 'throttled') return parkFor(turn, failure)
  if (failure.kind === 'unavailable' && attempt < turn.parts.limits.mostAttempts)
    return parkFor(turn, failure)
  if (failure.kind === 'conflict' || failure.kind === 'missing') {
    const seen = await see(touch)
    if ('found' in seen && seen.inEffect === true)
      return prove(touch, 'same', action.effect.does === 'create' ? idOf(seen) : null, seen)
    const early = failure.kind === 'missing' && action.effect.does === 'grant'
    if (early && attempt < turn.parts.limits.mostAttempts && (await followsAnother(touch))) {
      // What an earlier step made may not be visible to the target itself yet.
      await turn.parts.clock.sleep(turn.parts.limits.settleMs * 2 ** attempt, turn.signal)
      return touchIt(touch, attempt)
    }
  }
  await end(touch, { state: 'refused', failure })
  return stopsAll(failure) ? 'stop' : 'next'
}

/** An earlier step of this plan made or gave something to one of these targets. */
async function followsAnother({ turn, step }: Touch): Promise<boolean> {
  const { operation, parts, tenantId } = turn
  const steps = await parts.database.tenant(tenantId, (trx) =>
    store.listSteps(trx, operation.id, operation.planNumber),
  )
  const own = new Set(Object.values(step.target).flat())
  return steps.some(
    (other) =>
      other.id !== step.id &&
      other.state === 'applied' &&
      !other.destructive &&
      Object.values(other.target)
        .flat()
        .some((id) => own.has(id)),
  )
}

/**
 * The outcome of a touch is not known: wait for it to settle, look, and only then decide. `again`: it surely did not
 * happen, or repeating it has no further effect.
 */
async function settleDoubt(touch: Touch, attempts: number): Promise<StepEnd | 'again'> {
  const { turn, step, action } = touch
  const { limits, clock } = turn.parts
  await clock.sleep(limits.settleMs, turn.signal)
  const seen = await see(touch)
  const verdict = 'failure' in seen ? null : seen.inEffect
  await guarded(turn, (trx, at) =>
    store.addEntry(trx, turn.operation.id, {
      ...{ at, stepId: step.id, entry: 'look', changeId: step.changeId, attempt: attempts },
      detail: { is: verdict === null ? 'not_told' : verdict ? 'happened' : 'did_not_happen' },
    }),
  )
  failPoint('provisioning.doubt.looked')
  if (verdict === true)
    return prove(touch, 'applied', action.effect.does === 'create' ? idOf(seen) : null, seen)
  if ('failure' in seen && (seen.failure.kind === 'unavailable' || seen.failure.kind === 'throttled'))
    return parkFor(turn, seen.failure)
  const mayRepeat = verdict === false || action.idempotent
  if (mayRepeat && attempts < limits.mostAttempts) return 'again'
  await end(touch, { state: 'unknown', failure: 'failure' in seen ? seen.failure : notTold })
  return 'next'
}

const notTold: Failure = {
  kind: 'unavailable',
  code: 'operation.outcome_unknown',
  message: 'The target did not say whether this happened.',
  remedy: 'Recover the operation later: it looks again before it touches anything.',
}

/** Reads back what was done. Not seen is said; it is not undone, and not done again. */
async function prove(
  touch: Touch,
  state: 'applied' | 'same',
  externalId: string | null,
  already?: Seen,
): Promise<StepEnd> {
  const { turn, action } = touch
  const { limits, clock } = turn.parts
  let seen = already ?? (await see(touch))
  for (let tries = 0; tries < 3 && 'found' in seen && seen.inEffect === false; tries++) {
    await clock.sleep(limits.settleMs * 2 ** tries, turn.signal)
    seen = await see(touch)
  }
  const isProven = 'found' in seen && seen.inEffect === true
  const reason = isProven ? null : reasonUnproven(action, seen)
  const id = externalId ?? (action.effect.does === 'create' ? idOf(seen) : null)
  failPoint('provisioning.proved')
  const proof = isProven ? 'verified' : 'unproven'
  await end(touch, { state, externalId: id, proof, proofReason: reason }, isProven ? seen : null)
  return 'next'
}

function reasonUnproven(action: ActionKind, seen: Seen): string {
  if ('failure' in seen) {
    const scopes = seen.failure.scopes ?? []
    return scopes.length > 0 ? `It cannot be read back: add ${scopes.join(', ')}.` : seen.failure.message
  }
  if (action.effect.does === 'happen') return 'It leaves nothing to look at.'
  return seen.inEffect === false
    ? 'The target accepted it, and does not show it.'
    : 'A part of it cannot be read back.'
}

interface StepResult {
  readonly state: StepState
  readonly failure?: Failure
  readonly externalId?: string | null
  readonly proof?: 'verified' | 'unproven'
  readonly proofReason?: string | null
}

/** `seen`: the look that proved it. */
async function end(touch: Touch, result: StepResult, seen: Seen | null = null): Promise<'next'> {
  const { turn, step } = touch
  const { operation } = turn
  await guarded(turn, async (trx, at) => {
    const isSo = result.state === 'applied' || result.state === 'same'
    const proof = result.proof ?? (result.state === 'same' ? 'verified' : null)
    await store.setStep(trx, step.id, { ...result, proof, at })
    await store.addEntry(trx, operation.id, {
      ...{ at, stepId: step.id, entry: isSo ? 'proof' : 'note', changeId: step.changeId, attempt: null },
      detail: {
        is: result.state,
        ...(proof ? { proof } : {}),
        ...(result.failure ? { code: result.failure.code } : {}),
      },
    })
    if (isSo && proof === 'verified')
      await achieve(trx, operation, new Set(step.units), at, result.externalId ?? null)
    if (seen && 'found' in seen) await tellInventory(trx, touch, seen, at)
    await store.setTurn(trx, operation.id, { inTurn: true, interruptions: 0 })
  })
  failPoint('provisioning.step.ended')
  return 'next'
}

/** What was just seen need not wait for the next run to be shown. */
async function tellInventory(
  trx: TenantTx,
  { turn, action, change }: Touch,
  { looks, found }: Extract<Seen, { readonly found: unknown }>,
  at: Date,
): Promise<void> {
  const { connector, operation, parts } = turn
  const { kinds } = connector.manifest
  const { effect } = action
  const kind = 'kind' in effect ? kinds.find(({ name }) => name === effect.kind) : undefined
  const proven = provenBy(action, change, looks, found)
  if (!kind || !proven) return
  const of = { connectionId: operation.connectionId, source: operation.id, kind, at }
  await parts.inventory.recordProof(trx, { ...of, ...proven }, kinds)
}
