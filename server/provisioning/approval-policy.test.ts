import { auth0 } from '@owlie/connector-auth0'
import { describe, expect, it } from 'vitest'
import { approvedByPolicy, mayHaveRule } from './approval-policy.ts'
import type { PlannedStep, PlanSummary } from './operation.ts'

const { manifest } = auth0
const step = (action: string, changes: number, destructive = false) =>
  ({
    action,
    destructive,
    units: Array.from({ length: changes }, (_, at) => `u${at}`),
  }) as unknown as PlannedStep
const summary = (over: Partial<PlanSummary> = {}) =>
  ({
    ...{ destroy: 0, problems: [], guard: { count: null, secondPerson: false, why: null } },
    ...over,
  }) as PlanSummary
const rules = [
  { action: 'user.update', most: 5 },
  { action: 'organization.add_members', most: 20 },
  { action: 'user.block', most: 100 },
]
const ask = (
  steps: readonly PlannedStep[],
  over: Partial<PlanSummary> = {},
  number = 1,
  recent = new Map<string, number>(),
) => approvedByPolicy(manifest, rules, { number, steps, summary: summary(over) }, recent)

describe('what needs no person', () => {
  it('is covered by rules, all of it, and says by which', () => {
    expect(ask([step('user.update', 5)])).toBe('Update user, up to 5 a day')
    expect(
      ask([
        step('user.update', 1),
        step('organization.add_members', 10),
        step('organization.add_members', 10),
      ]),
    ).toBe('Update user, up to 5 a day; Add organization members, up to 20 a day')
  })

  it.each<readonly [string, ReturnType<typeof ask>]>([
    [
      'no rule at all',
      approvedByPolicy(
        manifest,
        [],
        { number: 1, steps: [step('user.update', 1)], summary: summary() },
        new Map(),
      ),
    ],
    ['more than the rule lets through', ask([step('user.update', 6)])],
    ['more than it lets through in two steps', ask([step('user.update', 3), step('user.update', 3)])],
    ['more than is left of the day', ask([step('user.update', 2)], {}, 1, new Map([['user.update', 4]]))],
    ['a part without a rule', ask([step('user.update', 1), step('role.assign', 1)])],
    ['a rule for what takes away, however it came to be there', ask([step('user.block', 1)])],
    ['a step that takes away', ask([step('user.update', 1, true)])],
    ['a plan that takes away', ask([step('user.update', 1)], { destroy: 1 })],
    [
      'a count to be typed',
      ask([step('user.update', 1)], { guard: { count: 1, secondPerson: false, why: null } }),
    ],
    [
      'above the guard',
      ask([step('user.update', 1)], { guard: { count: null, secondPerson: true, why: 'much' } }),
    ],
    ['planned anew', ask([step('user.update', 1)], {}, 2)],
    ['nothing to do', ask([])],
  ])('needs one: %s', (_what, answer) => {
    expect(answer).toBeNull()
  })

  it('can be said of nothing that takes away', () => {
    for (const { name, destructive } of manifest.actions!)
      expect(mayHaveRule(manifest, name)).toBe(!destructive)
    expect(mayHaveRule(manifest, 'user.fly')).toBe(false)
  })
})
