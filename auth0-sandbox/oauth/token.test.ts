import {
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  createLocalJWKSet,
  SignJWT,
  type JSONWebKeySet,
} from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, credentialsOf, fetchOf, openClient, requestToken } from '../test/api-client.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ users: 5, roles: 2, organizations: 2 })
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

test('answers with a JWT that its own key set verifies, and with the granted scopes', async () => {
  const { full } = sandbox.applications
  const { status, body } = await requestToken(sandbox, credentialsOf(sandbox, full))
  expect(status).toBe(200)
  expect(body).toMatchObject({ scope: full.scopes.join(' '), expires_in: 86_400, token_type: 'Bearer' })
  const keys = (await (
    await fetchOf(sandbox)(`${sandbox.url}/.well-known/jwks.json`)
  ).json()) as JSONWebKeySet
  const { payload } = await jwtVerify(body.access_token, createLocalJWKSet(keys), {
    issuer: `https://${sandbox.domain}/`,
    audience: `https://${sandbox.domain}/api/v2/`,
    subject: `${full.clientId}@clients`,
  })
  expect(payload).toMatchObject({
    azp: full.clientId,
    gty: 'client-credentials',
    scope: full.scopes.join(' '),
  })
})

test('takes JSON as well as a form, and Basic where the application is set so', async () => {
  const { readOnly, basicAuth } = sandbox.applications
  const json = await requestToken(sandbox, credentialsOf(sandbox, readOnly), { json: true })
  expect(json.status).toBe(200)
  const authorization = `Basic ${Buffer.from(`${basicAuth.clientId}:${basicAuth.clientSecret}`).toString('base64')}`
  const { client_id: _i, client_secret: _s, ...fields } = credentialsOf(sandbox, basicAuth)
  expect((await requestToken(sandbox, fields, { headers: { authorization } })).status).toBe(200)
  expect((await requestToken(sandbox, credentialsOf(sandbox, basicAuth))).status).toBe(401)
})

test.each([
  ['wrong secret', { client_secret: 'no' }, 401, 'access_denied', 'Unauthorized'],
  ['unknown client', { client_id: 'nobody' }, 401, 'access_denied', 'Unauthorized'],
  ['no grant type', { grant_type: '' }, 400, 'invalid_request', 'Missing required parameter: grant_type'],
  [
    'other grant type',
    { grant_type: 'password' },
    400,
    'unsupported_grant_type',
    'Unsupported grant type: password',
  ],
  [
    'unknown audience',
    { audience: 'https://nowhere/' },
    403,
    'access_denied',
    'Service not found: https://nowhere/',
  ],
  [
    'scope not granted',
    { scope: 'read:users read:logs' },
    403,
    'access_denied',
    'Client has not been granted scopes: read:logs',
  ],
])('%s', async (_name, change, status, error, description) => {
  const answer = await requestToken(sandbox, {
    ...credentialsOf(sandbox, sandbox.applications.readOnly),
    ...change,
  })
  expect(answer.status).toBe(status)
  expect(answer.body).toEqual({ error, error_description: description })
})

test('the audience needs its trailing slash', async () => {
  const fields = credentialsOf(sandbox, sandbox.applications.readOnly)
  const audience = fields['audience']!.slice(0, -1)
  const answer = await requestToken(sandbox, { ...fields, audience })
  expect(answer.body.error_description).toBe(`Service not found: ${audience}`)
})

test.each(['customApi', 'unauthorized'] as const)(
  '%s: not authorized for the Management API',
  async (name) => {
    const answer = await requestToken(sandbox, credentialsOf(sandbox, sandbox.applications[name]))
    expect(answer.status).toBe(403)
    expect(answer.body.error).toBe('access_denied')
    expect(answer.body.error_description).toBe(
      `Client is not authorized to access "https://${sandbox.domain}/api/v2/". You need to create a "client-grant" associated to this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants`,
    )
  },
)

test('a client for a custom API gets a token for that, which the Management API refuses', async () => {
  const { customApi } = sandbox.applications
  const fields = { ...credentialsOf(sandbox, customApi), audience: 'https://portal.example/api' }
  const { body } = await requestToken(sandbox, fields)
  const answer = await fetchOf(sandbox)(`${sandbox.url}/api/v2/users`, {
    headers: { authorization: `Bearer ${body.access_token}` },
  })
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({
    statusCode: 401,
    error: 'Unauthorized',
    message: 'Invalid token',
  })
})

test('the grant type can be off', async () => {
  const answer = await requestToken(sandbox, credentialsOf(sandbox, sandbox.applications.noGrantType))
  expect(answer.status).toBe(403)
  expect(answer.body).toEqual({
    error: 'unauthorized_client',
    error_description: "Grant type 'client_credentials' not allowed for the client.",
    error_uri: 'https://auth0.com/docs/clients/client-grant-types',
  })
})

test('no scopes granted: a token without scope, good for nothing', async () => {
  const { body } = await requestToken(sandbox, credentialsOf(sandbox, sandbox.applications.none))
  expect(body).not.toHaveProperty('scope')
  const answer = await (await openClient(sandbox, sandbox.applications.none)).get('/users')
  expect(answer.body).toEqual({
    statusCode: 403,
    error: 'Forbidden',
    message: 'Insufficient scope, expected any of: read:users',
    errorCode: 'insufficient_scope',
  })
})

test('a scope granted later needs a new token', async () => {
  const application = sandbox.addApplication({ scopes: ['read:users'] })
  const before = await openClient(sandbox, application)
  sandbox.grantScopes(application.clientId, ['read:users', 'read:roles'])
  expect((await before.get('/roles')).status).toBe(403)
  expect((await (await openClient(sandbox, application)).get('/roles')).status).toBe(200)
})

test('private_key_jwt: signed assertions are taken once, within their time', async () => {
  const { keyJwt } = sandbox.applications
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  sandbox.addPublicKey(keyJwt.clientId, (await exportJWK(publicKey)) as JsonWebKey)
  const assertion = (jti: string, seconds = 60, audience = `https://${sandbox.domain}/`): Promise<string> =>
    new SignJWT({ jti })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(keyJwt.clientId)
      .setSubject(keyJwt.clientId)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .sign(privateKey)
  const ask = async (client_assertion: string): Promise<number> => {
    const { client_secret: _s, ...fields } = credentialsOf(sandbox, keyJwt)
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return (await requestToken(sandbox, { ...fields, client_assertion, client_assertion_type: type })).status
  }
  const first = await assertion('one')
  expect(await ask(first)).toBe(200)
  expect(await ask(first)).toBe(401)
  expect(await ask(await assertion('two', 600))).toBe(401)
  expect(await ask(await assertion('three', 60, 'https://elsewhere/'))).toBe(401)
  const secret = await requestToken(sandbox, credentialsOf(sandbox, keyJwt))
  expect(secret.status).toBe(401)
})

test('a token quota is spent and comes back with the hour', async () => {
  const application = sandbox.addApplication({ scopes: ['read:users'], tokensPerHour: 1 })
  const fields = credentialsOf(sandbox, application)
  expect((await requestToken(sandbox, fields)).status).toBe(200)
  const refused = await requestToken(sandbox, fields)
  expect(refused.status).toBe(429)
  expect(refused.body).toEqual({ error: 'too_many_requests', error_description: 'Client quota exceeded' })
  expect(refused.headers.get('auth0-client-quota-limit')).toMatch(/^b=per_hour;q=1;r=0;t=\d+$/)
  sandbox.clock.advance(Number(refused.headers.get('retry-after')) * 1000)
  expect((await requestToken(sandbox, fields)).status).toBe(200)
})

test('bearer tokens: missing, malformed, foreign, expired, rejected', async () => {
  const client = await openClient(sandbox)
  const message = async (authorization?: string): Promise<string> => {
    const answer = await fetchOf(sandbox)(`${sandbox.url}/api/v2/users`, {
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
    return ((await answer.json()) as { message: string }).message
  }
  expect(await message()).toBe('Missing authentication')
  expect(await message('Bearer')).toBe('Bad HTTP authentication header format')
  expect(await message('Bearer abc')).toBe('Invalid token')
  const { privateKey } = await generateKeyPair('RS256')
  const forged = await new SignJWT(decodeJwt(client.token))
    .setProtectedHeader({ alg: 'RS256' })
    .sign(privateKey)
  expect(await message(`Bearer ${forged}`)).toBe('Invalid signature received for JSON Web Token validation')
  expect((await client.get('/users?per_page=1')).status).toBe(200)
  sandbox.clock.advance(86_400_000)
  expect(await message(`Bearer ${client.token}`)).toBe('Expired token received for JSON Web Token validation')
  const next = await openClient(sandbox)
  expect((await next.get('/users?per_page=1')).status).toBe(200)
  sandbox.rejectIssuedTokens()
  expect(await message(`Bearer ${next.token}`)).toBe('Invalid token')
})
