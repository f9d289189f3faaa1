import { longestWaitMs } from './bucket.ts'

/** Decides when a request may go out. One per door; asked before, told after. */
export interface Pace {
  /**
   * Resolves when a request on this route may start. Rejects with a `FailureError` when that is too far away, and with
   * the signal's reason.
   */
  before(route: string, signal?: AbortSignal): Promise<Sent>
}

/** A request on its way; told exactly one of both. */
export interface Sent {
  answered(status: number, headers: Headers): void
  /** No answer came. */
  lost(): void
}

/**
 * Told of a wait before it begins. `rate-limit`: the target refused a request; `reserve`: it is not our turn yet, so
 * that it never has to; both with the name of the limit. `retry`: after a fault.
 */
export type WaitListener = (reason: 'rate-limit' | 'reserve' | 'retry', ms: number, limit?: string) => void

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
  const reset = wholeHeader(headers, 'x-ratelimit-reset')
  if (reset === null) return null
  return Math.max(0, reset * 1000 - targetNow(headers, now))
}

function targetNow(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? now : date
}

/** A header that is a whole number; null when it is anything else. */
export function wholeHeader(headers: Headers, name: string): number | null {
  const text = headers.get(name)
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null
}

/** `limit`: which one, in words that go on after "the rate limit for". */
export function throttled(notBefore: number, limit?: string) {
  return {
    kind: 'throttled',
    code: 'http.throttled',
    message: limit
      ? `The rate limit for ${limit} is used up for now.`
      : 'The rate limit of the target is used up for now.',
    remedy: 'Nothing to do: Owlie goes on by itself when the limit allows it.',
    notBefore,
    status: 429,
  } as const
}
