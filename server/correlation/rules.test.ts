import { describe, expect, it } from 'vitest'
import { auth0 } from '@owlie/connector-auth0'
import { decide, type Holder, type Undecided } from './decide.ts'
import { decideBatch } from './decide-batch.ts'
import { type Key, keysOf, pathsOf } from './keys-of.ts'
import { rules } from './rules.ts'
import { checkKeys, type CorrelationSetting, fingerprint, unset } from './setting.ts'

const facts = auth0.manifest.accountFacts!
const one = '00000000-0000-4000-8000-000000000001'
const two = '00000000-0000-4000-8000-000000000002'

describe('what of an account can be compared', () => {
  const keys = (
    account: { name?: string; email?: string | null; picked?: Record<string, string>; id?: string },
    setting: Partial<CorrelationSetting> = {},
  ) =>
    keysOf(
      {
        externalId: account.id ?? 'auth0|1',
        displayName: account.name ?? 'x',
        email: account.email ?? null,
        picked: account.picked ?? {},
      },
      facts,
      { ...unset, ...setting },
    ).map(({ space, value, trusted }) => `${space} ${value}${trusted ? '' : ' ?'}`)
  const verified = { email_verified: 'true' }

  it.each([
    ['nothing', {}, []],
    ['an unverified address', { email: 'Ada@X.de' }, ['email ada@x.de ?']],
    ['a verified address', { email: ' Ada@X.de', picked: verified }, ['email ada@x.de']],
    ['a shared mailbox, verified', { email: 'info@x.de', picked: verified }, ['email info@x.de ?']],
    [
      'a shared mailbox with a tag',
      { email: 'support+1@x.de', picked: verified },
      ['email support+1@x.de ?'],
    ],
    ['no address at all', { email: 'ada', picked: verified }, []],
    [
      'a name with an address',
      { name: 'Łukasz  de Ada', email: 'l@x.de' },
      ['email l@x.de ?', 'name_domain ada de lukasz@x.de ?'],
    ],
    [
      'a name where everybody has addresses',
      { name: 'Ada Love', email: 'a@gmail.com' },
      ['email a@gmail.com ?'],
    ],
    ['an address for a name', { name: 'ada love@x.de', email: 'a@x.de' }, ['email a@x.de ?']],
    ['a number of the admins', { picked: { 'app_metadata.employeeId': 'E-7' } }, ['employee_id e-7']],
    ['a number of the user', { picked: { 'user_metadata.employeeId': 'E-7' } }, ['employee_id e-7 ?']],
    [
      'the same number of both',
      { picked: { 'user_metadata.employeeId': 'E-7', 'app_metadata.employee_id': 'e-7' } },
      ['employee_id e-7'],
    ],
    [
      'placeholders',
      { picked: { 'app_metadata.employee_id': 'N/A', 'app_metadata.external_id': '000' } },
      [],
    ],
  ] as const)('%s', (_, account, expected) => {
    expect(keys(account)).toEqual(expected)
  })

  it('look-alike letters are other letters: no sure match by a Kelvin sign or a dotless i', () => {
    const address = (email: string) => keys({ email, picked: verified })[0]
    expect(address('\u212Aate@x.de')).not.toBe(address('kate@x.de'))
    expect(address('m\u0131ke@x.de')).not.toBe(address('mike@x.de'))
    expect(address('jos\u00e9@x.de')).not.toBe(address('jose@x.de'))
    expect(address('KATE@X.DE')).toBe(address('kate@x.de'))
  })

  it('a connection can be told what its addresses and attributes are worth', () => {
    const custom = [{ name: 'badge', path: 'app_metadata.badge', trusted: true }]
    expect(keys({ email: 'a@x.de' }, { emailTrust: 'always' })).toEqual(['email a@x.de'])
    expect(keys({ email: 'a@x.de', picked: verified }, { emailTrust: 'never' })).toEqual(['email a@x.de ?'])
    expect(keys({ picked: { 'app_metadata.badge': '12' } }, { keys: custom })).toEqual(['custom:badge 12'])
    expect(keys({ id: 'u-9' }, { keys: [{ name: 'number', path: '$id', trusted: false }] })).toEqual([
      'custom:number u-9 ?',
    ])
    expect(pathsOf(facts, { ...unset, keys: custom })).toContain('app_metadata.badge')
    expect(fingerprint(facts, unset)).not.toBe(fingerprint(facts, { ...unset, keys: custom }))
    expect(fingerprint(facts, unset)).toBe(
      fingerprint(facts, { ...unset, createIdentities: false, version: 3 }),
    )
    expect(checkKeys([{ name: 'Badge', path: 'a..b', trusted: true }]).map(({ code }) => code)).toEqual([
      'correlation.bad_key',
      'correlation.bad_key',
    ])
    expect(checkKeys(custom)).toEqual([])
  })
})

describe('what a match is worth', () => {
  it('the rules', () => {
    expect(rules.map((rule) => `${rule.name} ${rule.score}${rule.isSure ? ' sure' : ''}`)).toEqual([
      'email 100 sure',
      'employee_id 95 sure',
      'external_id 95 sure',
      'custom 90 sure',
      'custom_claimed 55',
      'employee_id_claimed 50',
      'external_id_claimed 50',
      'email_unverified 45',
      'name_domain 30',
    ])
    // Nothing that a user may have typed is ever sure.
    expect(rules.filter(({ isSure, isTrusted }) => isSure !== isTrusted)).toEqual([])
  })

  const email: Key = { space: 'email', value: 'a@x.de', trusted: true }
  const claimed: Key = { ...email, trusted: false }
  const number = (value: string, trusted = true): Key => ({ space: 'employee_id', value, trusted })
  const name: Key = { space: 'name_domain', value: 'a b@x.de', trusted: false }
  const holder = (more: Partial<Holder> = {}): Holder => ({
    ...{ identityId: one, connectionId: 'other', trusted: true, isStale: false, isDisabled: false },
    ...more,
  })
  const account = (more: Partial<Undecided> = {}): Undecided => ({
    ...{ accountId: 'a', connectionId: 'here', keys: [email], isStale: false, isService: false },
    ...{ identityId: null, isHeldApart: false, apart: new Set<string>(), mayCreate: true },
    ...more,
  })
  /** Holders by space; exclusive numbers by identity. */
  const said = (
    of: Undecided,
    holders: Partial<Record<string, readonly Holder[]>>,
    numbers: Record<string, string[]> = {},
  ) => {
    const decision = decide(of, {
      holders: ({ space }) => holders[space] ?? [],
      exclusive: (id) => new Set(numbers[id] ?? []),
    })
    const candidates = 'candidates' in decision ? decision.candidates : []
    const all = decision.is === 'link' ? [decision.candidate] : candidates
    const words = all.map(({ identityId, rule, score }) => `${rule} ${score} → ${identityId.at(-1)}`)
    return [decision.is, ...words]
  }

  it.each([
    ['nobody has it', account(), {}, ['create']],
    ['nobody has it, and identities are not made', account({ mayCreate: false }), {}, ['orphan']],
    ['a verified address on both sides', account(), { email: [holder()] }, ['link', 'email 100 → 1']],
    [
      'verified here only',
      account(),
      { email: [holder({ trusted: false })] },
      ['review', 'email_unverified 45 → 1'],
    ],
    [
      'verified there only: whoever registers with it gets nothing',
      account({ keys: [claimed] }),
      { email: [holder()] },
      ['review', 'email_unverified 45 → 1'],
    ],
    [
      'one proven account beside a claimed one',
      account(),
      { email: [holder({ trusted: false }), holder()] },
      ['link', 'email 100 → 1'],
    ],
    [
      'two identities',
      account(),
      { email: [holder(), holder({ identityId: two })] },
      ['review', 'email 100 → 1', 'email 100 → 2'],
    ],
    [
      'its account is gone: the address may have a new owner',
      account(),
      { email: [holder({ isStale: true })] },
      ['review', 'email 60 → 1'],
    ],
    [
      'the identity is disabled',
      account(),
      { email: [holder({ isDisabled: true })] },
      ['review', 'email 60 → 1'],
    ],
    [
      'an admin said it is not the same',
      account({ apart: new Set([one]) }),
      { email: [holder()] },
      ['create'],
    ],
    [
      'an admin took it away',
      account({ isHeldApart: true }),
      { email: [holder()] },
      ['review', 'email 100 → 1'],
    ],
    ['an admin took it away, nobody has it', account({ isHeldApart: true }), {}, ['orphan']],
    ['a service account', account({ isService: true }), { email: [holder()] }, ['orphan']],
    ['an account that is gone', account({ isStale: true }), { email: [holder()] }, ['orphan']],
    ['linked in peace', account({ identityId: one }), { email: [holder()] }, ['linked']],
    [
      'linked, and another identity is surely the same',
      account({ identityId: one }),
      { email: [holder(), holder({ identityId: two })] },
      ['linked', 'email 100 → 2'],
    ],
    [
      'linked, and another may be the same',
      account({ identityId: one, keys: [claimed] }),
      { email: [holder({ identityId: two })] },
      ['linked'],
    ],
    [
      'a name elsewhere',
      account({ keys: [name] }),
      { name_domain: [holder()] },
      ['review', 'name_domain 30 → 1'],
    ],
    [
      'a name in the same connection',
      account({ keys: [name] }),
      { name_domain: [holder({ connectionId: 'here' })] },
      ['create'],
    ],
    [
      'a name and an unverified address',
      account({ keys: [claimed, name] }),
      { email: [holder()], name_domain: [holder()] },
      ['review', 'email_unverified 50 → 1'],
    ],
    [
      'a sure one beside a doubtful one',
      account({ keys: [email, name] }),
      { email: [holder()], name_domain: [holder({ identityId: two })] },
      ['link', 'email 100 → 1'],
    ],
    [
      'a name everybody has',
      account({ keys: [name] }),
      { name_domain: [1, 2, 3, 4, 5, 6].map((id) => holder({ identityId: `i-${id}` })) },
      ['create'],
    ],
    [
      'a number the user entered',
      account({ keys: [number('7', false)] }),
      { employee_id: [holder()] },
      ['review', 'employee_id_claimed 50 → 1'],
    ],
  ] as const)('%s', (_, of, holders, expected) => {
    expect(said(of, holders)).toEqual(expected)
  })

  it('numbers that differ speak against an equal address', () => {
    const of = account({ keys: [email, number('7')] })
    expect(said(of, { email: [holder()] }, { [one]: ['8'] })).toEqual(['review', 'email 60 → 1'])
    expect(said(of, { email: [holder()] }, { [one]: ['8', '7'] })).toEqual(['link', 'email 100 → 1'])
    expect(said(of, { email: [holder()] })).toEqual(['link', 'email 100 → 1'])
  })

  it('at most five candidates are shown', () => {
    const many = Array.from({ length: 9 }, (_, place) => holder({ identityId: `i-${place}` }))
    expect(said(account(), { email: many })).toHaveLength(6)
  })

  it('those of one batch find each other', () => {
    let next = 0
    const decided = decideBatch(
      [
        account({ accountId: 'a' }),
        account({ accountId: 'b' }),
        account({ accountId: 'c', keys: [claimed] }),
        account({ accountId: 'd', keys: [email, number('7')] }),
        account({ accountId: 'e', keys: [email, number('8')] }),
      ],
      [],
      [],
      () => `new-${(next += 1)}`,
    )
    expect(decided.map(({ decision, identityId }) => `${decision.is} ${identityId}`)).toEqual([
      'create new-1',
      'link new-1',
      'review null',
      'link new-1',
      'review null',
    ])
  })
})
