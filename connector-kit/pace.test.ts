import { describe, expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { openPace, toldWait } from './pace.ts'

const start = Date.UTC(2026, 10, 23, 12, 0, 0)

/** A clock that jumps: sleeping takes no time and is remembered. */
function jumpingClock() {
  const slept: number[] = []
  let now = start
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      slept.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
  return { clock, slept }
}

function headers(entries: Record<string, string | number>): Headers {
  return new Headers(Object.entries(entries).map(([name, value]): [string, string] => [name, String(value)]))
}

const second = start / 1000

describe('after a refusal', () => {
  test.each([
    ['the reset', { 'x-ratelimit-reset': second + 3 }, 3000],
    ['Retry-After', { 'retry-after': 7 }, 7000],
    ['the later of both', { 'retry-after': 2, 'x-ratelimit-reset': second + 5 }, 5000],
    ['Retry-After as a date', { 'retry-after': new Date(start + 4000).toUTCString() }, 4000],
    ['one second when nothing is said', {}, 1000],
    ['one second when nonsense is said', { 'retry-after': 'soon', 'x-ratelimit-reset': '-5' }, 1000],
    ['a moment when the reset has passed', { 'x-ratelimit-reset': second - 9 }, 250],
  ])('waits for %s', async (_, entries, expected) => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock, random: () => 0 })
    pace.after('r', 429, headers(entries))
    await pace.before('r')
    expect(slept).toEqual([expected])
  })

  test('the reset is measured against the clock of the answer', () => {
    const skewed = headers({
      date: new Date(start + 3_600_000).toUTCString(),
      'x-ratelimit-reset': second + 3602,
    })
    expect(toldWait(skewed, start)).toBe(2000)
  })

  test('adds jitter', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock, random: () => 0.5 })
    pace.after('r', 429, headers({ 'retry-after': 10 }))
    await pace.before('r')
    expect(slept).toEqual([10_625])
  })

  test('backs off further with every refusal in a row', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock, random: () => 0, maxWaitMs: 60_000 })
    for (let refusals = 0; refusals < 4; refusals++) {
      pace.after('r', 429, headers({}))
      await pace.before('r')
    }
    pace.after('r', 200, headers({}))
    pace.after('r', 429, headers({}))
    await pace.before('r')
    expect(slept).toEqual([1000, 2000, 4000, 8000, 1000])
  })

  test('a wait too long to sleep is a failure that says until when', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock, random: () => 0 })
    pace.after('r', 429, headers({ 'retry-after': 86_400 }))
    await expect(pace.before('r')).rejects.toMatchObject({
      failure: { kind: 'throttled', code: 'http.throttled', notBefore: start + 15 * 60_000 },
    })
    expect(slept).toEqual([])
  })

  test('other routes go on', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock })
    pace.after('r', 429, headers({ 'retry-after': 10 }))
    await pace.before('other')
    expect(slept).toEqual([])
  })
})

describe('the reserve', () => {
  const bucket = (remaining: number) =>
    headers({ 'x-ratelimit-limit': 10, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': second + 1 })

  test('is not touched while enough is left', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock })
    pace.after('r', 200, bucket(3))
    await pace.before('r')
    expect(slept).toEqual([])
  })

  test('makes requests wait for the refill', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock })
    pace.after('r', 200, bucket(2))
    await pace.before('r')
    expect(slept).toEqual([1000])
  })

  test('counts requests that are under way', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock })
    pace.after('r', 200, bucket(4))
    await pace.before('r')
    await pace.before('r')
    await pace.before('r')
    expect(slept).toEqual([1000])
  })

  test('can be given up', async () => {
    const { clock, slept } = jumpingClock()
    const pace = openPace({ clock, reserve: 0 })
    pace.after('r', 200, bucket(1))
    await pace.before('r')
    expect(slept).toEqual([])
  })
})
