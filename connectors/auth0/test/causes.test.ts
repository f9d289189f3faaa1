import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { type CertificateKind, type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { type Check, failureRules, Secret, type Session, systemClock } from '@owlie/connector-kit'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from '../capabilities.ts'
import { auth0 } from '../index.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

/**
 * How well a connection test names what is wrong: one row per cause that people meet, with the row of the report that
 * must tell it, the code, and words of the remedy that lead to mending exactly this.
 */
interface Cause {
  readonly what: string
  readonly row: string
  readonly status?: Check['status']
  readonly code: string
  readonly remedy: string | RegExp
  readonly open: () => Session | Promise<Session>
}

type ApplicationName = keyof Sandbox['applications']

let sandbox: Sandbox
const closing: (() => Promise<unknown>)[] = []
const everyScope = [...new Set(capabilities.flatMap(({ scopes }) => scopes))]
const small = { users: 3, roles: 1, organizations: 1 }

beforeAll(async () => {
  sandbox = await startSandbox({ users: 20, roles: 3, organizations: 3, indexLagMs: 0 })
})
afterEach(async () => {
  sandbox.faults.clear()
  sandbox.clock.reset()
  await Promise.all(closing.splice(0).map((close) => close()))
})
afterAll(() => sandbox.close())

function session(application: ApplicationName = 'full', options: SessionOptions = {}, tenant = sandbox) {
  const one = openSession(tenant, tenant.applications[application], { random: () => 0, ...options })
  closing.push(() => one.http.close())
  return one
}

function at(domain: string, options: SessionOptions = {}): Session {
  const one = session('full', options)
  return { ...one, config: { ...one.config, domain } }
}

/** Below auth0.com with answers of our own from the name server. */
const resolving = (lookup: () => Promise<readonly string[]>) => at('tenant.us.auth0.com', { lookup })
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

async function certified(certificate: CertificateKind): Promise<Session> {
  const tenant = await startSandbox({ ...small, certificate })
  closing.push(() => tenant.close())
  return session('full', {}, tenant)
}

function faulty(route: string, effect: FaultEffect, options: SessionOptions = {}): Session {
  sandbox.faults.add({ match: { route }, effect })
  return session('fullPlus', { deadlineMs: 400, retries: 1, maxBytes: 1_000_000, ...options })
}

function keyed(pem: string, options: SessionOptions = {}): Session {
  return { ...session('keyJwt', options), secrets: { privateKey: new Secret(pem) } }
}
const privateKey = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string

async function tokenFor(claims: { aud: string; iss: string }): Promise<FaultEffect> {
  const access_token = await new SignJWT({ scope: 'read:users' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(claims.aud)
    .setIssuer(claims.iss)
    .sign(new Uint8Array(32))
  return { kind: 'answer', status: 200, body: { access_token, expires_in: 86_400, scope: 'read:users' } }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function behindCustomDomain(): Promise<Session> {
  const port = await freePort()
  const custom = `login.acme.test:${port}`
  const tenant = await startSandbox({ ...small, port, domain: `localhost:${port}`, customDomain: custom })
  closing.push(() => tenant.close())
  return session('full', { domain: custom, lookup: () => Promise.resolve(['127.0.0.1']) }, tenant)
}

const gone = async () => {
  const tenant = await startSandbox(small)
  await tenant.close()
  return session('full', {}, tenant)
}

const credentials = 'Check Client ID, Client Secret and the tenant domain.'
const authorize = /Machine to Machine Applications, authorize the application/
const token = '/oauth/token'
const users = '/api/v2/users'

const causes: readonly Cause[] = [
  [
    'a scheme',
    'domain',
    'domain.scheme',
    'Use tenant.us.auth0.com.',
    () => at('https://tenant.us.auth0.com/'),
  ],
  ['a path', 'domain', 'domain.path', 'Use tenant.us.auth0.com.', () => at('tenant.us.auth0.com/login')],
  ['a port', 'domain', 'domain.port', 'Use tenant.us.auth0.com.', () => at('tenant.us.auth0.com:443')],
  ['an IP address', 'domain', 'domain.ip_address', /bare tenant domain/, () => at('10.1.2.3')],
  ['a host nobody listed', 'domain', 'domain.not_allowed', /OWLIE_AUTH0_HOSTS/, () => at('auth.example.com')],
  [
    'letters that only look right',
    'domain',
    'domain.not_ascii',
    /bare tenant domain/,
    () => at('tënant.auth0.com'),
  ],
  [
    'a typo in the name',
    'dns',
    'dns.not_found',
    /spelling and the region/,
    () => resolving(failing('ENOTFOUND')),
  ],
  [
    'no address for the name',
    'dns',
    'dns.not_found',
    /spelling and the region/,
    () => resolving(async () => []),
  ],
  [
    'resolver down',
    'dns',
    'dns.unavailable',
    /DNS settings of the host/,
    () => resolving(failing('EAI_AGAIN')),
  ],
  [
    'a private address',
    'dns',
    'dns.private_address',
    /operator lists it/,
    () => resolving(async () => ['10.0.0.1']),
  ],
  ['the metadata address', 'dns', 'dns.private_address', /operator lists it/, () => resolving(async () => ['169.254.169.254'])], // prettier-ignore
  ['nobody listens', 'tls', 'net.refused', /network and firewall|try again|tries again/, gone],
  ['a certificate that ran out', 'tls', 'tls.expired', /clock of Owlie's host/, () => certified('expired')],
  [
    'a certificate of tomorrow',
    'tls',
    'tls.expired',
    /clock of Owlie's host/,
    () => certified('not-yet-valid'),
  ],
  ['a certificate of another host', 'tls', 'tls.wrong_host', /proxy/, () => certified('wrong-name')],
  ['a certificate signed by itself', 'tls', 'tls.untrusted', /NODE_EXTRA_CA_CERTS|authorit/, () => certified('self-signed')], // prettier-ignore
  ['an authority nobody trusts', 'tls', 'tls.untrusted', /NODE_EXTRA_CA_CERTS|authorit/, () => session('full', {}, { ...sandbox, caPem: '' } as Sandbox)], // prettier-ignore
  ['a wrong secret', 'token', 'auth0.unauthorized', credentials, () => session('full', { secret: 'wrong' })],
  ['an unknown client', 'token', 'auth0.unauthorized', credentials, () => ({ ...session(), config: { ...session().config, clientId: 'nobody' } })], // prettier-ignore
  ['a secret for an application that takes a key', 'token', 'auth0.unauthorized', credentials, () => session('keyJwt')], // prettier-ignore
  ['a key Auth0 does not hold', 'token', 'auth0.assertion_refused', /holds the public key shown here/, () => keyed(privateKey(2048))], // prettier-ignore
  [
    'a key that is too short',
    'token',
    'privateKey.malformed',
    /Make a new key pair/,
    () => keyed(privateKey(1024)),
  ],
  ['no credential at all', 'token', 'clientSecret.empty', 'Enter the Client Secret.', () => ({ ...session(), secrets: {} })], // prettier-ignore
  ['the grant type switched off', 'token', 'auth0.grant_type_not_allowed', /switch on Client Credentials/, () => session('noGrantType')], // prettier-ignore
  [
    'no client grant',
    'token',
    'auth0.not_authorized_for_management_api',
    authorize,
    () => session('unauthorized'),
  ],
  ['authorized for a custom API only', 'token', 'auth0.not_authorized_for_management_api', authorize, () => session('customApi')], // prettier-ignore
  ['a custom domain', 'token', 'auth0.not_authorized_for_management_api', /enter the canonical tenant domain/, behindCustomDomain], // prettier-ignore
  ['a token quota used up', 'token', 'auth0.token_quota', /Token Quota/, () => faulty(token, { kind: 'answer', status: 429, body: { error: 'too_many_requests' }, headers: { 'retry-after': '900', 'auth0-client-quota-limit': 'b=per_hour;q=1;r=0;t=900' } })], // prettier-ignore
  ['too many token requests', 'token', 'http.throttled', /goes on by itself when the limit allows it/, () => faulty(token, { kind: 'answer', status: 429, body: { error: 'too_many_requests' }, headers: { 'retry-after': '900' } })], // prettier-ignore
  [
    'a page in place of an answer',
    'token',
    'http.not_json',
    /a page of its own/,
    () => faulty(token, { kind: 'html', status: 200 }),
  ],
  ['a host that is no tenant', 'token', 'auth0.not_a_tenant', /spelling and the region/, () => faulty(token, { kind: 'html', status: 404 })], // prettier-ignore
  [
    'Auth0 out of order',
    'token',
    'http.unavailable',
    /tries again later/,
    () => faulty(token, { kind: 'html', status: 503 }),
  ],
  ['a redirect', 'token', 'http.redirect', /canonical tenant domain; check for a proxy/, () => faulty(token, { kind: 'redirect', location: 'https://elsewhere.example/' })], // prettier-ignore
  [
    'a connection that breaks',
    'token',
    'net.reset',
    /network between Owlie and the target/,
    () => faulty(token, { kind: 'drop', when: 'before' }),
  ],
  [
    'no answer in time',
    'token',
    'net.timeout',
    /network between Owlie and the target/,
    () => faulty(token, { kind: 'hang' }),
  ],
  [
    'half an answer',
    'token',
    'http.truncated',
    /network between Owlie and the target/,
    () => faulty(token, { kind: 'cut-json' }),
  ],
  ['an answer without end', 'token', 'http.too_large', /Check the domain/, () => faulty(token, { kind: 'oversize', bytes: 2_000_000 })], // prettier-ignore
  ['an answer without a token', 'token', 'auth0.no_token', /not a proxy/, () => faulty(token, { kind: 'answer', status: 200, body: {} })], // prettier-ignore
  ['a token for another API', 'audience', 'auth0.wrong_audience', /canonical tenant domain/, async () => faulty(token, await tokenFor({ aud: 'https://other.us.auth0.com/api/v2/', iss: 'https://other.us.auth0.com/' }))], // prettier-ignore
  ['a token the Management API takes no more', 'sample:users', 'auth0.token_refused', /whether the application still exists/, () => faulty(users, { kind: 'answer', status: 401, body: { statusCode: 401, error: 'Unauthorized', message: 'Expired token' } })], // prettier-ignore
  ['a page before the Management API', 'sample:users', 'http.not_json', /a page of its own/, () => faulty(users, { kind: 'html', status: 200 })], // prettier-ignore
  [
    'the Management API slow',
    'sample:users',
    'net.timeout',
    /network between Owlie and the target/,
    () => faulty(users, { kind: 'hang' }),
  ],
  [
    'half a page of users',
    'sample:users',
    'http.truncated',
    /network between Owlie and the target/,
    () => faulty(users, { kind: 'cut-json' }),
  ],
  ['the rate limit used up by others', 'sample:users', 'http.throttled', /goes on by itself when the limit allows it/, () => faulty(users, { kind: 'answer', status: 429, body: { errorCode: 'too_many_requests' }, headers: { 'retry-after': '900' } })], // prettier-ignore
  ['the Management API out of order', 'sample:users', 'http.unavailable', /tries again later/, () => faulty(users, { kind: 'answer', status: 503 })], // prettier-ignore
].map(([what, row, code, remedy, open]) => ({ what, row, code, remedy, open }) as Cause)

const warnings: readonly Cause[] = (
  [
    ['a plan without organizations', 'sample:organizations', 'auth0.insufficient_entitlement', /Ask Auth0 to change the plan/, () => faulty('/api/v2/organizations', { kind: 'answer', status: 403, body: { statusCode: 403, errorCode: 'insufficient_entitlement' } })], // prettier-ignore
    ['a clock that is behind', 'clock', 'clock.skewed', /clock/, () => { sandbox.clock.skew(600_000); return session() }], // prettier-ignore
    ['a clock that is ahead', 'clock', 'clock.skewed', /clock/, () => { sandbox.clock.skew(-600_000); return session() }], // prettier-ignore
    ['a scope that gives everything away', 'scope:create:client_grants', 'scopes.never_needed', /leaked secret then does less damage/, () => session('overScoped')], // prettier-ignore
    ['a scope granted and not entered', 'scope:delete:users', 'scopes.granted_not_entered', /Add delete:users|take it from/, () => session('overScoped', { scopes: 'read:users' })], // prettier-ignore
    ['a token named by another issuer', 'audience', 'auth0.other_issuer', /canonical tenant domain/, async () => faulty(token, await tokenFor({ aud: `https://${sandbox.domain}/api/v2/`, iss: 'https://login.acme.test/' }))], // prettier-ignore
  ] as const
).map(([what, row, code, remedy, open]) => ({ what, row, code, remedy, open, status: 'warning' }) as Cause)

async function diagnosed({ open, row, code, remedy, status = 'failed' }: Cause): Promise<readonly Check[]> {
  const rows = await auth0.test(await open())
  const found = rows.find(({ name }) => name === row)
  expect(found, rows.map(({ name, status: is }) => `${name} ${is}`).join(', ')).toMatchObject({
    status,
    failure: { code },
  })
  const { failure } = found!
  expect(failure!.remedy).toMatch(remedy)
  expect(failure!.message.length).toBeGreaterThan(15)
  // Somebody can mend it or it passes by itself: nothing here may look like a fault of ours.
  expect(failureRules[failure!.kind].actor).not.toBe('owlie')
  return rows
}

test('there are at least forty, each said by one code where it happens', () => {
  const told = new Set([...causes, ...warnings].map(({ row, code, what }) => `${row} ${code} ${what}`))
  expect(told.size).toBe(causes.length + warnings.length)
  expect(told.size).toBeGreaterThanOrEqual(50)
  expect(new Set([...causes, ...warnings].map(({ code }) => code)).size).toBeGreaterThanOrEqual(35)
})

describe('fails for', () => {
  test.each(causes)('$what: $row, $code', async (cause) => {
    const rows = await diagnosed(cause)
    // What comes before the cause has passed: the first row that failed is the one to look at.
    expect(rows.find(({ status }) => status === 'failed')!.name).toBe(cause.row)
  })
})

describe('warns of', () => {
  test.each(warnings)('$what: $row, $code', async (cause) => {
    await diagnosed(cause)
  })
})

describe('each single missing scope is named, with what wants it', () => {
  test.each(everyScope)('%s', async (scope) => {
    const application = sandbox.addApplication({ scopes: everyScope.filter((each) => each !== scope) })
    const one = openSession(sandbox, application, { scopes: everyScope.join(' ') })
    closing.push(() => one.http.close())
    const failed = (await auth0.test(one)).filter(({ status }) => status === 'failed')
    expect(failed.map(({ name }) => name)).toEqual([`scope:${scope}`])
    const wanting = capabilities.filter(({ scopes }) => scopes.includes(scope))
    expect(failed[0]!.sentence).toContain(wanting[0]!.label)
    expect(failed[0]!.failure).toMatchObject({ code: 'auth0.insufficient_scope', scopes: [scope] })
    expect(failed[0]!.failure!.remedy).toBe(
      `Grant ${scope} to the application for the Auth0 Management API: add it, then retry.`,
    )
  })
})

test('a clock of ours that is wrong does not keep a key from working, and is said', async () => {
  const pem = privateKey(2048)
  const { keyJwt } = sandbox.applications
  sandbox.addPublicKey(keyJwt.clientId, createPublicKey(pem).export({ format: 'jwk' }) as JsonWebKey)
  const clock = { ...systemClock, now: () => Date.now() - 10 * 60_000 }
  const rows = await auth0.test(keyed(pem, { clock }))
  expect(rows.find(({ name }) => name === 'token')?.status).toBe('passed')
  expect(rows.find(({ name }) => name === 'clock')?.failure?.code).toBe('clock.skewed')
})
