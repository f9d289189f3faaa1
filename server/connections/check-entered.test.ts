import { Secret } from '@owlie/connector-kit'
import { describe, expect, test } from 'vitest'
import { checkEntered } from './check-entered.ts'
import { checkName, nameTaken } from './check-name.ts'
import { scriptedConnector } from './test/scripted-connector.ts'

const connector = scriptedConnector(async () => [])
const good = { domain: 'a.auth0.com', clientId: 'c1' }
const check = (config: Record<string, string>, secrets: Record<string, string> = {}, saved = {}) =>
  checkEntered(connector, ['localhost:4321'], saved, {
    config,
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, plain]) => [name, new Secret(plain)])),
  })
const key = `-----BEGIN ${'PRIVATE'} KEY-----\nMIIE`

describe('what was entered', () => {
  test.each<[string, Record<string, string>, Record<string, string>, [string | undefined, string][]]>([
    ['nothing wrong', good, { clientSecret: 's' }, []],
    ['a listed host with a port', { ...good, domain: 'localhost:4321' }, {}, []],
    ['an unlisted private host', { ...good, domain: 'localhost' }, {}, [['domain', 'domain.not_allowed']]],
    ['an address', { ...good, domain: '127.0.0.1' }, {}, [['domain', 'domain.ip_address']]],
    ['a required field left empty', { domain: 'a.auth0.com' }, {}, [['clientId', 'connection.required']]],
    [
      'everything wrong at once, in the order of the form',
      { note: key, domain: 'https://a.auth0.com/x' },
      {},
      [
        ['domain', 'domain.scheme'],
        ['clientId', 'connection.required'],
        ['note', 'connection.secret_in_wrong_field'],
      ],
    ],
    [
      'a secret sent in plain',
      { ...good, clientSecret: 'hunter2' },
      {},
      [['clientSecret', 'connection.secret_as_text']],
    ],
    ['a field nobody knows', { ...good, colour: 'red' }, {}, [[undefined, 'connection.unknown_field']]],
    ['a text field sent as a secret', good, { note: 'x' }, [[undefined, 'connection.unknown_field']]],
    ['prototype names', { ...good, constructor: 'x' }, {}, [[undefined, 'connection.unknown_field']]],
    ['a document', { ...good, note: 'x'.repeat(8193) }, {}, [['note', 'connection.too_long']]],
    [
      'a secret of a megabyte',
      good,
      { clientSecret: 'x'.repeat(1e6) },
      [['clientSecret', 'connection.too_long']],
    ],
  ])('%s', (_what, config, secrets, expected) => {
    const { failures } = check(config, secrets)
    expect(failures.map((failure) => [failure.field, failure.code])).toEqual(expected)
    for (const failure of failures) expect(failure.remedy).not.toBe('')
    expect(JSON.stringify(failures)).not.toMatch(/hunter2|MIIE|xxxxx/)
  })

  test('the corrected domain is offered', () => {
    const { failures } = check({ ...good, domain: 'https://tenant.us.auth0.com/api/v2/' })
    expect(failures[0]).toMatchObject({ field: 'domain', suggestion: 'tenant.us.auth0.com' })
  })

  test('entered values lie over saved ones, secrets are trimmed, empty ones were not entered', () => {
    const checked = check({ note: ' n ' }, { clientSecret: ' s3cret\n' }, good)
    expect(checked.config).toEqual({ ...good, note: 'n' })
    expect(checked.secrets['clientSecret']!.reveal()).toBe('s3cret')
    expect(check({}, { clientSecret: ' \n' }, good).secrets).toEqual({})
  })
})

describe('names', () => {
  test.each([
    ['Auth0 production', 'Auth0 production', null],
    ['  two \n blanks  ', 'two blanks', null],
    ['Zürich 東京 ✓', 'Zürich 東京 ✓', null],
    ['x'.repeat(64), 'x'.repeat(64), null],
    ['', '', 'connection.name_empty'],
    [' \t ', '', 'connection.name_empty'],
    ['x'.repeat(65), 'x'.repeat(65), 'connection.name_too_long'],
    ['a\u200bb', 'a\u200bb', 'connection.name_invisible'],
    ['a\u0000b', 'a\u0000b', 'connection.name_invisible'],
    ['--json', '--json', 'connection.name_dash'],
    [
      '00000000-0000-4000-8000-000000000000',
      '00000000-0000-4000-8000-000000000000',
      'connection.name_like_an_id',
    ],
    [key.split('\n')[0]!, key.split('\n')[0]!, 'connection.name_like_a_secret'],
  ])('%j', (typed, name, code) => {
    const checked = checkName(typed)
    expect(checked.name).toBe(name)
    expect(checked.failures.map((failure) => failure.code)).toEqual(code === null ? [] : [code])
  })

  test('two spellings of one letter are one name', () => {
    expect(checkName('Zu\u0308rich').name).toBe(checkName('Zürich').name)
  })

  test('a taken name comes with a free one', () => {
    expect(nameTaken('Auth0', ['auth0', 'AUTH0 2'])).toMatchObject({
      code: 'connection.name_taken',
      kind: 'conflict',
      field: 'name',
      suggestion: 'Auth0 3',
    })
  })
})
