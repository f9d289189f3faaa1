import { expect, test } from 'vitest'
import { failureOfError } from './network-failure.ts'

test.each([
  ['ENOTFOUND', 'dns', 'dns.not_found'],
  ['EAI_AGAIN', 'dns', 'dns.unavailable'],
  ['SOMETHING', 'dns', 'dns.unavailable'],
  ['CERT_HAS_EXPIRED', 'connect', 'tls.expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'connect', 'tls.wrong_host'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'connect', 'tls.untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'request', 'tls.untrusted'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'request', 'tls.protocol'],
  ['EPROTO', 'request', 'tls.protocol'],
  ['ECONNREFUSED', 'request', 'net.refused'],
  ['EHOSTUNREACH', 'request', 'net.unreachable'],
  ['ECONNRESET', 'request', 'net.reset'],
  ['ECONNRESET', 'body', 'http.truncated'],
  ['UND_ERR_CONNECT_TIMEOUT', 'request', 'net.timeout'],
  ['HPE_INVALID_CONSTANT', 'request', 'http.protocol'],
  ['', 'request', 'net.reset'],
] as const)('%s in phase %s is %s', (code, phase, expected) => {
  const error = new Error('x', { cause: Object.assign(new Error('y'), code === '' ? {} : { code }) })
  const { failure } = failureOfError(error, 'h', phase)
  expect(failure.code).toBe(expected)
  expect(failure.message).not.toBe('')
  expect(failure.remedy).not.toBe('')
})
