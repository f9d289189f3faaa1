import { describe, expect, test } from 'vitest'
import { capabilities, scopesOf } from './capabilities.ts'
import { leastPrivilege } from './least-privilege.ts'
import { manifest } from './manifest.ts'
import { adviseScopes } from './scopes.ts'

const readOnly = manifest.presets[1]!.scopes
const score = (entered: readonly string[], needed: readonly string[] = readOnly) =>
  leastPrivilege(entered, needed).score

test.each(manifest.presets)('$label has nothing beyond what it enables', ({ scopes }) => {
  expect(adviseScopes(scopes.join(' ')).leastPrivilege).toEqual({
    score: 100,
    sentence: 'Nothing is granted beyond what is wanted.',
    beyond: [],
  })
})

test('every set of capabilities, granted as computed, is 100; one scope more never is', () => {
  for (const { name, scopes } of capabilities) {
    const { minimal } = adviseScopes('', [name])
    expect(minimal).toEqual(scopes)
    expect(score(minimal, minimal)).toBe(100)
    expect(score([...minimal, 'read:stats'], minimal)).toBeLessThan(100)
  }
})

describe('the weight of what goes beyond', () => {
  test('the more damage it could do, the lower the score', () => {
    const beside = ['read:stats', 'create:roles', 'update:roles', 'delete:users', 'create:client_grants']
    const scores = beside.map((scope) => score([...readOnly, scope]))
    expect(scores).toEqual([80, 44, 40, 33, 7])
    expect(score([...readOnly, 'read:connections_keys'])).toBe(33)
  })

  test('with a scope that opens everything else it is 50 at most, however much is needed', () => {
    const everything = [...new Set(capabilities.flatMap(({ scopes }) => scopes))]
    expect(score([...everything, 'create:client_grants'], everything)).toBe(50)
  })

  test('nothing of it needed is 0; what Auth0 does not know weighs nothing', () => {
    expect(score(['delete:users'], [])).toBe(0)
    expect(score([...readOnly, 'reed:users'])).toBe(100)
    expect(score([], [])).toBe(100)
  })
})

test('each is explained, the weightiest first', () => {
  const wanted = ['read_users']
  const entered = 'read:users read:stats read:roles create:role_members create:actions delete:users'
  expect(adviseScopes(entered, wanted).leastPrivilege).toEqual({
    score: 2,
    sentence: '2 of 100: create:actions opens everything else to whoever gets the credential, and 4 more.',
    beyond: [
      {
        scope: 'create:actions',
        danger: 'takeover',
        reason: 'It runs its own code in every sign-in.',
      },
      {
        scope: 'delete:users',
        danger: 'high',
        reason: 'It serves “Delete users”, which is not wanted.',
      },
      {
        scope: 'create:role_members',
        danger: 'medium',
        reason: 'It serves “Assign roles to users” only together with read:role_members update:users.',
      },
      { scope: 'read:stats', danger: 'low', reason: 'No capability of Owlie uses it.' },
      {
        scope: 'read:roles',
        danger: 'low',
        reason: 'It serves “Read roles”, which is not wanted.',
      },
    ],
  })
  expect(scopesOf('read_users')).toEqual(['read:users'])
})
