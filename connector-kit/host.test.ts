import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkHost } from './host.ts'

const policy = {
  suffixes: ['auth0.com'],
  extra: ['localhost:8443', 'idp.internal', '10.0.0.7:9443', 'plain.internal:443'],
}

function verdict(input: string) {
  const result = checkHost(input, policy)
  return 'failure' in result ? [result.failure.code, result.failure.suggestion] : result.host
}

describe('accepted', () => {
  test.each([
    ['tenant.us.auth0.com', 'tenant.us.auth0.com'],
    ['tenant.auth0.com', 'tenant.auth0.com'],
    ['dev-1a2b.eu.auth0.com', 'dev-1a2b.eu.auth0.com'],
    ['localhost:8443', 'localhost:8443'],
    ['idp.internal', 'idp.internal'],
    ['idp.internal:443', 'idp.internal'],
    ['plain.internal', 'plain.internal'],
    ['10.0.0.7:9443', '10.0.0.7:9443'],
  ])('%s', (input, host) => {
    expect(verdict(input)).toBe(host)
  })

  test('only a listed host may be private', () => {
    expect(checkHost('localhost:8443', policy)).toMatchObject({
      hostname: 'localhost',
      port: 8443,
      listed: true,
    })
    expect(checkHost('t.auth0.com', policy)).toMatchObject({
      hostname: 't.auth0.com',
      port: 443,
      listed: false,
    })
  })
})

const tenant = 'tenant.us.auth0.com'

describe('refused, with the corrected value where there is one', () => {
  test.each([
    ['', 'domain.empty', undefined],
    ['https://tenant.us.auth0.com/', 'domain.scheme', tenant],
    ['http://tenant.us.auth0.com', 'domain.scheme', tenant],
    ['HTTPS://Tenant.US.auth0.com/path?x#y', 'domain.scheme', tenant],
    ['//tenant.us.auth0.com', 'domain.scheme', tenant],
    ['ftp://tenant.us.auth0.com', 'domain.scheme', tenant],
    ['tenant.us.auth0.com/', 'domain.path', tenant],
    ['tenant.us.auth0.com/api/v2', 'domain.path', tenant],
    ['tenant.us.auth0.com\\@evil.example', 'domain.user_info', tenant],
    ['tenant.us.auth0.com:443', 'domain.port', tenant],
    ['tenant.us.auth0.com:8443', 'domain.port', tenant],
    ['me@tenant.us.auth0.com', 'domain.user_info', tenant],
    ['me:pw@tenant.us.auth0.com', 'domain.user_info', tenant],
    ['tenant.us.auth0.com@evil.example', 'domain.user_info', undefined],
    ['tenant.us.auth0.com?x=1', 'domain.query', tenant],
    ['tenant.us.auth0.com#x', 'domain.query', tenant],
    [' tenant.us.auth0.com', 'domain.whitespace', tenant],
    ['tenant.us.auth0.com\n', 'domain.whitespace', tenant],
    ['tenant\u200b.us.auth0.com', 'domain.whitespace', tenant],
    ['tenant.us.auth0.com\u0000.evil.example', 'domain.whitespace', undefined],
    ['Tenant.us.auth0.com', 'domain.upper_case', tenant],
    ['tenant.us.auth0.com.', 'domain.trailing_dot', tenant],
    ['127.0.0.1', 'domain.ip_address', undefined],
    ['2130706433', 'domain.ip_address', undefined],
    ['0x7f000001', 'domain.ip_address', undefined],
    ['0x7f.0.0.1', 'domain.ip_address', undefined],
    ['017700000001', 'domain.ip_address', undefined],
    ['127.1', 'domain.ip_address', undefined],
    ['127.0.0.1.', 'domain.trailing_dot', undefined],
    ['[::1]', 'domain.ip_address', undefined],
    ['::1', 'domain.ip_address', undefined],
    ['[::ffff:127.0.0.1]', 'domain.ip_address', undefined],
    ['[::ffff:7f00:1]:443', 'domain.ip_address', undefined],
    ['169.254.169.254', 'domain.ip_address', undefined],
    ['xn--tnant-esa.auth0.com', 'domain.punycode', undefined],
    ['tënant.auth0.com', 'domain.not_ascii', undefined],
    ['tenant。auth0。com', 'domain.not_ascii', undefined],
    ['１２７.0.0.1', 'domain.not_ascii', undefined],
    [`${'a.'.repeat(130)}auth0.com`, 'domain.too_long', undefined],
    [`${'a'.repeat(64)}.auth0.com`, 'domain.malformed', undefined],
    ['-a.auth0.com', 'domain.malformed', undefined],
    ['a..auth0.com', 'domain.malformed', undefined],
    ['te_nant.auth0.com', 'domain.malformed', undefined],
    ['auth0.com', 'domain.not_allowed', undefined],
    ['tenantauth0.com', 'domain.not_allowed', undefined],
    ['tenant.auth0.com.evil.example', 'domain.not_allowed', undefined],
    ['localhost', 'domain.not_allowed', undefined],
    ['localhost:8444', 'domain.port', undefined],
    ['https://localhost:8443', 'domain.scheme', 'localhost:8443'],
    ['https://localhost:8443/', 'domain.scheme', 'localhost:8443'],
    ['LOCALHOST:8443', 'domain.port', 'localhost:8443'],
    ['https://localhost:8444/', 'domain.scheme', undefined],
    ['metadata.google.internal', 'domain.not_allowed', undefined],
    ['10.0.0.7', 'domain.ip_address', undefined],
  ])('%j', (input, code, suggestion) => {
    expect(verdict(input)).toEqual([code, suggestion])
  })
})

test('whatever is accepted is read by the URL parser as exactly the accepted host', () => {
  const piece = fc.constantFrom(
    'tenant',
    '.',
    'auth0.com',
    '@',
    ':',
    '/',
    '\\',
    '#',
    '?',
    '%2e',
    '.us',
    '443',
    ' ',
    '[::1]',
    '\t',
    '。',
    'https://',
  )
  const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(
      fc.oneof(
        hostile,
        hostile.map((text) => `${text}.auth0.com`),
        fc.string(),
      ),
      (input) => {
        const result = checkHost(input, policy)
        if ('failure' in result) {
          expect(result.failure.field).toBe('domain')
          const { suggestion } = result.failure
          if (suggestion !== undefined)
            expect(checkHost(suggestion, policy)).toMatchObject({ host: suggestion })
          return
        }
        const url = new URL(`https://${result.host}/`)
        expect(url.host).toBe(result.host)
        expect(url.username + url.password + url.search + url.hash + url.pathname).toBe('/')
        expect(result.listed || result.host.endsWith('.auth0.com')).toBe(true)
      },
    ),
    { numRuns: 2000 },
  )
})
