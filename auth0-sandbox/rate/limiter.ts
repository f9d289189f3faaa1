import type { SandboxClock } from '../clock.ts'
import {
  rateProfiles,
  type Bucket,
  type BucketLimit,
  type BucketLimits,
  type RateProfileName,
} from './profiles.ts'

export interface RateAnswer {
  allowed: boolean
  /** What x-ratelimit-* say; undefined when nothing limits this request. */
  limit?: number
  remaining?: number
  /** Unix seconds when at least one token will be there. */
  reset?: number
}

interface Level {
  tokens: number
  at: number
}

/**
 * Token buckets per tenant, on the tenant's clock. A request passes the API-wide bucket first and then its
 * endpoint's. Per-second limits refill by the millisecond, per-minute limits by the second. On plans without
 * an API-wide bucket, endpoints without a bucket of their own share `other`.
 */
export class RateLimiter {
  #limits: BucketLimits
  readonly #levels = new Map<Bucket, Level>()
  readonly #clock: SandboxClock
  readonly #bypass: () => boolean

  constructor(clock: SandboxClock, profile: RateProfileName | BucketLimits, bypassOverall: () => boolean) {
    this.#clock = clock
    this.#limits = limitsOf(profile)
    this.#bypass = bypassOverall
  }

  /** Changes the plan; every bucket starts full. */
  use(profile: RateProfileName | BucketLimits): void {
    this.#limits = limitsOf(profile)
    this.#levels.clear()
  }

  /** Takes `tokens` from a bucket without a request, as the tenant's other applications would. */
  drain(bucket: Bucket, tokens: number): void {
    const limit = this.#limits[bucket]
    if (!limit) return
    const level = this.#level(bucket, limit)
    level.tokens = Math.max(0, level.tokens - tokens)
  }

  /** Tokens left now, by bucket. */
  levels(): Partial<Record<Bucket, number>> {
    const out: Partial<Record<Bucket, number>> = {}
    for (const [bucket, limit] of Object.entries(this.#limits) as [Bucket, BucketLimit][]) {
      out[bucket] = Math.floor(this.#level(bucket, limit).tokens)
    }
    return out
  }

  take(bucket: Bucket): RateAnswer {
    return this.#takeAll(this.#path(bucket))
  }

  takeAuthentication(): RateAnswer {
    return this.#takeAll(['authentication', 'authentication.minute'])
  }

  #path(bucket: Bucket): Bucket[] {
    const own = this.#limits[bucket] ? bucket : this.#limits.overall ? undefined : 'other'
    if (own && this.#limits.overall && this.#bypass()) return [own]
    return own ? ['overall', own] : ['overall']
  }

  #takeAll(path: Bucket[]): RateAnswer {
    let answer: RateAnswer = { allowed: true }
    for (const bucket of path) {
      const limit = this.#limits[bucket]
      if (!limit) continue
      const level = this.#level(bucket, limit)
      const allowed = level.tokens >= 1
      if (allowed) level.tokens -= 1
      answer = {
        allowed,
        limit: limit.burst,
        remaining: Math.floor(level.tokens),
        reset: this.#reset(limit, level),
      }
      if (!allowed) return answer
    }
    return answer
  }

  #level(bucket: Bucket, limit: BucketLimit): Level {
    const now = this.#clock.now()
    const level = this.#levels.get(bucket)
    if (!level) {
      const full = { tokens: limit.burst, at: now }
      this.#levels.set(bucket, full)
      return full
    }
    const step = limit.perSeconds === 60 ? 1000 : 1
    const steps = Math.floor((now - level.at) / step)
    if (steps <= 0) return level
    level.tokens = Math.min(
      limit.burst,
      level.tokens + (steps * step * limit.refill) / (limit.perSeconds * 1000),
    )
    level.at += steps * step
    return level
  }

  #reset(limit: BucketLimit, level: Level): number {
    const missing = Math.max(0, Math.floor(level.tokens) + 1 - level.tokens)
    const wait = (missing * limit.perSeconds * 1000) / limit.refill
    return Math.ceil((level.at + (level.tokens >= limit.burst ? 0 : wait)) / 1000)
  }
}

function limitsOf(profile: RateProfileName | BucketLimits): BucketLimits {
  return typeof profile === 'string' ? rateProfiles[profile] : profile
}

/** The headers Auth0 sends; none where no limit applies. */
export function rateHeaders(answer: RateAnswer): Record<string, string> {
  if (answer.limit === undefined) return {}
  return {
    'x-ratelimit-limit': String(answer.limit),
    'x-ratelimit-remaining': String(answer.remaining),
    'x-ratelimit-reset': String(answer.reset),
  }
}
