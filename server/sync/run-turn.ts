import { enteredScopes, type Failure, type ObjectKind } from '@owlie/connector-kit'
import { failPoint } from '../fail-point.ts'
import { assertHeld, enqueue, type Lease } from '../jobs/index.ts'
import { closeFollowed, closeLost, markHints } from './close-hints.ts'
import { closeFailed, closeFinished, failInside } from './close-run.ts'
import { decideNext } from './decide-next.ts'
import { gaveUp, interruptedTooOften, ownFault, scopesMissing } from './failures.ts'
import { followHints } from './follow-hints.ts'
import { forecastOf } from './forecast.ts'
import { judgeFailure } from './judge-failure.ts'
import { isGivenUp, parkUntil } from './limits.ts'
import { endOwnPause, pauseForCredentials } from './pause-run.ts'
import { readKind } from './read-kind.ts'
import type { HeldSession, Sessions } from './sessions.ts'
import * as progress from './store-progress.ts'
import { findSizes } from './store-sizes.ts'
import { findKinds, lockRun } from './store.ts'
import type { KindRow, Resumption, RunRow, SyncForecast } from './sync-run.ts'
import {
  commit,
  type EngineParts,
  isLeaseLost,
  isOver,
  type Outcome,
  RunEnded,
  type Turn,
  turnTask,
} from './turn.ts'

export interface TurnParts extends EngineParts {
  readonly sessions: Sessions
}

export interface TurnInput {
  readonly tenantId: string
  readonly runId: string
  readonly lease: {
    readonly lease: Lease
    /** Aborts when it is lost. */
    readonly signal: AbortSignal
  }
  /** The process stops or the run was cancelled here. */
  readonly signal: AbortSignal
}

/** `again`: there is more to do at once. `done`: ended, waiting under a job of its own, or somebody else's now. */
export type TurnEnd = 'again' | 'done'

/** Carries a run on for one turn. Never throws for what a run can meet; only the database being away gets out. */
export async function runTurn(parts: TurnParts, input: TurnInput): Promise<TurnEnd> {
  try {
    return await work(parts, input)
  } catch (error) {
    if (error instanceof RunEnded || isLeaseLost(error)) return 'done'
    if (!input.signal.aborted) await recordFault(parts, input, error)
    return 'done'
  }
}

async function work(parts: TurnParts, input: TurnInput): Promise<TurnEnd> {
  const { tenantId, runId, lease } = input
  const run = await openTurn(parts, input)
  if (!run) return 'done'
  failPoint('sync.turn.opened')
  const opened = await parts.sessions.take(tenantId, runId, run.connectionId)
  if ('failure' in opened) {
    await failWithoutSession(parts, input, run, opened.failure)
    return 'done'
  }
  const signal = AbortSignal.any([input.signal, lease.signal])
  const stop = () => opened.stop.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  let isKept = false
  try {
    const end = await withSession(parts, { ...input, signal }, run, opened)
    isKept = end === 'again' && !signal.aborted
    return end
  } finally {
    signal.removeEventListener('abort', stop)
    if (isKept) parts.sessions.give(runId, opened)
    else await parts.sessions.drop(opened)
  }
}

/** Takes the run into this turn; null when there is nothing to do now. */
async function openTurn(parts: TurnParts, { tenantId, runId }: TurnInput): Promise<RunRow | null> {
  const { database, clock, limits, inventory } = parts
  return database.tenant(tenantId, async (trx) => {
    const run = await lockRun(trx, runId)
    const now = clock.now()
    if (!run || run.finishedAt) return null
    if (run.pausedAt && !(await endOwnPause(trx, tenantId, run, new Date(now)))) return null
    if (run.waitingUntil && !run.inTurn && run.waitingUntil.getTime() > now) {
      await enqueue(trx, turnTask, { runId }, { key: `sync:${runId}`, runAt: run.waitingUntil })
      return null
    }
    if (run.inTurn && run.interruptions >= limits.mostInterruptions) {
      const failure = interruptedTooOften(run.interruptions)
      await failInside(trx, inventory, tenantId, run, failure, new Date(now))
      return null
    }
    const kinds = await findKinds(trx, [runId])
    await progress.openTurn(trx, runId, new Date(now), run.inTurn ? resumptionOf(kinds, now) : null)
    return { ...run, progressAt: run.progressAt ?? new Date(now) }
  })
}

function resumptionOf(kinds: readonly KindRow[], now: number): Resumption {
  const row = kinds.find(({ state }) => state === 'running')
  return { at: new Date(now).toISOString(), kind: row?.kind ?? null, fromPage: (row?.pages ?? 0) + 1 }
}

/** A session that does not open is a matter of settings: the same would happen again. */
async function failWithoutSession(
  parts: TurnParts,
  { tenantId, lease }: TurnInput,
  run: RunRow,
  failure: Failure,
): Promise<void> {
  const at = new Date(parts.clock.now())
  await parts.database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease.lease)
    await failInside(trx, parts.inventory, tenantId, run, failure, at)
  })
}

async function withSession(
  parts: TurnParts,
  input: TurnInput,
  run: RunRow,
  held: HeldSession,
): Promise<TurnEnd> {
  const { connector, session } = held.open
  const now = parts.clock.monotonic()
  const { database, inventory, guard, clock, limits, log, random } = parts
  const turn: Turn = {
    ...{ database, inventory, guard, clock, limits, log, random },
    ...{
      tenantId: input.tenantId,
      run,
      lease: input.lease.lease,
      held,
      connector,
      granted: [],
      routes: new Map(),
    },
    ...{ signal: input.signal, startedAt: now, isPaused: false, reading: null, pages: 0, spentAt: now },
    wait: null,
    progressAt: run.progressAt?.getTime() ?? clock.now(),
  }
  held.onWait = (reason, ms, limit) => showWait(turn, reason, ms, limit)
  const answer = await connector.grantedScopes(session)
  if (turn.signal.aborted) return 'done'
  if ('failure' in answer) {
    const judged = judgeFailure(answer.failure, { inContainer: false, hadCursor: false, restarts: 0 })
    return conclude(turn, { is: judged === 'park' ? 'parked' : 'failed', failure: answer.failure })
  }
  turn.granted = answer.scopes
  failPoint('sync.session.opened')
  turn.routes = routesOf(run.forecast ?? (await foresee(turn, run, held)))
  if (run.mode === 'full' && run.hintCursor === null && run.hintFailure === null) await markFirst(turn)
  return conclude(turn, await (run.mode === 'full' ? carryOn(turn) : carryOnHints(turn)))
}

/** What a full run will take, written down before its first page. An incremental one takes what has changed. */
async function foresee(turn: Turn, { mode }: RunRow, { open }: HeldSession): Promise<SyncForecast | null> {
  const entered = enteredScopes(turn.connector, open.connection.config)
  return commit(turn, null, async (trx) => {
    const counted = await findSizes(trx, turn.run.connectionId)
    const forecast =
      mode === 'full' ? forecastOf(turn.connector, entered, turn.granted, counted, open.connection) : null
    if (forecast) await progress.saveForecast(trx, turn.run.id, forecast)
    await progress.saveGranted(trx, turn.run.id, turn.granted)
    return forecast
  })
}

function routesOf(forecast: SyncForecast | null): ReadonlyMap<string, string> {
  return new Map(forecast?.kinds.map(({ kind, route }) => [kind, route]))
}

/** Kinds that may not be read are skipped, the others followed. */
async function carryOnHints(turn: Turn): Promise<Outcome> {
  const rows = await turn.database.tenant(turn.tenantId, (trx) => findKinds(trx, [turn.run.id]))
  for (const row of rows.filter(({ state }) => state === 'pending')) {
    const kind = turn.connector.manifest.kinds.find(({ name }) => name === row.kind)
    const missing = kind?.scopes.filter((scope) => !turn.granted.includes(scope)) ?? []
    if (kind && missing.length > 0) await skip(turn, kind, lacking(turn, missing, kind.capability))
  }
  return followHints(turn)
}

function lacking({ connector }: Turn, scopes: readonly string[], capability: string): Failure {
  return (
    connector.missingScopes?.(scopes, capability) ??
    scopesMissing(connector.manifest.name, scopes, capability)
  )
}

/** Only before the first page: a marker taken later would hide what changed before it. */
async function markFirst(turn: Turn): Promise<void> {
  const rows = await turn.database.tenant(turn.tenantId, (trx) => findKinds(trx, [turn.run.id]))
  if (rows.every(({ state }) => state === 'pending')) await markHints(turn)
}

/** Kind after kind until all have ended or the turn is over. */
async function carryOn(turn: Turn): Promise<Outcome> {
  const { manifest, read } = turn.connector
  for (;;) {
    if (turn.signal.aborted) return { is: 'aborted' }
    const rows = await turn.database.tenant(turn.tenantId, (trx) => findKinds(trx, [turn.run.id]))
    const next = decideNext({
      kinds: manifest.kinds,
      progress: rows,
      granted: turn.granted,
      readable: Object.keys(read),
      missingScopes: (scopes, capability) => lacking(turn, scopes, capability),
    })
    if (next.do === 'close') return { is: 'ended' }
    if (next.do === 'skip') {
      await skip(turn, next.kind, next.failure)
      continue
    }
    const outcome = await readOne(turn, next.kind, rows)
    if (outcome.is !== 'ended') return outcome
    if (isOver(turn)) return { is: 'over' }
  }
}

async function skip(turn: Turn, kind: ObjectKind, failure: Failure): Promise<void> {
  const ending = { end: 'skipped', reason: failure.message, failure } as const
  await commit(turn, null, (trx) =>
    progress.endKind(trx, turn.run.id, kind.name, ending, new Date(turn.clock.now())),
  )
}

async function readOne(turn: Turn, kind: ObjectKind, rows: readonly KindRow[]): Promise<Outcome> {
  const row = rows.find((each) => each.kind === kind.name)!
  const at = new Date(turn.clock.now())
  if (row.state === 'pending')
    await commit(turn, null, (trx) => progress.beginKind(trx, turn.run.id, kind.name, at))
  failPoint('sync.kind.begun')
  const container = rows.find((each) => each.kind === kind.container)
  turn.reading = kind.name
  return readKind(turn, kind, row, container?.read ?? null)
}

async function conclude(turn: Turn, outcome: Outcome): Promise<TurnEnd> {
  switch (outcome.is) {
    case 'ended':
      await (turn.run.mode === 'full' ? closeFinished(turn) : closeFollowed(turn))
      return 'done'
    case 'over':
      await commit(turn, null, (trx) => progress.closeTurn(trx, turn.run.id, null))
      failPoint('sync.turn.left')
      return turn.isPaused ? 'done' : 'again'
    case 'parked':
      await park(turn, outcome.failure)
      return 'done'
    case 'failed':
      if (!(await pauseForCredentials(turn, outcome.failure))) await closeFailed(turn, outcome.failure)
      return 'done'
    case 'lost':
      await closeLost(turn, outcome.failure)
      return 'done'
    case 'aborted':
      // The turn stays open: whoever goes on says from where.
      return 'done'
  }
}

async function park(turn: Turn, failure: Failure): Promise<void> {
  const { clock, limits, random } = turn
  const now = clock.now()
  if (isGivenUp(turn.progressAt, now, limits))
    return closeFailed(turn, gaveUp(Math.round((now - turn.progressAt) / 60_000), failure))
  await commit(turn, null, async (trx) => {
    const run = await lockRun(trx, turn.run.id)
    const until = parkUntil(failure, run?.parks ?? 0, now, random())
    const isThrottled = failure.kind === 'throttled'
    const reason = isThrottled
      ? `${turn.connector.manifest.label} asked Owlie to slow down. ${failure.message}`
      : failure.message
    const waited = { total: 0, byRoute: {}, throttled: 0, waitedMs: isThrottled ? until - now : 0 }
    await progress.addSpent(trx, turn.run.id, { requests: waited, workedMs: 0 }, null)
    await progress.closeTurn(trx, turn.run.id, { until: new Date(until), reason, isFault: false })
    await enqueue(
      trx,
      turnTask,
      { runId: turn.run.id },
      { key: `sync:${turn.run.id}`, runAt: new Date(until) },
    )
  })
}

/** Shorter waits are not worth a write. */
const shownWaitMs = 1000

/** Says on the run that a request waits, for the countdown; the next page after it takes it away. */
function showWait(turn: Turn, reason: 'rate-limit' | 'reserve' | 'retry', ms: number, limit?: string): void {
  if (ms < shownWaitMs || turn.signal.aborted) return
  const { label } = turn.connector.manifest
  const what = limit ? `rate limit for ${limit}` : 'rate limit'
  const words = {
    'rate-limit': `${label} asked Owlie to slow down (${what}).`,
    reserve: `Keeping to ${label}'s ${what}, with its reserve for logins.`,
    retry: `${label} did not answer; trying again.`,
  }[reason]
  const until = new Date(turn.clock.now() + ms)
  turn.wait = { until, words }
  commit(turn, null, (trx) => progress.markWaiting(trx, turn.run.id, until, words)).catch(
    (error: unknown) => {
      if (!(error instanceof RunEnded) && !isLeaseLost(error))
        turn.log('warn', 'a wait could not be shown', { runId: turn.run.id, error })
    },
  )
}

/** A turn that threw is tried again a few times, later each time; then the run ends and says so. */
async function recordFault(parts: TurnParts, input: TurnInput, error: unknown): Promise<void> {
  const { database, clock, limits, log, random, inventory } = parts
  const { tenantId, runId, lease } = input
  log('error', 'a turn of a sync run failed', { runId, error })
  // The lease may be lost by now; then the run is somebody else's, and the sweep of jobs wakes it.
  if (lease.signal.aborted) return
  await database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease.lease)
    const run = await lockRun(trx, runId)
    if (!run || run.finishedAt) return
    const now = clock.now()
    const failure = ownFault(codeOf(error))
    if (run.faults + 1 >= limits.mostFaults)
      return failInside(trx, inventory, tenantId, run, failure, new Date(now))
    const until = new Date(parkUntil({}, run.faults, now, random()))
    await progress.closeTurn(trx, runId, { until, reason: failure.message, isFault: true })
    await enqueue(trx, turnTask, { runId }, { key: `sync:${runId}`, runAt: until })
  })
}

/** A name or SQLSTATE; never a message, which may quote what nobody should read. */
function codeOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  return [name, code].filter((part) => typeof part === 'string').join(' ') || 'Error'
}
