/**
 * One token bucket, as far as it is known: what is left of a limit of the target, by our own count and by what the
 * target says. Pure; all times are ms on one clock, whoever's it is.
 *
 * A request takes its token when it is allowed, before it leaves. So the level may be below nothing: those are requests
 * that were given a time to go later, in order.
 */

/** `burst` at once, refilled at `perMinute`. */
export interface BucketLimit {
  readonly burst: number
  readonly perMinute: number
  /** Tokens come in steps so far apart, ms; absent, one by one. */
  readonly stepMs?: number
}

/** A bucket a request draws from. */
export interface Bucket {
  readonly name: string
  /** What it limits, in words that go on after "the rate limit for": `reading users`. */
  readonly label: string
  /** Null when only the target's answers say. */
  readonly limit: BucketLimit | null
  /** The limit is a person's wish: an answer that allows more does not raise it. */
  readonly isCeiling?: boolean
}

/** What is kept of a bucket. Plain JSON. */
export interface BucketState {
  /** Tokens at `at`. */
  readonly level: number
  readonly at: number
  /** The size the target last said; null before. */
  readonly burst: number | null
  /** The refill that has proven itself where that is not the known one; null before. */
  readonly perMinute: number | null
  /** No request before this. */
  readonly blockedUntil: number
  /** 429 in a row. */
  readonly refusals: number
}

/** What one answer says about a bucket. */
export interface Heard {
  readonly limit: number | null
  readonly remaining: number | null
  readonly refused: boolean
  /** How long the target asks us to wait, ms; null when it does not. */
  readonly waitMs: number | null
  /** Requests of ours that have their token and no answer: the target may not have counted them yet. */
  readonly pending: number
  /** How long ago, ms. */
  readonly ageMs: number
  /** 0…1, spreads waits. */
  readonly random: number
}

export const longestWaitMs = 15 * 60_000
const longestBackoffMs = 60_000
const shortestWaitMs = 250

export function freshState(bucket: Bucket, now: number): BucketState {
  const level = bucket.limit?.burst ?? 0
  return { level, at: now, burst: null, perMinute: null, blockedUntil: 0, refusals: 0 }
}

/** Size and refill to go by; null while nothing is known. */
export function sizeOf(bucket: Bucket, state: BucketState): BucketLimit | null {
  const { limit } = bucket
  const burst = burstOf(bucket, state)
  if (burst === null) return null
  const perMinute = Math.min(state.perMinute ?? firstRate(limit, burst), mostRate(bucket, burst))
  // A limit nobody knows beforehand may come in steps, too.
  return { burst, perMinute, stepMs: limit ? (limit.stepMs ?? 0) : 1000 }
}

function burstOf({ limit, isCeiling }: Bucket, { burst }: BucketState): number | null {
  if (!limit || burst === null) return limit?.burst ?? burst
  return isCeiling ? Math.min(limit.burst, burst) : burst
}

/** Of a size alone: full again within six seconds, as slow as any target known to us. */
function firstRate(limit: BucketLimit | null, burst: number): number {
  if (!limit) return burst * 10
  return burst < limit.burst ? (limit.perMinute * burst) / limit.burst : limit.perMinute
}

/** Only a limit nobody knew beforehand, or that turned out larger, may grow beyond what is known. */
function mostRate({ limit }: Bucket, burst: number): number {
  return !limit || burst > limit.burst ? Infinity : limit.perMinute
}

/** Tokens that always stay: the reserve, and what the target's steps and the ways there could cost. */
export function keptOf({ burst, perMinute, stepMs = 0 }: BucketLimit, reserve: number): number {
  const step = Math.min(Math.ceil((perMinute * stepMs) / 60_000), Math.floor(burst / 2))
  return Math.min(burst - 1, Math.max(burst - usableBurst(burst, reserve), step, 1))
}

/** How many may go at once out of a full bucket. At least one, or nothing would ever go. */
export function usableBurst(burst: number, reserve: number): number {
  return Math.max(1, Math.floor(burst * (1 - reserve) + 1e-9))
}

/** The state as it is now. A clock that steps back refills nothing; a state from the far future does not last. */
export function refilled(bucket: Bucket, state: BucketState, now: number): BucketState {
  const size = sizeOf(bucket, state)
  const passed = now - state.at
  if (passed < -60_000)
    return { ...state, at: now, blockedUntil: Math.min(state.blockedUntil, now + longestWaitMs) }
  if (!size || passed <= 0) return state
  return { ...state, level: levelAfter(size, state.level, passed), at: now }
}

function levelAfter({ burst, perMinute }: BucketLimit, level: number, ms: number): number {
  return Math.min(burst, level + (ms * perMinute) / 60_000)
}

/** How long a request has to wait for its turn, ms, and whether a refusal is the reason. The state is of `now`. */
export function waitOf(
  bucket: Bucket,
  state: BucketState,
  reserve: number,
  now: number,
): { readonly ms: number; readonly isBlocked: boolean } {
  const size = sizeOf(bucket, state)
  const missing = size ? keptOf(size, reserve) + 1 - state.level : 0
  const turn = size && missing > 0 ? Math.ceil((missing * 60_000) / size.perMinute) : 0
  const blocked = state.blockedUntil - now
  return blocked > turn ? { ms: blocked, isBlocked: true } : { ms: turn, isBlocked: false }
}

/** Takes `count` tokens; a negative count gives them back. */
export function take(bucket: Bucket, state: BucketState, count: number): BucketState {
  const size = sizeOf(bucket, state)
  return size ? { ...state, level: Math.min(size.burst, state.level - count) } : state
}

/**
 * The state after an answer. The level is put down to what the target says is left, never up: what others take is seen
 * at once, and what our own requests under way will take is not forgotten.
 */
export function hear(bucket: Bucket, given: BucketState, heard: Heard, now: number): BucketState {
  const size = heard.limit === null || heard.limit < 1 ? null : heard.limit
  const isFirst = size !== null && burstOf(bucket, given) === null
  let state: BucketState = size === null || size === given.burst ? given : { ...given, burst: size }
  if (isFirst) state = { ...state, level: heard.remaining ?? size, at: now - heard.ageMs }
  state = refilled(bucket, state, now)
  state = leveled(bucket, state, heard)
  return heard.refused ? refused(bucket, state, heard, now) : answered(bucket, state)
}

function leveled(bucket: Bucket, state: BucketState, heard: Heard): BucketState {
  const size = sizeOf(bucket, state)
  if (!size || heard.remaining === null)
    return size ? { ...state, level: Math.min(state.level, size.burst) } : state
  // The header counts whole tokens: there may be nearly one more.
  const said = levelAfter(size, heard.remaining + 1, heard.ageMs) - heard.pending
  const surplus = said - 1 - state.level
  const level = Math.min(state.level, said, size.burst)
  const most = mostRate(bucket, size.burst)
  const isLearned = !bucket.limit || size.burst !== bucket.limit.burst || size.perMinute < most
  if (!isLearned || heard.refused) return { ...state, level }
  // More is there than by our count, or less: the refill is faster than we thought, or slower.
  const slack = Math.max(1, size.burst / 10)
  if (surplus > slack)
    return { ...state, level: level + surplus / 2, perMinute: Math.min(most, size.perMinute * 1.1) }
  if (surplus < -1 - slack && most === Infinity) return { ...state, level, perMinute: size.perMinute * 0.9 }
  return { ...state, level }
}

function refused(bucket: Bucket, state: BucketState, heard: Heard, now: number): BucketState {
  const backoff = Math.min(1000 * 2 ** state.refusals, longestBackoffMs)
  const wait = Math.min(longestWaitMs, Math.max(shortestWaitMs, heard.waitMs ?? backoff))
  const until = now - heard.ageMs + wait + Math.round(heard.random * (250 + wait / 10))
  const size = sizeOf(bucket, state)
  return {
    ...state,
    level: Math.min(state.level, 0),
    perMinute: size && Math.max(1, size.perMinute / 2),
    blockedUntil: Math.max(state.blockedUntil, until),
    refusals: state.refusals + 1,
  }
}

/** After a refusal the refill comes back bit by bit. */
function answered(bucket: Bucket, state: BucketState): BucketState {
  const size = sizeOf(bucket, state)
  const known = bucket.limit?.perMinute
  if (!size || known === undefined || size.perMinute >= known || size.burst < bucket.limit!.burst)
    return state.refusals === 0 ? state : { ...state, refusals: 0 }
  return { ...state, refusals: 0, perMinute: Math.min(known, size.perMinute + known / 20) }
}
