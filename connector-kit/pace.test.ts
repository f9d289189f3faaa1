import { describe, expect, test } from 'vitest'
import { toldWait } from './pace.ts'

const start = Date.UTC(2026, 10, 23, 12, 0, 0)
const second = start / 1000

function headers(entries: Record<string, string | number>): Headers {
  return new Headers(Object.entries(entries).map(([name, value]): [string, string] => [name, String(value)]))
}

describe('what a target asks for', () => {
  test.each([
    ['the reset', { 'x-ratelimit-reset': second + 3 }, 3000],
    ['Retry-After', { 'retry-after': 7 }, 7000],
    ['the later of both', { 'retry-after': 2, 'x-ratelimit-reset': second + 5 }, 5000],
    ['Retry-After as a date', { 'retry-after': new Date(start + 4000).toUTCString() }, 4000],
    ['nothing', {}, null],
    ['nonsense', { 'retry-after': 'soon', 'x-ratelimit-reset': '-5' }, null],
    ['a reset that has passed', { 'x-ratelimit-reset': second - 9 }, 0],
    ['a day', { 'retry-after': 86_400 }, 900_000],
  ])('%s', (_, entries, expected) => {
    expect(toldWait(headers(entries), start)).toBe(expected)
  })

  test('the reset is measured against the clock of the answer', () => {
    const skewed = headers({
      date: new Date(start + 3_600_000).toUTCString(),
      'x-ratelimit-reset': second + 3602,
    })
    expect(toldWait(skewed, start)).toBe(2000)
  })
})
