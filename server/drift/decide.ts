import { createHash, randomUUID } from 'node:crypto'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import { type Adoption, adopt } from './adopt.ts'
import type { Decision, DriftState, DriftType, Finding, OpenDrift, Pair } from './drift.ts'
import * as failures from './failures.ts'
import { guardDecisions, type GuardVerdict } from './guard-decision.ts'
import { isSame, judge } from './judge.ts'
import { type KindState, readKindStates } from './kind-state.ts'
import type { DriftParts } from './run.ts'
import * as store from './store.ts'
import { type DriftFilter, findIds, findPlaces } from './store-list.ts'
import { openPairs } from './store-pairs.ts'
import { requestOperations } from './wanted.ts'

/** What a person decides about: the ones named, or all that a filter finds. */
export interface DecideInput {
  readonly ids?: readonly string[] | null | undefined
  readonly filter?: DriftFilter | null | undefined
  readonly decision: Decision
  /** The count, where the guard asks for it. */
  readonly confirm?: number | null | undefined
  readonly reason?: string | null | undefined
}

export interface Decided {
  /** For undo. */
  readonly batchId: string
  readonly decision: Decision
  readonly decided: number
  /** Over, moved or under way by now; left as they are. */
  readonly skipped: number
}

export interface DecisionPreview {
  readonly count: number
  readonly skipped: number
  readonly groups: readonly {
    readonly connectionId: string
    readonly kind: string
    readonly type: DriftType
    readonly count: number
  }[]
  readonly guard: GuardVerdict
}

export const mostAtOnce = 50_000

type Ready = { readonly drift: OpenDrift; readonly pair: Pair; readonly finding: Finding }

/** What a decision is about, judged again on what is known now. */
interface Prepared {
  readonly groups: readonly { readonly state: KindState; readonly ready: readonly Ready[] }[]
  readonly asked: number
  readonly count: number
  readonly guard: GuardVerdict
  /** Why the last one that cannot be decided cannot; for a decision about none that can. */
  readonly obstacle: Refusal
}

async function prepare(
  { assignments }: DriftParts,
  trx: TenantTx,
  input: DecideInput,
): Promise<Prepared | Refusal> {
  const ids = input.filter ? await findIds(trx, input.filter, mostAtOnce + 1) : (input.ids ?? [])
  if (ids.length > mostAtOnce) return refuse(failures.tooMany)
  const places = await findPlaces(trx, ids)
  const states = new Map<string, readonly KindState[] | null>()
  const groups: { state: KindState; ready: readonly Ready[] }[] = []
  let obstacle = refuse(failures.driftNotFound)
  for (const place of places) {
    const { connectionId } = place
    if (!states.has(connectionId))
      states.set(connectionId, await readKindStates(assignments, trx, connectionId))
    const state = states.get(connectionId)?.find(({ kind }) => kind.name === place.kind)
    if (!state) continue
    const rows = await openPairs(trx, state, { ids: place.ids, limit: place.ids.length })
    const ready: Ready[] = []
    for (const row of rows) {
      const judged = judgeAgain(state, row, input.decision)
      if (isRefusal(judged)) obstacle = judged
      else ready.push(judged)
    }
    if (ready.length > 0) groups.push({ state, ready })
  }
  const count = groups.reduce((sum, { ready }) => sum + ready.length, 0)
  const parts = groups.map(({ state, ready }) => ({
    ...{ label: state.kind.label, count: ready.length, total: state.intents },
  }))
  return { groups, asked: new Set(ids).size, count, guard: guardDecisions(parts), obstacle }
}

/** A decision is about what was listed: where that has moved, it must be looked at again. */
function judgeAgain(
  state: KindState,
  { drift, pair }: { readonly drift: OpenDrift; readonly pair: Pair },
  decision: Decision,
): Ready | Refusal {
  if (drift.state === 'operation_queued') return refuse(failures.operationUnderWay)
  if (stateOf[decision] === drift.state) return refuse(failures.driftNotFound)
  const verdict = judge(pair, state)
  // After an undo the wish is younger than the look: what was listed still stands.
  const waits = verdict.is === 'wait' && verdict.why === 'young'
  const finding = verdict.is === 'drift' ? verdict.finding : waits ? (drift as Finding) : null
  const isAsListed =
    finding !== null &&
    finding.type === drift.type &&
    isSame(finding.observed, drift.observed) &&
    isSame(finding.intended, drift.intended)
  return isAsListed ? { drift, pair, finding } : refuse(failures.driftMoved)
}

const stateOf: Readonly<Record<Decision, DriftState>> = {
  adopt: 'closed',
  flag: 'flagged',
  preserve: 'operation_wanted',
  ignore: 'ignored',
}

/** What a decision would be about, and what the guard says to it. Nothing is written. */
export async function previewDecision(
  parts: DriftParts,
  trx: TenantTx,
  input: DecideInput,
): Promise<DecisionPreview | Refusal> {
  const prepared = await prepare(parts, trx, input)
  if (isRefusal(prepared)) return prepared
  const groups = prepared.groups.flatMap(({ state, ready }) =>
    [...Map.groupBy(ready, ({ drift }) => drift.type)].map(([type, rows]) => ({
      ...{ connectionId: state.connectionId, kind: state.kind.name, type, count: rows.length },
    })),
  )
  return { count: prepared.count, skipped: prepared.asked - prepared.count, groups, guard: prepared.guard }
}

/** Carries a person's decision out, in one transaction. */
export async function decide(
  parts: DriftParts,
  trx: TenantTx,
  actor: Actor,
  input: DecideInput,
): Promise<Decided | Refusal> {
  const prepared = await prepare(parts, trx, input)
  if (isRefusal(prepared)) return prepared
  const { groups, asked, count, guard, obstacle } = prepared
  if (count === 0) return obstacle
  if (guard.asks && input.confirm !== count) return refuse(failures.confirmationNeeded(guard))
  const batchId = randomUUID()
  const at = new Date(parts.clock.now())
  const by = { actorName: actor.name, reason: input.reason ?? null }
  for (const { state, ready } of groups)
    await decideKind(parts, trx, state, ready, { ...input, batchId, at, by })
  await record(trx, {
    actor,
    action: `drift.${pastOf[input.decision]}`,
    subject: { kind: 'drift_decision', id: batchId },
    detail: {
      decision: input.decision,
      count,
      connectionId: groups[0]!.state.connectionId,
      objectKind: [...new Set(groups.map(({ state }) => state.kind.name))].join(' '),
      hash: hashOf(groups.flatMap(({ ready }) => ready.map(({ drift }) => drift.id))),
      reason: by.reason,
    },
  })
  return { batchId, decision: input.decision, decided: count, skipped: asked - count }
}

const pastOf = { adopt: 'adopted', flag: 'flagged', preserve: 'preserved', ignore: 'ignored' } as const

interface DecisionBatch {
  readonly decision: Decision
  readonly batchId: string
  readonly at: Date
  readonly by: Adoption['by']
}

async function decideKind(
  parts: DriftParts,
  trx: TenantTx,
  state: KindState,
  ready: readonly Ready[],
  { decision, batchId, at, by }: DecisionBatch,
): Promise<void> {
  const ids = ready.map(({ drift }) => drift.id)
  if (decision === 'adopt') {
    const adoptions = ready.map(({ drift, pair, finding }) => ({
      ...{ driftId: drift.id, pair, finding, stateBefore: drift.state, by },
    }))
    await adopt(trx, state, adoptions, { batchId, at, byPolicy: false })
    await store.closeDrift(
      trx,
      ids.map((id) => ({ id, why: 'adopted' as const })),
      at,
    )
    return
  }
  await store.setState(trx, ids, stateOf[decision])
  const decisions = ready.map(({ drift }) => ({
    ...{ driftId: drift.id, batchId, decision, byPolicy: false, ...by, stateBefore: drift.state },
    ...{ intentId: null, intentVersion: null, wantedBefore: null, fieldsBefore: null },
  }))
  await store.insertDecisions(trx, decisions, at)
  if (decision === 'preserve') await requestOperations(parts, trx, ids)
}

/** Of a set of ids: the same set, the same hash; so that the audit says exactly what was decided. */
function hashOf(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')
}
