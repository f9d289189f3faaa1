import { expect, it } from 'vitest'
import { count, duration, percent, plural } from './figures.ts'

it('writes durations as a person would', () => {
  const table = [
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [9_400, '9.4 s'],
    [12_300, '12 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
  ] as const
  for (const [ms, words] of table) expect(duration(ms)).toBe(words)
})

it('counts and shares', () => {
  expect(count(12_345)).toBe('12,345')
  expect(plural(1, 'account')).toBe('1 account')
  expect(plural(2, 'identity', 'identities')).toBe('2 identities')
  expect(percent(1, 3)).toBe(33)
  expect(percent(5, 0)).toBe(0)
  expect(percent(9, 3)).toBe(100)
})
