import type { Check, CheckStatus, Failure } from '@owlie/connector-kit'
import { expect, test } from 'vitest'
import { type Stop, summariseTest } from './summarise-test.ts'

const row = (status: CheckStatus, sentence = `It ${status}.`): Check => ({
  name: status,
  label: `Row ${status}`,
  status,
  sentence,
  durationMs: status === 'running' ? null : 3,
})
const ok = row('passed')
const noScope: Failure = {
  scopes: ['x'],
  kind: 'permission',
  code: 'x.no_scope',
  message: 'No scope.',
  remedy: 'Add it.',
}
const cancelled: Stop = { why: 'cancelled', by: 'Ada' }

test.each<[string, Check[], Stop | null, string, string]>([
  ['all well', [ok, ok], null, 'passed', '2 checks passed.'],
  ['one', [ok], null, 'passed', '1 check passed.'],
  ['some not done', [ok, row('skipped')], null, 'passed', '1 check passed, 1 not done.'],
  [
    'something this connection cannot do',
    [ok, row('skipped'), { ...row('skipped', 'Not tried: no scope.'), failure: noScope }],
    null,
    'passed',
    '1 check passed, 2 not done. Not tried: no scope.',
  ],
  [
    'a scope is missing and the rest works',
    [
      { ...row('failed', 'Not granted.'), failure: noScope },
      { ...ok, name: 'sample:users' },
    ],
    null,
    'warning',
    'Works in part: Not granted.',
  ],
  [
    'a scope is missing and nothing can be read',
    [ok, { ...row('failed', 'Not granted.'), failure: noScope }],
    null,
    'failed',
    'Not granted.',
  ],
  [
    'a scope is missing and something else is wrong',
    [{ ...row('failed', 'Not granted.'), failure: noScope }, row('failed'), { ...ok, name: 'sample:users' }],
    null,
    'failed',
    'Not granted. 1 more check failed.',
  ],
  ['a warning', [ok, row('warning')], null, 'warning', 'Works, with 1 warning: It warning.'],
  [
    'two warnings',
    [row('warning', 'One.'), row('warning', 'Two.')],
    null,
    'warning',
    'Works, with 2 warnings. The first: One.',
  ],
  ['a failure beside warnings', [row('warning'), row('failed')], null, 'failed', 'It failed.'],
  [
    'three failures',
    [row('failed', 'A.'), row('failed'), row('failed')],
    null,
    'failed',
    'A. 2 more checks failed.',
  ],
  ['nothing was checked', [], null, 'failed', 'No check was made.'],
  ['everything was skipped', [row('skipped')], null, 'failed', 'No check was made.'],
  ['cancelled at once', [], cancelled, 'cancelled', 'Cancelled by Ada. No check had ended.'],
  [
    'cancelled in the middle',
    [ok, row('running')],
    cancelled,
    'cancelled',
    'Cancelled by Ada. 1 check had ended.',
  ],
  [
    'a restart',
    [ok, ok, row('running')],
    { why: 'restart' },
    'cancelled',
    'Interrupted by a restart. 2 checks had ended.',
  ],
  [
    'too slow',
    [ok, row('running')],
    { why: 'deadline', seconds: 15 },
    'failed',
    '“Row running” did not end before the test was stopped after 15 s.',
  ],
  [
    'too slow between rows',
    [ok],
    { why: 'deadline', seconds: 15 },
    'failed',
    '“Test finishes” did not end before the test was stopped after 15 s.',
  ],
  [
    'a fault of ours',
    [ok, row('running')],
    { why: 'defect' },
    'failed',
    '“Row running” stopped on a fault in Owlie.',
  ],
  [
    'a connector that leaves a row open',
    [ok, row('running')],
    null,
    'failed',
    '“Row running” stopped on a fault in Owlie.',
  ],
])('%s', (_what, checks, stop, status, summary) => {
  const verdict = summariseTest(checks, stop)
  expect(verdict).toMatchObject({ status, summary })
  expect(verdict.checks.filter((check) => check.status === 'running')).toEqual([])
  const unexplained = verdict.checks.filter((check) => check.status === 'failed' && check.sentence === '')
  expect(unexplained).toEqual([])
})

test('rows a stop closes say what happened and what to do', () => {
  const late = summariseTest([ok, row('running')], { why: 'deadline', seconds: 15 }).checks[1]!
  expect(late).toMatchObject({
    status: 'failed',
    failure: { kind: 'unavailable', code: 'test.deadline', remedy: expect.stringContaining('Test again') },
  })
  const left = summariseTest([ok, row('running')], cancelled).checks[1]!
  expect(left).toMatchObject({ status: 'skipped', sentence: 'Cancelled by Ada.' })
  expect(summariseTest([ok], cancelled).checks).toEqual([ok])
})
