import type { AccountObservation } from '@owlie/connector-kit'
import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { canonical } from '../canonical.ts'
import { endText, openSession, readAll, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(options: SessionOptions = {}, application: keyof Sandbox['applications'] = 'fullPlus') {
  const one = openSession(sandbox, sandbox.applications[application], options)
  opened.push(one)
  return one
}

/** Requests that arrived during `run`, counted by the tenant and not by us. */
async function arrived(run: () => Promise<void>): Promise<string[]> {
  const before = sandbox.requests.total
  await run()
  return sandbox.requests.entries.slice(before).map(({ method, route }) => `${method} ${route}`)
}

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 3000,
    roles: 130,
    organizations: 1200,
    indexLagMs: 0,
    shape: {
      usersSharingCreatedAt: 1500,
      bigOrganizationMembers: 1500,
      bigRoleHolders: 1500,
      membersPerOrganization: 3,
      oddIds: true,
    },
  })
})

afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})

afterAll(() => sandbox.close())

describe('the whole tenant, object by object', () => {
  test('users: 3,000, of whom 1,500 share one created_at', async () => {
    const truth = sandbox.tenant.snapshot().users
    const requests = await arrived(async () => {
      const { end, observations, quarantined } = await readAll(session(), 'users')
      expect(endText(end)).toBe('complete')
      expect(quarantined).toEqual([])
      const accounts = observations as AccountObservation[]
      expect(accounts).toHaveLength(3000)
      const byId = new Map(accounts.map((account) => [account.id, account]))
      for (const { user_id, ...fields } of truth) {
        // The seed keeps a token in some people's metadata, to be seen redacted.
        const metadata = fields.app_metadata && 'integration_token' in fields.app_metadata
        const expected = metadata
          ? { ...fields, app_metadata: { ...fields.app_metadata, integration_token: '[redacted]' } }
          : fields
        expect(byId.get(user_id)?.attributes, user_id).toEqual(canonical(expected))
      }
    })
    expect(requests.filter((route) => route === 'GET /api/v2/users').length).toBeLessThanOrEqual(45)
    expect(requests.filter((route) => route === 'POST /oauth/token')).toHaveLength(1)
  })

  test('roles and organizations, past one page and past 1,000', async () => {
    const truth = sandbox.tenant.snapshot()
    const reading = session()
    const requests = await arrived(async () => {
      const roles = await readAll(reading, 'roles')
      expect(endText(roles.end)).toBe('complete')
      expect(roles.observations.map((one) => 'id' in one && one.id).toSorted()).toEqual(
        truth.roles.map(({ id }) => id),
      )
      const organizations = await readAll(reading, 'organizations')
      expect(endText(organizations.end)).toBe('complete')
      const names = organizations.observations.map(
        (one) => one.type === 'entitlement' && [one.id, one.attributes.name],
      )
      expect(names.toSorted()).toEqual(truth.organizations.map(({ id, name }) => [id, name]))
    })
    expect(requests.filter((route) => route === 'GET /api/v2/roles')).toHaveLength(2)
    expect(truth.organizations.length).toBeGreaterThan(1000)
    expect(requests.filter((route) => route === 'GET /api/v2/organizations')).toHaveLength(
      Math.ceil(truth.organizations.length / 100),
    )
  })

  test('role holders, one role with 1,500', async () => {
    const truth = sandbox.tenant.snapshot()
    const reading = session()
    const found: { role_id: string; user_id: string }[] = []
    for (const { id } of truth.roles) {
      const { end, observations } = await readAll(reading, 'role_members', id)
      expect(endText(end)).toBe('complete')
      for (const one of observations)
        if (one.type === 'grant') found.push({ role_id: one.entitlement, user_id: one.account })
    }
    const key = (row: { role_id: string; user_id: string }) => `${row.role_id} ${row.user_id}`
    expect(found.map(key).toSorted()).toEqual(truth.roleHolders.map(key).toSorted())
    const everyone = truth.roles.find(({ name }) => name === 'Everyone')!.id
    expect(found.filter((row) => row.role_id === everyone).length).toBeGreaterThanOrEqual(1500)
  })

  test('members: one request for an organization of one page, one organization with 1,500', async () => {
    const truth = sandbox.tenant.snapshot()
    const big = truth.organizations.find(({ name }) => name === 'big')!
    const small = truth.organizations.filter(({ name }) => name !== 'big').slice(0, 40)
    const reading = session()
    let floor = 0
    const requests = await arrived(async () => {
      for (const { id } of [big, ...small]) {
        const { end, observations } = await readAll(reading, 'organization_members', id)
        expect(endText(end)).toBe('complete')
        const ids = observations.map((one) => one.type === 'grant' && one.account)
        const expected = truth.members.filter((row) => row.organization_id === id).map((row) => row.user_id)
        expect(ids.toSorted()).toEqual(expected.toSorted())
        expect(expected.length < 100 || id === big.id).toBe(true)
        if (id !== big.id) floor += 1
      }
    })
    // The big one: a first page that counts it, 15 by checkpoint, and the empty one that ends those.
    expect(requests.filter((route) => route.endsWith('/members'))).toHaveLength(floor + 1 + 15 + 1)
  })

  test('twice gives the same, byte for byte', async () => {
    const byId = (observations: readonly unknown[]) =>
      observations
        .map((one) => JSON.stringify(one))
        .toSorted()
        .join('\n')
    const first = await readAll(session(), 'users')
    const second = await readAll(session(), 'users')
    expect(byId(second.observations)).toBe(byId(first.observations))
  })
})

describe('tokens', () => {
  test('one request for a token, however many ask at the same time', async () => {
    const reading = session()
    const requests = await arrived(async () => {
      await Promise.all(['users', 'roles', 'organizations'].map((kind) => readAll(reading, kind)))
    })
    expect(requests.filter((route) => route === 'POST /oauth/token')).toHaveLength(1)
  })

  test('a token refused in mid-run is renewed once for everybody, and the run ends complete', async () => {
    const reading = session()
    await readAll(reading, 'roles')
    sandbox.rejectIssuedTokens()
    const requests = await arrived(async () => {
      const results = await Promise.all(
        ['users', 'roles', 'organizations'].map((kind) => readAll(reading, kind)),
      )
      expect(results.map(({ end }) => endText(end))).toEqual(['complete', 'complete', 'complete'])
    })
    expect(requests.filter((route) => route === 'POST /oauth/token')).toHaveLength(1)
  })

  test('a token is renewed before it expires', async () => {
    let offset = 0
    const clock = {
      now: () => Date.now() + offset,
      monotonic: () => performance.now(),
      sleep: () => Promise.resolve(),
    }
    const reading = session({ clock })
    await readAll(reading, 'roles')
    offset = 86_400_000 - 50_000
    const requests = await arrived(async () => {
      expect(endText((await readAll(reading, 'roles')).end)).toBe('complete')
    })
    expect(requests[0]).toBe('POST /oauth/token')
  })

  test('the scope is never sent, and the granted ones are read back', async () => {
    const { auth0 } = await import('../index.ts')
    expect(await auth0.grantedScopes(session({}, 'readOnly'))).toEqual({
      scopes: sandbox.applications.readOnly.scopes,
    })
    expect(await auth0.grantedScopes(session({}, 'unauthorized'))).toMatchObject({
      failure: { code: 'auth0.not_authorized_for_management_api' },
    })
  })
})

describe('what is missing is said exactly', () => {
  test('role holders without read:role_members', async () => {
    const role = sandbox.tenant.snapshot().roles[0]!.id
    const { end } = await readAll(session({}, 'readOnly'), 'role_members', role)
    expect(end).toMatchObject({
      is: 'failed',
      failure: {
        kind: 'permission',
        code: 'auth0.insufficient_scope',
        scopes: ['read:role_members'],
        capability: 'read role holders',
      },
    })
  })

  test('a role deleted after it was listed has no holders', async () => {
    const { end, observations } = await readAll(session(), 'role_members', 'rol_0000000000000000')
    expect([endText(end), observations.length]).toEqual(['complete', 0])
  })

  test('an expired cursor begins its list again, once', async () => {
    const { auth0 } = await import('../index.ts')
    const reading = session()
    const first = await auth0.read.organizations!(reading, { cursor: null })
    const end = 'page' in first ? first.page.end : null
    if (end?.is !== 'more') throw new Error('expected more')
    sandbox.clock.advance(25 * 3_600_000)
    try {
      const second = await auth0.read.organizations!(session(), { cursor: end.cursor })
      expect(second).toMatchObject({
        page: { observations: [], end: { is: 'more', cursor: { from: null, restarts: 1 } } },
      })
    } finally {
      sandbox.clock.reset()
    }
  })
})

describe('while somebody works in the tenant', () => {
  test('one user deleted per page: nobody else is missed', async () => {
    const { auth0 } = await import('../index.ts')
    const own = await startSandbox({
      users: 900,
      roles: 1,
      organizations: 1,
      indexLagMs: 0,
      shape: { usersSharingCreatedAt: 0 },
    })
    const reading = openSession(own, own.applications.full)
    try {
      const found = new Set<string>()
      let cursor: never = null as never
      for (;;) {
        const result = await auth0.read.users!(reading, { cursor })
        if ('failure' in result) throw new Error(result.failure.code)
        for (const one of result.page.observations) if (one.type === 'account') found.add(one.id)
        own.tenant.removeUser([...found][found.size - 50]!)
        if (result.page.end.is !== 'more') {
          expect(endText(result.page.end)).toBe('complete')
          break
        }
        cursor = result.page.end.cursor as never
      }
      const missed = own.tenant.snapshot().users.filter(({ user_id }) => !found.has(user_id))
      expect(missed).toEqual([])
    } finally {
      await reading.http.close()
      await own.close()
    }
  })
})
