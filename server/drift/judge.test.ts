import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KindContext, OpenDrift, Pair, Rule } from './drift.ts'
import { guardDecision, guardDecisions } from './guard-decision.ts'
import { isSame, judge } from './judge.ts'
import { resolvePolicy, type SetPolicy } from './resolve-policy.ts'
import { settle } from './settle.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 12, minute))
const context: KindContext = { isGoverned: true, readFrom: at(10), ignoredFields: [], graceMs: 60_000 }

type Intent = NonNullable<Pair['intent']>
type Seen = NonNullable<Pair['seen']>

const wished = (more: Partial<Intent> = {}): Intent => ({
  ...{
    id: 'i',
    desiredVersion: 1,
    appliedVersion: 1,
    wanted: true,
    fields: null,
    since: at(0),
    appliedAt: null,
  },
  ...more,
})
const there = (more: Partial<Seen> = {}): Seen => ({ present: true, fields: null, changedAt: at(5), ...more })
const grant = (intent: Pair['intent'], seen: Pair['seen']): Pair => ({
  ...{ yields: 'grant', entitlementType: 'role', entitlement: 'r', account: 'u', grantType: 'role' },
  intent,
  seen,
})

/** A pair and what is said of it, as one readable line each. */
const table: readonly (readonly [words: string, pair: Pair, said: string, context?: Partial<KindContext>])[] =
  [
    ['wished and there', grant(wished(), there()), 'agree'],
    ['neither', grant(wished({ wanted: false }), null), 'agree'],
    ['wished, never seen', grant(wished(), null), 'missing'],
    ['wished, stale', grant(wished(), there({ present: false })), 'missing'],
    ['wished, not seen, kind never complete', grant(wished(), null), 'wait incomplete', { readFrom: null }],
    ['there, nobody wished it', grant(null, there()), 'excess'],
    ['there, nobody wished it, no baseline', grant(null, there()), 'agree', { isGoverned: false }],
    ['there, wished not to be', grant(wished({ wanted: false }), there()), 'excess'],
    [
      'the same without a baseline',
      grant(wished({ wanted: false }), there()),
      'excess',
      { isGoverned: false },
    ],
    ['there in a kind never complete', grant(null, there()), 'excess', { readFrom: null }],
    ['wished, on its way', grant(wished({ desiredVersion: 2 }), null), 'wait unapplied'],
    ['wished after the reading began', grant(wished({ since: at(11) }), null), 'wait young'],
    ['written just before the reading', grant(wished({ appliedAt: at(10) }), null), 'wait young'],
    ['written a minute before the reading', grant(wished({ appliedAt: at(9) }), null), 'missing'],
    [
      'written just before, no grace',
      grant(wished({ appliedAt: new Date(at(10).getTime() - 1) }), null),
      'missing',
      { graceMs: 0 },
    ],
    [
      'removed, and its page came later than the removal',
      grant(wished({ wanted: false, since: at(12) }), there({ changedAt: at(14) })),
      'excess',
    ],
    [
      'removed after it was last looked at',
      grant(wished({ wanted: false, since: at(12) }), there()),
      'wait young',
    ],
  ]

describe('judge', () => {
  it.each(table.map((row) => [row[0], row] as const))('%s', (_words, [, pair, said, more]) => {
    const verdict = judge(pair, { ...context, ...more })
    const words =
      verdict.is === 'drift' ? verdict.finding.type : verdict.is === 'wait' ? `wait ${verdict.why}` : 'agree'
    expect(words).toBe(said)
  })

  const account = (wishedFields: Intent['fields'], seenFields: Seen['fields']): Pair => ({
    ...grant(wished({ fields: wishedFields }), there({ fields: seenFields })),
    ...{ yields: 'account', entitlement: '', grantType: '' },
  })

  it('names the fields that differ, with both values, and no others', () => {
    const pair = account(
      { status: 'active', email: 'a@x', tags: { b: 1, a: [2] } },
      { status: 'blocked', email: 'a@x', tags: { a: [2], b: 1 } },
    )
    expect(judge(pair, context)).toMatchObject({
      finding: { type: 'different', observed: { status: 'blocked' }, intended: { status: 'active' } },
    })
    expect(judge(pair, { ...context, ignoredFields: ['status'] })).toEqual({ is: 'agree' })
  })

  it('a field nobody wished is never drift, and one that is gone is null', () => {
    expect(judge(account({}, { email: 'x' }), context)).toEqual({ is: 'agree' })
    expect(judge(account({ email: null }, {}), context)).toEqual({ is: 'agree' })
    expect(judge(account({ email: 'a' }, {}), context)).toMatchObject({
      finding: { observed: { email: null }, intended: { email: 'a' } },
    })
  })
})

const instant = fc.integer({ min: 0, max: 20 }).map(at)
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom<string | null>('x', 'y', null))
const anyPair: fc.Arbitrary<Pair> = fc
  .record({
    yields: fc.constant('account' as const),
    entitlementType: fc.constant(null),
    entitlement: fc.constant(''),
    account: fc.constant('u'),
    grantType: fc.constant(''),
    intent: fc.option(
      fc
        .record({
          id: fc.constant('i'),
          desiredVersion: fc.integer({ min: 1, max: 3 }),
          lag: fc.integer({ min: 0, max: 2 }),
          wanted: fc.boolean(),
          fields,
          since: instant,
          appliedAt: fc.option(instant),
        })
        .map(({ lag, ...rest }) => ({ ...rest, appliedVersion: Math.max(0, rest.desiredVersion - lag) })),
    ),
    seen: fc.option(fc.record({ present: fc.boolean(), fields, changedAt: instant })),
  })
  // A field that is wished is always looked for.
  .map((pair) => {
    const missing = Object.fromEntries(Object.keys(pair.intent?.fields ?? {}).map((name) => [name, null]))
    return { ...pair, seen: pair.seen && { ...pair.seen, fields: { ...missing, ...pair.seen.fields } } }
  })
const anyContext: fc.Arbitrary<KindContext> = fc.record({
  isGoverned: fc.boolean(),
  readFrom: fc.option(instant),
  ignoredFields: fc.subarray(['a', 'b']),
  graceMs: fc.constantFrom(0, 60_000, 600_000),
})

describe('judge, for any pair', () => {
  it('missing only from a complete reading that began after the wish, and excess only of what is there', () => {
    fc.assert(
      fc.property(anyPair, anyContext, (pair, of) => {
        const verdict = judge(pair, of)
        if (verdict.is !== 'drift') return
        const { type } = verdict.finding
        expect(pair.intent === null ? of.isGoverned : true).toBe(true)
        if (pair.intent) expect(pair.intent.appliedVersion).toBe(pair.intent.desiredVersion)
        if (type === 'missing')
          expect(of.readFrom!.getTime()).toBeGreaterThanOrEqual(pair.intent!.since.getTime())
        if (type === 'missing') expect(pair.seen?.present ?? false).toBe(false)
        else expect(pair.seen!.present).toBe(true)
        expect(type === 'excess').toBe(!(pair.intent?.wanted ?? false))
      }),
    )
  })

  it('what was adopted agrees', () => {
    fc.assert(
      fc.property(anyPair, anyContext, (pair, of) => {
        const verdict = judge(pair, of)
        if (verdict.is !== 'drift') return
        const { type, observed } = verdict.finding
        const adopted = wished({
          desiredVersion: verdict.finding.intentVersion + 1,
          appliedVersion: verdict.finding.intentVersion + 1,
          wanted: type !== 'missing',
          fields: { ...pair.intent?.fields, ...observed },
          since: at(30),
        })
        expect(judge({ ...pair, intent: adopted }, of)).toEqual({ is: 'agree' })
      }),
    )
  })

  it('settling twice writes once', () => {
    const policy = fc.constantFrom('adopt', 'flag', 'preserve', 'ignore' as const)
    fc.assert(
      fc.property(anyPair, anyContext, policy, (pair, of, chosen) => {
        const rule: Rule = { policy: chosen as Rule['policy'], scope: 'kind', by: 'Ada' }
        const verdict = judge(pair, of)
        const version = pair.intent?.desiredVersion ?? 0
        const first = settle(verdict, null, version, () => rule)
        if (first.do !== 'open' || chosen === 'adopt') return
        const state = chosen === 'preserve' ? 'operation_wanted' : 'open'
        const row: OpenDrift = {
          ...first.finding,
          ...{ id: 'd', state, policy: rule.policy, policyBy: rule.by, heldReason: null, byPolicy: true },
        }
        expect(settle(verdict, row, version, () => rule)).toEqual({ do: 'nothing' })
      }),
    )
  })
})

describe('settle', () => {
  const finding = {
    type: 'excess',
    observed: { a: 1 },
    intended: null,
    intentId: null,
    intentVersion: 0,
  } as const
  const rule = (policy: Rule['policy']) => (): Rule => ({ policy, scope: 'kind', by: 'Ada' })
  const row = (more: Partial<OpenDrift> = {}): OpenDrift => ({
    ...{
      ...finding,
      id: 'd',
      state: 'open',
      policy: 'flag',
      policyBy: null,
      heldReason: null,
      byPolicy: true,
    },
    ...more,
  })
  const said = (
    before: OpenDrift | null,
    policy: Rule['policy'],
    found: typeof finding | object = finding,
  ) => {
    const verdict = { is: 'drift', finding: { ...finding, ...found } } as const
    const action = settle(verdict, before, 0, rule(policy))
    return 'why' in action
      ? `${action.do} ${action.why}`
      : 'reopens' in action && action.reopens
        ? 'reopen'
        : action.do
  }

  it.each([
    ['new, flag', said(null, 'flag'), 'open'],
    ['new, ignore', said(null, 'ignore'), 'nothing'],
    ['listed, policy now adopt', said(row(), 'adopt'), 'follow'],
    ['listed, policy now preserve', said(row(), 'preserve'), 'follow'],
    ['listed, policy now ignore', said(row(), 'ignore'), 'close ignored_by_policy'],
    ['held by the guard', said(row({ policy: 'preserve', heldReason: 'x' }), 'preserve'), 'nothing'],
    [
      'a person flagged it, policy now adopt',
      said(row({ state: 'flagged', byPolicy: false }), 'adopt'),
      'nothing',
    ],
    [
      'a person flagged it, policy now ignore',
      said(row({ state: 'flagged', byPolicy: false }), 'ignore'),
      'nothing',
    ],
    [
      'a person ignored it, other values',
      said(row({ state: 'ignored', byPolicy: false }), 'flag', { observed: { a: 2 } }),
      'reopen',
    ],
    ['under way, policy now ignore', said(row({ state: 'operation_queued' }), 'ignore'), 'nothing'],
    [
      'a policy wanted it back, policy now flag',
      said(row({ state: 'operation_wanted', policy: 'preserve' }), 'flag'),
      'follow',
    ],
    ['another type', said(row({ type: 'different' }), 'flag'), 'replace'],
  ])('%s', (_words, action, expected) => expect(action).toBe(expected))

  it('over: says which side moved', () => {
    const over = (before: OpenDrift, version: number) =>
      settle({ is: 'agree' }, before, version, rule('flag'))
    expect(over(row(), 0)).toEqual({ do: 'close', why: 'source_changed' })
    expect(over(row(), 1)).toEqual({ do: 'close', why: 'intent_changed' })
    expect(over(row({ state: 'operation_queued' }), 0)).toEqual({ do: 'close', why: 'put_back' })
    expect(settle({ is: 'wait', why: 'young' }, row(), 0, rule('flag'))).toEqual({ do: 'nothing' })
  })
})

describe('the rest', () => {
  it('the narrower policy wins, and nothing set is flag', () => {
    const set = (kind: string, type: SetPolicy['type'], policy: SetPolicy['policy']) => ({
      ...{ kind, type, policy, by: 'Ada', at: at(0) },
    })
    const policies = [
      set('roles', null, 'adopt'),
      set('roles', 'missing', 'preserve'),
      set('users', null, 'ignore'),
    ]
    expect(resolvePolicy(policies, 'roles', 'missing')).toMatchObject({ policy: 'preserve', scope: 'type' })
    expect(resolvePolicy(policies, 'roles', 'excess')).toMatchObject({ policy: 'adopt', scope: 'kind' })
    expect(resolvePolicy(policies, 'grants', 'excess')).toEqual({
      policy: 'flag',
      scope: 'default',
      by: null,
    })
  })

  it.each([
    [1, 1, false],
    [1, 0, false],
    [2, 3, true],
    [10, 100, false],
    [11, 100, true],
    [100, 10_000, false],
    [101, 10_000, true],
    [5, 0, true],
  ])('the guard: %i of %i asks: %s', (count, total, asks) => {
    const verdict = guardDecision(count, total)
    expect(verdict.asks).toBe(asks)
    expect(verdict.reason !== null).toBe(asks)
  })

  it('the guard looks at each kind: two of three roles ask, however many grants go with them', () => {
    const grants = { label: 'Role holders', count: 3, total: 1000 }
    expect(guardDecisions([grants])).toMatchObject({ asks: false, count: 3 })
    expect(guardDecisions([grants, { label: 'Roles', count: 2, total: 3 }])).toMatchObject({
      ...{ asks: true, count: 5, reason: expect.stringMatching(/^Roles: 2 is 67 %/) },
    })
  })

  it('same JSON is same whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(isSame(value, turned)).toBe(true)
        expect(isSame(value, { ...value, 'one more': 1 })).toBe(
          'one more' in value && value['one more'] === 1,
        )
      }),
    )
  })
})
