import type { ObjectKind } from '@owlie/connector-kit'
import { describe, expect, it } from 'vitest'
import type { EntitlementCore } from '../inventory/index.ts'
import { deriveAccess } from './derive-access.ts'

const kind = (entitlementType: string, more: Partial<ObjectKind> = {}): ObjectKind => ({
  ...{ name: `${entitlementType}s`, label: entitlementType, yields: 'entitlement', entitlementType },
  ...{ prerequisites: [], scopes: [], capability: '', ...more },
})

const kinds: readonly ObjectKind[] = [
  kind('role'),
  kind('group'),
  kind('organization'),
  kind('organization_role', {
    allowsAs: { type: 'role', idIn: 'role' },
    inside: { type: 'organization', idIn: 'organization' },
  }),
  kind('group_nesting', {
    tie: { holdersOf: { type: 'group', idIn: 'member' }, gain: { type: 'group', idIn: 'group' } },
  }),
  kind('group_role', {
    tie: { holdersOf: { type: 'group', idIn: 'group' }, gain: { type: 'role', idIn: 'role' } },
  }),
  kind('role_permission', {
    tie: {
      holdersOf: { type: 'role', idIn: 'role' },
      allows: { nameIn: 'permission', apiIn: 'api', apiNameIn: 'apiName' },
    },
  }),
]

const one = (
  type: string,
  externalId: string,
  attributes: Record<string, unknown> = {},
  displayName = externalId,
): EntitlementCore => ({ id: `#${externalId}`, type, externalId, displayName, description: null, attributes })
const nests = (member: string, group: string) => one('group_nesting', `${group}:${member}`, { group, member })
const gives = (group: string, role: string) => one('group_role', `${group}:${role}`, { group, role })
const may = (role: string, permission: string, api = 'api') =>
  one('role_permission', `${role} ${permission} ${api}`, { role, permission, api, apiName: 'The API' })

function derive(held: readonly string[], ...entitlements: EntitlementCore[]) {
  const grants = held.map((externalId) => ({ entitlementId: `#${externalId}`, origin: 'held' }))
  const { entitlements: holds, permissions } = deriveAccess({ kinds, grants, entitlements })
  return {
    holds: Object.fromEntries(
      holds.map(({ entitlementId, origins }) => [entitlementId, origins.map(({ words }) => words)]),
    ),
    may: Object.fromEntries(
      permissions.map(({ name, api, origins }) => [`${name} ${api}`, origins.map(({ words }) => words)]),
    ),
    permissions,
  }
}

describe('what an account can do', () => {
  it('is what it holds and what its roles allow', () => {
    const { holds, may: allowed } = derive(
      ['r'],
      one('role', 'r'),
      one('role', 'other'),
      may('r', 'read'),
      may('other', 'no'),
    )
    expect(holds).toEqual({ '#r': ['held'] })
    expect(allowed).toEqual({ 'read api': ['through role r'] })
  })

  it('comes through groups, also nested ones, with every way', () => {
    const { holds, may: allowed } = derive(
      ['a', 'r'],
      ...[one('group', 'a'), one('group', 'b'), one('role', 'r'), one('role', 's')],
      ...[nests('a', 'b'), gives('b', 'r'), gives('a', 's'), may('r', 'read'), may('s', 'read')],
    )
    expect(holds).toEqual({
      '#a': ['held'],
      '#b': ['through group a'],
      '#r': ['held', 'through group a → group b'],
      '#s': ['through group a'],
    })
    expect(allowed).toEqual({ 'read api': ['through role r', 'through group a → role s'] })
  })

  it('ends where groups go in circles', () => {
    const { holds } = derive(
      ['a'],
      ...[one('group', 'a'), one('group', 'b'), one('group', 'c')],
      ...[nests('a', 'b'), nests('b', 'c'), nests('c', 'a'), nests('b', 'a'), nests('a', 'a')],
    )
    expect(holds).toEqual({ '#a': ['held'], '#b': ['through group a'], '#c': ['through group a → group b'] })
  })

  it('inside an organization counts there only, and does not make the role held', () => {
    const { holds, permissions } = derive(
      ['o:r', 'o'],
      one('organization', 'o', {}, 'Northwind'),
      one('organization_role', 'o:r', { organization: 'o', role: 'r', name: 'Editor' }, 'Editor in o'),
      ...[one('role', 'r'), may('r', 'write')],
    )
    expect(Object.keys(holds)).toEqual(['#o', '#o:r'])
    expect(permissions).toMatchObject([
      {
        ...{ name: 'write', api: 'api', apiName: 'The API' },
        origins: [{ words: 'through role Editor inside Northwind', through: ['#o:r'], inside: '#o' }],
      },
    ])
  })

  it('leaves out what a tie names and nobody listed, and ties that name nothing', () => {
    const broken = one('group_role', 'a:?', { group: 'a' })
    const { holds } = derive(['a', 'gone'], one('group', 'a'), gives('a', 'unlisted'), broken)
    expect(holds).toEqual({ '#a': ['held'] })
  })

  it('tells the same permission of two APIs apart', () => {
    const { may: allowed } = derive(['r'], one('role', 'r'), may('r', 'read', 'x'), may('r', 'read', 'y'))
    expect(Object.keys(allowed)).toEqual(['read x', 'read y'])
  })
})
