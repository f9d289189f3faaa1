import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { Secret, systemClock } from '@owlie/connector-kit'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function pair(bits = 2048) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    jwk: publicKey.export({ format: 'jwk' }) as JsonWebKey,
  }
}
const own = pair()

function session(pem: string, options: SessionOptions = {}, config: Record<string, string> = {}) {
  const one = openSession(sandbox, sandbox.applications.keyJwt, options)
  opened.push(one)
  return { ...one, config: { ...one.config, ...config }, secrets: { privateKey: new Secret(pem) } }
}

const tokens = () =>
  sandbox.requests.entries.filter(({ route }) => route === '/oauth/token').map(({ status }) => status)

beforeAll(async () => {
  sandbox = await startSandbox({ users: 30, roles: 2, organizations: 1, indexLagMs: 0 })
  sandbox.addPublicKey(sandbox.applications.keyJwt.clientId, own.jwk)
})
afterEach(async () => {
  sandbox.faults.clear()
  sandbox.clock.reset()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

test('a token by a signed assertion, no secret sent, and again for the next one', async () => {
  const reading = session(own.pem)
  const { scopes } = sandbox.applications.keyJwt
  expect(await auth0.grantedScopes(reading)).toEqual({ scopes })
  for (let round = 0; round < 2; round++) {
    const result = await auth0.read.roles!(reading, { cursor: null })
    expect(result).toMatchObject({ page: { end: { is: 'complete' } } })
    sandbox.rejectIssuedTokens()
  }
  expect(tokens().slice(-2)).toEqual([200, 200])
})

test('with a key id, and through the connection test', async () => {
  const rows = await auth0.test(session(own.pem))
  expect(rows.filter(({ status }) => status === 'failed')).toEqual([])
  expect(await auth0.grantedScopes(session(own.pem, {}, { keyId: 'any' }))).toHaveProperty('scopes')
})

test('a key Auth0 does not know is refused with what to look at', async () => {
  expect(await auth0.grantedScopes(session(pair().pem))).toMatchObject({
    failure: { kind: 'credential', code: 'auth0.assertion_refused', field: 'privateKey', status: 401 },
  })
})

test.each([
  ['nothing like a key', 'this is not a key at all, only some words that were typed instead'],
  ['a public key', createPublicKey(own.pem).export({ type: 'spki', format: 'pem' }) as string],
  ['too short a key', pair(1024).pem],
  [
    'a key of another kind',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  ],
])('%s is said before anything is sent', async (_, pem) => {
  const before = sandbox.requests.total
  const answer = await auth0.grantedScopes(session(pem))
  expect(answer).toMatchObject({ failure: { kind: 'config', code: 'privateKey.malformed' } })
  expect(JSON.stringify(answer)).not.toContain(pem.slice(-60, -40))
  expect(sandbox.requests.total).toBe(before)
})

test('an answer that got lost: asked again with a new assertion, because one may be used once', async () => {
  sandbox.faults.add({ match: { route: '/oauth/token' }, times: 1, effect: { kind: 'drop', when: 'after' } })
  const clock = { ...systemClock, sleep: () => Promise.resolve() }
  expect(await auth0.grantedScopes(session(own.pem, { clock }))).toHaveProperty('scopes')
})

test('a clock that is wrong by minutes: the second assertion has the time of the answer', async () => {
  const clock = { ...systemClock, now: () => Date.now() - 10 * 60_000 }
  expect(await auth0.grantedScopes(session(own.pem, { clock }))).toHaveProperty('scopes')
  expect(tokens().slice(-2)).toEqual([401, 200])
})
