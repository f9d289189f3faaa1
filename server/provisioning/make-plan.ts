import {
  actionOf,
  type Connector,
  type Failure,
  type Finding,
  type Look,
  lookAll,
  type ObjectKind,
} from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { failPoint } from '../fail-point.ts'
import { dayMs } from '../guard/index.ts'
import { assertHeld } from '../jobs/index.ts'
import { approvedByPolicy } from './approval-policy.ts'
import { accept } from './approve.ts'
import { forecastOf } from './forecast.ts'
import { supersededOf } from './intents.ts'
import type { Approval, Plan, PlanSummary, Step } from './operation.ts'
import { lookKey, plan, type Planned } from './plan.ts'
import * as store from './store.ts'
import { approvedByRules, listRules } from './store-policy.ts'
import { owlie, type Turn, type TurnEnd, parkFor } from './turn.ts'
import { changeOf, hashOf, type Unit } from './unit.ts'

/** Reads both sides fresh and stores what is to be done, or why it cannot be. Touches nothing. */
export async function makePlan(turn: Turn): Promise<TurnEnd> {
  const { parts, operation, connector } = turn
  const done = await inTenant(turn, (trx) => store.listDone(trx, operation.id))
  const all = [...turn.units.values()]
  const superseded = await inTenant(turn, (trx) => supersededOf(trx, operation, connector.manifest, all))
  const units = all.filter(({ key }) => !superseded.has(key))
  const seen = await look(turn, units, done)
  if ('failure' in seen) return parkFor(turn, seen.failure)
  const names = await namesOf(turn, units, seen.seen)
  const counts = (await inTenant(turn, (trx) => parts.inventory.countsIn(trx, [operation.connectionId]))).get(
    operation.connectionId,
  )
  const planned = plan({
    ...{ operationId: operation.id, connector, units, seen: seen.seen, scopes: turn.granted },
    ...memoryOf(connector, done, operation.planNumber),
    nameOf: (kind, id) => names.get(`${kind} ${id}`) ?? id,
    population: (kind) => counts?.find((one) => one.kind === kind)?.present ?? null,
    guard: parts.limits.guard,
  })
  failPoint('provisioning.plan.made')
  const end = await keep(turn, planned, units)
  failPoint('provisioning.plan.stored')
  return end
}

function inTenant<T>(turn: Turn, work: (trx: TenantTx) => Promise<T>): Promise<T> {
  return turn.parts.database.tenant(turn.tenantId, work)
}

/** What earlier plans of the operation have left behind. Pure. */
function memoryOf(connector: Connector, done: readonly Step[], planNumber: number) {
  const unitsOfSteps = (steps: readonly Step[]) => new Set(steps.flatMap(({ units }) => units))
  const companions = new Set((connector.manifest.actions ?? []).flatMap(({ companion }) => companion ?? []))
  const applied = done.filter(({ state }) => state === 'applied' || state === 'same')
  const refused = done.filter(
    ({ state, units, failure }) =>
      state === 'refused' &&
      units.length > 1 &&
      ['missing', 'rejected', 'conflict'].includes(failure?.kind ?? ''),
  )
  const owed = done.filter(({ action, state }) => companions.has(action) && state !== 'applied')
  const last = planNumber === 0 ? [] : done
  const before = new Map(
    last
      .filter(({ state }) => state === 'pending')
      .flatMap(({ premises }) => premises.map(({ unit, value }) => [unit, value] as const)),
  )
  return { applied: unitsOfSteps(applied), alone: unitsOfSteps(refused), owed: unitsOfSteps(owed), before }
}

async function look(
  turn: Turn,
  units: readonly Unit[],
  done: readonly Step[],
): Promise<{ readonly seen: ReadonlyMap<string, Finding> } | { readonly failure: Failure }> {
  const { connector, session, operation, parts } = turn
  const looks = new Map<string, Look>()
  for (const unit of units)
    for (const one of connector.looks?.(changeOf(unit, operation.id)) ?? []) looks.set(lookKey(one), one)
  // Giving and taking grants is the same whatever is there now, so that many of them go by the inventory. It may say
  // that something is left to do, which at worst costs a request that changes nothing, but never that nothing is.
  const grants = [...looks.values()].filter(({ reference }) => 'account' in reference)
  const stored =
    grants.length > parts.limits.freshLooks
      ? withoutDone(turn, units, done, await storedGrants(turn, grants))
      : new Map<string, Finding>()
  const fresh = [...looks].filter(([key]) => !stored.has(key))
  const findings = await lookAll(
    connector,
    session,
    fresh.map(([, one]) => one),
  )
  const passing = findings.flatMap((one) =>
    'failure' in one && isPassing(one.failure) ? [one.failure] : [],
  )[0]
  if (passing) return { failure: passing }
  return { seen: new Map([...stored, ...fresh.map(([key], at) => [key, findings[at]!] as const)]) }
}

/** Worth another try without anybody's help, or a matter for everything at once. */
export function isPassing({ kind }: Failure): boolean {
  return kind === 'unavailable' || kind === 'throttled' || kind === 'credential'
}

/** Without what would be left out of the plan for it, and what an earlier plan did, which no run may have seen yet. */
function withoutDone(
  { connector, operation }: Turn,
  units: readonly Unit[],
  done: readonly Step[],
  stored: ReadonlyMap<string, Finding>,
): ReadonlyMap<string, Finding> {
  const touched = new Set(done.flatMap((step) => (step.attempts > 0 ? step.units : [])))
  const left = new Map(stored)
  for (const unit of units) {
    const change = changeOf(unit, operation.id)
    const keys = (connector.looks?.(change) ?? []).map(lookKey)
    const found = keys.map((key) => {
      const finding = stored.get(key)
      return finding && 'found' in finding ? finding.found : null
    })
    const isKnown = found.every((one) => one !== null)
    const isLeft = isKnown && connector.inEffect?.(change, found) === false
    if (!isLeft || touched.has(unit.key)) for (const key of keys) left.delete(key)
  }
  return left
}

async function storedGrants(turn: Turn, looks: readonly Look[]): Promise<ReadonlyMap<string, Finding>> {
  const { parts, operation, connector } = turn
  const kinds = new Set(looks.map(({ kind }) => kind))
  const stored = new Map<string, Finding>()
  await inTenant(turn, async (trx) => {
    for (const name of kinds) {
      const kind = connector.manifest.kinds.find((one) => one.name === name)
      const own = looks.filter((one) => one.kind === name)
      const accounts = own.flatMap(({ reference }) => ('account' in reference ? [reference.account] : []))
      if (!kind) continue
      const held = await parts.inventory.heldBy(trx, operation.connectionId, kind, accounts)
      for (const one of own) {
        if (!('account' in one.reference)) continue
        const { account, entitlement } = one.reference
        const grants = held.get(`${account} ${entitlement}`)
        stored.set(lookKey(one), { found: grants ?? [] })
      }
    }
  })
  return stored
}

/** Names for people, of everything the units are about. */
async function namesOf(
  turn: Turn,
  units: readonly Unit[],
  seen: ReadonlyMap<string, Finding>,
): Promise<ReadonlyMap<string, string>> {
  const { parts, operation, connector } = turn
  const wanted = new Map<string, Set<string>>()
  for (const unit of units)
    for (const { name, kind } of actionOf(connector.manifest, unit.action)?.targets ?? [])
      wanted.set(kind, (wanted.get(kind) ?? new Set<string>()).add(unit.target[name] ?? ''))
  const names = new Map<string, string>()
  await inTenant(turn, async (trx) => {
    for (const [name, ids] of wanted) {
      const kind = connector.manifest.kinds.find((one): one is ObjectKind => one.name === name)
      if (!kind) continue
      const known = await parts.inventory.known(trx, operation.connectionId, kind, [...ids])
      for (const [id, { observation }] of known)
        names.set(
          `${name} ${id}`,
          ('email' in observation ? observation.email : null) ?? observation.displayName,
        )
    }
  })
  for (const finding of seen.values())
    if ('found' in finding)
      for (const one of finding.found)
        if (one.type === 'account') names.set(`users ${one.id}`, one.email ?? one.displayName)
  return names
}

async function keep(turn: Turn, planned: Planned, units: readonly Unit[]): Promise<TurnEnd> {
  const { parts, operation, connector } = turn
  const { steps } = planned
  const at = new Date(parts.clock.now())
  const connection = await parts.connections.get(turn.tenantId, { id: operation.connectionId })
  const summary: PlanSummary = {
    ...planned.summary,
    forecast: forecastOf(connector, steps, connection!),
  }
  const number = operation.planNumber + 1
  const hash = hashOf([operation.id, number, steps])
  const [problem] = summary.problems
  return parts.database.tenant(turn.tenantId, async (trx) => {
    await assertHeld(trx, turn.lease)
    const row = await store.lockOperation(trx, operation.id)
    if (row?.state !== 'planning') return 'done'
    const former = (await store.findPlans(trx, [row])).get(row.id)
    await store.insertPlan(trx, operation.id, { number, hash, at, summary, steps })
    const carried =
      row.carryOn && !problem
        ? carriedApprovals(former ?? null, await store.approvedUnits(trx, row.id), steps)
        : null
    const policy = carried ? null : await policyOf(trx, turn, { number, steps, summary }, at)
    const isApproved = carried !== null || policy !== null
    const to = problem ? 'refused' : steps.length === 0 ? 'applied' : isApproved ? 'approved' : 'planned'
    if (isApproved)
      await store.approvePlan(trx, row.id, number, {
        approvals: carried ?? [],
        approvedAt: at,
        tryOne: false,
        policy: policy ?? (carried && former?.approvedByPolicy) ?? null,
      })
    if (to === 'applied' || policy !== null)
      await accept(trx, row, connector.manifest, { units, steps, found: summary.found, isFirst: true, at })
    await store.moveTo(trx, operation.id, {
      to,
      at,
      planNumber: number,
      failure: problem ?? null,
      carryOn: false,
    })
    if (problem) await parts.onShort?.(trx, operation.id, problem.message)
    await recordPlan(trx, turn, { hash, steps: steps.length, problem: problem ?? null, policy })
    parts.log('info', 'an operation was planned', { operationId: operation.id, state: to })
    return to === 'approved' ? 'again' : 'done'
  })
}

async function recordPlan(
  trx: TenantTx,
  { operation, tenantId }: Turn,
  made: {
    readonly hash: string
    readonly steps: number
    readonly problem: Failure | null
    readonly policy: string | null
  },
): Promise<void> {
  const { hash: planHash, steps, problem, policy } = made
  const about = {
    actor: owlie(tenantId),
    subject: { kind: 'operation', id: operation.id, name: operation.title },
  }
  await record(trx, {
    ...about,
    action: problem ? 'operation.refused' : steps === 0 ? 'operation.applied' : 'operation.planned',
    detail: { planHash, steps, ...(problem ? { code: problem.code } : {}) },
  })
  if (policy !== null)
    await record(trx, { ...about, action: 'operation.approved_by_policy', detail: { planHash, policy } })
}

/** Why the rules of the connection let this plan through without a person; null when they do not. */
async function policyOf(
  trx: TenantTx,
  { operation, connector }: Turn,
  plan: Parameters<typeof approvedByPolicy>[2],
  at: Date,
): Promise<string | null> {
  const rules = await listRules(trx, operation.connectionId)
  if (rules.length === 0) return null
  const recent = await approvedByRules(trx, operation.connectionId, new Date(at.getTime() - dayMs))
  return approvedByPolicy(connector.manifest, rules, plan, recent)
}

/**
 * The approvals of the plan before, where it had all it took and this one does nothing that was not approved. A plan
 * that still waited for its second person has none to hand on.
 */
function carriedApprovals(
  former: Plan | null,
  approved: ReadonlySet<string>,
  steps: readonly { readonly units: readonly string[] }[],
): readonly Approval[] | null {
  if (!former?.approvedAt) return null
  return steps.every(({ units }) => units.every((unit) => approved.has(unit))) ? former.approvals : null
}
