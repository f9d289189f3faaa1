import { describe, expect, test } from 'vitest'
import { isFailure } from '@owlie/connector-kit'
import {
  type Action,
  actions,
  actionsOf,
  allows,
  apiKeyScopes,
  type ApiKeyScope,
  checkScopes,
  mayGrant,
  type Principal,
  type Role,
  roles,
} from './permissions.ts'

const everyAction = Object.keys(actions) as Action[]
const everyScope = Object.keys(apiKeyScopes) as ApiKeyScope[]

const operator = (role: Role): Principal => ({
  kind: 'operator',
  id: 'o',
  name: 'O',
  email: 'o@example.com',
  tenantId: 'default',
  role,
})
const key = (...scopes: ApiKeyScope[]): Principal => ({
  kind: 'api_key',
  id: 'k',
  name: 'K',
  tenantId: 'default',
  scopes,
  ownerId: null,
})

describe('roles', () => {
  test('the whole matrix', () => {
    const matrix = Object.fromEntries(roles.map((role) => [role, actionsOf(operator(role))]))
    expect(matrix['admin']).toEqual(everyAction)
    expect(matrix['auditor']).toEqual([
      'connection.read',
      'sync.read',
      'inventory.read',
      'inventory.export',
      'identity.read',
      'drift.read',
      'assignment.read',
      'provisioning.read',
      'guard.read',
      'audit.read',
      'audit.export',
      'operator.read',
      'metrics.read',
    ])
    expect(matrix['requester']).toEqual(['request.create'])
  })

  test('nobody but an admin changes anything or configures an integration', () => {
    const changing = everyAction.filter(
      (action) => !/\.(read|export)$/.test(action) && action !== 'request.create',
    )
    for (const action of changing) {
      expect(allows(operator('auditor'), action).allowed, action).toBe(false)
      expect(allows(operator('requester'), action).allowed, action).toBe(false)
    }
  })

  test('a role not in the table may do nothing', () => {
    expect(actionsOf(operator('owner' as Role))).toEqual([])
  })
})

describe('scopes', () => {
  test.each(everyAction)('%s needs exactly its scope', (action) => {
    const needed = actions[action].scope
    for (const scope of everyScope) {
      const permission = allows(key(scope), action)
      const inStar = scope === '*' && needed !== 'operators:write'
      expect(permission.allowed, scope).toBe(needed !== null && (scope === needed || inStar))
      if (!permission.allowed) expect(isFailure(permission)).toBe(true)
    }
    const all = allows(key(...everyScope.filter((scope) => scope !== '*' && scope !== needed)), action)
    expect(all.allowed).toBe(false)
    if (!all.allowed && needed) expect(all.scopes).toEqual([needed])
  })

  test('every scope is needed by some action', () => {
    const needed = new Set(Object.values(actions).map((rule) => rule.scope as string | null))
    expect(everyScope.filter((scope) => scope !== '*' && !needed.has(scope))).toEqual([])
  })

  test('a key cannot make a stronger key', () => {
    expect(mayGrant(key('keys:write', 'sync:run'), ['sync:run'])).toEqual({ allowed: true })
    expect(mayGrant(key('keys:write'), ['sync:run'])).toMatchObject({
      code: 'permission.beyond_own_scopes',
      scopes: ['sync:run'],
    })
    expect(mayGrant(key('keys:write'), ['*']).allowed).toBe(false)
    expect(mayGrant(key('*'), ['*', 'sync:run'])).toEqual({ allowed: true })
    expect(mayGrant(key('*'), ['operators:write'])).toMatchObject({ scopes: ['operators:write'] })
    expect(mayGrant(key('sync:run'), ['sync:run'])).toMatchObject({ code: 'permission.scope' })
    expect(mayGrant(operator('auditor'), ['audit:read']).allowed).toBe(false)
    expect(mayGrant(operator('admin'), ['*']).allowed).toBe(true)
  })

  test('scopes are checked by name, also those every object has', () => {
    expect(checkScopes(['sync:run', 'audit:read', 'sync:run'])).toEqual(['audit:read', 'sync:run'])
    for (const bad of [['toString'], ['sync:run', 'x'], [], ['__proto__']]) {
      expect(checkScopes(bad), String(bad)).toMatchObject({ code: 'api_key.unknown_scope', field: 'scopes' })
    }
  })
})
