import { type BucketLimits, RateLimiter, type RateProfileName, rateProfiles } from '@owlie/auth0-sandbox'
import { memoryLedger, openGovernor, type RateLedger, type RateOptions } from '@owlie/connector-kit'
import { type VirtualClock, virtualClock } from '@owlie/connector-kit/testing'
import { rateRules } from '../rate-buckets.ts'

type SandboxBucket = keyof BucketLimits

/** A tenant of which only the rate limits are real: the sandbox's own token buckets, on virtual time. */
export interface RateTenant {
  readonly clock: VirtualClock
  readonly ledger: RateLedger
  readonly answers: { total: number; refused: number }
  /** Everybody who works on it: each a governor of its own, as in a process of its own. */
  worker(options?: RateOptions & { maxWaitMs?: number; onWait?: (label: string) => void }): Worker
  /** Another application takes a token. @returns whether it got one */
  elsewhere(bucket: SandboxBucket): boolean
}

export interface Worker {
  /** Sends so many requests, so many at a time; each answer comes after `latencyMs`. */
  send(what: Burst): Promise<void>
}

export interface Burst {
  readonly route: string
  readonly bucket: SandboxBucket
  readonly count: number
  readonly atATime?: number
  readonly latencyMs?: number
  /** Without headers, as an endpoint that has none. */
  readonly isMute?: boolean
}

export function rateTenant(profile: RateProfileName | BucketLimits): RateTenant {
  const clock = virtualClock()
  const limits = typeof profile === 'string' ? rateProfiles[profile] : profile
  const limiter = new RateLimiter({ ...clock, advance() {}, skew() {}, reset() {} }, limits, () => false)
  const ledger = memoryLedger(clock)
  const answers = { total: 0, refused: 0 }
  return {
    clock,
    ledger,
    answers,
    elsewhere: (bucket) => limiter.take(bucket).allowed,
    worker(options = {}) {
      const { onWait, ...rate } = options
      const pace = openGovernor({
        ...{ clock, ledger, rules: rateRules, random: () => 0.5 },
        ...rate,
        ...(onWait ? { onWait: (_reason, _ms, label = '') => onWait(label) } : {}),
      })
      const sendOne = async ({ route, bucket, latencyMs = 50, isMute }: Burst) => {
        for (;;) {
          const sent = await pace.before(route)
          // Ways there and back are never equally long.
          const there = latencyMs * (0.2 + (0.6 * (answers.total % 7)) / 7)
          await clock.sleep(there)
          const { allowed, limit, remaining, reset } = limiter.take(bucket)
          answers.total += 1
          const headers = new Headers({ date: new Date(clock.now()).toUTCString() })
          if (limit !== undefined && !isMute) {
            headers.set('x-ratelimit-limit', String(limit))
            headers.set('x-ratelimit-remaining', String(remaining))
            headers.set('x-ratelimit-reset', String(reset))
          }
          await clock.sleep(latencyMs - there)
          sent.answered(allowed ? 200 : 429, headers)
          if (allowed) return
          answers.refused += 1
        }
      }
      return {
        async send(what) {
          let left = what.count
          const lane = async () => {
            while (left-- > 0) await sendOne(what)
          }
          await Promise.all(Array.from({ length: what.atATime ?? 4 }, lane))
        },
      }
    },
  }
}
