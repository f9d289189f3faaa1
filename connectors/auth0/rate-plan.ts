import type { Failure } from '@owlie/connector-kit'
import type { Verdict } from './check-board.ts'

// Bucket sizes of GET /users by plan:
// https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-configurations
const plans: Readonly<Record<number, string>> = {
  2: 'Free',
  10: 'Enterprise, non-production',
  40: 'Essentials or Professional',
  50: 'Enterprise, production',
}

/** What the rate headers of a user read say about the tenant's plan and its present load. */
export function rateVerdict(headers: Headers | null): Verdict {
  const limit = numberOf(headers, 'x-ratelimit-limit')
  const remaining = numberOf(headers, 'x-ratelimit-remaining')
  if (limit === null || remaining === null)
    return {
      status: 'passed',
      sentence: 'Auth0 sent no rate limit with this answer; Owlie will go by refusals.',
    }
  const plan = plans[limit]
  const sentence = `${remaining} of ${limit} requests are left in the bucket${plan ? `, which suggests the plan ${plan}` : ''}.`
  if (limit >= 10 && remaining < limit * 0.1) {
    const failure: Failure = {
      kind: 'throttled',
      code: 'auth0.rate_nearly_used',
      message: 'Something else is using nearly all of the rate limit of this tenant.',
      remedy:
        'Nothing must be done: Owlie slows down. Other integrations sharing the tenant may be worth a look.',
    }
    return { status: 'warning', sentence, failure }
  }
  return { status: 'passed', sentence }
}

/** `skewMs` is Auth0's time minus ours; its header is exact to a second only. */
export function clockVerdict(skewMs: number | null): Verdict {
  if (skewMs === null) return { status: 'skipped', sentence: 'The answer carried no time to compare with.' }
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  if (seconds <= 30) return { status: 'passed', sentence: "Owlie's clock agrees with Auth0's." }
  const failure: Failure = {
    kind: 'config',
    code: 'clock.skewed',
    message: `Owlie's clock is ${seconds} seconds ${skewMs > 0 ? 'behind' : 'ahead of'} Auth0's.`,
    remedy: "Synchronise the clock of Owlie's host (NTP): tokens and schedules depend on it.",
  }
  return { status: 'warning', sentence: failure.message, failure }
}

function numberOf(headers: Headers | null, name: string): number | null {
  const text = headers?.get(name)
  return text !== null && text !== undefined && /^\d+$/.test(text) ? Number(text) : null
}
