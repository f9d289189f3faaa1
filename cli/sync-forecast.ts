/** What a run would take, as the API serves it and as `--json` prints it, and the words for a person. */
import { count, duration } from './sync-run.ts'

export interface SyncForecast {
  requests: number
  /** Null while some kind was never counted. */
  atMost: number | null
  /** Of the slowest rate limit. */
  minutes: number
  ratePlan: string
  ratePlanAssumed: boolean
  reservePercent: number
  /** Null before the first run. */
  countedAt: string | null
  kinds: {
    name: string
    label: string
    route: string
    why: string
    requests: number
    atMost: number | null
  }[]
  buckets: { name: string; requests: number; minutes: number }[]
}

export const SYNC_FORECAST = `requests atMost minutes ratePlan ratePlanAssumed reservePercent countedAt
  kinds { name label route why requests atMost } buckets { name requests minutes }`

/** The whole, then a line per rate limit. */
export function forecastLines(forecast: SyncForecast): readonly string[] {
  const { requests, atMost, minutes, ratePlan, ratePlanAssumed, reservePercent, countedAt } = forecast
  if (countedAt === null)
    return ['Nobody has counted yet how much there is: the first run does. Until then, the ways are known:']
  const most = atMost === null ? '' : atMost > requests ? `, ${count(atMost)} at most` : ''
  const time = minutes > 0 ? `at least ${duration(minutes * 60_000)}` : 'no waiting for rate limits'
  const plan = ratePlanAssumed ? `if the rate plan is ${ratePlan}` : `with the rate plan ${ratePlan}`
  return [
    `About ${count(requests)} requests${most}; ${time} ${plan}, leaving ${reservePercent} % to others.`,
    ...forecast.buckets.map(
      (bucket) =>
        `  ${bucket.name}: ${count(bucket.requests)}${bucket.minutes > 0 ? `, ${duration(bucket.minutes * 60_000)}` : ''}`,
    ),
    `Counted ${countedAt}.`,
  ]
}
