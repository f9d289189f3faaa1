import { type Drives, permissions, type World } from './world.ts'

const withRole = ({ tenant, user, role }: World): { readonly user: string; readonly role: string } => {
  const [{ user_id }, { id }] = [user(), role()]
  tenant.assignRole(user_id, id)
  return { user: user_id, role: id }
}

const blocked = ({ tenant, user }: World): { readonly id: string; readonly identifier: string } => {
  const { user_id: id, email: identifier = '' } = user()
  tenant.bruteForceBlocks.set(id, [{ identifier, ip: '203.0.113.9' }])
  return { id, identifier }
}

const roleThroughGroup = (world: World): { readonly user: string; readonly role: string } => {
  const { tenant } = world
  const [group, role, { user_id: user }] = [world.group(), world.role(), world.user()]
  tenant.updateRole(role.id, { permissions })
  group.roles.add(role.id)
  tenant.addGroupMember(group.id, user, 'user')
  return { user, role: role.id }
}

export const userDrives: Drives = {
  'GET /users': async ({ users }) => [
    await users.list({ per_page: 3, include_totals: true, sort: 'created_at:1' }),
    await users.list({ per_page: 3, include_totals: false, fields: 'user_id,identities,app_metadata' }),
    await users.list({ q: 'email.domain:"lumenhealth.example"', search_engine: 'v3' }),
  ],
  'GET /users-by-email': ({ users }, { user }) => users.listUsersByEmail({ email: user().email! }),
  'GET /users/{id}': async ({ users }, { user }) => [
    await users.get(user({ app_metadata: { team: 'x' }, blocked: true }).user_id),
    await users.get(user().user_id, { fields: 'user_id,email', include_fields: true }),
  ],
  'GET /users/{id}/roles': async ({ users }, world) => [
    await users.roles.list(withRole(world).user, { per_page: 50, include_totals: true }),
    await users.roles.list(withRole(world).user, { include_totals: false }),
  ],
  'GET /users/{id}/organizations': async ({ users }, { member }) => [
    await users.organizations.list(member().user, { include_totals: true }),
    await users.organizations.list(member().user, { include_totals: false }),
  ],
  'GET /users/{id}/permissions': async ({ users }, world) => {
    const { user, role } = withRole(world)
    world.tenant.updateRole(role, { permissions })
    world.tenant.setDirectPermissions(user, permissions)
    return [
      await users.permissions.list(user, { include_totals: true }),
      await users.permissions.list(user, { include_totals: false }),
    ]
  },
  'POST /users': ({ users }) =>
    users.create({
      ...{ connection: 'Username-Password-Authentication', email: 'made.by@lumenhealth.example' },
      ...{ password: 'correct horse battery', verify_email: false, user_metadata: { theme: 'dark' } },
    }),
  'DELETE /users/{id}': ({ users }, { user }) => users.delete(user().user_id),
  'DELETE /connections/{id}/users': ({ connections }, { user, connectionId }) =>
    connections.users.deleteByEmail(connectionId, { email: user().email! }),
  'POST /users/{id}/roles': ({ users }, { user, role }) =>
    users.roles.assign(user().user_id, { roles: [role().id] }),
  'DELETE /users/{id}/roles': ({ users }, world) => {
    const { user, role } = withRole(world)
    return users.roles.delete(user, { roles: [role] })
  },
  'POST /users/{id}/identities': ({ users }, { user }) => {
    const second = user()
    return users.identities.link(user().user_id, {
      ...{ provider: 'auth0', user_id: second.user_id.slice('auth0|'.length) },
    })
  },
  'DELETE /users/{id}/identities/{provider}/{user_id}': ({ users }, { user }) => {
    const own = user().identities[0]!
    const other = { ...own, user_id: 'second', profileData: { email: 'second@lumenhealth.example' } }
    const { user_id } = user({ identities: [own, other] })
    return users.identities.delete(user_id, 'auth0', 'second')
  },
  'PATCH /users/{id}': ({ users }, { user }) =>
    users.update(user().user_id, { name: 'Renamed', blocked: true, app_metadata: { team: 'x' } }),
  'POST /users/{id}/permissions': ({ users }, { user }) =>
    users.permissions.create(user().user_id, { permissions }),
  'DELETE /users/{id}/permissions': ({ users }, { tenant, user }) => {
    const { user_id } = user()
    tenant.setDirectPermissions(user_id, permissions)
    return users.permissions.delete(user_id, { permissions })
  },
  'GET /users/{id}/groups': async ({ users }, world) => [
    await users.groups.get(roleThroughGroup(world).user, { take: 10 }),
    await users.groups.get(roleThroughGroup(world).user),
  ],
  'GET /users/{id}/effective-roles': ({ users }, world) =>
    users.effectiveRoles.list(roleThroughGroup(world).user, { take: 10 }),
  'GET /users/{id}/effective-roles/sources/groups': ({ users }, world) => {
    const { user, role } = roleThroughGroup(world)
    return users.effectiveRoles.sources.groups.list(user, { role_id: role })
  },
  'GET /users/{id}/effective-permissions': ({ users }, world) =>
    users.effectivePermissions.list(roleThroughGroup(world).user, { resource_server_identifier: world.api }),
  'POST /users/{id}/revoke-access': ({ users }, { user }) => users.revokeAccess(user().user_id, {}),
  'DELETE /users/{id}/sessions': ({ users }, { user }) => users.sessions.delete(user().user_id),
  'DELETE /users/{id}/refresh-tokens': ({ users }, { user }) => users.refreshToken.delete(user().user_id),
  'GET /users/{id}/sessions': ({ users }, { user }) => users.sessions.list(user().user_id),
  'GET /users/{id}/refresh-tokens': ({ users }, { user }) => users.refreshToken.list(user().user_id),
  'GET /users/{id}/authentication-methods': async ({ users }, { user }) => [
    await users.authenticationMethods.list(user().user_id, { include_totals: true }),
    await users.authenticationMethods.list(user().user_id, { include_totals: false }),
  ],
  'GET /user-blocks/{id}': ({ userBlocks }, world) => userBlocks.list(blocked(world).id),
  'DELETE /user-blocks/{id}': ({ userBlocks }, world) => userBlocks.delete(blocked(world).id),
  'GET /user-blocks': ({ userBlocks }, world) =>
    userBlocks.listByIdentifier({ identifier: blocked(world).identifier }),
  'DELETE /user-blocks': ({ userBlocks }, world) =>
    userBlocks.deleteByIdentifier({ identifier: blocked(world).identifier }),
  'GET /users/{id}/logs': async ({ users }, { user }) => [
    await users.logs.list(user().user_id, { include_totals: true }),
    await users.logs.list(user().user_id, { include_totals: false }),
  ],
}
