import { expect, test } from 'vitest'
import { startSandbox, type Sandbox, type SandboxOptions, type TenantSnapshot } from '../index.ts'

async function state(
  options: SandboxOptions,
): Promise<{ snapshot: TenantSnapshot; applications: Sandbox['applications'] }> {
  const sandbox = await startSandbox(options)
  const { applications, tenant } = sandbox
  const snapshot = structuredClone(tenant.snapshot())
  await sandbox.close()
  return { snapshot, applications }
}

const small = { users: 400, roles: 12, organizations: 20 }

test('one seed, one state, and the same applications; another seed, another', async () => {
  const first = await state({ ...small, seed: 3 })
  const second = await state({ ...small, seed: 3 })
  const other = await state({ ...small, seed: 4 })
  expect(second).toEqual(first)
  expect(other.snapshot.users[0]).not.toEqual(first.snapshot.users[0])
  expect(other.applications.full.clientId).not.toBe(first.applications.full.clientId)
})

test('more organizations leave users and roles as they were', async () => {
  const first = await state(small)
  const second = await state({ ...small, organizations: 40 })
  expect(second.snapshot.users).toEqual(first.snapshot.users)
  expect(second.snapshot.roleHolders).toEqual(first.snapshot.roleHolders)
})

test('people are uneven: connections, blocks, logins, holders, members', async () => {
  const { snapshot } = await state({ users: 4000, roles: 40, organizations: 120 })
  const share = (test: (user: TenantSnapshot['users'][number]) => boolean): number =>
    snapshot.users.filter(test).length / snapshot.users.length
  for (const provider of ['auth0', 'samlp', 'oidc', 'ad', 'google-oauth2', 'email', 'github']) {
    expect(
      share((user) => user.identities[0]!.provider === provider),
      provider,
    ).toBeGreaterThan(0.003)
  }
  expect(share((user) => user.blocked === true)).toBeGreaterThan(0.01)
  expect(share((user) => user.last_login === undefined)).toBeGreaterThan(0.03)
  expect(share((user) => user.identities.length > 1)).toBeGreaterThan(0.003)
  expect(new Set(snapshot.users.map((user) => user.user_id)).size).toBe(4000)
  expect(new Set(snapshot.users.map((user) => user.email)).size).toBeLessThan(4000)
  expect(new Set(snapshot.users.map((user) => user.created_at)).size).toBeLessThan(4000)
  const holders = snapshot.roles.map(
    ({ id }) => snapshot.roleHolders.filter((row) => row.role_id === id).length,
  )
  expect(Math.max(...holders)).toBe(2400)
  expect(Math.min(...holders)).toBe(0)
  expect(snapshot.members.some(({ roles }) => roles.length > 0)).toBe(true)
})

test('shapes: what was asked for is there', async () => {
  const sandbox = await startSandbox({
    users: 3000,
    roles: 5,
    organizations: 3,
    shape: { bigOrganizationMembers: 1500, usersSharingCreatedAt: 1500, bigRoleHolders: 1501, oddIds: true },
  })
  const { tenant } = sandbox
  const moments = new Map<string, number>()
  for (const user of tenant.users) moments.set(user.created_at, (moments.get(user.created_at) ?? 0) + 1)
  expect(Math.max(...moments.values())).toBeGreaterThanOrEqual(1500)
  expect(tenant.members([...tenant.organizations].find(({ name }) => name === 'big')!.id).size).toBe(1500)
  expect(tenant.roleHolders([...tenant.roles].find(({ name }) => name === 'Everyone')!.id).size).toBe(1501)
  const odd = [...tenant.users].filter(({ user_id }) => /[%/\\ ?#]/.test(user_id))
  expect(odd.length).toBeGreaterThan(6)
  expect(odd.every(({ user_id }) => tenant.rolesOfUser(user_id).length > 0)).toBe(true)
  await sandbox.close()
})

test('a shape larger than the tenant is refused', async () => {
  await expect(startSandbox({ users: 10, shape: { bigRoleHolders: 11 } })).rejects.toThrow('only 10 users')
})

test('no users at all', async () => {
  const { snapshot } = await state({ users: 0, roles: 0, organizations: 0 })
  expect(snapshot).toEqual({ users: [], roles: [], organizations: [], roleHolders: [], members: [] })
})
