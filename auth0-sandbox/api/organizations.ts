import type { Management } from 'auth0'
import type { Organization } from '../tenant/index.ts'
import { noOrganization } from './errors.ts'
import { ok, type Call, type Operation } from './operation.ts'
import { pagedReply, wantsCheckpoint } from './paging.ts'
import { checkpointParameters, offsetParameters, text } from './query.ts'

/** As Auth0 returns it: without dates, although lists can be sorted by them. */
export function organizationView(organization: Organization): Management.Organization {
  const { id, name, display_name, branding, metadata } = organization
  return {
    id,
    name,
    ...(display_name === undefined ? {} : { display_name }),
    ...(branding === undefined ? {} : { branding }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

export function pathOrganization(call: Call, name = 'id'): Organization {
  const organization = call.tenant.organizations.get(call.params[name]!)
  if (!organization) throw noOrganization()
  return organization
}

const scopes = { any: ['read:organizations', 'read:organizations_summary'] }

const listOrganizations: Operation = {
  method: 'GET',
  path: '/organizations',
  summary: 'Get organizations',
  scopes,
  bucket: 'organizations.list',
  query: {
    ...offsetParameters(),
    ...checkpointParameters,
    sort: text(
      'Field to sort by. Use <code>field:order</code> where order is <code>1</code> for ascending.',
      {
        pattern: /^(name|display_name|created_at):-?1$/,
      },
    ),
  },
  run: (call) =>
    pagedReply(call, {
      key: 'organizations',
      rows: sortedOrganizations(call),
      show: organizationView,
      idOf: (row) => row.id,
      momentOf: (row) => row.created_at,
    }),
}

/** Cursors walk by creation, so `sort` counts for offset pages only. */
function sortedOrganizations(call: Call): readonly Organization[] {
  const rows = call.tenant.organizations.rows()
  const { sort } = call.query
  if (typeof sort !== 'string' || wantsCheckpoint(call)) return rows
  const [field, order] = sort.split(':') as ['name' | 'display_name' | 'created_at', string]
  const shuffled = call.quirks.shuffledTies ? call.tenant.random.shuffle([...rows]) : [...rows]
  const keyOf = (row: Organization): string | number => row[field] ?? ''
  const sign = order === '-1' ? -1 : 1
  return shuffled.sort((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) < keyOf(b) ? -sign : sign))
}

const getOrganization: Operation = {
  method: 'GET',
  path: '/organizations/{id}',
  summary: 'Get organization',
  scopes,
  bucket: 'organizations.byId',
  params: { id: 'organization-id' },
  run: (call) => ok(organizationView(pathOrganization(call))),
}

const getOrganizationByName: Operation = {
  method: 'GET',
  path: '/organizations/name/{name}',
  summary: 'Get organization by name',
  scopes,
  bucket: 'organizations.byName',
  params: { name: 'any' },
  run(call) {
    for (const row of call.tenant.organizations) {
      if (row.name === call.params['name']) return ok(organizationView(row))
    }
    throw noOrganization()
  },
}

/** Features of organizations the sandbox does not keep: read as empty, so that tools which look go on. */
const emptyList = (path: string, key: string, scope: string, summary: string): Operation => ({
  method: 'GET',
  path,
  summary,
  scopes: { any: [scope] },
  bucket: 'organizationConnections.read',
  params: { id: 'organization-id' },
  query: { ...offsetParameters(), ...checkpointParameters },
  run(call) {
    pathOrganization(call)
    return pagedReply(call, {
      key,
      rows: [] as object[],
      show: (row) => row,
      idOf: () => '',
      momentOf: () => 0,
    })
  },
})

export const organizationReads: Operation[] = [
  listOrganizations,
  getOrganizationByName,
  getOrganization,
  {
    ...emptyList(
      '/organizations/{id}/client-grants',
      'client_grants',
      'read:organization_client_grants',
      'Get client grants of an organization',
    ),
    query: {
      ...offsetParameters(),
      audience: text('Filter by audience.', { max: 600 }),
      client_id: text('Filter by client ID.'),
      grant_ids: text('Filter by the IDs of client grants.'),
    },
  },
  emptyList(
    '/organizations/{id}/clients',
    'clients',
    'read:organization_clients',
    'Get clients of an organization',
  ),
  {
    ...emptyList(
      '/organizations/{id}/discovery-domains',
      'domains',
      'read:organization_discovery_domains',
      'Get discovery domains of an organization',
    ),
    query: checkpointParameters,
    run: (call) => (pathOrganization(call), ok({ domains: [] })),
  },
]
