import { expect, test } from 'vitest'
import { tokenFailure } from './token.ts'

const tenant = 'tenant.us.auth0.com'
const now = 1_800_000_000_000

function failure(status: number, body: unknown, headers: Record<string, string> = {}, domain = tenant) {
  return tokenFailure(status, body, new Headers(headers), domain, now)
}

test.each([
  [401, { error: 'access_denied', error_description: 'Unauthorized' }, 'auth0.unauthorized', 'credential'],
  [401, { error: 'invalid_client' }, 'auth0.unauthorized', 'credential'],
  [403, { error: 'access_denied' }, 'auth0.not_authorized_for_management_api', 'permission'],
  [403, { error: 'unauthorized_client' }, 'auth0.grant_type_not_allowed', 'credential'],
  [400, { error: 'invalid_request' }, 'auth0.token_request_rejected', 'rejected'],
  [400, { error: 'unsupported_grant_type' }, 'auth0.token_request_rejected', 'rejected'],
  [404, { message: 'Not found' }, 'auth0.not_a_tenant', 'config'],
  [401, '<html>', 'auth0.not_a_tenant', 'config'],
  [429, { error: 'too_many_requests' }, 'http.throttled', 'throttled'],
  [503, null, 'http.unavailable', 'unavailable'],
] as const)('%i %j is %s', (status, body, code, kind) => {
  expect(failure(status, body)).toMatchObject({ code, kind })
})

test('the words are those people search for', () => {
  expect(failure(401, { error: 'access_denied' }).remedy).toBe(
    'Check Client ID, Client Secret and the tenant domain.',
  )
  expect(failure(403, { error: 'access_denied' }).message).toBe(
    'The application is not authorized for the Management API (or only for a custom API): authorize it.',
  )
})

test('the description never decides and is never shown', () => {
  const misleading = failure(403, {
    error: 'access_denied',
    error_description: "Grant type 'x' not allowed <secret>",
  })
  expect(misleading.code).toBe('auth0.not_authorized_for_management_api')
  expect(JSON.stringify(misleading)).not.toContain('<secret>')
})

test('below auth0.com the cause of a 403 is certain, for a listed host it may be a custom domain', () => {
  expect(failure(403, { error: 'access_denied' })).toMatchObject({ field: 'clientId' })
  const listed = failure(403, { error: 'access_denied' }, {}, 'login.example.com')
  expect(listed.field).toBe('domain')
  expect(listed.remedy).toContain('custom domain')
})

test('a used-up token quota is told from a rate limit by its header', () => {
  const headers = { 'auth0-client-quota-limit': 'b=per_hour;q=10;r=0;t=60', 'retry-after': '60' }
  expect(failure(429, { error: 'too_many_requests' }, headers)).toMatchObject({
    code: 'auth0.token_quota',
    kind: 'throttled',
    notBefore: now + 60_000,
  })
})
