import { auth0 } from '@owlie/connector-auth0'
import { expect, test } from 'vitest'
import { type Correction, itemsOf } from './correct.ts'

const correction = (more: Partial<Correction>): Correction => ({
  ...{
    driftId: 'd',
    connectionId: 'c',
    kind: 'users',
    yields: 'account',
    account: 'auth0|1',
    entitlement: '',
  },
  ...{ wanted: true, intended: null, observed: null },
  ...more,
})
const organization = `org_${'A'.repeat(16)}`
const role = `rol_${'B'.repeat(16)}`

test.each<[string, Partial<Correction>, unknown]>([
  [
    'a membership that is missing',
    { kind: 'organization_members', yields: 'grant', entitlement: organization },
    [
      {
        action: 'organization.add_members',
        target: { user: ['auth0|1'], organization: [organization] },
        input: {},
      },
    ],
  ],
  [
    'a role that nobody wished',
    { kind: 'role_members', yields: 'grant', entitlement: role, wanted: false },
    [{ action: 'role.unassign', target: { user: ['auth0|1'], role: [role] }, input: {} }],
  ],
  [
    'a role inside an organization',
    { kind: 'organization_member_roles', yields: 'grant', entitlement: `${organization}:${role}` },
    [
      {
        action: 'organization_role.assign',
        target: { user: ['auth0|1'], organization: [organization], role: [role] },
        input: {},
      },
    ],
  ],
  [
    'a name, and only that',
    { intended: { name: 'Ada', email: 'a@x.io' }, observed: { name: 'Eve', email: 'a@x.io' } },
    [{ action: 'user.update', target: { user: ['auth0|1'] }, input: { name: 'Ada' } }],
  ],
  [
    'somebody unblocked over there',
    { intended: { status: 'blocked' }, observed: { status: 'active' } },
    [{ action: 'user.block', target: { user: ['auth0|1'] }, input: {} }],
  ],
  [
    'an account nobody wished',
    { wanted: false, observed: { name: 'Eve' } },
    [{ action: 'user.delete', target: { user: ['auth0|1'] }, input: {} }],
  ],
  ['an account that is gone: a person says where it is made again', { intended: { name: 'Ada' } }, null],
  [
    'a kind nothing can be written to',
    { kind: 'groups', yields: 'entitlement', wanted: false, observed: {} },
    null,
  ],
])('puts right %s', (_, more, expected) => {
  expect(itemsOf(auth0.manifest, correction(more))).toEqual(expected)
})
