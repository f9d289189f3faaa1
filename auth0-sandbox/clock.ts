/** The tenant's time, in milliseconds since 1970. Everything in the sandbox that asks the time asks here. */
export interface SandboxClock {
  now(): number
  /** Moves the tenant's time on for good: tokens expire, lags pass, buckets refill. */
  advance(ms: number): void
  /** Sets how far the tenant's clock is wrong (Date header, iat, exp and timestamps), replacing earlier skew. */
  skew(ms: number): void
  /** Back to the underlying clock. */
  reset(): void
}

export function createClock(source: () => number = Date.now): SandboxClock {
  let advanced = 0
  let skewed = 0
  return {
    now: () => source() + advanced + skewed,
    advance(ms) {
      advanced += ms
    },
    skew(ms) {
      skewed = ms
    },
    reset() {
      advanced = 0
      skewed = 0
    },
  }
}
