import type { Auth0Connection, Client } from '../tenant/index.ts'
import { ApiError, noAuth0Connection } from './errors.ts'
import { ok, type Call, type Operation } from './operation.ts'
import { offsetReply, pagedReply } from './paging.ts'
import { checkpointParameters, fieldsParameters, offsetParameters, selectFields, text } from './query.ts'

const paged = { ...offsetParameters(), ...checkpointParameters }

function connectionView(row: Auth0Connection): Record<string, unknown> {
  const { id, name, strategy, display_name, options, realms, is_domain_connection } = row
  const { password_min_length: _p, ...shown } = options
  return {
    id,
    options: shown,
    strategy,
    name,
    ...(display_name === undefined ? {} : { display_name }),
    is_domain_connection,
    realms,
  }
}

const listConnections: Operation = {
  method: 'GET',
  path: '/connections',
  summary: 'Get all connections',
  scopes: { any: ['read:connections'] },
  bucket: 'connections.read',
  query: {
    ...paged,
    ...fieldsParameters,
    strategy: text('Provide strategies to only retrieve connections with such strategies'),
    name: text('Provide the name of the connection to retrieve'),
  },
  run(call) {
    const { name } = call.query
    const strategies = call.url.searchParams.getAll('strategy')
    const rows = [...call.tenant.auth0Connections].filter(
      (row) =>
        (strategies.length === 0 || strategies.includes(row.strategy)) &&
        (name === undefined || row.name === name),
    )
    return pagedReply(call, {
      key: 'connections',
      rows,
      show: (row) => selectFields(connectionView(row), call.query),
      idOf: (row) => row.id,
      momentOf: () => 0,
    })
  },
}

const getConnection: Operation = {
  method: 'GET',
  path: '/connections/{id}',
  summary: 'Get a connection',
  scopes: { any: ['read:connections'] },
  bucket: 'connections.read',
  params: { id: 'connection-id' },
  query: fieldsParameters,
  run(call) {
    const row = call.tenant.auth0Connections.get(call.params['id']!)
    if (!row) throw noAuth0Connection()
    return ok(selectFields(connectionView(row), call.query))
  },
}

const credentialsOf = (row: Client): { id: string }[] =>
  row.public_keys.map((key, index) => ({ id: key.kid ?? `cred_${index}` }))

/** Secrets are shown to nobody: the sandbox grants read:client_keys, and honours it with a placeholder. */
function clientView(call: Call, row: Client): Record<string, unknown> {
  const { client_id, name, app_type, grant_types, is_first_party, token_endpoint_auth_method } = row
  if (!call.scopes.has('read:clients')) return { client_id, name, app_type }
  return {
    tenant: 'sandbox',
    global: false,
    client_id,
    name,
    app_type,
    grant_types,
    is_first_party,
    ...(token_endpoint_auth_method === 'private_key_jwt'
      ? { client_authentication_methods: { private_key_jwt: { credentials: credentialsOf(row) } } }
      : { token_endpoint_auth_method }),
    ...(call.scopes.has('read:client_keys') ? { client_secret: 'shown-by-auth0-not-by-the-sandbox' } : {}),
  }
}

const listClients: Operation = {
  method: 'GET',
  path: '/clients',
  summary: 'Get clients',
  scopes: { any: ['read:clients', 'read:client_keys', 'read:client_credentials', 'read:client_summary'] },
  bucket: 'clients.read',
  query: {
    ...offsetParameters(0),
    ...checkpointParameters,
    ...fieldsParameters,
    is_global: { kind: 'boolean', note: 'Optional filter on the global client parameter.' },
    is_first_party: {
      kind: 'boolean',
      note: 'Optional filter on whether or not a client is a first-party client.',
    },
    external_client_id: text('Optional filter by the Client ID Metadata Document URI.', { max: 120 }),
    q: text('Advanced query in Lucene syntax; not evaluated by the sandbox.'),
    app_type: text('Optional filter by a comma-separated list of application types.'),
  },
  run(call) {
    const types = call.query['app_type'] === undefined ? undefined : String(call.query['app_type']).split(',')
    return pagedReply(call, {
      key: 'clients',
      rows:
        call.query['is_global'] === true
          ? []
          : [...call.tenant.clients].filter((row) => !types || types.includes(row.app_type)),
      show: (row) => selectFields(clientView(call, row), call.query),
      idOf: (row) => row.client_id,
      momentOf: () => 0,
    })
  },
}

const getClient: Operation = {
  method: 'GET',
  path: '/clients/{id}',
  summary: 'Get a client',
  scopes: { any: ['read:clients', 'read:client_keys', 'read:client_credentials', 'read:client_summary'] },
  bucket: 'clients.read',
  params: { id: 'client-id' },
  query: fieldsParameters,
  run(call) {
    const row = call.tenant.clients.get(call.params['id']!)
    if (!row) throw new ApiError(404, 'The client does not exist', 'inexistent_client')
    return ok(selectFields(clientView(call, row), call.query))
  },
}

const listClientGrants: Operation = {
  method: 'GET',
  path: '/client-grants',
  summary: 'Get client grants',
  scopes: { any: ['read:client_grants'] },
  bucket: 'other',
  query: {
    ...paged,
    audience: text('Optional filter on audience.'),
    client_id: text('Optional filter on client_id.'),
    allow_any_organization: { kind: 'boolean', note: 'Optional filter on allow_any_organization.' },
    default_for: text('Applies this client grant as the default for all clients of a kind.'),
    subject_type: text('The type of application access the client grant allows.'),
  },
  run(call) {
    const { audience, client_id: client } = call.query
    const rows = [...call.tenant.clientGrants].filter(
      (row) =>
        (audience === undefined || row.audience === audience) &&
        (client === undefined || row.client_id === client),
    )
    return pagedReply(call, {
      key: 'client_grants',
      rows,
      show: (row) => ({ ...row, subject_type: 'client' }),
      idOf: (row) => row.id,
      momentOf: () => 0,
    })
  },
}

const listResourceServers: Operation = {
  method: 'GET',
  path: '/resource-servers',
  summary: 'Get resource servers',
  scopes: { any: ['read:resource_servers'] },
  bucket: 'other',
  query: {
    ...offsetParameters(),
    include_fields: fieldsParameters['include_fields']!,
    identifiers: text('Filter on identifiers.'),
  },
  run(call) {
    const wanted = call.url.searchParams.getAll('identifiers')
    const rows = [...call.tenant.resourceServers].filter(
      ({ identifier }) => wanted.length === 0 || wanted.includes(identifier),
    )
    return offsetReply(call, {
      key: 'resource_servers',
      rows,
      show: (row) => ({ ...row, signing_alg: 'RS256' }),
    })
  },
}

const getResourceServer: Operation = {
  method: 'GET',
  path: '/resource-servers/{id}',
  summary: 'Get a resource server',
  scopes: { any: ['read:resource_servers'] },
  bucket: 'other',
  params: { id: 'any' },
  query: { include_fields: fieldsParameters['include_fields']! },
  run(call) {
    const id = call.params['id']!
    const row = call.tenant.resourceServers.get(id) ?? call.tenant.resourceServer(id)
    if (!row) throw new ApiError(404, 'The resource server does not exist', 'inexistent_resource_server')
    return ok({ ...row, signing_alg: 'RS256' })
  },
}

const tenantSettings: Operation = {
  method: 'GET',
  path: '/tenants/settings',
  summary: 'Get tenant settings',
  scopes: { any: ['read:tenant_settings'] },
  bucket: 'other',
  query: fieldsParameters,
  run(call) {
    const settings = {
      friendly_name: call.tenant.friendlyName,
      support_email: 'support@sandbox.example',
      enabled_locales: ['en'],
      session_lifetime: 168,
      idle_session_lifetime: 72,
      sandbox_version: '22',
      flags: { enable_client_connections: false },
    }
    return ok(selectFields(settings, call.query))
  },
}

const activeUsers: Operation = {
  method: 'GET',
  path: '/stats/active-users',
  summary: 'Get active users count',
  scopes: { any: ['read:stats'] },
  bucket: 'other',
  run(call) {
    const since = new Date(call.clock.now() - 30 * 86_400_000).toISOString()
    let count = 0
    for (const user of call.tenant.users) if ((user.last_login ?? '') >= since) count++
    return ok(count)
  },
}

const day = /^\d{8}$/

const dailyStats: Operation = {
  method: 'GET',
  path: '/stats/daily',
  summary: 'Get daily stats',
  scopes: { any: ['read:stats'] },
  bucket: 'other',
  query: {
    from: text('Optional first day of the date range (inclusive) in YYYYMMDD format.', { pattern: day }),
    to: text('Optional last day of the date range (inclusive) in YYYYMMDD format.', { pattern: day }),
  },
  run(call) {
    const plain = (iso: string): string => iso.slice(0, 10).replaceAll('-', '')
    const from = String(
      call.query['from'] ?? plain(new Date(call.clock.now() - 30 * 86_400_000).toISOString()),
    )
    const to = String(call.query['to'] ?? plain(call.tenant.isoNow()))
    const days = new Map<
      string,
      { date: string; logins: number; signups: number; leaked_passwords: number }
    >()
    const count = (iso: string | undefined, what: 'logins' | 'signups'): void => {
      if (iso === undefined || plain(iso) < from || plain(iso) > to) return
      const date = `${iso.slice(0, 10)}T00:00:00.000Z`
      const row = days.get(date) ?? { date, logins: 0, signups: 0, leaked_passwords: 0 }
      row[what]++
      days.set(date, row)
    }
    for (const user of call.tenant.users) {
      count(user.created_at, 'signups')
      count(user.last_login, 'logins')
    }
    return ok([...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)))
  },
}

export const tenantReads: Operation[] = [
  listConnections,
  getConnection,
  listClients,
  getClient,
  listClientGrants,
  listResourceServers,
  getResourceServer,
  tenantSettings,
  activeUsers,
  dailyStats,
]
