import type { Failure } from '@owlie/connector-kit'

export interface SyncLimits {
  /** A turn ends after this time or this many pages, so that other work of the process has its turn too. */
  readonly turnMs: number
  readonly turnPages: number
  /** How long others wait before they take over from a process that hangs without dying, ms. */
  readonly leaseMs: number
  /** Containers read at the same time. */
  readonly readAhead: number
  /** Without a page for this long a run that waits gives up, ms. */
  readonly giveUpMs: number
  /** Interruptions in a row without a page between them. */
  readonly mostInterruptions: number
  /** Turns in a row that end by a fault of ours. */
  readonly mostFaults: number
  /** How long a target's lists may lag behind a look at one object, ms. */
  readonly listLagMs: number
  /** An opened session is kept this long between two turns, ms. */
  readonly sessionIdleMs: number
}

export const defaultLimits: SyncLimits = {
  turnMs: 10_000,
  turnPages: 200,
  leaseMs: 15_000,
  readAhead: 4,
  giveUpMs: 60 * 60_000,
  mostInterruptions: 20,
  mostFaults: 5,
  listLagMs: 120_000,
  sessionIdleMs: 60_000,
}

/** Pure. */
export function isTurnOver(
  turn: { readonly startedAt: number; readonly pages: number },
  now: number,
  limits: Pick<SyncLimits, 'turnMs' | 'turnPages'>,
): boolean {
  return turn.pages >= limits.turnPages || now - turn.startedAt >= limits.turnMs
}

/** The longest a target can make a run wait at once, ms. */
const longestPark = 15 * 60_000
const longestBackoff = 60_000

/**
 * When a run that has to wait goes on: not before the target says, nor before a back-off that doubles from 1 s to
 * 60 s with every wait in a row. `random` is 0…1 and spreads up to a tenth. Pure.
 */
export function parkUntil(
  failure: Pick<Failure, 'notBefore'>,
  parks: number,
  now: number,
  random: number,
): number {
  const backoff = Math.min(longestBackoff, 1000 * 2 ** Math.min(parks, 10))
  const asked = Math.max(0, (failure.notBefore ?? 0) - now)
  const wait = Math.min(longestPark, Math.max(backoff, asked))
  return now + Math.round(wait * (1 + random / 10))
}

/** Whether waiting has become pointless. Pure. */
export function isGivenUp(progressAt: number, now: number, limits: Pick<SyncLimits, 'giveUpMs'>): boolean {
  return now - progressAt >= limits.giveUpMs
}
