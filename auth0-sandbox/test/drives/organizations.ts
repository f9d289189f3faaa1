import type { Management } from 'auth0'
import type { Drives, World } from './world.ts'

const withConnection = ({ tenant, organization, federatedId }: World): string =>
  tenant.updateOrganization(organization().id, {
    enabled_connections: [
      {
        connection_id: federatedId,
        ...{ assign_membership_on_login: false, show_as_button: true, is_signup_enabled: false },
      },
    ],
  }).id

const invite = ({ sandbox }: World): Management.CreateOrganizationInvitationRequestContent => ({
  ...{ inviter: { name: 'Ada' }, invitee: { email: 'new@partner-mail.example' } },
  client_id: sandbox.applications.full.clientId,
})

/** A group that holds a role inside an organization, and only there. */
const groupInside = (world: World): { organization: string; group: string; role: string } => {
  const [group, role, organization] = [world.group(), world.role(), world.organization()]
  group.organization_roles.set(organization.id, new Set([role.id]))
  return { organization: organization.id, group: group.id, role: role.id }
}

/** Every field an organization may have. */
const whole = (world: World): string =>
  world.tenant.updateOrganization(world.organization().id, {
    display_name: 'Driven',
    branding: {
      logo_url: 'https://cdn.example/logo.png',
      colors: { primary: '#000000', page_background: '#ffffff' },
    },
    metadata: { plan: 'team' },
  }).id

export const organizationDrives: Drives = {
  'GET /organizations': async ({ organizations }, world) => {
    whole(world)
    return [
      await organizations.list({ take: 2, sort: 'created_at:-1' }),
      await organizations.list({ take: null, include_totals: true }),
      await organizations.list({ take: null, include_totals: false }),
    ]
  },
  'GET /organizations/name/{name}': ({ organizations }, { organization }) =>
    organizations.getByName(organization().name),
  'GET /organizations/{id}': ({ organizations }, world) => organizations.get(whole(world)),
  'GET /organizations/{id}/client-grants': ({ organizations }, { organization }) =>
    organizations.clientGrants.list(organization().id),
  'GET /organizations/{id}/clients': ({ organizations }, { organization }) =>
    organizations.clients.list(organization().id),
  'GET /organizations/{id}/discovery-domains': ({ organizations }, { organization }) =>
    organizations.discoveryDomains.list(organization().id),
  'POST /organizations': ({ organizations }, { federatedId }) =>
    organizations.create({
      ...{ name: 'sdk-made', display_name: 'SDK made', metadata: { plan: 'team' } },
      enabled_connections: [{ connection_id: federatedId, assign_membership_on_login: true }],
    }),
  'PATCH /organizations/{id}': ({ organizations }, { organization }) =>
    organizations.update(organization().id, { display_name: 'Renamed', metadata: { plan: 'team' } }),
  'DELETE /organizations/{id}': ({ organizations }, { organization }) =>
    organizations.delete(organization().id),
  'GET /organizations/{id}/enabled_connections': async ({ organizations }, world) => [
    await organizations.enabledConnections.list(withConnection(world), { include_totals: true }),
    await organizations.enabledConnections.list(withConnection(world), { include_totals: false }),
  ],
  'POST /organizations/{id}/enabled_connections': ({ organizations }, { organization, federatedId }) =>
    organizations.enabledConnections.add(organization().id, { connection_id: federatedId }),
  'GET /organizations/{id}/enabled_connections/{connectionId}': ({ organizations }, world) =>
    organizations.enabledConnections.get(withConnection(world), world.federatedId),
  'PATCH /organizations/{id}/enabled_connections/{connectionId}': ({ organizations }, world) =>
    organizations.enabledConnections.update(withConnection(world), world.federatedId, {
      assign_membership_on_login: true,
    }),
  'DELETE /organizations/{id}/enabled_connections/{connectionId}': ({ organizations }, world) =>
    organizations.enabledConnections.delete(withConnection(world), world.federatedId),
  'GET /organizations/{id}/connections': async ({ organizations }, world) => [
    await organizations.connections.list(withConnection(world), { include_totals: true }),
    await organizations.connections.list(withConnection(world), { include_totals: false }),
  ],
  'POST /organizations/{id}/connections': ({ organizations }, { organization, federatedId }) =>
    organizations.connections.create(organization().id, { connection_id: federatedId }),
  'GET /organizations/{id}/connections/{connection_id}': ({ organizations }, world) =>
    organizations.connections.get(withConnection(world), world.federatedId),
  'PATCH /organizations/{id}/connections/{connection_id}': ({ organizations }, world) =>
    organizations.connections.update(withConnection(world), world.federatedId, {
      assign_membership_on_login: true,
    }),
  'DELETE /organizations/{id}/connections/{connection_id}': ({ organizations }, world) =>
    organizations.connections.delete(withConnection(world), world.federatedId),
  'GET /organizations/{id}/members': async ({ organizations }, { member }) => {
    const { organization } = member()
    const roles = { fields: 'user_id,roles', include_fields: true }
    return [
      await organizations.members.list(organization, { take: 50 }),
      await organizations.members.list(organization, { take: 50, ...roles }),
      await organizations.members.list(organization, { take: null, include_totals: true, ...roles }),
      await organizations.members.list(organization, { take: null, include_totals: false }),
    ]
  },
  'GET /organizations/{id}/members/{user_id}/roles': async ({ organizations }, { member }) => {
    const { organization, user } = member()
    return [
      await organizations.members.roles.list(organization, user, { include_totals: true }),
      await organizations.members.roles.list(organization, user, { include_totals: false }),
    ]
  },
  'POST /organizations/{id}/members': ({ organizations }, { organization, user }) =>
    organizations.members.create(organization().id, { members: [user().user_id, user().user_id] }),
  'DELETE /organizations/{id}/members': ({ organizations }, { member }) => {
    const { organization, user } = member()
    return organizations.members.delete(organization, { members: [user] })
  },
  'POST /organizations/{id}/members/{user_id}/roles': ({ organizations }, { member, role }) => {
    const { organization, user } = member()
    return organizations.members.roles.assign(organization, user, { roles: [role().id] })
  },
  'DELETE /organizations/{id}/members/{user_id}/roles': ({ organizations }, { member }) => {
    const { organization, user, role } = member()
    return organizations.members.roles.delete(organization, user, { roles: [role] })
  },
  'GET /organizations/{id}/members/{user_id}/effective-roles': ({ organizations }, { member }) => {
    const { organization, user } = member()
    return organizations.members.effectiveRoles.list(organization, user)
  },
  'GET /organizations/{id}/roles/{role_id}/members': ({ organizations }, { member }) => {
    const { organization, role } = member()
    return organizations.roles.members.list(organization, role)
  },
  'GET /organizations/{id}/roles/{role_id}/groups': ({ organizations }, world) => {
    const { organization, role } = groupInside(world)
    return organizations.roles.groups.list(organization, role)
  },
  'GET /organizations/{organization_id}/groups': ({ organizations }, world) =>
    organizations.groups.list(groupInside(world).organization),
  'GET /organizations/{organization_id}/groups/{group_id}/roles': ({ organizations }, world) => {
    const { organization, group } = groupInside(world)
    return organizations.groups.roles.list(organization, group)
  },
  'POST /organizations/{organization_id}/groups/{group_id}/roles': ({ organizations }, world) =>
    organizations.groups.roles.create(world.organization().id, world.group().id, {
      roles: [world.role().id],
    }),
  'DELETE /organizations/{organization_id}/groups/{group_id}/roles': ({ organizations }, world) => {
    const { organization, group, role } = groupInside(world)
    return organizations.groups.roles.delete(organization, group, { roles: [role] })
  },
  'GET /organizations/{id}/invitations': async ({ organizations }, world) => {
    const { id } = world.organization()
    invited(world, id)
    return [
      await organizations.invitations.list(id, { include_totals: true }),
      await organizations.invitations.list(id, { include_totals: false }),
    ]
  },
  'GET /organizations/{id}/invitations/{invitation_id}': ({ organizations }, world) => {
    const { id } = world.organization()
    return organizations.invitations.get(id, invited(world, id))
  },
  'POST /organizations/{id}/invitations': ({ organizations }, world) =>
    organizations.invitations.create(world.organization().id, invite(world)),
  'DELETE /organizations/{id}/invitations/{invitation_id}': ({ organizations }, world) => {
    const { id } = world.organization()
    return organizations.invitations.delete(id, invited(world, id))
  },
}

function invited(world: World, organization_id: string): string {
  const { tenant } = world
  const id = tenant.newId('uinv')
  tenant.invitations.put({
    ...{ id, organization_id, ...invite(world), ticket_id: 'ticket' },
    invitation_url: 'https://example.com/login?invitation=ticket',
    ...{ created_at: tenant.isoNow(), expires_at: tenant.isoNow() },
  })
  return id
}
