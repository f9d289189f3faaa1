import { describe, expect, test } from 'vitest'
import type { Plan } from './operation.ts'
import { progressOf, type StepCounts } from './progress.ts'

const begun = 1_000_000
const planOf = (seconds: number | null): Plan => ({
  ...{
    number: 1,
    hash: 'h',
    madeAt: new Date(0),
    approvals: [],
    approvedAt: new Date(begun),
    approvedByPolicy: null,
    tryOne: false,
  },
  summary: {
    ...{ create: 0, change: 0, destroy: 0, same: 0, adopted: [], found: [], warnings: [], problems: [] },
    ...{ moved: [], guard: { count: null, secondPerson: false, why: null } },
    forecast: { writes: 100, reads: 0, seconds },
  },
})
const after = (
  counts: Partial<StepCounts>,
  elapsed: number,
  { seconds = 0 as number | null, state = 'applying' as const } = {},
) =>
  progressOf(
    { steps: 100, done: 0, failed: 0, endedSince: counts.done ?? 0, ...counts },
    { state, plan: planOf(seconds), now: begun + elapsed },
  )

describe('how long it still takes', () => {
  test('goes by the rate so far, what failed included', () => {
    expect(after({ done: 25 }, 30_000)).toMatchObject({ perMinute: 50, etaMs: 90_000 })
    expect(after({ done: 20, failed: 5, endedSince: 25 }, 30_000)).toMatchObject({ etaMs: 90_000 })
  })

  test('is never less than the rate limits allow, however fast the first ones went', () => {
    expect(after({ done: 20 }, 1_000, { seconds: 60 })).toMatchObject({ perMinute: 1200, etaMs: 59_000 })
    expect(after({ done: 100 }, 1_000, { seconds: 60 })).toMatchObject({ etaMs: 0 })
  })

  test('before the first step has ended it goes by the forecast, and says nothing where there is none', () => {
    expect(after({}, 5_000, { seconds: 60 })).toMatchObject({ perMinute: null, etaMs: 55_000 })
    expect(after({}, 5_000)).toMatchObject({ perMinute: null, etaMs: null })
    expect(after({}, 5_000, { seconds: null })).toMatchObject({ etaMs: null })
  })

  test('what was done before it waited for a person counts neither as fast nor as slow', () => {
    expect(after({ done: 51, endedSince: 50 }, 60_000, { seconds: 200 })).toMatchObject({
      perMinute: 50,
      etaMs: 138_000,
    })
    expect(after({ done: 1, endedSince: 0 }, 1_000, { seconds: 100 })).toMatchObject({ etaMs: 98_000 })
  })

  test('nothing is said of what is not being carried out', () => {
    const counts = { steps: 3, done: 1, failed: 0, endedSince: 1 }
    for (const state of ['planned', 'tried', 'failed', 'applied'] as const)
      expect(progressOf(counts, { state, plan: planOf(60), now: begun + 1 })).toEqual({
        ...{ steps: 3, done: 1, failed: 0, perMinute: null, etaMs: null },
      })
  })
})
