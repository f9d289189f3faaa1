import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../connections/index.ts'
import { auth0 } from '@owlie/connector-auth0'
import { systemClock } from '@owlie/connector-kit'
import { ada, granted, openSandboxBench, type SandboxBench } from '../sync/test/bench.ts'
import { isRefusal } from '../model/index.ts'
import { type Access, createAccess } from './index.ts'

/** Against the sandbox tenant: what a sync brought, held against Auth0's own answers. */

let bench: SandboxBench
let connection: Connection
let access: Access
const portal = 'https://portal.example/api'

beforeAll(async () => {
  bench = await openSandboxBench({
    ...{ users: 120, roles: 8, organizations: 12, shape: { groups: 6, membersPerOrganization: 8 } },
  })
  const { database, connections, inventory } = bench
  const connectors = new Map([['auth0', auth0]])
  access = createAccess({ database, connectors, connections, inventory, clock: systemClock })
  connection = await bench.connect(bench.sandbox.applications.everything)
  expect((await bench.sync1(connection)).status).toBe('complete')
}, 90_000)
afterAll(() => bench.close())

async function accountId(externalId: string, of = connection): Promise<string> {
  const { nodes } = await bench.inventory.accounts(ada.tenantId, {
    search: externalId,
    first: 10,
    connectionId: of.id,
  })
  return nodes.find((one) => one.externalId === externalId)!.id
}

/** Roles at tenant level by Auth0's own rules, worked out from its state. */
function truth(user: string): { readonly roles: Set<string>; readonly permissions: Set<string> } {
  const { tenant } = bench.sandbox
  const groups = new Set(tenant.groupsOf(user))
  for (const group of groups) for (const outer of tenant.groupsOf(group)) groups.add(outer)
  const ofGroups = [...groups].flatMap((id) => [...tenant.groups.get(id)!.roles])
  const roles = new Set([...tenant.rolesOfUser(user), ...ofGroups])
  const inside = tenant.organizationsOfUser(user).flatMap((id) => tenant.members(id).get(user)!.roles)
  const permissions = [...roles, ...inside].flatMap((id) => tenant.roles.get(id)!.permissions)
  return {
    roles,
    permissions: new Set(
      permissions.map((one) => `${one.permission_name} ${one.resource_server_identifier}`),
    ),
  }
}

describe('effective access', () => {
  it('of everybody is what the tenant’s own rules give, and costs Auth0 nothing', async () => {
    const before = bench.sandbox.requests.total
    let throughGroups = 0
    for (const { user_id: user } of bench.sandbox.tenant.users) {
      const found = (await access.effective(ada.tenantId, await accountId(user)))!
      const entitlements = await bench.inventory.entitlementsById(
        ada.tenantId,
        found.entitlements.map((one) => one.entitlementId),
      )
      const roles = [...entitlements.values()].filter(({ type }) => type === 'role')
      const { roles: wanted, permissions } = truth(user)
      expect(new Set(roles.map(({ externalId }) => externalId))).toEqual(wanted)
      expect(new Set(found.permissions.map(({ name, api }) => `${name} ${api}`))).toEqual(permissions)
      expect(found.entitlements.every(({ origins }) => origins.length > 0)).toBe(true)
      throughGroups += found.entitlements.filter(({ origins }) =>
        origins.some(({ words }) => words.startsWith('through group')),
      ).length
    }
    expect(throughGroups).toBeGreaterThan(0)
    expect(bench.sandbox.requests.total).toBe(before)
  }, 60_000)

  it('says what was never read, with the scopes it takes', async () => {
    const readOnly = await bench.connect(bench.sandbox.applications.readOnlyPlus)
    expect((await bench.sync1(readOnly)).status).toBe('complete')
    const { user_id } = [...bench.sandbox.tenant.users][0]!
    const found = (await access.effective(ada.tenantId, await accountId(user_id, readOnly)))!
    expect(found.asOf).not.toBeNull()
    const unseen = new Map(found.unseen.map(({ kind, scopes }) => [kind, scopes]))
    expect(unseen.get('group_roles')).toEqual(['read:groups', 'read:group_roles'])
    expect([...unseen.keys()]).not.toContain('role_members')
    expect([...unseen.keys()]).toContain('role_permissions')
  })

  it('is nobody else’s: another tenant sees no account', async () => {
    const { user_id } = [...bench.sandbox.tenant.users][0]!
    const id = await accountId(user_id)
    expect(await access.effective('another', id)).toBeNull()
    expect(await access.readPermissions({ ...ada, tenantId: 'another' }, id)).toMatchObject({
      refused: [{ code: 'access.account_not_found' }],
    })
    expect(await access.effective(ada.tenantId, 'no id')).toBeNull()
  })
})

describe('permissions read from the target', () => {
  it('show direct ones, cost a token and one request, are shared by those who ask at once, and are audited', async () => {
    const { tenant, requests } = bench.sandbox
    const { user_id } = [...tenant.users][1]!
    const direct = [{ permission_name: 'read:profile', resource_server_identifier: portal }]
    tenant.setDirectPermissions(user_id, direct)
    const id = await accountId(user_id)
    const before = requests.total
    const answers = await Promise.all([1, 2].map(() => access.readPermissions(ada, id)))
    const { permissions, requests: cost, readAt } = granted(answers[0]!)
    expect(requests.total - before).toBe(2)
    expect(cost).toBe(2)
    expect(readAt.getTime()).toBeGreaterThan(Date.now() - 60_000)
    const found = permissions.find(({ name, api }) => name === 'read:profile' && api === portal)!
    expect(found.sources.map(({ type }) => type)).toContain('direct')
    const { rows } = await bench.database.tenant(ada.tenantId, (trx) =>
      sql<{ action: string }>`select action from audit_event where subject_id = ${id}`.execute(trx),
    )
    expect(rows.map(({ action }) => action)).toEqual(['account.permissions_read', 'account.permissions_read'])
  })

  it('of an account that is gone say so; without an account nothing is asked', async () => {
    const { user_id } = [...bench.sandbox.tenant.users].at(-1)!
    const id = await accountId(user_id)
    bench.sandbox.tenant.removeUser(user_id)
    const gone = await access.readPermissions(ada, id)
    expect(isRefusal(gone) && gone.refused[0]).toMatchObject({ kind: 'missing' })
    expect(isRefusal(gone) && gone.refused[0]!.remedy).toContain('Run a sync')
  })
})
