import { expect, test } from 'vitest'
import { checkConfig } from './config.ts'

const good = { domain: 'tenant.us.auth0.com', clientId: 'AbC123_-x', scopes: 'read:users' }

function codes(change: Partial<typeof good>) {
  return checkConfig({ ...good, ...change }, ['localhost:8443']).failures.map(
    ({ code, field, suggestion }) => [field, code, suggestion],
  )
}

test('what is right stays, what is sloppy is put right', () => {
  expect(checkConfig(good, [])).toEqual({ config: good, failures: [] })
  const sloppy = {
    domain: ' Tenant.US.auth0.com ',
    clientId: ' AbC123_-x\n',
    scopes: ' read:users,read:roles ',
  }
  expect(checkConfig(sloppy, [])).toEqual({
    config: { ...good, scopes: 'read:users read:roles' },
    failures: [],
  })
})

test('a listed host with a port is right', () => {
  expect(checkConfig({ ...good, domain: 'localhost:8443' }, ['localhost:8443']).failures).toEqual([])
})

test.each([
  [{ domain: '' }, 'domain', 'domain.empty', undefined],
  [{ domain: 'https://tenant.us.auth0.com/' }, 'domain', 'domain.scheme', 'tenant.us.auth0.com'],
  [{ domain: 'tenant.us.auth0.com:443' }, 'domain', 'domain.port', 'tenant.us.auth0.com'],
  [{ domain: 'login.example.com' }, 'domain', 'domain.not_allowed', undefined],
  [{ domain: 'localhost:8444' }, 'domain', 'domain.port', undefined],
  [
    { domain: 'https://manage.auth0.com/dashboard/us/acme/applications' },
    'domain',
    'domain.dashboard',
    'acme.us.auth0.com',
  ],
  [{ domain: 'manage.auth0.com' }, 'domain', 'domain.dashboard', undefined],
  [{ clientId: '' }, 'clientId', 'clientId.empty', undefined],
  [{ clientId: 'has space' }, 'clientId', 'clientId.malformed', undefined],
  [{ clientId: 'me@example.com' }, 'clientId', 'clientId.malformed', undefined],
  [{ scopes: ' , ' }, 'scopes', 'scopes.empty', undefined],
  [{ scopes: '"read:users"' }, 'scopes', 'scopes.malformed', undefined],
])('%j is refused beside its field', (change, field, code, suggestion) => {
  expect(codes(change)).toEqual([[field, code, suggestion]])
})

test('every fault is named at once', () => {
  expect(codes({ domain: '', clientId: '', scopes: '' })).toHaveLength(3)
})
