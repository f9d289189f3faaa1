import { expect, test } from 'vitest'
import { againstForecast, forecastInShort, forecastSentence } from './forecast-words.ts'

const forecast = {
  requests: 1204,
  atMost: 1204,
  minutes: 3.5,
  countedAt: '2026-01-01T00:00:00.000Z',
  ratePlan: 'Free',
  ratePlanAssumed: false,
}

test.each([
  [{}, 'About 1,204 requests, at least 3 min 30 s.'],
  [{ minutes: 0, requests: 1 }, 'About 1 request.'],
  [{ countedAt: null }, ''],
])('in short: %o', (more, words) => {
  expect(forecastInShort({ ...forecast, ...more })).toBe(words)
})

test.each([
  [
    {},
    'About 1,204 requests, if as much is there as last time. At least 3 min 30 s with the rate plan Free.',
  ],
  [
    { atMost: 1500, minutes: 0, ratePlanAssumed: true },
    'About 1,204 requests, 1,500 at most, if as much is there as last time. All within what may go out at once if the rate plan is Free.',
  ],
  [
    { atMost: null },
    'About 1,204 requests, if as much is there as last time. At least 3 min 30 s with the rate plan Free. Some kinds were never counted and may take more.',
  ],
  [
    { countedAt: null, atMost: null },
    'Nobody has counted yet how much there is. The first sync does; from then on this says what to expect.',
  ],
])('the sentence: %o', (more, words) => {
  expect(forecastSentence({ ...forecast, ...more })).toBe(words)
})

test.each([
  [10, 10, '10 requests spent, as expected.'],
  [1013, 10, '1,013 requests spent, 1,003 more than the 10 expected.'],
  [8, 10, '8 requests spent, 2 fewer than the 10 expected.'],
])('%i spent, %i expected', (spent, expected, words) => {
  expect(againstForecast(spent, expected)).toBe(words)
})
