import type { Drives } from './world.ts'

const newcomer = JSON.stringify([{ email: 'imported@lumenhealth.example' }])

export const surroundingDrives: Drives = {
  'GET /connections': async ({ connections }) => [
    await connections.list({ take: 2, fields: 'id,name,strategy,options', include_fields: true }),
    await connections.list({ take: null, include_totals: true } as object),
    await connections.list({ take: null, include_totals: false } as object),
  ],
  'GET /connections/{id}': ({ connections }, { connectionId }) => connections.get(connectionId),
  'GET /clients': async ({ clients }) => [
    await clients.list({ include_totals: true }),
    await clients.list({ include_totals: false }),
  ],
  'GET /clients/{id}': ({ clients }, { sandbox }) => clients.get(sandbox.applications.full.clientId),
  'GET /client-grants': async ({ clientGrants }) => [
    await clientGrants.list({ take: 2 }),
    await clientGrants.list({ take: null, include_totals: true } as object),
    await clientGrants.list({ take: null, include_totals: false } as object),
  ],
  'GET /resource-servers': async ({ resourceServers }) => [
    await resourceServers.list({ include_totals: true }),
    await resourceServers.list({ include_totals: false }),
  ],
  'GET /resource-servers/{id}': ({ resourceServers }, { tenant, api }) =>
    resourceServers.get(tenant.resourceServer(api)!.id),
  'GET /grants': async ({ userGrants }) => [
    await userGrants.list({ include_totals: true }),
    await userGrants.list({ include_totals: false }),
  ],
  'POST /jobs/users-exports': async ({ jobs }, { connectionId }) => [
    await jobs.usersExports.create({ format: 'json', fields: [{ name: 'user_id' }] }),
    await jobs.usersExports.create({ connection_id: connectionId, format: 'csv', limit: 5 }),
  ],
  'POST /jobs/users-imports': ({ jobs }, { connectionId }) =>
    jobs.usersImports.create({
      ...{ connection_id: connectionId, upsert: true, send_completion_email: false },
      users: new Blob([newcomer], { type: 'application/json' }),
    }),
  'GET /jobs/{id}': async ({ jobs }, { sandbox }) => {
    const { id } = await jobs.usersExports.create({ format: 'json', fields: [{ name: 'email' }] })
    for (let poll = 1; poll < sandbox.quirks.exportPolls; poll++) await jobs.get(id)
    return jobs.get(id)
  },
  'GET /jobs/{id}/errors': async ({ jobs }, { connectionId }) => {
    const users = new Blob([JSON.stringify([{ email: 'no address' }])], { type: 'application/json' })
    const failing = await jobs.usersImports.create({ connection_id: connectionId, users })
    while ((await jobs.get(failing.id)).status !== 'completed');
    const fine = await jobs.usersExports.create({ format: 'json' })
    return [await jobs.errors.get(failing.id), await jobs.errors.get(fine.id)]
  },
  'GET /logs': async ({ logs }, { tenant }) => {
    tenant.logs.add({ type: 'sapi', description: 'Create a role' })
    return [
      await logs.list({ per_page: 5, sort: 'date:-1', include_totals: true }),
      await logs.list({ per_page: 5, include_totals: false }),
      await logs.list({}, { queryParams: { take: 5 } }),
    ]
  },
  'GET /logs/{id}': async ({ logs }, { tenant }) =>
    logs.get(tenant.logs.add({ type: 'sapi', description: 'Create a role' }).log_id),
  'GET /tenants/settings': ({ tenants }) => tenants.settings.get(),
  'GET /stats/active-users': ({ stats }) => stats.getActiveUsersCount(),
  'GET /stats/daily': ({ stats }) => stats.getDaily(),
}
