import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { defaultLimits, hashOfSet, judge, reasonInWords } from './judge.ts'
import type { Limits, Measure } from './stop.ts'

const none = { created: 0, changed: 0, missed: 0 }

function measure(of: Partial<Measure> = {}): Measure {
  const { run = none, present = 1_000, ...rest } = of
  return { yields: 'account', seen: present, present, presentDayAgo: present, day: run, ...rest, run }
}
const inWords = (of: Partial<Measure>, limits: Limits = defaultLimits[of.yields ?? 'account']) =>
  judge(measure(of), limits).map(reasonInWords)

describe('what is too much', () => {
  test.each<[string, Partial<Measure>, readonly string[]]>([
    ['nothing happened', {}, []],
    ['a first reading', { present: 0, seen: 5_000, run: { ...none, created: 5_000 } }, []],
    ['exactly the share', { run: { ...none, missed: 50 } }, []],
    ['one more', { run: { ...none, missed: 51 } }, ['51 of 1,000 vanished (5.1 %, at most 5 %)']],
    ['one of ten', { present: 10, run: { ...none, missed: 1 } }, []],
    ['two of ten', { present: 10, run: { ...none, missed: 2 } }, ['2 of 10 vanished (20 %, at most 5 %)']],
    ['the only one', { present: 1, seen: 0, run: { ...none, missed: 1 } }, ['all 1 vanished']],
    [
      'a share that is small, and a number that is not',
      { present: 100_000, run: { ...none, missed: 1_001 } },
      ['1,001 of 100,000 vanished (at most 1,000)'],
    ],
    ['an empty answer', { seen: 0, run: { ...none, missed: 1_000 } }, ['all 1,000 vanished']],
    [
      'a little each time, much in a day',
      { present: 960, presentDayAgo: 1_000, run: { ...none, missed: 38 }, day: { ...none, missed: 78 } },
      ['78 of 1,000 vanished within 24 hours (7.8 %, at most 5 %)'],
    ],
    [
      'as many new ones again',
      { run: { ...none, created: 501 } },
      ['501 of 1,000 are new (50.1 %, at most 50 %)'],
    ],
    ['everybody signed in', { run: { ...none, changed: 1_000 } }, []],
    [
      'most roles renamed',
      { yields: 'entitlement', present: 40, run: { ...none, changed: 21 } },
      ['21 of 40 changed (52.5 %, at most 50 %)'],
    ],
    [
      'other people altogether',
      { run: { created: 900, changed: 0, missed: 950 } },
      ['900 of 1,000 are new (90 %, at most 50 %)', '950 of 1,000 vanished (95 %, at most 5 %)'],
    ],
  ])('%s', (_name, of, words) => {
    expect(inWords(of)).toEqual(words)
  })

  it('a limit of nothing allows nothing, no limit at all everything but emptiness', () => {
    const strict = { free: 0, absolute: 0, percent: null }
    const open = { free: 0, absolute: null, percent: null }
    const limits = { created: open, changed: open, missed: strict }
    expect(judge(measure({ run: { ...none, missed: 1 } }), limits)).toHaveLength(1)
    expect(judge(measure({ run: { ...none, missed: 999 } }), { ...limits, missed: open })).toEqual([])
    expect(judge(measure({ seen: 0 }), { ...limits, missed: open })).toHaveLength(1)
  })

  it('more of anything is never less of a reason', () => {
    const size = fc.nat(5_000)
    fc.assert(
      fc.property(
        size,
        size,
        fc.nat(500),
        fc.constantFrom('account', 'entitlement', 'grant'),
        (present, missed, more, yields) => {
          const of = (count: number) =>
            judge(
              measure({ yields, present, seen: present, run: { ...none, missed: Math.min(count, present) } }),
              defaultLimits[yields],
            )
          expect(of(missed + more).length).toBeGreaterThanOrEqual(of(missed).length)
        },
      ),
    )
  })

  it('a day counts with the run in it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.nat(2_000),
        fc.nat(2_000),
        (present, run, before) => {
          const missed = Math.min(run, present)
          const alone = judge(
            measure({ present, seen: present, run: { ...none, missed } }),
            defaultLimits.account,
          )
          const within = judge(
            measure({
              present,
              seen: present,
              run: { ...none, missed },
              day: { ...none, missed: missed + before },
            }),
            defaultLimits.account,
          )
          expect(within.length).toBeGreaterThanOrEqual(alone.length)
        },
      ),
    )
  })
})

describe('the name of a set', () => {
  const ids = ['b', 'a', 'c']
  const counts = { created: 1, changed: 2 }

  it('does not depend on the order the ids came in', () => {
    expect(hashOfSet('c', 'users', ids, counts)).toBe(hashOfSet('c', 'users', ids.toReversed(), counts))
  })

  it('depends on everything else', () => {
    const all = [
      hashOfSet('c', 'users', ids, counts),
      hashOfSet('d', 'users', ids, counts),
      hashOfSet('c', 'roles', ids, counts),
      hashOfSet('c', 'users', ids.slice(1), counts),
      hashOfSet('c', 'users', ids, { ...counts, created: 2 }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})
