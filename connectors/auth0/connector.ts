import { type Connector, FailureError } from '@owlie/connector-kit'
import { appliers } from './apply.ts'
import { checkChange } from './check-change.ts'
import { failureOf, missingScopes } from './classify.ts'
import { checkConfig, hosts } from './config.ts'
import { findOrganization, findRole, findUser } from './find.ts'
import { heldMemberRoles, heldMemberships, heldRoles } from './held.ts'
import { lookRoute } from './look-route.ts'
import { inEffect, looks } from './looks.ts'
import { hints } from './hints.ts'
import { manifest } from './manifest.ts'
import { matchOrganization, matchRole, matchUser } from './match.ts'
import { routeOf } from './operations.ts'
import { readAccountPermissions } from './account-permissions.ts'
import { planRead } from './plan-read.ts'
import { rateRules } from './rate-buckets.ts'
import { readAuth0Connections, readResourceServers, readRolePermissions } from './read-catalogue.ts'
import { readGroupMembers, readGroupRoles, readGroups } from './read-groups.ts'
import { readOrganizationMembers } from './read-members.ts'
import { readOrganizations, readRoleMembers, readRoles, readUsers } from './read.ts'
import { adviseScopes } from './scopes.ts'
import { setupSnippets } from './setup-snippets.ts'
import { testConnection } from './test-connection.ts'
import { tokenOf } from './token.ts'

export const auth0: Connector = {
  manifest,
  hosts,
  route: routeOf,
  checkConfig,
  adviseScopes,
  setupSnippets,
  test: testConnection,
  missingScopes,
  forecast: planRead,
  rate: rateRules,
  async grantedScopes(session) {
    try {
      return { scopes: (await tokenOf(session)).scopes }
    } catch (error) {
      if (error instanceof FailureError) return { failure: error.failure }
      if (!session.signal.aborted) throw error
      const context = {
        operation: 'listUsers',
        capability: 'get a token',
        domain: '',
        granted: null,
      } as const
      return { failure: failureOf(error, { ...context, now: session.clock.now(), aborted: true }) }
    }
  },
  read: {
    users: readUsers,
    roles: readRoles,
    role_members: readRoleMembers,
    organizations: readOrganizations,
    organization_members: readOrganizationMembers,
    resource_servers: readResourceServers,
    role_permissions: readRolePermissions,
    auth0_connections: readAuth0Connections,
    groups: readGroups,
    group_members: readGroupMembers,
    group_roles: readGroupRoles,
  },
  find: { users: findUser, roles: findRole, organizations: findOrganization },
  held: {
    role_members: heldRoles,
    organization_members: heldMemberships,
    organization_member_roles: heldMemberRoles,
  },
  hints,
  match: { users: matchUser, roles: matchRole, organizations: matchOrganization },
  apply: appliers,
  checkChange,
  looks,
  lookRoute,
  inEffect,
  permissions: readAccountPermissions,
}
