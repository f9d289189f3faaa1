/**
 * The first state of a tenant: believable people with uneven access, the same for the same seed.
 *
 * Owns the names, the companies with their Auth0 connections, the roles with permissions, organizations,
 * memberships, groups and the applications a connector can be tried with, and the particular shapes a test
 * may ask for (one organization with N members, N users sharing one `created_at`, a role with N holders,
 * ids that need encoding).
 *
 * Promises: one seed and one size give one state, byte for byte, on any machine and any day (dates are
 * relative to a fixed moment); 200,000 users and 2,000 organizations take seconds. Rows are made in order of
 * time, so that nothing has to be inserted in the middle.
 *
 * Fails: a shape larger than the number of users throws at start.
 */
import { createRandom } from '../random.ts'
import type { SandboxOptions, SeedShape } from '../options.ts'
import type { TenantState } from '../tenant/index.ts'
import {
  assignTo,
  joinAll,
  pickSome,
  seedGroups,
  seedHolders,
  seedMembers,
  seedOrganizations,
  seedRoles,
} from './access.ts'
import { managementScopes } from './applications.ts'
import { seedApis, seedConnections } from './connections.ts'
import { oddIds, seedMoment, seedUsers } from './users.ts'

export {
  applicationPlans,
  customApiIdentifier,
  stableText,
  type ApplicationName,
  type ApplicationPlan,
} from './applications.ts'

const ordinary: SeedShape = {
  bigOrganizationMembers: 0,
  usersSharingCreatedAt: 0,
  bigRoleHolders: 0,
  oddIds: false,
  membersPerOrganization: 30,
  groups: 6,
}

/** Fills an empty tenant. `audience` is the Management API's identifier. */
export function seedTenant(tenant: TenantState, options: SandboxOptions, audience: string): void {
  const shape = { ...ordinary, ...options.shape }
  const count = options.users ?? 5000
  for (const name of ['bigOrganizationMembers', 'usersSharingCreatedAt', 'bigRoleHolders'] as const) {
    if (shape[name] > count)
      throw new Error(`shape.${name} is ${shape[name]}, but there are only ${count} users`)
  }
  // A stream per part, so that asking for more of one does not change the others.
  const random = (part: string): ReturnType<typeof createRandom> =>
    createRandom(`${options.seed ?? 1}/${part}`)
  seedConnections(tenant, random('connections'))
  seedApis(tenant, random('apis'), audience, managementScopes)
  const users = seedUsers(random('users'), {
    count,
    sharingCreatedAt: shape.usersSharingCreatedAt,
    oddIds: shape.oddIds,
  })
  tenant.fillUsers(users)
  const userIds = [...tenant.users].map((user) => user.user_id)
  const roles = seedRoles(tenant, random('roles'), options.roles ?? 40)
  seedHolders(tenant, random('holders'), roles, userIds)
  const organizations = seedOrganizations(tenant, random('organizations'), options.organizations ?? 120)
  seedMembers(tenant, random('members'), organizations, roles, userIds, shape.membersPerOrganization)
  if (userIds.length > 0) seedGroups(tenant, random('groups'), shape.groups, roles, organizations, userIds)
  seedShapes(tenant, random('shapes'), shape, userIds)
}

function seedShapes(
  tenant: TenantState,
  random: ReturnType<typeof createRandom>,
  shape: SeedShape,
  userIds: readonly string[],
): void {
  const someRoles = [...tenant.roles].slice(0, 3)
  if (shape.bigRoleHolders > 0) {
    const role = tenant.addRole({
      id: `rol_${random.id(16)}`,
      name: 'Everyone',
      description: 'Held by very many',
      created_at: seedMoment,
    })
    assignTo(tenant, random, role.id, pickSome(random, userIds, shape.bigRoleHolders))
  }
  const big = shape.bigOrganizationMembers
  if (big > 0) {
    const organization = tenant.addOrganization({
      id: `org_${random.id(16)}`,
      name: 'big',
      display_name: 'Big',
      created_at: seedMoment,
    })
    joinAll(tenant, random, organization.id, pickSome(random, userIds, big), someRoles)
  }
  if (!shape.oddIds) return
  const organization = tenant.organizations.rows()[0]
  for (const userId of oddIds) {
    if (!tenant.users.has(userId)) continue
    if (someRoles[0]) tenant.assignRole(userId, someRoles[0].id, seedMoment)
    if (organization)
      tenant.addMember(
        organization.id,
        userId,
        someRoles.slice(0, 1).map(({ id }) => id),
        0,
        seedMoment,
      )
  }
}
