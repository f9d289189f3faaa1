import { expect, it } from 'vitest'
import type { Kind, Run } from './run-query.ts'
import {
  etaWords,
  kindPercent,
  kindWord,
  progressWords,
  readWords,
  runPercent,
  runSentence,
} from './run-words.ts'

const kind = (given: Partial<Kind>): Kind => ({
  name: 'users',
  label: 'Users',
  end: null,
  running: false,
  reason: null,
  failure: null,
  read: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  stale: 0,
  quarantined: 0,
  pages: 0,
  total: null,
  totalExact: false,
  ...given,
})

const run = (given: Partial<Run>) =>
  ({ status: 'running', waiting: null, kinds: [], ...given }) as unknown as Run

it('names each state of a kind', () => {
  const waiting = { reason: 'rate limit', until: '2026-11-23T12:00:00.000Z' }
  const table = [
    [kind({ end: 'complete' }), run({}), 'Complete'],
    [kind({ end: 'truncated' }), run({}), 'Truncated'],
    [kind({ end: 'skipped' }), run({}), 'Skipped'],
    [kind({ end: 'failed' }), run({}), 'Failed'],
    [kind({ running: true }), run({}), 'Reading'],
    [kind({ running: true }), run({ waiting }), 'Waiting'],
    [kind({}), run({}), 'To come'],
    [kind({}), run({ status: 'cancelled' }), 'Not read'],
  ] as const
  for (const [given, of, word] of table) expect(kindWord(given, of).word).toBe(word)
})

it('never shows an unproven total as exact, nor a share without a total', () => {
  expect(readWords(kind({ read: 1_200, total: 5_000, totalExact: true }))).toBe('1,200 of 5,000')
  expect(readWords(kind({ read: 1_200, total: 5_000 }))).toBe('1,200 of about 5,000')
  expect(readWords(kind({ read: 1_200 }))).toBe('1,200')
  expect(kindPercent(kind({ read: 10 }))).toBeNull()
  expect(kindPercent(kind({ read: 2_500, total: 5_000 }))).toBe(50)
  expect(kindPercent(kind({ end: 'complete', read: 3, total: 4 }))).toBe(100)
  expect(runPercent(run({ kinds: [kind({ end: 'skipped' }), kind({ read: 1, total: 2 })] }))).toBe(75)
})

it('says in the tab how far it is, without a share it cannot know', () => {
  expect(progressWords(run({ kinds: [kind({ running: true, read: 3_367 }), kind({})] }))).toBe('3,367 read')
  expect(progressWords(run({ kinds: [kind({ running: true, read: 1, total: 2 })] }))).toBe('50 %')
})

it('says what an incomplete run lacks', () => {
  const kinds = [
    kind({ end: 'complete' }),
    kind({ label: 'Role holders', end: 'skipped' }),
    kind({ label: 'Organization members', end: 'truncated' }),
  ]
  expect(runSentence(run({ status: 'incomplete', kinds }))).toBe(
    '1 kind of 3 is complete. Skipped: role holders. Truncated: organization members.',
  )
})

it('does not call a run with skipped kinds everything', () => {
  const kinds = [kind({ end: 'complete' }), kind({ label: 'Role holders', end: 'skipped' })]
  expect(runSentence(run({ status: 'complete', kinds }))).toBe(
    '1 kind of 2 was read to the end, and Owlie can prove it. Skipped: role holders.',
  )
  expect(runSentence(run({ status: 'complete', kinds: kinds.slice(0, 1) }))).toMatch(/^Everything was read/)
})

it('gives the time left with its range', () => {
  expect(etaWords({ ms: 61_200, lowMs: 45_000, highMs: 90_400 })).toBe(
    'About 1 min 1 s left, 45 s to 1 min 30 s',
  )
  expect(etaWords({ ms: 400, lowMs: 100, highMs: 900 })).toBe('About 1.0 s left')
})
