import type { JournalEntry as Write } from '@owlie/auth0-sandbox'
import { expect, test } from 'vitest'
import { judgeCase, type KeptStep } from './judge-case.ts'

/** What the chaos would find if it were there. */

const step: KeptStep = {
  ...{ action: 'user.update', changeId: 'op:1', state: 'applied', plan: 1, isApproved: true, units: ['u'] },
  ...{ target: { user: ['auth0|1'] }, input: { name: 'New' } },
  differences: [{ what: 'name', from: 'Before', to: 'New' }],
}
const write: Write = {
  ...{ sequence: 1, at: '', clientId: 'c', correlationId: 'op:1', route: 'PATCH /api/v2/users/{id}' },
  ...{ kind: 'user.updated', ids: { user: 'auth0|1' }, values: { name: 'New' } },
}
const calm = { meddling: null, present: new Map([['auth0|1 name', 'Before']]) }
const judge = (
  steps: readonly KeptStep[],
  writes: readonly Write[],
  one: Parameters<typeof judgeCase>[0] = calm,
) => judgeCase(one, { state: 'applied' }, steps, writes)
const none = { duplicates: [], lost: [], mismatches: [] }

test('one effective write for one approved step is as it should be', () => {
  expect(judge([step], [write])).toEqual(none)
})

test('a second effect, and a second creation under another id, are duplicates', () => {
  expect(judge([step], [write, write]).duplicates).toHaveLength(1)
  const made = (id: string): Write => ({ ...write, kind: 'user.created', ids: { user: id } })
  const create: KeptStep = { ...step, action: 'user.create', target: {}, differences: [] }
  expect(judge([create], [made('a'), made('b')]).duplicates).toHaveLength(1)
})

test('only what the connector calls repeatable may be seen twice', () => {
  const revoked: Write = { ...write, kind: 'user.access_revoked', values: {} }
  const end: KeptStep = { ...step, action: 'user.revoke_sessions', input: {}, differences: [] }
  expect(judge([end], [revoked, revoked])).toEqual(none)
  const block: KeptStep = { ...end, action: 'user.block' }
  expect(judge([block], [revoked, revoked]).duplicates).toHaveLength(1)
})

test('applied without a write is lost; so is an operation that never ends', () => {
  expect(judge([step], []).lost).toHaveLength(1)
  expect(judgeCase(calm, { state: 'applying' }, [], []).lost).toHaveLength(1)
})

test.each<readonly [string, KeptStep, Write, string]>([
  ['without an approved step', { ...step, isApproved: false }, write, 'Before'],
  ['by a step that says it was refused', { ...step, state: 'refused' }, write, 'Before'],
  ['to another object', step, { ...write, ids: { user: 'auth0|2' } }, 'Before'],
  ['with another value', step, { ...write, values: { name: 'Else' } }, 'Before'],
  ['over a value nobody was shown', step, write, 'Theirs'],
])('a write %s is a mismatch', (_name, own, written, was) => {
  const one = { meddling: null, present: new Map([['auth0|1 name', was]]) }
  expect(judge([own], [written], one).mismatches).toHaveLength(1)
})
