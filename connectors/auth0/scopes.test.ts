import { kindsOf, unreadKinds } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import { capabilities } from './capabilities.ts'
import { manifest } from './manifest.ts'
import { operations } from './operations.ts'
import { catalogue } from './scope-catalogue.ts'
import { adviseScopes, nearestScope, splitScopes } from './scopes.ts'

const [full, readOnly] = manifest.presets

describe('the presets', () => {
  test('are exactly the promised lists', () => {
    expect(full).toMatchObject({ label: 'Full connector support (15)' })
    expect(full!.scopes.join(' ')).toBe(
      'read:users create:users update:users delete:users read:roles create:roles update:roles delete:roles read:organizations create:organizations update:organizations delete:organizations read:organization_members create:organization_members delete:organization_members',
    )
    expect(readOnly).toMatchObject({ label: 'Read-only, sync only (4)' })
    expect(readOnly!.scopes.join(' ')).toBe(
      'read:users read:roles read:organizations read:organization_members',
    )
  })

  test('hold nothing unknown, unneeded or dangerous', () => {
    for (const preset of manifest.presets) {
      const advice = adviseScopes(preset.scopes.join(' '))
      expect(advice).toMatchObject({ unknown: [], neverNeeded: [], dangerous: [] })
    }
  })

  test('the full one cannot read or change role holders, and says what is missing', () => {
    const advice = adviseScopes(full!.scopes.join(' '))
    const disabled = advice.capabilities.filter(({ enabled }) => !enabled)
    expect(Object.fromEntries(disabled.map(({ name, missing }) => [name, missing]))).toEqual({
      follow_changes: ['read:logs'],
      read_role_members: ['read:role_members'],
      read_organization_member_roles: ['read:organization_member_roles'],
      read_resource_servers: ['read:resource_servers'],
      read_role_permissions: ['read:resource_servers'],
      read_auth0_connections: ['read:connections'],
      read_groups: ['read:groups'],
      read_group_members: ['read:groups', 'read:group_members'],
      read_group_roles: ['read:groups', 'read:group_roles'],
      revoke_sessions: ['delete:sessions', 'delete:refresh_tokens'],
      assign_roles: ['read:role_members', 'create:role_members'],
      remove_roles: ['read:role_members', 'delete:role_members'],
      assign_organization_member_roles: [
        'read:organization_member_roles',
        'create:organization_member_roles',
      ],
      remove_organization_member_roles: [
        'read:organization_member_roles',
        'delete:organization_member_roles',
      ],
    })
  })
})

test('each preset reads exactly the five kinds; every other one waits for its scopes', () => {
  const five = ['users', 'roles', 'role_members', 'organizations', 'organization_members']
  for (const { scopes } of manifest.presets)
    expect(kindsOf(manifest, scopes).map(({ name }) => name)).toEqual(five)
  const all = capabilities.flatMap(({ scopes }) => scopes)
  expect(kindsOf(manifest, all)).toEqual(manifest.kinds)
  for (const { kind, missing } of unreadKinds(manifest, full!.scopes))
    expect(kindsOf(manifest, [...full!.scopes, ...missing])).toContain(kind)
})

test('every scope an operation needs is one Auth0 knows', () => {
  const needed = Object.values(operations).flatMap((operation): readonly string[] => operation.scopes)
  expect(needed.filter((scope) => !catalogue.has(scope))).toEqual([])
})

test('the scopes of a kind are those of its capability', () => {
  for (const kind of manifest.kinds) {
    const capability = capabilities.find(({ label }) => label.toLowerCase() === kind.capability.toLowerCase())
    expect(capability?.scopes, kind.name).toEqual(kind.scopes)
  }
})

describe('advice', () => {
  test('splits, deduplicates and keeps the order', () => {
    expect(splitScopes('  read:roles,read:users\n read:roles\t')).toEqual(['read:roles', 'read:users'])
    expect(splitScopes('  ')).toEqual([])
  })

  test.each([
    ['read:user', 'read:users'],
    ['reed:users', 'read:users'],
    ['users:read', 'read:users'],
    ['Read:Users', 'read:users'],
    ['read:organisation_members', 'read:organization_members'],
    ['read:role-members', 'read:role_members'],
    ['openid', null],
    ['something:completely_different', null],
  ])('the nearest to %s is %s', (typed, expected) => {
    expect(nearestScope(typed)).toBe(expected)
  })

  test('names unknown, never needed and dangerous ones', () => {
    const advice = adviseScopes('read:users reed:roles read:stats read:client_keys')
    expect(advice.unknown).toEqual([{ scope: 'reed:roles', nearest: 'read:roles' }])
    expect(advice.neverNeeded).toEqual(['read:stats', 'read:client_keys'])
    expect(advice.dangerous.map(({ scope }) => scope)).toEqual(['read:client_keys'])
  })

  test('computes the minimal list of what is wanted, and what of it is missing', () => {
    const advice = adviseScopes('read:users read:roles delete:users', [
      'read_role_members',
      'read_organizations',
    ])
    expect(advice.minimal).toEqual(['read:users', 'read:roles', 'read:role_members', 'read:organizations'])
    expect(advice.missing).toEqual(['read:role_members', 'read:organizations'])
  })

  test('without a wish, the minimal list is what is enabled already', () => {
    const advice = adviseScopes('read:users read:stats')
    expect(advice.minimal).toEqual(['read:users'])
    expect(advice.missing).toEqual([])
  })
})
