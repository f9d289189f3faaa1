import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Application, SandboxOptions } from '@owlie/auth0-sandbox'
import { Secret } from '@owlie/connector-kit'
import type { Connection } from '../connections/index.ts'
import { type SyncRun } from './index.ts'
import { ada, connect, exportAll, openSandboxBench, type SandboxBench } from './test/bench.ts'

/** Each trouble another connector of Auth0 is known to break at, by the whole engine against the sandbox tenant. */

const open: SandboxBench[] = []

async function tenant(options: SandboxOptions): Promise<SandboxBench> {
  const bench = await openSandboxBench(options)
  open.push(bench)
  return bench
}

afterAll(async () => {
  await Promise.all(open.map((bench) => bench.close()))
}, 60_000)

const ends = (run: SyncRun): Record<string, string | null> =>
  Object.fromEntries(run.kinds.map(({ name, end }) => [name, end]))
const readOf = (run: SyncRun, kind: string): number => run.kinds.find(({ name }) => name === kind)!.read
const sorted = (texts: Iterable<string>): string[] => [...texts].toSorted()

async function stored(bench: SandboxBench, connection: Connection, kind: string): Promise<string[]> {
  const records = await exportAll(bench, connection.id)
  return sorted(records.flatMap((one) => (one.kind === kind && 'id' in one ? [one.id] : [])))
}

async function grants(bench: SandboxBench, connection: Connection): Promise<string[]> {
  const records = await exportAll(bench, connection.id)
  return sorted(
    records.flatMap((one) => ('account' in one ? [`${one.account} ${one.type} ${one.entitlement}`] : [])),
  )
}

describe('a tenant that is large in every way', () => {
  let bench: SandboxBench
  let connection: Connection
  let run: SyncRun
  const without = 3
  const many = 120

  beforeAll(async () => {
    bench = await tenant({
      ...{ users: 3000, roles: 10, organizations: 1200 },
      shape: {
        ...{ bigOrganizationMembers: 1500, usersSharingCreatedAt: 1500 },
        ...{ membersPerOrganization: 1, groups: 0 },
      },
    })
    const { tenant: truth } = bench.sandbox
    const api = [...truth.resourceServers].find(({ is_system }) => !is_system)!.identifier
    for (const [at, role] of [...truth.roles].entries()) {
      const count = at < without ? 0 : at === without ? many : 2
      const permissions = Array.from({ length: count }, (_, of) => ({
        permission_name: `act:${of}`,
        resource_server_identifier: api,
      }))
      truth.updateRole(role.id, { permissions })
    }
    connection = await bench.connect(bench.sandbox.applications.everything)
    run = await bench.sync1(connection)
  }, 240_000)

  it('ends complete, kind by kind', () => {
    expect(run.status).toBe('complete')
    expect(new Set(Object.values(ends(run)))).toEqual(new Set(['complete']))
  })

  it('organization with 1,500 members: every one of them is stored', async () => {
    const big = [...bench.sandbox.tenant.organizations].find(({ name }) => name === 'big')!
    const members = (await grants(bench, connection)).filter((one) => one.endsWith(` member ${big.id}`))
    expect(members).toHaveLength(1500)
    expect(members).toEqual(
      sorted([...bench.sandbox.tenant.members(big.id)].map(({ user_id }) => `${user_id} member ${big.id}`)),
    )
  })

  it('1,200 organizations: every one of them is stored, with its members', async () => {
    const { organizations, members } = bench.sandbox.tenant.snapshot()
    expect(organizations.length).toBeGreaterThan(1200)
    expect(await stored(bench, connection, 'organization')).toEqual(sorted(organizations.map(({ id }) => id)))
    expect(readOf(run, 'organization_members')).toBe(members.length)
  })

  it('F39: 1,500 users with one created_at among 3,000: all 3,000 are stored, and no grant points at an unknown one', async () => {
    const { users } = bench.sandbox.tenant.snapshot()
    const moments = new Map<string, number>()
    for (const { created_at } of users) moments.set(created_at, (moments.get(created_at) ?? 0) + 1)
    expect(Math.max(...moments.values())).toBeGreaterThanOrEqual(1500)
    const accounts = await stored(bench, connection, 'account')
    expect(accounts).toEqual(sorted(users.map(({ user_id }) => user_id)))
    const known = new Set(accounts)
    const orphans = (await grants(bench, connection)).filter(
      (one) => !known.has(one.split(/ (?:role|member|organization_role) /)[0]!),
    )
    expect(orphans).toEqual([])
  })

  it('roles without permissions keep their holders, a role with 120 permissions has all of them', async () => {
    const { roleHolders, roles } = bench.sandbox.tenant.snapshot()
    const held = (await grants(bench, connection)).filter((one) => / role rol_/.test(one))
    expect(held).toEqual(sorted(roleHolders.map(({ user_id, role_id }) => `${user_id} role ${role_id}`)))
    expect(roles.filter(({ permissions }) => permissions.length === 0)).toHaveLength(without)
    const permissions = await stored(bench, connection, 'role_permission')
    expect(permissions).toHaveLength(roles.flatMap((role) => role.permissions).length)
    expect(
      permissions.filter((id) => id.startsWith(roles.find((one) => one.permissions.length === many)!.id)),
    ).toHaveLength(many)
  })
})

describe('a tenant that does not grant everything', () => {
  it('a scope missing (403 on organizations): the rest is published, and the missing scope is named', async () => {
    const bench = await tenant({ users: 90, roles: 4, organizations: 10, shape: { groups: 0 } })
    const { sandbox } = bench
    const scopes = sandbox.applications.readOnlyPlus.scopes
    const application = sandbox.addApplication({ name: 'Lacks one', scopes })
    sandbox.grantScopes(
      application.clientId,
      scopes.filter((scope) => scope !== 'read:organizations'),
    )
    const lacking = await connectAs(bench, application, scopes)
    // The test before the sync has said so already.
    expect(lacking.lastTest?.checks.flatMap(({ failure }) => failure?.scopes ?? [])).toContain(
      'read:organizations',
    )
    const run = await bench.sync1(lacking)
    expect(ends(run)).toMatchObject({
      users: 'complete',
      roles: 'complete',
      role_members: 'complete',
      organizations: 'skipped',
    })
    expect(run.kinds.find(({ name }) => name === 'organizations')).toMatchObject({
      failure: { code: 'auth0.insufficient_scope', scopes: ['read:organizations'] },
    })
    expect((await stored(bench, lacking, 'account')).length).toBe(sandbox.tenant.users.size)
  }, 90_000)
})

describe('a limited tenant', () => {
  it('10 requests/s, burst 10: the sync ends complete, and hardly a request is answered 429', async () => {
    const bench = await tenant({
      ...{ users: 900, roles: 10, organizations: 110, shape: { membersPerOrganization: 2, groups: 0 } },
      rateProfile: { overall: { burst: 10, refill: 10, perSeconds: 1 } },
    })
    const { fullPlus } = bench.sandbox.applications
    // Ten a second is no plan of Auth0's, so somebody has said so.
    const customRate = { burst: 10, perMinute: 600 }
    const connection = await connectAs(bench, fullPlus, fullPlus.scopes, { customRate })
    bench.sandbox.requests.reset()
    const run = await bench.sync1(connection)
    expect(run.status).toBe('complete')
    const { requests, tenant: truth } = bench.sandbox
    expect(await stored(bench, connection, 'account')).toHaveLength(truth.users.size)
    expect(requests.withStatus(429)).toBeLessThanOrEqual(requests.total / 100)
    // Waiting is no reason to ask more: users, roles and their holders, organizations and their members, a token.
    expect(requests.total).toBeLessThanOrEqual(150)
  }, 120_000)
})

describe('a tenant under another name', () => {
  it('a custom domain as address: the test says to enter the canonical one, and nothing is synced', async () => {
    const bench = await tenant({ domain: 'tenant.canonical.example', users: 5, roles: 1, organizations: 1 })
    const custom = bench.sandbox.url.replace('https://', '')
    const { connections, sync } = bench.another({ extraHosts: [custom] })
    const { name, clientId, clientSecret, scopes } = bench.sandbox.applications.fullPlus
    const input = {
      ...{ name, connector: 'auth0', config: { domain: custom, clientId, scopes: scopes.join(' ') } },
      secrets: { clientSecret: new Secret(clientSecret) },
    }
    const connection = await connect({ ...bench, connections }, input)
    const remedies = connection.lastTest!.checks.flatMap(({ failure }) => failure?.remedy ?? [])
    expect(remedies.join(' ')).toContain('canonical tenant domain')
    expect(await sync.start(ada, connection.id)).toMatchObject({ refused: [{ kind: expect.any(String) }] })
  }, 60_000)
})

/** An application whose entered scopes are not the granted ones. */
function connectAs(
  bench: SandboxBench,
  { name, clientId, clientSecret }: Application,
  entered: readonly string[],
  more: Partial<Parameters<typeof connect>[1]> = {},
): Promise<Connection> {
  return connect(bench, {
    ...{ name, connector: 'auth0', ...more },
    config: { domain: bench.sandbox.domain, clientId, scopes: entered.join(' ') },
    secrets: { clientSecret: new Secret(clientSecret) },
  })
}
