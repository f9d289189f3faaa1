import { expect, it } from 'vitest'
import { absolute, relative } from './moment.ts'

const now = Date.UTC(2026, 10, 23, 12, 0, 0)

it('says how long ago, in the largest whole unit', () => {
  const table = [
    [now - 2_000, 'just now'],
    [now - 42_000, '42 s ago'],
    [now - 3 * 60_000 - 59_000, '3 min ago'],
    [now - 26 * 3_600_000, '1 d ago'],
    [now + 2 * 3_600_000, 'in 2 h'],
  ] as const
  for (const [at, words] of table) expect(relative(at, now)).toBe(words)
  expect(relative(now - 90 * 86_400_000, now)).toBe('Aug 25, 2026')
})

it('names the zone of an absolute time', () => {
  expect(absolute(now, 'UTC')).toBe('Mon, 23 Nov 2026, 12:00:00 UTC')
})
