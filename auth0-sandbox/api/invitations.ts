import type { Management } from 'auth0'
import type { Invitation } from '../tenant/index.ts'
import { ApiError, noRole, refused } from './errors.ts'
import { created, empty, ok, type Call, type Operation } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import { offsetOf } from './paging.ts'
import { fieldsParameters, offsetParameters, selectFields, text } from './query.ts'

const weekSeconds = 604_800

function open(call: Call, organizationId: string): Invitation[] {
  const now = call.tenant.isoNow()
  return [...call.tenant.invitations].filter(
    (row) => row.organization_id === organizationId && row.expires_at > now,
  )
}

const view = (row: Invitation): Management.OrganizationInvitation => row

const listInvitations: Operation = {
  method: 'GET',
  path: '/organizations/{id}/invitations',
  summary: 'Get invitations to an organization',
  scopes: { any: ['read:organization_invitations'] },
  bucket: 'invitations.read',
  params: { id: 'organization-id' },
  query: {
    ...offsetParameters(),
    ...fieldsParameters,
    sort: text('Field to sort by.', { pattern: /^[a-z_]+:-?1$/ }),
  },
  run(call) {
    const { id } = pathOrganization(call)
    const { page, perPage, totals } = offsetOf(call)
    const rows = open(call, id)
    if (!String(call.query['sort'] ?? 'created_at:-1').endsWith(':1')) rows.reverse()
    const items = rows
      .slice(page * perPage, (page + 1) * perPage)
      .map((row) => selectFields(view(row), call.query))
    // No total, whatever was asked: node-auth0#987.
    return ok(totals ? { start: page * perPage, limit: perPage, invitations: items } : items)
  },
}

function pathInvitation(call: Call): Invitation {
  const { id } = pathOrganization(call)
  const row = call.tenant.invitations.get(call.params['invitation_id']!)
  if (row?.organization_id !== id)
    throw new ApiError(404, 'The invitation does not exist.', 'inexistent_invitation')
  return row
}

const params = { id: 'organization-id', invitation_id: 'invitation-id' } as const

const getInvitation: Operation = {
  method: 'GET',
  path: '/organizations/{id}/invitations/{invitation_id}',
  summary: 'Get a specific invitation to an Organization',
  scopes: { any: ['read:organization_invitations'] },
  bucket: 'invitations.read',
  params,
  query: fieldsParameters,
  run: (call) => ok(selectFields(view(pathInvitation(call)), call.query)),
}

const createInvitation: Operation = {
  method: 'POST',
  path: '/organizations/{id}/invitations',
  summary: 'Create invitations to an organization',
  scopes: { any: ['create:organization_invitations'] },
  bucket: 'invitations.write',
  params: { id: 'organization-id' },
  body: {
    type: 'object',
    required: ['inviter', 'invitee', 'client_id'],
    properties: {
      inviter: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', min: 1, max: 300 } },
      },
      invitee: {
        type: 'object',
        required: ['email'],
        properties: { email: { type: 'string', format: 'email' } },
      },
      client_id: { type: 'string', format: 'client-id' },
      connection_id: { type: 'string', format: 'connection-id' },
      app_metadata: { type: 'object', open: true },
      user_metadata: { type: 'object', open: true },
      ttl_sec: { type: 'integer', min: 0, max: 2_592_000 },
      roles: { type: 'array', min: 1, max: 50, items: { type: 'string', format: 'role-id' } },
      send_invitation_email: { type: 'boolean' },
    },
  },
  run(call) {
    const organization = pathOrganization(call)
    const {
      ttl_sec,
      send_invitation_email: _sent,
      ...body
    } = call.body as unknown as Invitation & {
      ttl_sec?: number
      send_invitation_email?: boolean
    }
    if (!call.tenant.clients.has(body.client_id))
      throw refused('The client does not exist.', 'inexistent_client')
    if (body.roles?.some((id) => !call.tenant.roles.has(id))) throw noRole()
    const now = call.clock.now()
    const ticket = call.tenant.random.id(32)
    const row: Invitation = {
      ...body,
      id: call.tenant.newId('uinv'),
      organization_id: organization.id,
      ticket_id: ticket,
      invitation_url: `https://portal.example/login?invitation=${ticket}&organization=${organization.id}&organization_name=${organization.name}`,
      created_at: new Date(now).toISOString(),
      // Zero means the default, as when it is left out.
      expires_at: new Date(now + (ttl_sec || weekSeconds) * 1000).toISOString(),
    }
    call.tenant.invitations.put(row)
    call.wrote({
      kind: 'organization.invitation.created',
      ids: { organization: organization.id, invitation: row.id },
    })
    return created(view(row))
  },
}

const deleteInvitation: Operation = {
  method: 'DELETE',
  path: '/organizations/{id}/invitations/{invitation_id}',
  summary: 'Delete an invitation to an Organization',
  scopes: { any: ['delete:organization_invitations'] },
  bucket: 'invitations.write',
  params,
  run(call) {
    const { id, organization_id } = pathInvitation(call)
    call.tenant.invitations.delete(id)
    call.wrote({
      kind: 'organization.invitation.deleted',
      ids: { organization: organization_id, invitation: id },
    })
    return empty()
  },
}

export const invitationOperations: Operation[] = [
  listInvitations,
  getInvitation,
  createInvitation,
  deleteInvitation,
]
