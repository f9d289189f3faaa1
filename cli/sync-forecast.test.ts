import { describe, expect, it } from 'vitest'
import { forecastLines, type SyncForecast } from './sync-forecast.ts'

const forecast: SyncForecast = {
  requests: 859,
  atMost: 859,
  minutes: 7.2,
  ratePlan: 'Free',
  ratePlanAssumed: false,
  reservePercent: 20,
  countedAt: '2026-01-01T00:00:00.000Z',
  kinds: [],
  buckets: [{ name: 'overall', requests: 858, minutes: 7.2 }],
}

describe('a forecast in words', () => {
  it.each<[string, Partial<SyncForecast>, string]>([
    ['exact', {}, 'About 859 requests; at least 7 min with the rate plan Free, leaving 20 % to others.'],
    [
      'a range, and no wait',
      { atMost: 1200, minutes: 0 },
      'About 859 requests, 1,200 at most; no waiting for rate limits with the rate plan Free, leaving 20 % to others.',
    ],
    [
      'a plan nobody has named',
      { ratePlanAssumed: true },
      'About 859 requests; at least 7 min if the rate plan is Free, leaving 20 % to others.',
    ],
    [
      'before the first run',
      { countedAt: null, atMost: null },
      'Nobody has counted yet how much there is: the first run does. Until then, the ways are known:',
    ],
  ])('%s', (_, more, first) => {
    expect(forecastLines({ ...forecast, ...more })[0]).toBe(first)
  })

  it('names each rate limit and when it was counted', () => {
    expect(forecastLines(forecast).slice(1)).toEqual([
      '  overall: 858, 7 min',
      'Counted 2026-01-01T00:00:00.000Z.',
    ])
  })
})
