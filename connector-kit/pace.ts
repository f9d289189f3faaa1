import type { Clock } from './clock.ts'
import { FailureError } from './failure.ts'

/** Decides when a request may go out. One per door; asked before, told after. */
export interface Pace {
  /** Resolves when a request on this route may start. Rejects with a `FailureError` when that is too far away. */
  before(route: string, signal?: AbortSignal): Promise<void>
  /** Told the status and headers of every answer. */
  after(route: string, status: number, headers: Headers): void
}

export type WaitListener = (reason: 'rate-limit' | 'reserve' | 'retry', ms: number) => void

export interface PaceOptions {
  readonly clock: Clock
  readonly onWait?: WaitListener
  /** The part of a bucket left to the tenant's own logins: 0…0.9. Default 0.2. */
  readonly reserve?: number
  /** Longer waits are not slept but reported as `http.throttled` with `notBefore`. Default 20 s. */
  readonly maxWaitMs?: number
  readonly random?: () => number
}

const longestWaitMs = 15 * 60_000
const longestReserveWaitMs = 5_000

interface Bucket {
  limit: number | null
  remaining: number | null
  /** On our clock. */
  refillAt: number
  blockedUntil: number
  refusals: number
}

/**
 * Learns from `x-ratelimit-*` and `Retry-After` and needs no configuration. One bucket per route, because Auth0 has
 * several and does not name them (https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy).
 */
export function openPace(options: PaceOptions): Pace {
  const { clock, onWait, reserve = 0.2, maxWaitMs = 20_000, random = Math.random } = options
  const buckets = new Map<string, Bucket>()

  const bucketOf = (route: string) => {
    let bucket = buckets.get(route)
    if (!bucket) {
      bucket = { limit: null, remaining: null, refillAt: 0, blockedUntil: 0, refusals: 0 }
      buckets.set(route, bucket)
    }
    return bucket
  }

  return {
    async before(route, signal) {
      const bucket = bucketOf(route)
      const blocked = bucket.blockedUntil - clock.now()
      if (blocked > maxWaitMs) throw new FailureError(throttled(bucket.blockedUntil))
      if (blocked > 0) {
        onWait?.('rate-limit', blocked)
        await clock.sleep(blocked, signal)
        return
      }
      const rest = reserveWait(bucket, reserve, clock.now())
      if (rest > 0) {
        onWait?.('reserve', rest)
        await clock.sleep(rest, signal)
        bucket.remaining = null
      } else if (bucket.remaining !== null) {
        // Counted down here, so that requests in flight at the same time do not all see the same number.
        bucket.remaining -= 1
      }
    },
    after(route, status, headers) {
      const bucket = bucketOf(route)
      const now = clock.now()
      bucket.limit = count(headers.get('x-ratelimit-limit'))
      bucket.remaining = count(headers.get('x-ratelimit-remaining'))
      const reset = untilReset(headers, now)
      bucket.refillAt = now + (reset ?? 500)
      if (status !== 429) {
        bucket.refusals = 0
        return
      }
      const backoff = Math.min(1000 * 2 ** bucket.refusals, 60_000)
      bucket.refusals += 1
      const told = toldWait(headers, now)
      const wait = Math.max(250, told ?? backoff)
      bucket.blockedUntil = now + Math.min(wait, longestWaitMs) + Math.round(random() * (250 + wait / 10))
    },
  }
}

function reserveWait(bucket: Bucket, reserve: number, now: number): number {
  if (bucket.limit === null || bucket.remaining === null) return 0
  if (bucket.remaining > bucket.limit * reserve) return 0
  return Math.min(Math.max(bucket.refillAt - now, bucket.remaining <= 0 ? 250 : 0), longestReserveWaitMs)
}

/**
 * How long the target asks us to wait, in ms: the later of `Retry-After` and `x-ratelimit-reset`; null when it says
 * nothing sensible. Both clocks may differ, so `reset` is measured against the answer's own `Date`.
 */
export function toldWait(headers: Headers, now: number): number | null {
  const waits = [retryAfter(headers, now), untilReset(headers, now)].filter((ms) => ms !== null)
  return waits.length === 0 ? null : Math.min(Math.max(...waits), longestWaitMs)
}

function retryAfter(headers: Headers, now: number): number | null {
  const text = headers.get('retry-after')?.trim()
  if (!text) return null
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const at = Date.parse(text)
  if (Number.isNaN(at) || !/[a-z]/i.test(text)) return null
  return Math.max(0, at - targetNow(headers, now))
}

function untilReset(headers: Headers, now: number): number | null {
  const reset = count(headers.get('x-ratelimit-reset'))
  if (reset === null) return null
  return Math.max(0, reset * 1000 - targetNow(headers, now))
}

function targetNow(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? now : date
}

function count(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null
}

export function throttled(notBefore: number) {
  return {
    kind: 'throttled',
    code: 'http.throttled',
    message: 'The rate limit of the target is used up for now.',
    remedy: 'Nothing to do: Owlie goes on by itself when the limit allows it.',
    notBefore,
    status: 429,
  } as const
}
