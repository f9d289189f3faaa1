import { randomUUID } from 'node:crypto'
import type { TenantTx } from '../db/index.ts'
import { type Adoption, adopt } from './adopt.ts'
import type { DriftState, OpenDrift, Pair, Rule } from './drift.ts'
import type { KindState } from './kind-state.ts'
import type { DriftParts } from './run.ts'
import type { Action } from './settle.ts'
import * as store from './store.ts'
import { requestOperations } from './wanted.ts'

/** A thing that was judged, and what follows. */
export interface Settled {
  readonly pair: Pair
  readonly before: OpenDrift | null
  readonly action: Action
}

/** What a batch of settled things comes to, as rows. */
export interface Outcome {
  readonly inserts: readonly store.NewDrift[]
  readonly closings: readonly store.Closing[]
  readonly changes: readonly store.Changing[]
  readonly adoptions: readonly Adoption[]
  /** Drift a policy newly asks an operation for. */
  readonly wanted: readonly { readonly id: string; readonly stateBefore: DriftState; readonly rule: Rule }[]
  readonly held: number
}

/**
 * Turns actions into rows. `heldReason`: set when the guard lets no policy put anything back in this pass. Pure but
 * for the new ids.
 */
export function toRows(settled: readonly Settled[], heldReason: string | null): Outcome {
  const out = {
    inserts: [] as store.NewDrift[],
    closings: [] as store.Closing[],
    changes: [] as store.Changing[],
    adoptions: [] as Adoption[],
    wanted: [] as { id: string; stateBefore: DriftState; rule: Rule }[],
    held: 0,
  }
  for (const { pair, before, action } of settled) {
    if (action.do === 'nothing') continue
    if (action.do === 'close') {
      out.closings.push({ id: before!.id, why: action.why })
      continue
    }
    const { finding, rule } = action
    const isNew = action.do === 'open' || action.do === 'replace'
    if (action.do === 'replace') out.closings.push({ id: before!.id, why: 'became_other' })
    const reopens = action.do === 'change' && action.reopens
    const id = isNew ? randomUUID() : before!.id
    const next = nextState(isNew ? null : before, rule, reopens, heldReason)
    const stateBefore = isNew || reopens ? 'open' : before!.state
    const { heldReason: reason } = next
    const state = next.state === 'adopted' ? 'closed' : next.state
    if (isNew) {
      const resolution = state === 'closed' ? 'adopted' : null
      out.inserts.push({ ...subjectOf(pair), ...finding, id, state, rule, heldReason: reason, resolution })
    } else {
      // One that is adopted is closed after it was changed.
      const kept = state === 'closed' ? 'open' : state
      out.changes.push({
        ...finding,
        id,
        state: kept,
        policy: rule.policy,
        policyBy: rule.by,
        heldReason: reason,
      })
      if (state === 'closed') out.closings.push({ id, why: 'adopted' })
    }
    if (state === 'closed')
      out.adoptions.push({ driftId: id, pair, finding, stateBefore, by: byPolicy(rule) })
    if (next.isAsked) out.wanted.push({ id, stateBefore, rule })
    if (next.isHeld) out.held += 1
  }
  return out
}

interface NextState {
  readonly state: Exclude<DriftState, 'closed'> | 'adopted'
  readonly heldReason: string | null
  /** An operation is newly asked for. */
  readonly isAsked: boolean
  readonly isHeld: boolean
}

function nextState(
  before: OpenDrift | null,
  rule: Rule,
  reopens: boolean,
  heldReason: string | null,
): NextState {
  const still = (state: NextState['state'], reason: string | null = null): NextState => ({
    ...{ state, heldReason: reason, isAsked: false, isHeld: false },
  })
  const isPolicys = before?.state === 'operation_wanted' && before.byPolicy
  if (before && !reopens && before.state !== 'open' && !isPolicys)
    return still(before.state, before.heldReason)
  switch (rule.policy) {
    case 'adopt':
      return still('adopted')
    case 'preserve':
      if (isPolicys) return still('operation_wanted')
      if (before?.heldReason) return still('open', before.heldReason)
      if (heldReason !== null) return { state: 'open', heldReason, isAsked: false, isHeld: true }
      return { state: 'operation_wanted', heldReason: null, isAsked: true, isHeld: false }
    case 'flag':
    case 'ignore':
      return still('open')
  }
}

/** Writes what follows, in the caller's transaction. */
export async function carryOut(
  parts: DriftParts,
  trx: TenantTx,
  state: KindState,
  settled: readonly Settled[],
  from: store.Evidence & { readonly heldReason: string | null },
): Promise<Omit<store.PassKind, 'kind' | 'waiting'>> {
  const out = toRows(settled, from.heldReason)
  // A row that gives way to another about the same thing must be closed before that one is there.
  await store.closeDrift(
    trx,
    out.closings.filter(({ why }) => why !== 'adopted'),
    from.at,
  )
  await store.insertDrift(trx, out.inserts, from)
  await store.changeDrift(trx, out.changes, from.at)
  await store.closeDrift(
    trx,
    out.closings.filter(({ why }) => why === 'adopted'),
    from.at,
  )
  const batchId = randomUUID()
  await adopt(trx, state, out.adoptions, { batchId, at: from.at, byPolicy: true })
  const asked = out.wanted.map(({ id, stateBefore, rule }) => ({
    ...{ driftId: id, batchId, decision: 'preserve' as const, byPolicy: true, stateBefore },
    ...{ actorName: byPolicy(rule).actorName, reason: null, intentId: null, intentVersion: null },
    ...{ wantedBefore: null, fieldsBefore: null },
  }))
  await store.insertDecisions(trx, asked, from.at)
  await requestOperations(
    parts,
    trx,
    out.wanted.map(({ id }) => id),
  )
  return {
    opened: out.inserts.filter(({ resolution }) => resolution === null).length,
    changed: out.changes.length,
    closed: out.closings.filter(({ why }) => why !== 'adopted').length,
    adopted: out.adoptions.length,
    wanted: out.wanted.length,
    held: out.held,
  }
}

/** Who decided, where a policy did. */
export function byPolicy(rule: Rule): { readonly actorName: string; readonly reason: string | null } {
  return { actorName: rule.by ?? 'Owlie', reason: `Policy ${rule.policy}` }
}

export function subjectOf({ yields, entitlementType, entitlement, account, grantType }: Pair) {
  return { yields, entitlementType, entitlement, account, grantType }
}
