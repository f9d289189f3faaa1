import type { Management } from 'auth0'
import type { EnabledConnection } from '../tenant/index.ts'
import { ApiError, noAuth0Connection, refused } from './errors.ts'
import { created, empty, ok, type Call, type Operation, type Reply } from './operation.ts'
import { pathOrganization } from './organizations.ts'
import { offsetReply } from './paging.ts'
import { offsetParameters, type QuerySpec } from './query.ts'
import type { Schema } from './schema.ts'

export const connectionsPerOrganization = 10

const settings: Record<string, Schema> = {
  assign_membership_on_login: { type: 'boolean' },
  show_as_button: { type: 'boolean' },
  is_signup_enabled: { type: 'boolean' },
}

export const enabledConnection: Schema = {
  type: 'object',
  required: ['connection_id'],
  properties: { connection_id: { type: 'string', format: 'connection-id' }, ...settings },
}

/** The row with Auth0's defaults; 404 when the tenant has no such connection. */
export function completedConnection(call: Call, row: Partial<EnabledConnection>): EnabledConnection {
  if (!call.tenant.auth0Connections.has(row.connection_id!)) throw noAuth0Connection()
  return {
    connection_id: row.connection_id!,
    assign_membership_on_login: row.assign_membership_on_login ?? false,
    show_as_button: row.show_as_button ?? true,
    is_signup_enabled: row.is_signup_enabled ?? false,
  }
}

export function enabledConnectionView(call: Call, row: EnabledConnection): Management.OrganizationConnection {
  const connection = call.tenant.auth0Connections.get(row.connection_id)!
  return { ...row, connection: { name: connection.name, strategy: connection.strategy } }
}

/** The newer family (EA) says besides whether the connection is on, and on what terms. */
function connectionView(call: Call, row: EnabledConnection): Management.OrganizationAllConnectionPost {
  const { connection_id } = row
  return {
    ...enabledConnectionView(call, row),
    connection_id,
    organization_access_level: 'none',
    is_enabled: true,
  }
}

interface Family {
  path: string
  /** Name of the item array, and of the path parameter. */
  key: string
  parameter: string
  body: Schema
  changes: Schema
  query: QuerySpec
  view: (call: Call, row: EnabledConnection) => object
}

function put(call: Call, organizationId: string, rows: readonly EnabledConnection[]): void {
  call.tenant.updateOrganization(organizationId, { enabled_connections: rows })
}

function found(call: Call, family: Family): EnabledConnection {
  const id = call.params[family.parameter]
  const row = pathOrganization(call).enabled_connections.find((other) => other.connection_id === id)
  if (!row) throw noAuth0Connection()
  return row
}

function enable(call: Call, family: Family): Reply {
  const { id, enabled_connections: old } = pathOrganization(call)
  const row = completedConnection(call, call.body as Partial<EnabledConnection>)
  if (old.some((other) => other.connection_id === row.connection_id)) {
    throw new ApiError(409, 'The connection is already enabled for this organization.')
  }
  if (old.length >= connectionsPerOrganization) {
    throw refused('No more connections can be enabled for this organization.')
  }
  put(call, id, [...old, row])
  call.wrote({
    kind: 'organization.connection.enabled',
    ids: { organization: id, connection: row.connection_id },
  })
  return created(family.view(call, row))
}

function change(call: Call, family: Family): Reply {
  const { id, enabled_connections: old } = pathOrganization(call)
  const row = found(call, family)
  const wanted = Object.entries(call.body).filter(([key]) => key in settings)
  const changed = { ...row, ...Object.fromEntries(wanted) }
  if (JSON.stringify(row) !== JSON.stringify(changed)) {
    put(
      call,
      id,
      old.map((other) => (other === row ? changed : other)),
    )
    const ids = { organization: id, connection: row.connection_id }
    call.wrote({ kind: 'organization.connection.updated', ids, values: call.body })
  }
  return ok(family.view(call, changed))
}

function disable(call: Call, family: Family): Reply {
  const { id, enabled_connections: old } = pathOrganization(call)
  const connection = call.params[family.parameter]!
  const left = old.filter((row) => row.connection_id !== connection)
  if (left.length < old.length) {
    put(call, id, left)
    call.wrote({ kind: 'organization.connection.disabled', ids: { organization: id, connection } })
  }
  return empty()
}

function operationsOf(family: Family): Operation[] {
  const one = `${family.path}/{${family.parameter}}`
  const params = { id: 'organization-id', [family.parameter]: 'connection-id' } as const
  const read = {
    scopes: { any: ['read:organization_connections'] },
    bucket: 'organizationConnections.read',
  } as const
  const write = (verb: string): Pick<Operation, 'scopes' | 'bucket'> => ({
    scopes: { any: [`${verb}:organization_connections`] },
    bucket: 'organizationConnections.write',
  })
  const list = (call: Call): Reply =>
    offsetReply(call, {
      key: family.key,
      rows: pathOrganization(call).enabled_connections,
      show: (row) => family.view(call, row),
    })
  const base = { path: family.path, params: { id: 'organization-id' } } as const
  return [
    {
      ...base,
      ...read,
      method: 'GET',
      summary: 'Get connections enabled for an organization',
      query: family.query,
      run: list,
    },
    {
      ...base,
      ...write('create'),
      method: 'POST',
      summary: 'Add connections to an organization',
      body: family.body,
      run: (call) => enable(call, family),
    },
    {
      ...read,
      method: 'GET',
      path: one,
      params,
      summary: 'Get an enabled connection for an organization',
      run: (call) => ok(family.view(call, found(call, family))),
    },
    {
      ...write('update'),
      method: 'PATCH',
      path: one,
      params,
      summary: 'Update the Connection of an Organization',
      body: family.changes,
      run: (call) => change(call, family),
    },
    {
      ...write('delete'),
      method: 'DELETE',
      path: one,
      params,
      summary: 'Delete connections from an organization',
      run: (call) => disable(call, family),
    },
  ]
}

const newerSettings: Record<string, Schema> = {
  ...settings,
  organization_connection_name: { type: 'string', min: 1, max: 50 },
  organization_access_level: { type: 'string', enum: ['none', 'readonly', 'limited', 'full'] },
  is_enabled: { type: 'boolean' },
}

export const organizationConnections: Operation[] = [
  ...operationsOf({
    path: '/organizations/{id}/enabled_connections',
    key: 'enabled_connections',
    parameter: 'connectionId',
    body: enabledConnection,
    changes: { type: 'object', properties: settings },
    query: offsetParameters(),
    view: enabledConnectionView,
  }),
  ...operationsOf({
    path: '/organizations/{id}/connections',
    key: 'connections',
    parameter: 'connection_id',
    body: {
      type: 'object',
      required: ['connection_id'],
      properties: { connection_id: { type: 'string', format: 'connection-id' }, ...newerSettings },
    },
    changes: { type: 'object', properties: newerSettings },
    query: {
      ...offsetParameters(),
      is_enabled: { kind: 'boolean', note: 'Filter connections by enabled status.' },
    },
    view: connectionView,
  }),
]
