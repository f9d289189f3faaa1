import type { Organization } from '../tenant/index.ts'
import { ApiError, refused } from './errors.ts'
import { created, empty, ok, type Call, type Operation } from './operation.ts'
import {
  completedConnection,
  connectionsPerOrganization,
  enabledConnection,
  enabledConnectionView,
} from './organization-connections.ts'
import { organizationView, pathOrganization } from './organizations.ts'
import type { Schema } from './schema.ts'
import { insufficientScope } from './scopes.ts'

const colour: Schema = { type: 'string', pattern: /^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$|^[a-z]+$/ }

const common: Record<string, Schema> = {
  name: { type: 'string', min: 1, max: 50, format: 'organization-name' },
  display_name: { type: 'string', min: 1, max: 255 },
  branding: {
    type: 'object',
    properties: {
      logo_url: { type: 'string', format: 'strict-https-uri' },
      colors: {
        type: 'object',
        required: ['primary', 'page_background'],
        properties: { primary: colour, page_background: colour },
      },
    },
  },
  metadata: { type: 'object', open: true },
}

function checkOrganization(call: Call, body: Partial<Organization>, except?: string): void {
  const metadata = Object.entries(body.metadata ?? {})
  if (metadata.length > 25) throw refused('Metadata must not have more than 25 properties.')
  for (const [key, value] of metadata as [string, unknown][]) {
    if (value !== null && (typeof value !== 'string' || value.length > 255)) {
      throw refused(`Metadata value of ${key} must be a string of at most 255 characters.`)
    }
  }
  if (body.name === undefined) return
  for (const row of call.tenant.organizations) {
    if (row.id === except || row.name !== body.name) continue
    throw new ApiError(409, 'An organization with the same name already exists.', 'organization_conflict')
  }
}

function withoutNulls(metadata: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) as Record<
    string,
    string
  >
}

const createOrganization: Operation = {
  method: 'POST',
  path: '/organizations',
  summary: 'Create an organization',
  scopes: { any: ['create:organizations'] },
  bucket: 'organizations.write',
  body: {
    type: 'object',
    required: ['name'],
    properties: {
      ...common,
      enabled_connections: { type: 'array', max: connectionsPerOrganization, items: enabledConnection },
    },
  },
  run(call) {
    const body = call.body as Partial<Organization> & { name: string }
    const { enabled_connections: asked = [], metadata, ...rest } = body
    if (asked.length > 0 && !call.scopes.has('create:organization_connections')) {
      throw insufficientScope({ any: ['create:organization_connections'] })
    }
    checkOrganization(call, body)
    const organization = call.tenant.addOrganization({
      ...rest,
      ...(metadata ? { metadata: withoutNulls(metadata) } : {}),
      enabled_connections: asked.map((row) => completedConnection(call, row)),
    })
    call.wrote({ kind: 'organization.created', ids: { organization: organization.id }, values: call.body })
    const shown = organizationView(organization)
    const connections = organization.enabled_connections.map((row) => enabledConnectionView(call, row))
    return created(asked.length > 0 ? { ...shown, enabled_connections: connections } : shown)
  },
}

const updateOrganization: Operation = {
  method: 'PATCH',
  path: '/organizations/{id}',
  summary: 'Modify an organization',
  scopes: { any: ['update:organizations'] },
  bucket: 'organizations.write',
  params: { id: 'organization-id' },
  body: { type: 'object', properties: common },
  run(call) {
    const old = pathOrganization(call)
    const body = call.body as Partial<Organization>
    checkOrganization(call, body, old.id)
    const base = call.quirks.replaceOrganizationMetadata ? {} : old.metadata
    const changed = call.tenant.updateOrganization(old.id, {
      ...body,
      ...(body.metadata ? { metadata: withoutNulls({ ...base, ...body.metadata }) } : {}),
    })
    if (JSON.stringify(organizationView(old)) !== JSON.stringify(organizationView(changed))) {
      call.wrote({ kind: 'organization.updated', ids: { organization: old.id }, values: call.body })
    }
    return ok(organizationView(changed))
  },
}

const deleteOrganization: Operation = {
  method: 'DELETE',
  path: '/organizations/{id}',
  summary: 'Delete an organization',
  scopes: { any: ['delete:organizations'] },
  bucket: 'organizations.write',
  params: { id: 'organization-id' },
  run(call) {
    const { id } = pathOrganization(call)
    call.tenant.removeOrganization(id)
    call.wrote({ kind: 'organization.deleted', ids: { organization: id } })
    return empty()
  },
}

export const organizationWrites: Operation[] = [createOrganization, updateOrganization, deleteOrganization]
