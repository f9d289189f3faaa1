import { type Clock, type Connector, type Failure, FailureError, type ObjectKind } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import type { Guard } from '../guard/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { assertHeld, type Lease } from '../jobs/index.ts'
import { isTurnOver, type SyncLimits } from './limits.ts'
import type { HeldSession } from './sessions.ts'
import { addRequests, addSpent, markWaiting } from './store-progress.ts'
import type { KindRow, RunRow } from './sync-run.ts'

export type SyncLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void

export interface EngineParts {
  readonly database: Database
  readonly inventory: Inventory
  readonly guard: Guard
  readonly clock: Clock
  readonly limits: SyncLimits
  readonly log: SyncLog
  readonly random: () => number
}

export const turnTask = 'sync.turn'

/** One turn's hold on a run: everything it needs to read and to commit. */
export interface Turn extends EngineParts {
  readonly tenantId: string
  readonly run: Pick<RunRow, 'id' | 'connectionId' | 'generation' | 'mode' | 'parks'>
  readonly lease: Lease
  readonly held: HeldSession
  readonly connector: Connector
  /** What the target granted to the session. */
  granted: readonly string[]
  /** The way each kind is read, by its name; for `PageRequest.route`. */
  routes: ReadonlyMap<string, string>
  /** The process stops, the lease is lost, or the run was cancelled. */
  readonly signal: AbortSignal
  readonly startedAt: number
  /** Somebody paused the run: the page in flight is the last one. Known with each commit. */
  isPaused: boolean
  /** The kind being read: whose requests these are. */
  reading: string | null
  /** The last wait that was shown: pages that came in meanwhile do not take it away. */
  wait: { readonly until: Date; readonly words: string } | null
  /** Pages committed in this turn. */
  pages: number
  /** Monotonic; what came before is in the run's `worked_ms`. */
  spentAt: number
  /** When the last page was committed, ms since the epoch. */
  progressAt: number
}

/** Why reading stopped before the kind had ended, or that it has. */
export type Outcome =
  | { readonly is: 'ended' }
  | { readonly is: 'over' }
  | { readonly is: 'aborted' }
  | { readonly is: 'parked'; readonly failure: Failure }
  | { readonly is: 'failed'; readonly failure: Failure }
  /** An incremental run cannot know what has changed: only a full one finds out. */
  | { readonly is: 'lost'; readonly failure: Failure }

/** The run was cancelled or removed under the turn. */
export class RunEnded extends Error {
  constructor() {
    super('the run is no longer active')
    this.name = 'RunEnded'
  }
}

export function isLeaseLost(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === 'jobs.lease_lost'
}

/**
 * One transaction of the run. It commits only while the lease is ours and the run is active, and takes what was spent
 * since the last one with it.
 * @throws FailureError `jobs.lease_lost`; RunEnded
 */
export async function commit<T>(
  turn: Turn,
  progressAt: Date | null,
  work: (trx: TenantTx) => Promise<T>,
): Promise<T> {
  // Taken before the wait: a page and the news that a request waits are committed at the same time.
  const requests = turn.held.takeSpent()
  const now = turn.clock.monotonic()
  const spent = { requests, workedMs: now - turn.spentAt }
  turn.spentAt = now
  const value = await turn.database
    .tenant(turn.tenantId, async (trx) => {
      await assertHeld(trx, turn.lease)
      const state = await addSpent(trx, turn.run.id, spent, progressAt)
      if (state === 'ended') throw new RunEnded()
      turn.isPaused = state === 'paused'
      if (turn.reading !== null && requests.total > 0)
        await addRequests(trx, turn.run.id, turn.reading, requests.total)
      const { wait } = turn
      if (progressAt && wait && wait.until.getTime() > turn.clock.now())
        await markWaiting(trx, turn.run.id, wait.until, wait.words)
      return work(trx)
    })
    .catch((error: unknown) => {
      turn.held.giveBack(requests)
      turn.spentAt -= spent.workedMs
      throw error
    })
  if (progressAt) turn.progressAt = progressAt.getTime()
  return value
}

export function isOver(turn: Turn): boolean {
  return turn.isPaused || isTurnOver(turn, turn.clock.monotonic(), turn.limits)
}

/** After the page in hand the turn is over, so nothing more need be asked for. */
export function isLastPage(turn: Turn): boolean {
  const { startedAt, pages } = turn
  return isTurnOver({ startedAt, pages: pages + 1 }, turn.clock.monotonic(), turn.limits)
}

export function ofRun(turn: Turn, kind: ObjectKind) {
  const { id: runId, connectionId } = turn.run
  return { runId, connectionId, kind }
}

/** A list being read: the kind, or one container of it. */
export interface ListState {
  readonly kind: ObjectKind
  readonly row: KindRow
  readonly container: string | null
}
