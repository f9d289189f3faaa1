import { auth0 } from '@owlie/connector-auth0'
import type { AccountObservation, Finding, Json, Observation } from '@owlie/connector-kit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Item } from './operation.ts'
import { lookKey, plan, type PlanInput } from './plan.ts'
import { mayGo, statesBefore, transitions } from './transitions.ts'
import { changeOf, unitsOf } from './unit.ts'

const scopes = auth0.manifest.capabilities.flatMap((row) => row.scopes)
const org = (letter: string) => `org_${letter.repeat(16)}`
const rol = (letter: string) => `rol_${letter.repeat(16)}`
const item = (action: string, target: Item['target'], input: Item['input'] = {}): Item => ({
  action,
  target,
  input,
})

const account = (id: string, attributes: Record<string, Json> = {}, blocked = false): AccountObservation => ({
  ...{
    type: 'account',
    id,
    displayName: id,
    email: `${id.slice(6)}@x.io`,
    status: blocked ? 'blocked' : 'active',
  },
  attributes: { identities: [{ provider: 'auth0', connection: 'db' }], ...attributes },
})
const holds = (account: string, entitlement: string): Observation => ({
  ...{ type: 'grant', account, entitlement, grantType: 'any' },
})

/** Plans these items over what is there: accounts by id, and grants. */
function planOf(items: readonly Item[], there: readonly Observation[] = [], more: Partial<PlanInput> = {}) {
  const units = items.flatMap((one, at) => unitsOf(one, at + 1))
  const seen = new Map<string, Finding>()
  for (const unit of units)
    for (const look of auth0.looks!(changeOf(unit, 'op'))) {
      const { reference } = look
      const found = there.filter((one) =>
        'account' in reference
          ? one.type === 'grant' &&
            one.account === reference.account &&
            one.entitlement === reference.entitlement
          : one.type !== 'grant' &&
            (('id' in reference && one.id === reference.id) ||
              ('email' in reference && one.type === 'account' && one.email === reference.email)),
      )
      seen.set(lookKey(look), { found })
    }
  return plan({
    ...{ operationId: 'op', connector: auth0, units, seen, scopes, nameOf: (_kind, id) => id },
    ...{ alone: new Set(), applied: new Set(), owed: new Set(), before: new Map(), population: () => 1000 },
    guard: { free: 5, absolute: 100, percent: 10 },
    ...more,
  })
}

/** As a person reads it. */
function text(planned: ReturnType<typeof planOf>): string[] {
  const { create, change, destroy, same } = planned.summary
  return [
    ...planned.steps.map(
      ({ sentence, request, destructive }) => `${destructive ? '−' : '+'} ${sentence} | ${request}`,
    ),
    `+${create} ~${change} −${destroy} =${same}`,
  ]
}

describe('a plan', () => {
  test('takes before it gives, in the fewest requests, and says each call', () => {
    const items = [
      item('organization.add_members', {
        organization: [org('A')],
        user: Array.from({ length: 12 }, (_, at) => `auth0|${at}`),
      }),
      item('role.assign', { role: [rol('R')], user: ['auth0|1', 'auth0|2', 'auth0|3'] }),
      item('organization_role.assign', {
        organization: [org('A')],
        role: [rol('R'), rol('S')],
        user: ['auth0|1'],
      }),
      item('role.unassign', { role: [rol('S')], user: ['auth0|1'] }),
      item('user.block', { user: ['auth0|9'] }),
      item('user.update', { user: ['auth0|1'] }, { name: 'New' }),
    ]
    const there = [
      account('auth0|1', { name: 'Old' }),
      account('auth0|9'),
      holds('auth0|1', rol('S')),
      holds('auth0|2', rol('R')),
    ]
    expect(text(planOf(items, there))).toEqual([
      `− Remove role from user: role ${rol('S')}, user auth0|1 | DELETE /users/auth0|1/roles`,
      '− Block user: auth0|9 | PATCH /users/auth0|9',
      '− End sessions of user: auth0|9 | POST /users/auth0|9/revoke-access',
      '+ Update user: auth0|1 | PATCH /users/auth0|1',
      `+ Assign role to user: role ${rol('R')}, users auth0|1, auth0|3 | POST /roles/${rol('R')}/users (2 ids)`,
      `+ Add organization members: organization ${org('A')}, users auth0|0, auth0|1, auth0|2 and 7 more | POST /organizations/${org('A')}/members (10 ids)`,
      `+ Add organization members: organization ${org('A')}, users auth0|10, auth0|11 | POST /organizations/${org('A')}/members (2 ids)`,
      `+ Assign role inside organization: organization ${org('A')}, roles ${rol('R')}, ${rol('S')}, user auth0|1 | POST /organizations/${org('A')}/members/auth0|1/roles (2 ids)`,
      '+0 ~18 −2 =1',
    ])
  })

  test('shows present and wished values, and keeps only what matters as premise', () => {
    const [step] = planOf(
      [item('user.update', { user: ['auth0|1'] }, { name: 'New' })],
      [account('auth0|1', { name: 'Old', last_login: 'yesterday', logins_count: 3 })],
    ).steps
    expect(step!.differences).toEqual([{ what: 'name', from: 'Old', to: 'New' }])
    expect(step!.premises.map(({ value }) => value)).toEqual([{ exists: true, fields: { name: 'Old' } }])
  })

  test('without the batch’s own scopes, roles are given user by user', () => {
    const items = [item('role.assign', { role: [rol('R')], user: ['auth0|1', 'auth0|2'] })]
    const { steps } = planOf(items, [], { scopes: scopes.filter((scope) => scope !== 'update:roles') })
    expect(steps.map(({ request }) => request)).toEqual([
      'POST /users/auth0|1/roles',
      'POST /users/auth0|2/roles',
    ])
  })

  test('adopts what is there and changes only what differs', () => {
    const create = item(
      'user.create',
      {},
      { connection: 'db', email: 'one@x.io', name: 'New', nickname: 'n' },
    )
    const there = { ...account('auth0|one', { name: 'Old', nickname: 'n' }), email: 'one@x.io' }
    const planned = planOf([create], [there])
    expect(planned.steps.map(({ action, input }) => [action, input])).toEqual([
      ['user.update', { name: 'New' }],
    ])
    expect(planned.summary).toMatchObject({ create: 0, change: 1, same: 1 })
    expect(planned.summary.found.map(({ externalId }) => externalId)).toEqual(['auth0|one'])
  })

  test('a block without the scopes for sessions says what is left out', () => {
    const few = scopes.filter((scope) => !scope.startsWith('delete:'))
    const planned = planOf([item('user.block', { user: ['auth0|1'] })], [account('auth0|1')], { scopes: few })
    expect(planned.steps).toHaveLength(1)
    expect(planned.summary.warnings).toEqual([
      'Left out: end sessions of user. Add delete:sessions, delete:refresh_tokens to do that too.',
    ])
  })

  test.each([
    [
      'a change of somebody who is gone',
      [item('user.update', { user: ['auth0|1'] }, { name: 'x' })],
      [],
      'plan.gone',
    ],
    [
      'deleting and changing the same',
      [item('user.delete', { user: ['auth0|1'] }), item('user.update', { user: ['auth0|1'] }, { name: 'x' })],
      [account('auth0|1')],
      'plan.contradiction',
    ],
    [
      'one field with two values',
      ['x', 'y'].map((name) => item('user.update', { user: ['auth0|1'] }, { name })),
      [account('auth0|1')],
      'plan.contradiction',
    ],
    [
      'two fields by two items',
      ['name', 'nickname'].map((field) => item('user.update', { user: ['auth0|1'] }, { [field]: 'x' })),
      [account('auth0|1')],
      null,
    ],
    [
      'giving and taking the same',
      [item('user.block', { user: ['auth0|1'] }), item('user.unblock', { user: ['auth0|1'] })],
      [account('auth0|1')],
      null,
    ],
  ] as [string, Item[], Observation[], string | null][])('%s', (_, items, there, code) => {
    const planned = planOf(items, there)
    expect(planned.summary.problems.map((problem) => problem.code)).toEqual(code ? [code] : [])
    // Of the two opposites one is so already.
    expect(planned.steps.length > 0).toBe(code === null)
  })

  test('names what moved since the plan before', () => {
    const items = [item('user.update', { user: ['auth0|1'] }, { name: 'Ours' })]
    const first = planOf(items, [account('auth0|1', { name: 'Old' })])
    const before = new Map(
      first.steps.flatMap(({ premises }) => premises.map(({ unit, value }) => [unit, value] as const)),
    )
    const { moved } = planOf(items, [account('auth0|1', { name: 'Theirs' })], { before }).summary
    expect(moved).toEqual([{ sentence: 'Update user: auth0|1, name', from: 'Old', to: 'Theirs' }])
    const gone = planOf(items, [], { before }).summary
    expect(gone.moved).toEqual([{ sentence: 'Update user: auth0|1, exists', from: true, to: false }])
  })

  test('above the guard a second person is asked for', () => {
    const take = (many: number) => {
      const user = Array.from({ length: many }, (_, at) => `auth0|${at}`)
      return planOf(
        [item('user.delete', { user })],
        user.map((id) => account(id)),
      ).summary.guard
    }
    expect(take(5)).toEqual({ count: 5, secondPerson: false, why: null })
    expect(take(101)).toMatchObject({
      count: 101,
      secondPerson: true,
      why: '101 of 1000 (Users) would be taken away at once.',
    })
  })

  test('1,000 random wishes: every wished grant exactly once, none that is so already, within the batch sizes', () => {
    const wishes = fc.uniqueArray(fc.tuple(fc.nat(7), fc.nat(30)), { maxLength: 80, selector: String })
    fc.assert(
      fc.property(
        wishes,
        fc.uniqueArray(fc.tuple(fc.nat(7), fc.nat(30)), { maxLength: 40, selector: String }),
        (wanted, held) => {
          const letter = (at: number) => String.fromCharCode(65 + at)
          const items = wanted.map(([o, u]) =>
            item('organization.add_members', { organization: [org(letter(o))], user: [`auth0|${u}`] }),
          )
          const { steps } = planOf(
            items,
            held.map(([o, u]) => holds(`auth0|${u}`, org(letter(o)))),
          )
          const given = steps.flatMap(({ target }) =>
            target.user!.map((user) => `${target.organization![0]} ${user}`),
          )
          const already = new Set(held.map(([o, u]) => `${org(letter(o))} auth0|${u}`))
          const expected = wanted
            .map(([o, u]) => `${org(letter(o))} auth0|${u}`)
            .filter((one) => !already.has(one))
          expect([...given].sort()).toEqual([...expected].sort())
          const perOrganization = new Map<string, number>()
          for (const one of expected)
            perOrganization.set(one.slice(0, 20), (perOrganization.get(one.slice(0, 20)) ?? 0) + 1)
          expect(steps).toHaveLength(
            [...perOrganization.values()].reduce((sum, many) => sum + Math.ceil(many / 10), 0),
          )
        },
      ),
      { numRuns: 1000 },
    )
  })
})

test('every state leads somewhere it is told to, and what is applied stays', () => {
  expect(transitions.applied).toEqual([])
  for (const [from, all] of Object.entries(transitions))
    for (const to of all) expect(statesBefore(to)).toContain(from)
  expect(mayGo('planned', 'applying')).toBe(false)
  expect(mayGo('refused', 'approved')).toBe(false)
})
