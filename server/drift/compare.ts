import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { assertHeld, enqueue, holdLease, type Lease, type Task } from '../jobs/index.ts'
import { carryOut, type Settled } from './carry-out.ts'
import type { Pair } from './drift.ts'
import { guardDecision } from './guard-decision.ts'
import { judge } from './judge.ts'
import { type KindState, readKindStates, ruleFor } from './kind-state.ts'
import type { DriftParts } from './run.ts'
import { settle } from './settle.ts'
import * as store from './store.ts'
import { candidates, countCandidates, openPairs, type Place } from './store-pairs.ts'

export const compareTask = 'drift.compare'

/** Pairs per transaction. */
export const batchSize = 5000
const leaseMs = 30_000
/** When another process compares this connection, or is deciding about it. */
const againMs = 1000

/** Compares a connection, kind by kind. Asked for by name when a sync run or a baseline ends, or a policy changes. */
export function compareTurn(parts: DriftParts): Task {
  return async ({ tenantId, connectionId = '' }, { signal, processId }) => {
    const lease = { tenantId, resource: `drift:${connectionId}`, owner: processId, ttlMs: leaseMs }
    const again = (trx: TenantTx, ms: number) =>
      enqueue(
        trx,
        compareTask,
        { connectionId },
        { key: `drift:${connectionId}`, runAt: new Date(Date.now() + ms) },
      )
    const held = await holdLease(parts.database, lease, async (held) => {
      const stop = AbortSignal.any([signal, held.signal])
      const isDone = await compareConnection(parts, tenantId, connectionId, held.lease, stop)
      if (!isDone) await parts.database.tenant(tenantId, (trx) => again(trx, 0))
    })
    if (!held.held) await parts.database.tenant(tenantId, (trx) => again(trx, againMs))
  }
}

interface PassContext {
  readonly parts: DriftParts
  readonly tenantId: string
  readonly lease: Lease
  readonly signal: AbortSignal
  readonly state: KindState
  readonly run: store.LastRun | null
}

/** False when it was stopped before its end; nothing is lost, the next one goes over all of it again. */
async function compareConnection(
  parts: DriftParts,
  tenantId: string,
  connectionId: string,
  lease: Lease,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, clock } = parts
  const startedAt = new Date(clock.now())
  const start = await database.tenant(tenantId, async (trx) => ({
    run: await store.findLastRun(trx, connectionId),
    states: await readKindStates(parts.assignments, trx, connectionId),
  }))
  if (!start.states) return true
  const { run } = start
  const kinds: store.PassKind[] = []
  for (const state of start.states) {
    const counts = await compareKind({ parts, tenantId, lease, signal, state, run })
    if (signal.aborted) return false
    kinds.push(counts)
  }
  await database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease)
    await store.insertPass(trx, {
      ...{ connectionId, runId: run?.id ?? null, generation: run?.generation ?? null, kinds },
      ...{ startedAt, finishedAt: new Date(clock.now()) },
    })
  })
  return true
}

const none = { opened: 0, changed: 0, closed: 0, adopted: 0, wanted: 0, waiting: 0, held: 0 }

async function compareKind(context: PassContext): Promise<store.PassKind> {
  const { parts, tenantId, state, signal } = context
  const kind = state.kind.name
  if (!state.isGoverned && state.intents === 0 && !(await hasIntentOrDrift(context))) return { kind, ...none }
  const heldReason = await parts.database.tenant(tenantId, (trx) => judgeGuard(trx, state))
  let counts = none
  const add = (more: Partial<typeof none>) => {
    counts = Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [name, count + (more[name as keyof typeof none] ?? 0)]),
    ) as typeof none
  }
  // Drift there is first: a new one about the same thing may follow only when the old one is over.
  let after: string | null = null
  do {
    const batch = await inBatch(context, heldReason, async (trx) => {
      const rows = await openPairs(trx, state, { after, limit: batchSize })
      after = rows.length < batchSize ? null : rows.at(-1)!.drift.id
      return rows.map(({ drift, pair }) => settleOne(state, pair, drift))
    })
    add(batch)
  } while (after !== null && !signal.aborted)
  let place: Place | null = null
  do {
    const batch = await inBatch(context, heldReason, async (trx) => {
      const pairs = await candidates(trx, state, place, batchSize)
      const last = pairs.at(-1)
      place = pairs.length < batchSize || !last ? null : [last.entitlement, last.account, last.grantType]
      return pairs.map((pair) => settleOne(state, pair, null))
    })
    add(batch)
  } while (place !== null && !signal.aborted)
  return { kind, ...counts }
}

/** A kind without a single wish, wanted or not, and without drift has nothing to compare. */
function hasIntentOrDrift({ parts, tenantId, state }: PassContext): Promise<boolean> {
  return parts.database.tenant(tenantId, (trx) => store.hasIntentOrDrift(trx, state))
}

export type SettledOne = Settled & { readonly isWaiting: boolean }

/** Judges a pair and settles what follows. */
export function settleOne(
  state: KindState,
  pair: Pair,
  before: Settled['before'],
  policies = state.policies,
): SettledOne {
  const verdict = judge(pair, state)
  const version = pair.intent?.desiredVersion ?? 0
  const action = settle(verdict, before, version, ruleFor(state, policies))
  return { pair, before, action, isWaiting: verdict.is === 'wait' }
}

/** Why no policy may put anything back in this pass; null: it may. */
async function judgeGuard(trx: TenantTx, state: KindState): Promise<string | null> {
  const types = (['missing', 'excess', 'different'] as const).filter(
    (type) => ruleFor(state)(type).policy === 'preserve',
  )
  if (types.length === 0) return null
  const fresh = await countCandidates(trx, state)
  const listed = await store.countOpenOfType(trx, state.connectionId, state.kind.name)
  const count = types.reduce((sum, type) => sum + fresh[type] + (listed[type] ?? 0), 0)
  const { asks, reason } = guardDecision(count, state.intents)
  return asks ? `Held: ${reason} Decide them yourself to go on.` : null
}

async function inBatch(
  { parts, tenantId, lease, state, run }: PassContext,
  heldReason: string | null,
  settleBatch: (trx: TenantTx) => Promise<readonly SettledOne[]>,
): Promise<Partial<typeof none>> {
  return parts.database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease)
    const settled = await settleBatch(trx)
    const waiting = settled.filter(({ isWaiting }) => isWaiting).length
    const acting = settled.filter(({ action }) => action.do !== 'nothing')
    if (acting.length === 0) return { waiting }
    const { connectionId, kind } = state
    const from = {
      ...{ connectionId, kind: kind.name, runId: run?.id ?? null, generation: run?.generation ?? null },
      ...{ at: new Date(parts.clock.now()), heldReason },
    }
    const counts = await carryOut(parts, trx, state, acting, from)
    await record(trx, {
      actor: { tenantId, id: 'drift', name: 'Owlie', kind: 'system' },
      action: 'drift.compared',
      subject: { kind: 'connection', id: connectionId },
      detail: {
        ...{ connectionId, objectKind: kind.name, runId: from.runId, generation: from.generation },
        ...{ created: counts.opened, changed: counts.changed, end: `${counts.closed} over` },
        ...{ accepted: counts.adopted, operation: `${counts.wanted} wanted` },
      },
    })
    return { ...counts, waiting }
  })
}
