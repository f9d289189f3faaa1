import { type AccountObservation, type Change, type Json, Secret } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import { capabilities } from './capabilities.ts'
import { checkChange } from './check-change.ts'
import { inEffect, looks } from './looks.ts'
import { manifest } from './manifest.ts'

const scopes = capabilities.flatMap((row) => row.scopes)
const target = { user: ['auth0|one'] }
const update = (input: Change['input'], more: Partial<Change> = {}): Change => ({
  ...{ action: 'user.update', target, input, changeId: 'c-1' },
  ...more,
})
const password = (text: string) => ({ secrets: { password: new Secret(text) } })

function account(provider: string, more: Partial<AccountObservation> = {}): AccountObservation {
  return {
    ...{
      type: 'account',
      id: `${provider}|one`,
      displayName: 'One',
      email: 'one@x.example',
      status: 'active',
    },
    attributes: { identities: [{ provider, connection: `${provider}-connection`, user_id: 'one' }] },
    ...more,
  }
}

const verdicts = (change: Change, observed: AccountObservation | null = null, granted = scopes) =>
  checkChange(change, observed, granted).map(({ code, field }) => `${code} ${field}`)

describe('what is refused before anybody is asked', () => {
  test.each<[string, Change, AccountObservation | null, string[]]>([
    ['an unknown action', update({}, { action: 'user.clone' }), null, ['change.unknown_action action']],
    ['an unknown field', update({ nam: 'x' }), null, ['change.malformed input.nam']],
    ['a value of another type', update({ name: 7 }), null, ['change.malformed input.name']],
    [
      'a value that is too long',
      update({ given_name: 'x'.repeat(151) }),
      null,
      ['change.malformed input.given_name'],
    ],
    [
      'an address without @',
      update({ email: 'one' }),
      null,
      ['change.malformed input.email', 'change.malformed input.email'],
    ],
    [
      'an id of another kind',
      update({ name: 'x' }, { target: { user: ['one'] } }),
      null,
      ['change.target target.user'],
    ],
    ['no id', update({ name: 'x' }, { target: {} }), null, ['change.target target.user']],
    [
      'the same id twice',
      update(
        {},
        {
          action: 'organization.add_members',
          target: { organization: ['org_AAAAAAAAAAAAAAAA'], user: ['auth0|a', 'auth0|a'] },
        },
      ),
      null,
      ['change.target target.user'],
    ],
    ['an immutable field', update({ user_id: 'auth0|two' }), null, ['change.immutable input.user_id']],
    ['nothing at all', update({}), null, ['change.empty input']],
    [
      'e-mail and username',
      update({ email: 'a@x.io', username: 'a' }),
      null,
      ['change.not_together input.username'],
    ],
    [
      'verification and username',
      update({ email_verified: true, username: 'a' }),
      null,
      ['change.not_together input.username'],
    ],
    [
      'password and e-mail',
      update({ email: 'a@x.io' }, password('long enough 1')),
      null,
      ['change.not_together input.email'],
    ],
    [
      'password and username',
      update({ username: 'a' }, password('long enough 1')),
      null,
      ['change.not_together input.username'],
    ],
    [
      'a password over 72 bytes',
      update({}, password('ü'.repeat(37))),
      null,
      ['auth0.password secrets.password'],
    ],
    [
      'an unknown secret',
      update({ name: 'x' }, { secrets: { pin: new Secret('1') } }),
      null,
      ['change.malformed secrets.pin'],
    ],
    [
      'a reserved key',
      update({ app_metadata: { blocked: true } }),
      null,
      ['auth0.reserved_metadata input.app_metadata.blocked'],
    ],
    [
      'a key with a dot',
      update({ user_metadata: { a: { 'b.c': 1 } } }),
      null,
      ['auth0.metadata_key input.user_metadata'],
    ],
    [
      'a name that comes from a directory',
      update({ name: 'x', picture: 'https://x.io/p' }),
      account('samlp'),
      ['auth0.synced_at_login input.name', 'auth0.synced_at_login input.picture'],
    ],
    [
      'a name that comes from a social login',
      update({ nickname: 'x' }),
      account('google-oauth2'),
      ['auth0.synced_at_login input.nickname'],
    ],
    [
      'the address of a federated user',
      update({ email: 'a@x.io' }),
      account('waad'),
      ['auth0.email_of_federated_user input.email'],
    ],
    [
      'verification of an enterprise user',
      update({ email_verified: true }),
      account('oidc'),
      ['auth0.verification_not_supported input.email_verified'],
    ],
    [
      'the password of a federated user',
      update({}, password('long enough 1')),
      account('okta'),
      ['auth0.password secrets.password'],
    ],
    [
      'a password that would unblock',
      update({}, password('long enough 1')),
      account('auth0', { status: 'blocked' }),
      ['auth0.password_lifts_block secrets.password'],
    ],
    [
      'an identity the account has not',
      update({ connection: 'other', name: 'x' }),
      account('auth0'),
      ['auth0.no_such_identity input.connection'],
    ],
    [
      'an account without any identifier',
      update({ connection: 'db' }, { action: 'user.create', target: {} }),
      null,
      ['auth0.no_identifier input.email'],
    ],
    [
      'an SMS account without a number',
      update({ connection: 'sms', email: 'a@x.io' }, { action: 'user.create', target: {} }),
      null,
      ['auth0.phone_number_required input.phone_number'],
    ],
    [
      'an organization name with capitals',
      update({ name: 'Acme' }, { action: 'organization.create', target: {} }),
      null,
      ['change.malformed input.name'],
    ],
    [
      'an organization name like an id',
      update({ name: 'org_acme' }, { action: 'organization.create', target: {} }),
      null,
      ['change.malformed input.name'],
    ],
  ])('%s', (_, change, observed, expected) => {
    expect(verdicts(change, observed)).toEqual(expected)
  })

  test('many of both sides in one change', () => {
    const many = { role: ['rol_AAAAAAAAAAAAAAAA', 'rol_BBBBBBBBBBBBBBBB'], user: ['auth0|a', 'auth0|b'] }
    expect(verdicts(update({}, { action: 'role.assign', target: many }))).toEqual(['change.too_many target'])
  })

  test('the scopes a batch takes are its own', () => {
    const role = ['rol_AAAAAAAAAAAAAAAA']
    const missing = (user: string[]) =>
      checkChange(update({}, { action: 'role.assign', target: { role, user } }), null, []).flatMap(
        (one) => one.scopes ?? [],
      )
    expect(missing(['auth0|a'])).toEqual(['update:users', 'create:role_members'])
    expect(missing(['auth0|a', 'auth0|b'])).toEqual(['update:roles', 'create:role_members'])
  })

  test('nothing of this repeats a value, and each says what to do', () => {
    const failures = checkChange(update({ email: 'not-an-address', name: 7 }), null, [])
    expect(JSON.stringify(failures)).not.toContain('not-an-address')
    for (const { remedy } of failures) expect(remedy).not.toBe('')
  })
})

test('what may be changed passes', () => {
  for (const [input, provider] of [
    [{ name: 'x', email: 'a+b@x.io' }, 'auth0'],
    [{ user_metadata: { a: null }, app_metadata: {} }, 'samlp'],
    [{ name: 'x', email: 'a@x.io' }, 'email'],
    [{ name: 'x' }, 'sms'],
    [{ given_name: null }, 'auth0'],
  ] as [Change['input'], string][])
    expect(verdicts(update(input), account(provider))).toEqual([])
})

describe('whether a change is in effect', () => {
  const held = (attributes: Record<string, Json>) => [[account('auth0', { attributes })]]
  test.each<[string, Change['input'], Record<string, Json>, boolean | null]>([
    ['the same name', { name: 'x' }, { name: 'x' }, true],
    ['another name', { name: 'x' }, { name: 'y' }, false],
    ['an address in other case', { email: 'A@x.io' }, { email: 'a@x.io' }, true],
    ['a removed name', { given_name: null }, {}, true],
    ['a key of metadata among others', { user_metadata: { a: 1 } }, { user_metadata: { a: 1, b: 2 } }, true],
    [
      'a nested object is replaced, not merged',
      { user_metadata: { a: { b: 1 } } },
      { user_metadata: { a: { b: 1, c: 2 } } },
      false,
    ],
    ['a removed key that is there', { user_metadata: { a: null } }, { user_metadata: { a: 1 } }, false],
    ['a removed key that is gone', { user_metadata: { a: null } }, {}, true],
    ['emptied metadata', { app_metadata: {} }, { app_metadata: { a: 1 } }, false],
    [
      'a value that is not shown',
      { app_metadata: { api_key: 'k' } },
      { app_metadata: { api_key: '[redacted]' } },
      null,
    ],
    [
      'a hidden value beside a different one',
      { app_metadata: { api_key: 'k', a: 1 } },
      { app_metadata: { api_key: '[redacted]', a: 2 } },
      false,
    ],
    ['how to write is not written', { verify_email: false, name: 'x' }, { name: 'x' }, true],
  ])('%s', (_, input, attributes, expected) => {
    expect(inEffect(update(input), held(attributes))).toBe(expected)
  })

  test('a password cannot be seen', () => {
    expect(inEffect(update({ name: 'x' }, password('y')), held({ name: 'x' }))).toBeNull()
  })

  test('each action with an effect looks somewhere that lags nowhere', () => {
    const slow = new Set(['organization_members', 'role_members'])
    for (const { name, effect, targets } of manifest.actions!) {
      const ids: Readonly<Record<string, string>> = {
        user: 'auth0|a',
        role: 'rol_AAAAAAAAAAAAAAAA',
        organization: 'org_AAAAAAAAAAAAAAAA',
      }
      const change = update(
        { name: 'x', email: 'a@x.io', connection: 'db' },
        { action: name, target: Object.fromEntries(targets.map((one) => [one.name, [ids[one.name]!]])) },
      )
      const places = looks(change)
      expect(places.length > 0, name).toBe(effect.does !== 'happen')
      for (const { kind, reference } of places)
        if (slow.has(kind)) expect(reference).toHaveProperty('account')
    }
  })
})
