import { expect, it } from 'vitest'
import { requestText } from './request-text.ts'

it('asks the Auth0 administrator for exactly what is entered', () => {
  const text = requestText(' tenant.us.auth0.com ', ['read:users', 'read:roles'])
  expect(text).toContain('Tenant: tenant.us.auth0.com\n')
  expect(text).toContain('audience https://tenant.us.auth0.com/api/v2/')
  expect(text).toContain('exactly these:\n  read:users\n  read:roles\n')
  expect(text).toContain('Machine to Machine')
})

it('never puts something that is no domain into the audience', () => {
  expect(requestText('https://x/y z', [])).toContain('https://YOUR_TENANT_DOMAIN/api/v2/')
})
