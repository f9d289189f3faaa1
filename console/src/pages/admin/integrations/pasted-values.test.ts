import { expect, it } from 'vitest'
import { readPasted } from './pasted-values.ts'

const all = {
  domain: 'tenant.us.auth0.com',
  clientId: 'abc',
  clientSecret: 's3cr=t#x',
  scopes: 'read:users read:roles',
}

it('reads an .env block', () => {
  const text = `
# Auth0
AUTH0_DOMAIN=tenant.us.auth0.com
export AUTH0_CLIENT_ID="abc"
AUTH0_CLIENT_SECRET='s3cr=t#x'
AUTH0_SCOPES="read:users read:roles"
`
  expect(readPasted(text)).toEqual(all)
})

it('reads JSON, with the tenant in the audience and scopes as a list', () => {
  const text = JSON.stringify({
    client_id: 'abc',
    client_secret: 's3cr=t#x',
    audience: 'https://tenant.us.auth0.com/api/v2/',
    grant_type: 'client_credentials',
    scope: ['read:users', 'read:roles'],
  })
  expect(readPasted(text)).toEqual(all)
  expect(readPasted(`const options = ${text};`)).toEqual(all)
})

it('takes a URL as the domain it names', () => {
  expect(readPasted('ISSUER_BASE_URL=https://tenant.us.auth0.com/\nCLIENT_ID=abc')).toEqual({
    domain: 'tenant.us.auth0.com',
    clientId: 'abc',
  })
})

it('reads labels and values as they are printed at the first start', () => {
  const text = `
  Auth0 Domain   localhost:4443
  Client ID      abc
  Client Secret  s3cr=t#x
  Scopes         read:users read:roles
`
  expect(readPasted(text)).toEqual({ ...all, domain: 'localhost:4443' })
})

it('leaves a plain value alone', () => {
  for (const text of [
    'tenant.us.auth0.com',
    'https://tenant.us.auth0.com/',
    'read:users read:roles',
    's3cr=t',
    '',
    '{',
    '{"a":1}',
    'read:users\nread:roles',
  ])
    expect(readPasted(text)).toBeNull()
})
