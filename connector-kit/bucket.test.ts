import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bucket,
  type BucketState,
  freshState,
  hear,
  type Heard,
  keptOf,
  refilled,
  sizeOf,
  take,
  usableBurst,
  waitOf,
} from './bucket.ts'

const limits = fc.record({
  burst: fc.integer({ min: 1, max: 500 }),
  perMinute: fc.integer({ min: 1, max: 60_000 }),
  stepMs: fc.constantFrom(0, 1000),
})
const buckets: fc.Arbitrary<Bucket> = fc.record({
  name: fc.constant('b'),
  label: fc.constant('b'),
  limit: fc.option(limits, { nil: null }),
  isCeiling: fc.boolean(),
})
const reserves = fc.integer({ min: 0, max: 90 }).map((percent) => percent / 100)
const answers: fc.Arbitrary<Heard> = fc.record({
  limit: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }),
  remaining: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }),
  refused: fc.boolean(),
  waitMs: fc.option(fc.integer({ min: 0, max: 100_000_000 }), { nil: null }),
  pending: fc.integer({ min: 0, max: 8 }),
  ageMs: fc.integer({ min: 0, max: 60_000 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
})
const calm: Heard = {
  ...{ limit: null, remaining: null, refused: false, waitMs: null, pending: 0, ageMs: 0, random: 0 },
}
const known = (burst: number, perMinute: number, more: Partial<Bucket> = {}): Bucket => ({
  ...{ name: 'b', label: 'b', limit: { burst, perMinute } },
  ...more,
})
const learned: Bucket = { name: 'b', label: 'b', limit: null }

/** Everything a bucket can meet, in any order. */
const histories = fc.array(
  fc.oneof(
    fc.record({
      is: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: -5000, max: 120_000 }), fc.constant(-3_600_000)),
    }),
    fc.record({ is: fc.constant('take' as const) }),
    fc.record({ is: fc.constant('hear' as const), heard: answers }),
  ),
  { maxLength: 60 },
)

function lived(
  bucket: Bucket,
  reserve: number,
  history: typeof histories extends fc.Arbitrary<infer T> ? T : never,
) {
  let now = 1_000_000
  let state = freshState(bucket, now)
  for (const step of history) {
    if (step.is === 'wait') now += step.ms
    state = refilled(bucket, state, now)
    if (step.is === 'hear') state = hear(bucket, state, step.heard, now)
    if (step.is === 'take' && waitOf(bucket, state, reserve, now).ms <= 20_000) state = take(bucket, state, 1)
  }
  return { state, now }
}

describe('whatever it meets', () => {
  test('its figures stay figures, the level within its size, and a turn comes', () => {
    fc.assert(
      fc.property(buckets, reserves, histories, (bucket, reserve, history) => {
        const { state, now } = lived(bucket, reserve, history)
        const size = sizeOf(bucket, state)
        expect(Number.isFinite(state.level) && Number.isFinite(state.at)).toBe(true)
        if (size) expect(state.level).toBeLessThanOrEqual(size.burst)
        if (size) expect(size.perMinute).toBeGreaterThan(0)
        const { ms } = waitOf(bucket, state, reserve, now)
        expect(ms).toBeGreaterThanOrEqual(0)
        // When that time has passed, it can go.
        const then = Math.max(now, state.at) + ms + (size ? 60_000 / size.perMinute : 0)
        expect(waitOf(bucket, refilled(bucket, state, then), reserve, then).ms).toBeLessThanOrEqual(
          Math.max(1, state.blockedUntil - then),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('an answer never puts more into a known bucket than there was, at its plan', () => {
    fc.assert(
      fc.property(limits, answers, fc.integer({ min: 0, max: 500 }), (limit, heard, used) => {
        const bucket: Bucket = { name: 'b', label: 'b', limit, isCeiling: true }
        const state = take(bucket, freshState(bucket, 0), used)
        const after = hear(bucket, state, { ...heard, limit: limit.burst }, 0)
        expect(after.level).toBeLessThanOrEqual(state.level)
      }),
    )
  })

  test('in any time no more goes out than the size and what came in, less what is kept', () => {
    fc.assert(
      fc.property(
        limits,
        reserves,
        fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 80 }),
        (limit, reserve, gaps) => {
          const bucket: Bucket = { name: 'b', label: 'b', limit }
          let now = 0
          let state = freshState(bucket, now)
          let lastSent = 0
          gaps.forEach((gap, index) => {
            now += gap
            state = refilled(bucket, state, now)
            const { ms } = waitOf(bucket, state, reserve, now)
            state = take(bucket, state, 1)
            lastSent = Math.max(lastSent, now + ms)
            const most = limit.burst - keptOf(limit, reserve) + (lastSent * limit.perMinute) / 60_000
            expect(index + 1).toBeLessThanOrEqual(most + 0.001)
          })
        },
      ),
    )
  })
})

describe('what is kept', () => {
  test.each([
    ['a fifth', { burst: 40, perMinute: 500 }, 0.2, 8],
    ['one at least, for the ways there', { burst: 40, perMinute: 500 }, 0, 1],
    ['what comes in a step', { burst: 40, perMinute: 500, stepMs: 1000 }, 0.2, 9],
    ['of a step no more than half', { burst: 5, perMinute: 600, stepMs: 1000 }, 0.2, 2],
    ['all but one', { burst: 10, perMinute: 60 }, 0.9, 9],
    ['one of two', { burst: 2, perMinute: 120 }, 0.2, 1],
    ['one of two, also for much', { burst: 2, perMinute: 120 }, 0.9, 1],
    ['nothing of one', { burst: 1, perMinute: 60 }, 0.5, 0],
  ])('%s', (_, limit, reserve, expected) => {
    expect(keptOf(limit, reserve)).toBe(expected)
  })

  test('the rest may go at once', () => {
    expect([usableBurst(50, 0.2), usableBurst(2, 0.2), usableBurst(10, 0.9), usableBurst(10, 0.7)]).toEqual([
      40, 1, 1, 3,
    ])
  })
})

describe('turns', () => {
  test('a full bucket lets its usable part go at once, the rest one by one in order', () => {
    const bucket = known(10, 120)
    let state = freshState(bucket, 0)
    const waits = Array.from({ length: 11 }, () => {
      const { ms } = waitOf(bucket, state, 0.2, 0)
      state = take(bucket, state, 1)
      return ms
    })
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 500, 1000, 1500])
  })

  test('a clock that steps back refills nothing', () => {
    const bucket = known(10, 600)
    const empty: BucketState = { ...freshState(bucket, 10_000), level: 0 }
    expect(refilled(bucket, empty, 5000)).toEqual(empty)
    expect(refilled(bucket, empty, 10_500).level).toBe(5)
    // An hour back: it goes on from there.
    expect(refilled(bucket, { ...empty, at: 3_600_000 }, 5000)).toMatchObject({ level: 0, at: 5000 })
  })
})

describe('answers', () => {
  const bucket = known(50, 960)
  const heard = (given: Partial<Heard>, of = bucket, state = freshState(of, 0)) =>
    hear(of, state, { ...calm, ...given }, 0)

  test('others used some: their part is gone here too, and ours under way is not counted twice', () => {
    expect(heard({ limit: 50, remaining: 20 }).level).toBe(21)
    expect(heard({ limit: 50, remaining: 20, pending: 4 }).level).toBe(17)
    expect(heard({ limit: 50, remaining: 20, ageMs: 500 }).level).toBe(29)
  })

  test('a smaller limit than the plan says wins, with its refill in proportion', () => {
    const state = heard({ limit: 10, remaining: 9 })
    expect(sizeOf(bucket, state)).toMatchObject({ burst: 10, perMinute: 192 })
    expect(state.level).toBe(10)
  })

  test('a larger limit grows, once it is seen to hold more than was thought', () => {
    let state = heard({ limit: 100, remaining: 99 })
    expect(sizeOf(bucket, state)!.burst).toBe(100)
    for (let i = 0; i < 5; i++) state = heard({ limit: 100, remaining: 99 }, bucket, take(bucket, state, 20))
    expect(sizeOf(bucket, state)!.perMinute).toBeGreaterThan(1400)
  })

  test('but not past what a person has set', () => {
    const ceiling = known(50, 960, { isCeiling: true })
    expect(sizeOf(ceiling, heard({ limit: 100, remaining: 99 }, ceiling))).toMatchObject({
      burst: 50,
      perMinute: 960,
    })
  })

  test('a limit nobody knew beforehand starts with what is left of it', () => {
    const state = heard({ limit: 20, remaining: 3 }, learned)
    expect(state.level).toBe(3)
    expect(sizeOf(learned, state)).toMatchObject({ burst: 20, perMinute: 200 })
    expect(sizeOf(learned, freshState(learned, 0))).toBeNull()
  })

  test('a limit of nothing is none', () => {
    expect(sizeOf(learned, heard({ limit: 0, remaining: 0 }, learned))).toBeNull()
  })
})

describe('a refusal', () => {
  const bucket = known(10, 600)
  const refusal = (given: Partial<Heard>, state = freshState(bucket, 0)) =>
    hear(bucket, state, { ...calm, refused: true, ...given }, 0)

  test.each([
    ['as long as it is told', { waitMs: 7000 }, 7000],
    ['a second when it is told nothing', {}, 1000],
    ['a moment when it is told no time at all', { waitMs: 0 }, 250],
    ['a quarter of an hour at most', { waitMs: 86_400_000 }, 900_000],
    ['and a little more, each for itself', { waitMs: 10_000, random: 0.5 }, 10_625],
    ['less what has passed', { waitMs: 7000, ageMs: 3000 }, 4000],
  ])('makes everybody wait %s', (_, given, expected) => {
    const state = refusal(given)
    expect(state.blockedUntil).toBe(expected)
    expect(waitOf(bucket, { ...state, level: 10 }, 0, 0)).toEqual({ ms: expected, isBlocked: true })
  })

  test('in a row: longer each time, up to a minute; an answer ends the row', () => {
    let state = freshState(bucket, 0)
    const waits = Array.from({ length: 8 }, () => {
      state = { ...refusal({}, { ...state, blockedUntil: 0 }) }
      return state.blockedUntil
    })
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(hear(bucket, state, calm, 0).refusals).toBe(0)
  })

  test('halves the refill, which answers then bring back to the plan', () => {
    let state = refusal({})
    expect(sizeOf(bucket, state)!.perMinute).toBe(300)
    for (let answered = 0; answered < 10; answered++) state = hear(bucket, state, calm, 0)
    expect(sizeOf(bucket, state)!.perMinute).toBe(600)
  })
})
