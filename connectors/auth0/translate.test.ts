import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical } from './canonical.ts'
import { redact } from './redact.ts'
import { accountOf, memberOf, organizationOf, roleHolderOf, roleOf, translateAll } from './translate.ts'

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.abcdef'

describe('accounts', () => {
  test('a full profile', () => {
    const account = accountOf({
      user_id: 'samlp|conn|a+b/c%20@x.io',
      name: 'Ada',
      email: 'ada@example.com',
      email_verified: true,
      updated_at: '2026-02-01T00:00:00.000Z',
      created_at: '2026-01-01T00:00:00.000Z',
      last_login: '2026-02-01T00:00:00.000Z',
      last_ip: '203.0.113.9',
      last_password_reset: '2026-01-15T00:00:00.000Z',
      logins_count: 7,
      groups: ['a', 'b'],
      identities: [
        {
          user_id: 12,
          provider: 'samlp',
          connection: 'conn',
          isSocial: false,
          access_token: 'x',
          refresh_token: 'y',
        },
        {
          user_id: 'b',
          provider: 'auth0',
          connection: 'db',
          isSocial: false,
          profileData: { idToken: 'z', name: 'n' },
        },
      ],
      app_metadata: { plan: 'gold', api_key: 'k-123', nested: { refreshToken: 't', monkey: 1 } },
      user_metadata: { hint: jwt, has_token: true },
    })
    expect(account).toEqual({
      type: 'account',
      id: 'samlp|conn|a+b/c%20@x.io',
      displayName: 'Ada',
      email: 'ada@example.com',
      status: 'active',
      attributes: {
        app_metadata: {
          api_key: '[redacted]',
          nested: { monkey: 1, refreshToken: '[redacted]' },
          plan: 'gold',
        },
        created_at: '2026-01-01T00:00:00.000Z',
        email: 'ada@example.com',
        email_verified: true,
        groups: ['a', 'b'],
        identities: [
          { connection: 'conn', isSocial: false, provider: 'samlp', user_id: 12 },
          {
            connection: 'db',
            isSocial: false,
            profileData: { idToken: '[redacted]', name: 'n' },
            provider: 'auth0',
            user_id: 'b',
          },
        ],
        last_ip: '203.0.113.9',
        last_login: '2026-02-01T00:00:00.000Z',
        last_password_reset: '2026-01-15T00:00:00.000Z',
        logins_count: 7,
        name: 'Ada',
        updated_at: '2026-02-01T00:00:00.000Z',
        user_metadata: { has_token: true, hint: '[redacted]' },
      },
    })
  })

  test.each([
    [{ name: ' ', nickname: 'Nick' }, 'Nick'],
    [{ given_name: 'Grace', family_name: 'Hopper' }, 'Grace Hopper'],
    [{ family_name: 'Hopper' }, 'Hopper'],
    [{ email: 'g@x.io' }, 'g@x.io'],
    [{ username: 'gh' }, 'gh'],
    [{ phone_number: '+123' }, '+123'],
    [{ name: 42 }, 'auth0|1'],
  ])('the name of %j is %s', (fields, expected) => {
    expect(accountOf({ user_id: 'auth0|1', ...fields }).displayName).toBe(expected)
  })

  test('only true blocks', () => {
    expect(accountOf({ user_id: 'a', blocked: true }).status).toBe('blocked')
    expect(accountOf({ user_id: 'a', blocked: 'true' }).status).toBe('active')
    expect(accountOf({ user_id: 'a' }).status).toBe('active')
  })

  test('a secret in a claim an enterprise connection copied to the root is redacted', () => {
    const { attributes } = accountOf({ user_id: 'a', vendor_api_token: 'v', upn: 'u' })
    expect(attributes).toEqual({ upn: 'u', vendor_api_token: '[redacted]' })
  })

  test('text a database cannot hold is replaced, except in ids', () => {
    expect(accountOf({ user_id: 'a', name: 'x\u0000y', nickname: '\ud800' }).attributes).toEqual({
      name: 'x\ufffdy',
      nickname: '\ufffd',
    })
    const { observations, quarantined } = translateAll(
      [{ user_id: 'a\u0000' }, { user_id: 7 }, { user_id: '' }, {}, { user_id: 'fine' }],
      accountOf,
      'user_id',
    )
    expect(observations.map(({ id }) => id)).toEqual(['fine'])
    expect(quarantined).toEqual([
      { id: 'a\ufffd', reason: 'user_id contains characters that cannot be stored' },
      { id: null, reason: 'user_id is missing' },
      { id: '', reason: 'user_id is missing' },
      { id: null, reason: 'user_id is missing' },
    ])
  })
})

describe('entitlements and grants', () => {
  test('role', () => {
    expect(roleOf({ id: 'rol_1', name: 'Admin', description: '' })).toEqual({
      type: 'entitlement',
      entitlementType: 'role',
      id: 'rol_1',
      displayName: 'Admin',
      description: null,
      attributes: { description: '', name: 'Admin' },
    })
  })

  test('organization', () => {
    expect(
      organizationOf({ id: 'org_1', name: 'acme', display_name: 'Acme', metadata: { secret: 's' } }),
    ).toEqual({
      type: 'entitlement',
      entitlementType: 'organization',
      id: 'org_1',
      displayName: 'Acme',
      description: null,
      attributes: { display_name: 'Acme', metadata: { secret: '[redacted]' }, name: 'acme' },
    })
    expect(organizationOf({ id: 'org_1', name: 'acme' }).displayName).toBe('acme')
  })

  test('holder and member', () => {
    expect(roleHolderOf('rol_1')({ user_id: 'auth0|1', email: 'x' })).toEqual({
      type: 'grant',
      account: 'auth0|1',
      entitlement: 'rol_1',
      grantType: 'role',
    })
    expect(memberOf('org_1')({ user_id: 'auth0|1' })).toMatchObject({
      entitlement: 'org_1',
      grantType: 'member',
    })
  })
})

describe('canonical form', () => {
  test('does not depend on the order of keys, for any JSON', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = JSON.parse(JSON.stringify(value)) as unknown
        expect(JSON.stringify(canonical(reversed(parsed)))).toBe(JSON.stringify(canonical(parsed)))
      }),
    )
  })

  test('a key named __proto__ is data', () => {
    const hostile = JSON.parse('{"__proto__":{"x":1},"a":2}') as unknown
    expect(JSON.stringify(canonical(hostile))).toBe('{"__proto__":{"x":1},"a":2}')
  })
})

test.each([
  ['password', 'p', '[redacted]'],
  ['clientSecret', 's', '[redacted]'],
  ['client-secret', 's', '[redacted]'],
  ['API_KEY', 'k', '[redacted]'],
  ['apikey', 'k', '[redacted]'],
  ['sshPrivateKey', 'k', '[redacted]'],
  ['accessTokens', ['t'], '[redacted]'],
  ['pin', 1234, '[redacted]'],
  ['note', '-----BEGIN RSA PRIVATE KEY-----\nabc', '[redacted]'],
  ['note', `Bearer ${jwt}`, '[redacted]'],
  ['tokenEnabled', true, true],
  ['password', null, null],
  ['keyboard', 'us', 'us'],
  ['monkey', 'm', 'm'],
  ['pinned', 'yes', 'yes'],
  ['note', 'nothing secret', 'nothing secret'],
])('%s: %j becomes %j', (key, value, expected) => {
  expect(redact({ [key]: value } as never)).toEqual({ [key]: expected })
})
