/**
 * Auth0's rate limits: which bucket a request draws from, how each plan fills them, what the headers say.
 *
 * Owns the published numbers (profiles.ts) and the token buckets (limiter.ts), which run on the tenant's
 * clock, so a test can advance a minute instead of waiting for it.
 *
 * Promises: a request passes the API-wide bucket first and its endpoint's own second; a token is spent in
 * each it passes; x-ratelimit-* describe the bucket that decided. With profile `none` nothing is limited and
 * no header is sent.
 *
 * Not settled by public sources: whether endpoints with their own bucket also draw from the API-wide one on
 * Enterprise plans (quirk `ownBucketsBypassOverall`), and which numbers each endpoint's headers carry.
 */
export { RateLimiter, rateHeaders, type RateAnswer } from './limiter.ts'
export {
  rateProfiles,
  type Bucket,
  type BucketLimit,
  type BucketLimits,
  type RateProfileName,
} from './profiles.ts'
