import { type Drives, permissions, type World } from './world.ts'

const groupWithRole = (world: World): { readonly group: string; readonly role: string } => {
  const [group, role] = [world.group(), world.role()]
  group.roles.add(role.id)
  return { group: group.id, role: role.id }
}

export const roleDrives: Drives = {
  'GET /roles': async ({ roles }) => [
    await roles.list({ per_page: 3, include_totals: true }),
    await roles.list({ include_totals: false, name_filter: 'a' }),
  ],
  'GET /roles/{id}': ({ roles }, { role }) => roles.get(role().id),
  'GET /roles/{id}/permissions': async ({ roles }, { tenant, role }) => {
    const { id } = tenant.updateRole(role().id, { permissions })
    return [
      await roles.permissions.list(id, { include_totals: true }),
      await roles.permissions.list(id, { include_totals: false }),
    ]
  },
  'GET /roles/{id}/users': async ({ roles }, { tenant, role, user }) => {
    const { id } = role()
    for (const one of [user(), user(), user()]) tenant.assignRole(one.user_id, id)
    const offset = { queryParams: { page: 0, per_page: 2 } }
    return [
      await roles.users.list(id, { take: 2 }),
      await roles.users.list(id, { take: null, include_totals: true }, offset),
      await roles.users.list(id, { take: null, include_totals: false }, offset),
    ]
  },
  'POST /roles': ({ roles }) => roles.create({ name: 'Made by the SDK', description: 'For a test' }),
  'PATCH /roles/{id}': ({ roles }, { role }) => roles.update(role().id, { description: 'changed' }),
  'DELETE /roles/{id}': ({ roles }, { role }) => roles.delete(role().id),
  'POST /roles/{id}/users': ({ roles }, { role, user }) =>
    roles.users.assign(role().id, { users: [user().user_id, user().user_id] }),
  'POST /roles/{id}/permissions': ({ roles }, { role }) => roles.permissions.add(role().id, { permissions }),
  'DELETE /roles/{id}/permissions': ({ roles }, { tenant, role }) =>
    roles.permissions.delete(tenant.updateRole(role().id, { permissions }).id, { permissions }),
  'GET /roles/{id}/groups': ({ roles }, world) => roles.groups.get(groupWithRole(world).role),
  'POST /roles/{id}/groups': ({ roles }, { role, group }) =>
    roles.groups.create(role().id, { groups: [group().id] }),
  'DELETE /roles/{id}/groups': ({ roles }, world) => {
    const { role, group } = groupWithRole(world)
    return roles.groups.delete(role, { groups: [group] })
  },
  'GET /groups': async ({ groups }) => [
    await groups.list({ take: 2 }),
    await groups.list({ take: null, include_totals: true }),
    await groups.list({ take: null, include_totals: false }),
  ],
  'GET /groups/{id}': ({ groups }, { group }) => groups.get(group().id),
  'GET /groups/{id}/members': ({ groups }, { tenant, group, user }) => {
    const { id } = group()
    tenant.addGroupMember(id, user().user_id, 'user')
    tenant.addGroupMember(id, group().id, 'group')
    return groups.members.get(id, { take: 100 })
  },
  'GET /groups/{id}/roles': ({ groups }, world) => groups.roles.list(groupWithRole(world).group),
  'POST /groups/{id}/roles': ({ groups }, { group, role }) =>
    groups.roles.create(group().id, { roles: [role().id] }),
  'DELETE /groups/{id}/roles': ({ groups }, world) => {
    const { role, group } = groupWithRole(world)
    return groups.roles.delete(group, { roles: [role] })
  },
}
