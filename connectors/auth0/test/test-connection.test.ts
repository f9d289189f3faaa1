import { type CertificateKind, type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import type { Check } from '@owlie/connector-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { manifest } from '../manifest.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: { http: { close(): Promise<void> } }[] = []
type ApplicationName = keyof Sandbox['applications']

function session(application: ApplicationName, options: SessionOptions = {}, tenant = sandbox) {
  const one = openSession(tenant, tenant.applications[application], { random: () => 0, ...options })
  opened.push(one)
  return one
}

/** `name: status code` of every row that is not simply passed. */
function oddRows(rows: readonly Check[]): string[] {
  return rows
    .filter(({ status, name }) => status !== 'passed' && name !== 'writes')
    .map(({ name, status, failure }) =>
      [name, status, failure?.code].filter((part) => part !== undefined).join(' '),
    )
}

const presets = Object.fromEntries(manifest.presets.map(({ name, scopes }) => [name, scopes.join(' ')]))

beforeAll(async () => {
  sandbox = await startSandbox({ users: 60, roles: 5, organizations: 5, indexLagMs: 0 })
})
afterEach(async () => {
  sandbox.faults.clear()
  sandbox.clock.reset()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

describe('healthy', () => {
  test('the 4 scopes: nothing failed, nothing warned, role holders said to be out of reach', async () => {
    const rows = await auth0.test(session('readOnly', { scopes: presets['read-only']! }))
    expect(oddRows(rows)).toEqual(['sample:role_members skipped auth0.insufficient_scope'])
    expect(rows.map(({ name }) => name)).toEqual([
      'domain',
      'dns',
      'tls',
      'token',
      'audience',
      'scope:read:users',
      'scope:read:roles',
      'scope:read:organizations',
      'scope:read:organization_members',
      'sample:users',
      'sample:roles',
      'sample:organizations',
      'sample:role_members',
      'sample:organization_members',
      'clock',
      'rate',
      'writes',
    ])
    expect(rows.at(-1)).toMatchObject({ name: 'writes', status: 'skipped' })
  })

  test('the 15 scopes', async () => {
    const rows = await auth0.test(session('full', { scopes: presets.full! }))
    expect(oddRows(rows)).toEqual(['sample:role_members skipped auth0.insufficient_scope'])
  })

  test('all scopes Owlie can use: every row passed', async () => {
    expect(oddRows(await auth0.test(session('fullPlus')))).toEqual([])
  })

  test('a tenant with nothing in it', async () => {
    const empty = await startSandbox({ users: 0, roles: 0, organizations: 0 })
    try {
      const rows = await auth0.test(session('fullPlus', {}, empty))
      expect(oddRows(rows)).toEqual(['sample:role_members skipped', 'sample:organization_members skipped'])
    } finally {
      await empty.close()
    }
  })

  test('is quick, reads only, and tells each row as it begins and ends', async () => {
    const started = performance.now()
    const seen: { at: number; rows: readonly Check[] }[] = []
    const before = sandbox.requests.total
    const rows = await auth0.test(session('fullPlus'), (now) =>
      seen.push({ at: performance.now() - started, rows: now }),
    )
    expect(performance.now() - started).toBeLessThan(3000)
    expect(seen[0]!.at).toBeLessThan(300)
    expect(seen[0]!.rows).toMatchObject([{ name: 'domain', status: 'running' }])
    expect(seen.at(-1)!.rows).toEqual(rows)
    const arrived = sandbox.requests.entries.slice(before)
    expect(arrived.map(({ method, route }) => `${method} ${route}`).toSorted()).toEqual([
      'GET /api/v2/organizations',
      'GET /api/v2/organizations/{id}/members',
      'GET /api/v2/roles',
      'GET /api/v2/roles/{id}/users',
      'GET /api/v2/users',
      'POST /oauth/token',
    ])
    expect(rows.every(({ durationMs, sentence }) => durationMs !== null && sentence !== '')).toBe(true)
  })
})

describe('credentials and grants', () => {
  const afterToken = ['audience', 'scopes', 'samples', 'clock', 'rate'].map((name) => `${name} skipped`)

  test.each([
    ['unauthorized', 'auth0.not_authorized_for_management_api'],
    ['customApi', 'auth0.not_authorized_for_management_api'],
    ['noGrantType', 'auth0.grant_type_not_allowed'],
    ['keyJwt', 'auth0.unauthorized'],
  ] as const)('application %s', async (application, code) => {
    const rows = await auth0.test(session(application, { scopes: 'read:users' }))
    expect(oddRows(rows)).toEqual([`token failed ${code}`, ...afterToken])
  })

  test('a wrong secret', async () => {
    const rows = await auth0.test(session('full', { secret: 'wrong-secret' }))
    expect(oddRows(rows)).toEqual(['token failed auth0.unauthorized', ...afterToken])
    expect(rows.find(({ name }) => name === 'token')?.failure).toMatchObject({
      remedy: 'Check Client ID, Client Secret and the tenant domain.',
    })
    expect(JSON.stringify(rows)).not.toContain('wrong-secret')
  })

  test('an unknown client', async () => {
    const unknown = { ...sandbox.applications.full, clientId: 'nobody' }
    const one = openSession(sandbox, unknown)
    opened.push(one)
    expect(oddRows(await auth0.test(one))[0]).toBe('token failed auth0.unauthorized')
  })

  test('authorized, but without any scope', async () => {
    const rows = await auth0.test(session('none', { scopes: presets['read-only']! }))
    expect(oddRows(rows).slice(0, 4)).toEqual([
      'scope:read:users failed auth0.insufficient_scope',
      'scope:read:roles failed auth0.insufficient_scope',
      'scope:read:organizations failed auth0.insufficient_scope',
      'scope:read:organization_members failed auth0.insufficient_scope',
    ])
  })

  test.each(presets['read-only']!.split(' '))(
    'without %s: exactly this is missing, the rest works',
    async (scope) => {
      const application = sandbox.addApplication({
        scopes: presets['read-only']!.split(' ').filter((one) => one !== scope),
      })
      const one = openSession(sandbox, application, { scopes: presets['read-only']! })
      opened.push(one)
      const rows = await auth0.test(one)
      expect(rows.filter(({ status }) => status === 'failed')).toMatchObject([
        { name: `scope:${scope}`, failure: { code: 'auth0.insufficient_scope', scopes: [scope] } },
      ])
      const row = rows.find(({ name }) => name === `scope:${scope}`)!
      expect(row.failure!.remedy).toContain('add it, then retry')
      expect(row.failure!.why).toMatch(/still work/)
      const skipped = rows.filter(({ name, status }) => name.startsWith('sample:') && status === 'skipped')
      expect(skipped.length).toBeGreaterThan(0)
      expect(skipped.flatMap(({ failure }) => failure?.scopes ?? [])).toContain(scope)
      expect(
        rows.filter(({ name, status }) => name.startsWith('sample:') && status === 'passed').length,
      ).toBeGreaterThan(0)
    },
  )

  test('granted but never needed, granted but not entered, unknown', async () => {
    const rows = await auth0.test(session('overScoped', { scopes: `${presets['read-only']!} reed:users` }))
    const statuses = Object.fromEntries(
      rows.map(({ name, status, failure }) => [name, `${status} ${failure?.code ?? ''}`]),
    )
    expect(statuses).toMatchObject({
      'scope:reed:users': 'failed scopes.unknown',
      'scope:read:client_keys': 'warning scopes.never_needed',
      'scope:update:tenant_settings': 'warning scopes.never_needed',
      'scope:delete:users': 'warning scopes.granted_not_entered',
    })
    expect(rows.find(({ name }) => name === 'scope:reed:users')?.failure).toMatchObject({
      suggestion: 'read:users',
    })
  })
})

describe('the way there', () => {
  const stopAfter = (name: string, status: string) => {
    const order = ['domain', 'dns', 'tls', 'token', 'audience', 'scopes', 'samples', 'clock', 'rate']
    return [`${name} ${status}`, ...order.slice(order.indexOf(name) + 1).map((later) => `${later} skipped`)]
  }

  test.each([
    ['a host nobody listed', 'evil.example', 'domain', 'failed domain.not_allowed'],
    ['a scheme', 'https://tenant.auth0.com', 'domain', 'failed domain.scheme'],
  ])('%s', async (_, domain, row, status) => {
    const one = openSession(sandbox, sandbox.applications.full)
    opened.push(one)
    const rows = await auth0.test({ ...one, config: { ...one.config, domain } })
    expect(oddRows(rows)).toEqual(stopAfter(row, status))
  })

  const lookups: readonly [string, () => Promise<readonly string[]>, string][] = [
    [
      'no such name',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      'dns.not_found',
    ],
    [
      'no name server',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' })),
      'dns.unavailable',
    ],
    ['a private address', () => Promise.resolve(['10.0.0.1']), 'dns.private_address'],
    [
      'a private one among public ones',
      () => Promise.resolve(['1.1.1.1', '127.0.0.1']),
      'dns.private_address',
    ],
    ['the metadata address', () => Promise.resolve(['169.254.169.254']), 'dns.private_address'],
    ['no address', () => Promise.resolve([]), 'dns.not_found'],
  ]
  test.each(lookups)('%s', async (_, lookup, code) => {
    const one = openSession(sandbox, sandbox.applications.full, { lookup })
    opened.push(one)
    const rows = await auth0.test({ ...one, config: { ...one.config, domain: 'tenant.us.auth0.com' } })
    expect(oddRows(rows)).toEqual(stopAfter('dns', `failed ${code}`))
  })

  test.each([
    ['expired', 'tls.expired'],
    ['not-yet-valid', 'tls.expired'],
    ['wrong-name', 'tls.wrong_host'],
    ['self-signed', 'tls.untrusted'],
  ] as const)('a certificate that is %s', async (certificate: CertificateKind, code) => {
    const bad = await startSandbox({ users: 1, roles: 1, organizations: 1, certificate })
    try {
      const rows = await auth0.test(session('full', {}, bad))
      expect(oddRows(rows)).toEqual(stopAfter('tls', `failed ${code}`))
      expect(bad.requests.total).toBe(0)
    } finally {
      await bad.close()
    }
  })

  test('a certificate authority nobody trusts', async () => {
    const rows = await auth0.test(
      openSession({ ...sandbox, caPem: '' } as Sandbox, sandbox.applications.full),
    )
    expect(oddRows(rows)).toEqual(stopAfter('tls', 'failed tls.untrusted'))
  })

  test('nobody listens', async () => {
    const gone = await startSandbox({ users: 1, roles: 1, organizations: 1 })
    await gone.close()
    expect(oddRows(await auth0.test(session('full', {}, gone)))).toEqual(
      stopAfter('tls', 'failed net.refused'),
    )
  })
})

describe('faults of the token endpoint', () => {
  test.each([
    [{ kind: 'html', status: 200 }, 'http.not_json'],
    [{ kind: 'html', status: 404 }, 'auth0.not_a_tenant'],
    [{ kind: 'html', status: 503 }, 'http.unavailable'],
    [{ kind: 'redirect', location: 'https://elsewhere.example/' }, 'http.redirect'],
    [{ kind: 'drop', when: 'before' }, 'net.reset'],
    [{ kind: 'cut-json' }, 'http.truncated'],
    [{ kind: 'oversize', bytes: 2_000_000 }, 'http.too_large'],
    [{ kind: 'hang' }, 'net.timeout'],
    [{ kind: 'answer', status: 200, body: {} }, 'auth0.no_token'],
    [
      {
        kind: 'answer',
        status: 429,
        body: { error: 'too_many_requests' },
        headers: { 'retry-after': '900' },
      },
      'http.throttled',
    ],
    [
      {
        kind: 'answer',
        status: 429,
        body: { error: 'too_many_requests' },
        headers: { 'retry-after': '900', 'auth0-client-quota-limit': 'b=per_hour;q=1;r=0;t=900' },
      },
      'auth0.token_quota',
    ],
  ] as [FaultEffect, string][])('%j is %s', async (effect, code) => {
    sandbox.faults.add({ match: { route: '/oauth/token' }, effect })
    const rows = await auth0.test(session('full', { deadlineMs: 300, retries: 1, maxBytes: 1_000_000 }))
    expect(oddRows(rows)[0]).toBe(`token failed ${code}`)
  })
})

describe('faults of single capabilities', () => {
  test('a plan without organizations is a warning; everything else passes', async () => {
    const effect: FaultEffect = {
      kind: 'answer',
      status: 403,
      body: { statusCode: 403, errorCode: 'insufficient_entitlement' },
    }
    sandbox.faults.add({ match: { route: '/api/v2/organizations' }, effect })
    expect(oddRows(await auth0.test(session('fullPlus')))).toEqual([
      'sample:organizations warning auth0.insufficient_entitlement',
      'sample:organization_members skipped',
    ])
  })

  test('a fault of one sample leaves the others alone', async () => {
    sandbox.faults.add({ match: { route: '/api/v2/roles' }, effect: { kind: 'html', status: 200 } })
    expect(oddRows(await auth0.test(session('fullPlus')))).toEqual([
      'sample:roles failed http.not_json',
      'sample:role_members skipped',
    ])
  })

  test.each([
    [600_000, 'behind'],
    [-600_000, 'ahead of'],
  ])('a clock that is wrong by %i ms', async (skew, word) => {
    sandbox.clock.skew(skew)
    const row = (await auth0.test(session('readOnly'))).find(({ name }) => name === 'clock')
    expect(row).toMatchObject({ status: 'warning', failure: { code: 'clock.skewed' } })
    expect(row!.sentence).toContain(word)
  })

  test.each([
    ['free', 'Free'],
    ['self-service', 'Essentials or Professional'],
    ['enterprise-prod', 'Enterprise, production'],
    ['enterprise-nonprod', 'Enterprise, non-production'],
  ] as const)('the rate headers of the plan %s', async (rateProfile, plan) => {
    const limited = await startSandbox({ users: 3, roles: 1, organizations: 1, rateProfile })
    try {
      const rows = await auth0.test(session('readOnly', {}, limited))
      expect(rows.find(({ name }) => name === 'rate')?.sentence).toContain(plan)
      expect(rows.filter(({ status }) => status === 'failed')).toEqual([])
    } finally {
      await limited.close()
    }
  })
})

describe('being stopped', () => {
  test('by the person: at once, with what is known', async () => {
    sandbox.faults.add({ match: { route: '/api/v2/users' }, effect: { kind: 'hang' } })
    const stop = new AbortController()
    const running = auth0.test(session('fullPlus', { signal: stop.signal }), (rows) => {
      if (rows.some(({ name, status }) => name === 'sample:organization_members' && status === 'passed'))
        stop.abort()
    })
    const rows = await running
    expect(rows.find(({ name }) => name === 'sample:users')).toMatchObject({
      failure: { code: 'owlie.cancelled' },
    })
    expect(rows.find(({ name }) => name === 'token')).toMatchObject({ status: 'passed' })
    expect(rows.some(({ status }) => status === 'running')).toBe(false)
  })

  test('by the hard stop after 15 s', async () => {
    sandbox.faults.add({ match: { route: '/oauth/token' }, effect: { kind: 'hang' } })
    const started = performance.now()
    const rows = await auth0.test(session('fullPlus'))
    expect(performance.now() - started).toBeLessThan(16_000)
    expect(oddRows(rows)[0]).toBe('token failed net.timeout')
  }, 20_000)
})
