import type { Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { isId, type Actor, type Refusal, refusalAsOneOfTwo, refuse } from '../model/index.ts'
import { checkLimit, isLooser, type LimitInput } from './check-limit.ts'
import * as failures from './failures.ts'
import { defaultLimits, hashOfSet, judge, reasonInWords } from './judge.ts'
import type { GuardStop, Limits, Measure, Metric, StopReason } from './stop.ts'
import * as store from './store.ts'

const hourMs = 60 * 60_000
export const dayMs = 24 * hourMs

/** One kind of a run that is about to be believed. */
export interface KindToJudge {
  readonly connectionId: string
  readonly runId: string
  readonly generation: number
  readonly kind: string
  readonly label: string
  readonly at: Date
  /** `day` as counted, with what was released. */
  readonly measure: Measure
  /** The ids a release would mark; only asked for when the guard stops. */
  readonly missed: () => Promise<readonly string[]>
}

/** A stop whose release was confirmed, for the one who carries it out in the same transaction. */
export interface Release {
  readonly stop: GuardStop
  readonly missed: readonly string[]
}

export interface Guard {
  /** Null: the kind may be believed. In the transaction that closes the run; a stop of an earlier run ends here. */
  judgeKind(trx: TenantTx, tenantId: string, of: KindToJudge): Promise<{ readonly failure: Failure } | null>
  /** The limits this would cross, in words; nothing is stored. For what is not a whole reading of a kind. */
  tooMuch(
    trx: TenantTx,
    of: Pick<KindToJudge, 'connectionId' | 'kind' | 'at' | 'measure'>,
  ): Promise<readonly string[]>
  get(tenantId: string, id: string): Promise<GuardStop | null>
  /** Newest first, at most 200. */
  list(
    tenantId: string,
    of: { readonly connectionId?: string | null; readonly open?: boolean | null },
  ): Promise<readonly GuardStop[]>
  /** Ids of the objects a release would mark, in a fixed order. */
  missed(tenantId: string, id: string, first: number, skip: number): Promise<readonly string[]>
  /** Asks for the release of exactly this set; it stands for an hour. Asking again begins a new hour. */
  request(actor: Actor, id: string, setHash: string): Promise<GuardStop | Refusal>
  withdraw(actor: Actor, id: string): Promise<GuardStop | Refusal>
  /**
   * The second person's yes. Locks the stop, checks everything and marks it released; the caller does what it lets
   * through in the same transaction.
   */
  confirm(
    trx: TenantTx,
    actor: Actor,
    input: { readonly id: string; readonly setHash: string; readonly confirmCount: number },
  ): Promise<Release | Refusal>
  limits(trx: TenantTx, connectionId: string, kind: KindOfLimits): Promise<Limits>
  setLimit(
    actor: Actor,
    of: { readonly connectionId: string; readonly kind: KindOfLimits },
    input: LimitInput,
  ): Promise<Limits | Refusal>
}

interface KindOfLimits {
  readonly name: string
  readonly yields: Measure['yields']
}

export interface GuardParts {
  readonly database: Database
  readonly clock: { now(): number }
}

export function createGuard({ database, clock }: GuardParts): Guard {
  const present = (row: store.StopRow) => presentStop(row, clock.now())
  return {
    judgeKind,
    async get(tenantId, id) {
      if (!isId(id)) return null
      const row = await database.tenant(tenantId, (trx) => store.findStop(trx, id))
      return row && present(row)
    },
    async list(tenantId, of) {
      if (of.connectionId != null && !isId(of.connectionId)) return []
      return (await database.tenant(tenantId, (trx) => store.listStops(trx, of, 200))).map(present)
    },
    missed: (tenantId, id, first, skip) =>
      isId(id)
        ? database.tenant(tenantId, (trx) => store.missedOf(trx, id, first, skip))
        : Promise.resolve([]),
    request: (actor, id, setHash) =>
      database.tenant(actor.tenantId, (trx) => requestRelease(trx, actor, id, setHash, clock.now())),
    withdraw: (actor, id) =>
      database.tenant(actor.tenantId, (trx) => withdrawRequest(trx, actor, id, clock.now())),
    confirm: (trx, actor, input) => confirmRelease(trx, actor, input, clock.now()),
    tooMuch: async (trx, of) => (await reasonsOf(trx, of)).map(reasonInWords),
    limits: limitsOf,
    setLimit: (actor, of, input) =>
      database.tenant(actor.tenantId, (trx) => setLimit(trx, actor, of, input, new Date(clock.now()))),
  }
}

/** Every limit that is crossed; what was released within the day does not count for the day. */
async function reasonsOf(
  trx: TenantTx,
  of: Pick<KindToJudge, 'connectionId' | 'kind' | 'at' | 'measure'>,
): Promise<readonly StopReason[]> {
  const { connectionId, kind, measure } = of
  const limits = await limitsOf(trx, connectionId, { name: kind, yields: measure.yields })
  const released = await store.releasedSince(trx, connectionId, kind, new Date(of.at.getTime() - dayMs))
  const day = Object.fromEntries(
    (Object.keys(measure.day) as Metric[]).map((metric) => [
      metric,
      Math.max(measure.run[metric], measure.day[metric] - released[metric]),
    ]),
  ) as Record<Metric, number>
  return judge({ ...measure, day }, limits)
}

async function judgeKind(
  trx: TenantTx,
  tenantId: string,
  of: KindToJudge,
): Promise<{ readonly failure: Failure } | null> {
  const { connectionId, kind, label, measure } = of
  const reasons = await reasonsOf(trx, of)
  if (reasons.length === 0) {
    await store.supersede(trx, connectionId, kind, `Run ${of.generation} was within the limits.`)
    return null
  }
  const missed = (await of.missed()).toSorted()
  const { created, changed } = measure.run
  const counts = { present: measure.present, seen: measure.seen, created, changed, missed: missed.length }
  const setHash = hashOfSet(connectionId, kind, missed, { created, changed })
  const stop = { ...of, reasons, counts, missed, setHash }
  const failure = failures.guardStopped(label, reasons)
  if (await store.takeOver(trx, stop)) return { failure }
  await store.supersede(trx, connectionId, kind, `Run ${of.generation} found something else.`)
  const { id } = await store.insertStop(trx, stop)
  await record(trx, {
    actor: { tenantId, id: 'guard', name: 'Owlie', kind: 'system' },
    action: 'guard.stopped',
    subject: { kind: 'guard_stop', id, name: label },
    detail: { connectionId, generation: of.generation, kind, count: missed.length, hash: setHash },
  })
  return { failure }
}

async function requestRelease(
  trx: TenantTx,
  actor: Actor,
  id: string,
  setHash: string,
  now: number,
): Promise<GuardStop | Refusal> {
  const found = await openStop(trx, id, setHash)
  if ('refused' in found) return found
  const alone = refusalAsOneOfTwo(actor)
  if (alone) return alone
  const by = { person: personOf(actor), name: actor.name }
  await store.markRequested(trx, id, by, new Date(now), new Date(now + hourMs))
  await note(trx, actor, 'guard.release_requested', found)
  return presentStop((await store.findStop(trx, id))!, now)
}

async function withdrawRequest(
  trx: TenantTx,
  actor: Actor,
  id: string,
  now: number,
): Promise<GuardStop | Refusal> {
  const found = await openStop(trx, id, null)
  if ('refused' in found) return found
  if (found.state !== 'requested') return refuse(failures.notRequested())
  await store.withdrawRequest(trx, id)
  await note(trx, actor, 'guard.release_withdrawn', found)
  return presentStop((await store.findStop(trx, id))!, now)
}

async function confirmRelease(
  trx: TenantTx,
  actor: Actor,
  {
    id,
    setHash,
    confirmCount,
  }: { readonly id: string; readonly setHash: string; readonly confirmCount: number },
  now: number,
): Promise<Release | Refusal> {
  const found = await openStop(trx, id, setHash)
  if ('refused' in found) return found
  const stop = presentStop(found, now)
  if (stop.state !== 'requested') return refuse(failures.notRequested())
  const alone = refusalAsOneOfTwo(actor)
  if (alone) return alone
  if (found.requestedBy === personOf(actor)) return refuse(failures.secondPersonNeeded())
  if (confirmCount !== stop.missedCount) return refuse(failures.wrongCount(stop.missedCount))
  await store.markReleased(trx, id, { person: personOf(actor), name: actor.name }, new Date(now))
  return { stop: presentStop((await store.findStop(trx, id))!, now), missed: found.missed }
}

type LockedStop = NonNullable<Awaited<ReturnType<typeof store.lockStop>>>

async function openStop(trx: TenantTx, id: string, setHash: string | null): Promise<LockedStop | Refusal> {
  const stop = isId(id) ? await store.lockStop(trx, id) : null
  if (!stop) return refuse(failures.stopNotFound())
  if (stop.state === 'released' || stop.state === 'superseded')
    return refuse(failures.stopIsOver(stop.state, stop.closedReason))
  if (setHash !== null && stop.setHash !== setHash.trim().toLowerCase()) return refuse(failures.otherSet())
  return stop
}

async function limitsOf(trx: TenantTx, connectionId: string, kind: KindOfLimits): Promise<Limits> {
  const set = (await store.findLimits(trx, connectionId)).filter((row) => row.kind === kind.name)
  const own = set.map(({ metric, free, absolute, percent }) => [metric, { free, absolute, percent }] as const)
  return { ...defaultLimits[kind.yields], ...Object.fromEntries(own) }
}

async function setLimit(
  trx: TenantTx,
  actor: Actor,
  of: { readonly connectionId: string; readonly kind: KindOfLimits },
  input: LimitInput,
  at: Date,
): Promise<Limits | Refusal> {
  const checked = checkLimit(input)
  if (!('metric' in checked)) return refuse(checked[0]!, ...checked.slice(1))
  const { metric, limit } = checked
  const open = await store.listStops(trx, { connectionId: of.connectionId, open: true }, 200)
  const held = open.find(({ kind }) => kind === of.kind.name)
  if (held && isLooser(limit, (await limitsOf(trx, of.connectionId, of.kind))[metric]))
    return refuse(failures.heldByLimit(held.label))
  await store.saveLimit(trx, { ...of, kind: of.kind.name, metric }, limit, actor.name, at)
  await record(trx, {
    actor,
    action: 'guard.limit_set',
    subject: { kind: 'connection', id: of.connectionId },
    detail: { kind: of.kind.name, field: metric, to: JSON.stringify(limit) },
  })
  return limitsOf(trx, of.connectionId, of.kind)
}

async function note(trx: TenantTx, actor: Actor, action: string, stop: store.StopRow): Promise<void> {
  const { id, connectionId, kind, label, missedCount, setHash } = stop
  await record(trx, {
    actor,
    action,
    subject: { kind: 'guard_stop', id, name: label },
    detail: { connectionId, kind, count: missedCount, hash: setHash },
  })
}

/** Whom the two-person rule counts: the person behind a key, where that is known. */
export function personOf(actor: Actor): string {
  return actor.personId ?? `${actor.kind}:${actor.id}`
}

function presentStop(row: store.StopRow, now: number): GuardStop {
  const { requestedBy, requestedByName, requestedAt, expiresAt, releasedByName, releasedAt, ...stop } = row
  const isExpired = stop.state === 'requested' && expiresAt !== null && expiresAt.getTime() <= now
  return {
    ...stop,
    state: isExpired ? 'stopped' : stop.state,
    request:
      requestedAt && expiresAt && !isExpired
        ? { by: requestedByName ?? '', person: requestedBy ?? '', at: requestedAt, expiresAt }
        : null,
    release: releasedAt ? { by: releasedByName ?? '', at: releasedAt } : null,
  }
}
