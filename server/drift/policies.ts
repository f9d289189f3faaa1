import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { compareTask, settleOne, type SettledOne } from './compare.ts'
import type { Decision, DriftType, Pair, Rule } from './drift.ts'
import * as failures from './failures.ts'
import { guardDecision, type GuardVerdict } from './guard-decision.ts'
import { type KindState, readKindStates, ruleFor } from './kind-state.ts'
import type { SetPolicy } from './resolve-policy.ts'
import type { DriftParts } from './run.ts'
import { countOpen } from './store.ts'
import { candidates, openPairs, type Place } from './store-pairs.ts'
import { savePolicy, saveSetting } from './store-policy.ts'

/** A row of the matrix: what applies to a kind of a connection. */
export interface KindPolicies {
  readonly connectionId: string
  readonly kind: string
  readonly label: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  /** What was set, for the whole kind (`type` null) and for types. */
  readonly set: readonly SetPolicy[]
  readonly effective: Readonly<Record<DriftType, Rule>>
  readonly governedFields: readonly string[]
  readonly ignoredFields: readonly string[]
  readonly graceMs: number
  readonly baseline: { readonly since: Date; readonly by: string } | null
  readonly intents: number
  /** Needs review. */
  readonly open: number
}

export async function listPolicies(
  { assignments }: DriftParts,
  trx: TenantTx,
  connectionId: string,
): Promise<readonly KindPolicies[] | null> {
  const states = await readKindStates(assignments, trx, connectionId)
  if (!states) return null
  const open = await countOpen(trx, connectionId)
  return states.map((state) => ({
    connectionId,
    kind: state.kind.name,
    label: state.kind.label,
    yields: state.kind.yields,
    set: state.policies,
    effective: effectiveOf(state),
    governedFields: state.kind.governed ?? [],
    ignoredFields: state.ignoredFields,
    graceMs: state.graceMs,
    baseline: state.baseline,
    intents: state.intents,
    open: open.get(state.kind.name) ?? 0,
  }))
}

function effectiveOf(state: KindState): Readonly<Record<DriftType, Rule>> {
  const rule = ruleFor(state)
  return { missing: rule('missing'), excess: rule('excess'), different: rule('different') }
}

export interface PolicyInput {
  readonly connectionId: string
  readonly kind: string
  /** Null: of any type. */
  readonly type: DriftType | null
  /** Null takes the rule away, so that the wider one applies. */
  readonly policy: Decision | null
}

/** What would happen at once if a policy were saved. */
export interface PolicyPreview {
  /** Becomes intent. */
  readonly adopted: number
  /** Operations that would be asked for. */
  readonly operations: number
  /** Newly listed for review, or listed again. */
  readonly listed: number
  /** Taken off the list. */
  readonly dropped: number
  /** At most 5. */
  readonly examples: readonly {
    readonly type: DriftType
    readonly account: string
    readonly entitlement: string
  }[]
  /** Of the operations: above it they are listed instead. */
  readonly guard: GuardVerdict
  /** More than this many were not looked at; the counts are lower bounds. */
  readonly isCut: boolean
}

const previewed = 20_000
const previewBatch = 5000

export async function previewPolicy(
  parts: DriftParts,
  trx: TenantTx,
  input: PolicyInput,
): Promise<PolicyPreview | Refusal> {
  const state = await stateOf(parts, trx, input)
  if ('refused' in state) return state
  const { settled, isCut } = await settleAll(trx, state, withPolicy(state.policies, input))
  const counts = { adopted: 0, operations: 0, listed: 0, dropped: 0 }
  const examples: PolicyPreview['examples'][number][] = []
  for (const each of settled) {
    const effect = effectOf(each)
    if (!effect) continue
    counts[effect.is] += 1
    if (examples.length < 5) examples.push({ type: effect.type, ...namesOf(each.pair) })
  }
  return { ...counts, examples, guard: guardDecision(counts.operations, state.intents), isCut }
}

/** Every pair of a kind under other policies. Nothing is written. */
async function settleAll(trx: TenantTx, state: KindState, policies: readonly SetPolicy[]) {
  const settled: SettledOne[] = []
  let after: string | null = null
  do {
    const rows = await openPairs(trx, state, { after, limit: previewBatch })
    settled.push(...rows.map(({ drift, pair }) => settleOne(state, pair, drift, policies)))
    after = rows.length < previewBatch ? null : rows.at(-1)!.drift.id
  } while (after !== null && settled.length < previewed)
  let place: Place | null = null
  do {
    const pairs: readonly Pair[] = await candidates(trx, state, place, previewBatch)
    settled.push(...pairs.map((pair) => settleOne(state, pair, null, policies)))
    const last = pairs.at(-1)
    place = pairs.length < previewBatch || !last ? null : [last.entitlement, last.account, last.grantType]
  } while (place !== null && settled.length < previewed)
  return { settled, isCut: after !== null || place !== null }
}

function effectOf({ action, before }: SettledOne): {
  readonly is: 'adopted' | 'operations' | 'listed' | 'dropped'
  readonly type: DriftType
} | null {
  if (action.do === 'nothing') return null
  if (action.do === 'close')
    return action.why === 'ignored_by_policy' ? { is: 'dropped', type: before!.type } : null
  const { type } = action.finding
  switch (action.rule.policy) {
    case 'adopt':
      return { is: 'adopted', type }
    case 'preserve':
      return { is: 'operations', type }
    case 'flag':
      return before?.state === 'open' ? null : { is: 'listed', type }
    case 'ignore':
      return null
  }
}

function namesOf({ account, entitlement }: Pair) {
  return { account, entitlement }
}

function withPolicy(
  policies: readonly SetPolicy[],
  { kind, type, policy }: PolicyInput,
): readonly SetPolicy[] {
  const others = policies.filter((each) => each.type !== type)
  return policy === null ? others : [...others, { kind, type, policy, by: 'preview', at: new Date(0) }]
}

export async function setPolicy(
  parts: DriftParts,
  trx: TenantTx,
  actor: Actor,
  input: PolicyInput,
): Promise<readonly KindPolicies[] | Refusal> {
  const state = await stateOf(parts, trx, input)
  if ('refused' in state) return state
  const before = state.policies.find(({ type }) => type === input.type)?.policy ?? null
  if (before !== input.policy) {
    await savePolicy(trx, input, input.policy, { name: actor.name, at: new Date(parts.clock.now()) })
    await compareSoon(trx, input.connectionId)
    await record(trx, {
      actor,
      action: 'drift_policy.changed',
      subject: { kind: 'connection', id: input.connectionId },
      detail: {
        ...{ connectionId: input.connectionId, objectKind: input.kind, kind: input.type ?? 'any' },
        ...{ from: before ?? 'default', to: input.policy ?? 'default' },
      },
    })
  }
  return (await listPolicies(parts, trx, input.connectionId))!
}

export interface SettingInput {
  readonly connectionId: string
  readonly kind: string
  readonly ignoredFields: readonly string[]
  readonly graceMs: number
}

export async function setSetting(
  parts: DriftParts,
  trx: TenantTx,
  actor: Actor,
  input: SettingInput,
): Promise<readonly KindPolicies[] | Refusal> {
  const state = await stateOf(parts, trx, input)
  if ('refused' in state) return state
  const isGrace = Number.isInteger(input.graceMs) && input.graceMs >= 0 && input.graceMs <= 86_400_000
  if (!isGrace) return refuse(failures.badGrace)
  const ignoredFields = [...new Set(input.ignoredFields)].filter((name) => name !== '').slice(0, 100)
  const by = { name: actor.name, at: new Date(parts.clock.now()) }
  await saveSetting(trx, input.connectionId, { ...input, ignoredFields }, by)
  await compareSoon(trx, input.connectionId)
  await record(trx, {
    actor,
    action: 'drift_setting.changed',
    subject: { kind: 'connection', id: input.connectionId },
    detail: {
      ...{ connectionId: input.connectionId, objectKind: input.kind },
      ...{ fields: ignoredFields.join(' '), durationMs: input.graceMs },
    },
  })
  return (await listPolicies(parts, trx, input.connectionId))!
}

async function stateOf(
  { assignments }: DriftParts,
  trx: TenantTx,
  { connectionId, kind }: Pick<PolicyInput, 'connectionId' | 'kind'>,
): Promise<KindState | Refusal> {
  const states = await readKindStates(assignments, trx, connectionId)
  if (!states) return refuse(connectionNotFound())
  return states.find((state) => state.kind.name === kind) ?? refuse(failures.kindUnknown(kind))
}

export function compareSoon(trx: TenantTx, connectionId: string): Promise<void> {
  return enqueue(trx, compareTask, { connectionId }, { key: `drift:${connectionId}` })
}
