import { gunzipSync } from 'node:zlib'
import { FormData } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, fetchOf, openClient, type ApiClient } from '../test/api-client.ts'

let sandbox: Sandbox
let api: ApiClient

beforeAll(async () => {
  sandbox = await startSandbox({
    users: 1200,
    roles: 3,
    organizations: 2,
    indexLagMs: 0,
    quirks: { exportPolls: 3 },
  })
  api = await openClient(sandbox)
})

afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

async function exported(request: object): Promise<{ statuses: string[]; location: string; job: string }> {
  const started = await api.send('POST', '/jobs/users-exports', request)
  expect(started.status).toBe(200)
  const statuses = [started.body.status as string]
  for (;;) {
    const { body } = await api.get(`/jobs/${started.body.id}`)
    statuses.push(body.status)
    if (body.status === 'completed') return { statuses, location: body.location, job: body.id }
    if (statuses.length > 9) throw new Error('the export never ends')
  }
}

async function download(location: string): Promise<string> {
  const response = await fetchOf(sandbox)(location)
  expect(response.status).toBe(200)
  return gunzipSync(Buffer.from(await response.arrayBuffer())).toString()
}

test('an export: every user, one to a line, compressed, behind a signed link', async () => {
  const { statuses, location } = await exported({
    format: 'json',
    fields: [{ name: 'user_id' }, { name: 'identities[0].connection', export_as: 'from' }],
  })
  expect(statuses).toEqual(['pending', 'pending', 'processing', 'completed'])
  const rows = (await download(location))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { user_id: string; from: string })
  expect(rows.map((row) => row.user_id).sort()).toEqual(
    [...sandbox.tenant.users].map((user) => user.user_id).sort(),
  )
  expect(rows[0]!.from).toBe(sandbox.tenant.users.get(rows[0]!.user_id)!.identities[0]!.connection)
})

test('an export of one connection, with a limit, as CSV', async () => {
  const connection = sandbox.tenant.auth0Connection('helio-oidc')!
  const { location } = await exported({
    connection_id: connection.id,
    limit: 4,
    format: 'csv',
    fields: [{ name: 'email' }, { name: 'logins_count' }],
  })
  const lines = (await download(location)).trimEnd().split('\n')
  expect(lines[0]).toBe('email,logins_count')
  expect(lines).toHaveLength(5)
  expect(lines[1]).toMatch(/^"'\S+@\S+",\d*$/)
  expect(
    (await api.send('POST', '/jobs/users-exports', { format: 'csv', fields: [{ name: 'app_metadata' }] }))
      .status,
  ).toBe(400)
  expect(
    (await api.send('POST', '/jobs/users-exports', { connection_id: 'con_0000000000000000' })).status,
  ).toBe(400)
})

test('the link dies after a minute and is made anew; the job is gone after a day', async () => {
  const { location, job } = await exported({ format: 'json' })
  sandbox.clock.advance(61_000)
  expect((await fetchOf(sandbox)(location)).status).toBe(403)
  const fresh = (await api.get(`/jobs/${job}`)).body.location
  expect((await fetchOf(sandbox)(fresh)).status).toBe(200)
  expect((await fetchOf(sandbox)(fresh.replace(/signature=.*/, 'signature=forged'))).status).toBe(403)
  sandbox.clock.advance(86_400_000)
  api = await openClient(sandbox)
  expect((await api.get(`/jobs/${job}`)).status).toBe(404)
})

test('an export can fail', async () => {
  sandbox.jobs.failNext = 'Export failed'
  const { body } = await api.send('POST', '/jobs/users-exports', { format: 'json' })
  const last = async (): Promise<{ status: string }> => (await api.get(`/jobs/${body.id}`)).body
  await last()
  await last()
  expect(await last()).toMatchObject({ status: 'failed', status_details: 'Export failed' })
})

test('an import: inserts, refuses duplicates, and reports them', async () => {
  const connection = sandbox.tenant.auth0Connection('Username-Password-Authentication')!
  const known = [...sandbox.tenant.users].find((user) => user.identities[0]!.connection === connection.name)!
  const form = new FormData()
  const rows = [{ email: 'imported@lumenhealth.example', name: 'Imported' }, { email: known.email }]
  form.set('users', new Blob([JSON.stringify(rows)]), 'users.json')
  form.set('connection_id', connection.id)
  const request = {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}` },
    body: form as unknown as BodyInit,
  }
  const started = await fetchOf(sandbox)(`${sandbox.url}/api/v2/jobs/users-imports`, request)
  expect(started.status).toBe(202)
  const { id } = (await started.json()) as { id: string }
  for (let poll = 0; poll < 3; poll++) await api.get(`/jobs/${id}`)
  expect((await api.get(`/jobs/${id}`)).body.summary).toEqual({
    failed: 1,
    updated: 0,
    inserted: 1,
    total: 2,
  })
  expect((await api.get(`/jobs/${id}/errors`)).body).toMatchObject([
    { errors: [{ code: 'DUPLICATED_USER' }] },
  ])
  expect(sandbox.tenant.usersByEmail('imported@lumenhealth.example')).toHaveLength(1)
})

test('every write is in the log, and the checkpoint ends in a link to itself', async () => {
  const from = (await api.get('/logs?per_page=1&sort=date:-1')).body[0].log_id as string
  const names = ['A', 'B', 'C'].map((letter) => `Logged ${letter}`)
  for (const name of names) {
    await api.send('POST', '/roles', { name }, { 'x-correlation-id': `plan-${name}` })
  }
  const page = await api.get(`/logs?from=${from}&take=2`)
  expect(page.body).toMatchObject([
    { type: 'sapi', description: 'Create a role', details: { correlation_id: 'plan-Logged A' } },
    { type: 'sapi', details: { response: { statusCode: 200, body: { name: 'Logged B' } } } },
  ])
  const link = /^<(.*)>; rel="next"$/.exec(page.headers.get('link')!)![1]!
  const rest = await api.get(link.slice(link.indexOf('/logs')))
  expect(rest.body).toHaveLength(1)
  const end = await api.get(`/logs?from=${rest.body[0].log_id}&take=2`)
  expect(end.body).toEqual([])
  expect(end.headers.get('link')).toContain(`from=${rest.body[0].log_id}&take=2`)
  const found = await api.get(
    `/logs?q=${encodeURIComponent('type:sapi AND description:"Create a role"')}&include_totals=true`,
  )
  expect(found.body).toMatchObject({ start: 0, length: 3, total: 3 })
})

test('old events are no longer kept', async () => {
  expect((await api.get('/logs')).body.length).toBeGreaterThan(0)
  sandbox.tenant.logs.retentionDays = 1
  sandbox.clock.advance(2 * 86_400_000)
  api = await openClient(sandbox)
  const types = (await api.get('/logs')).body.map((event: { type: string }) => event.type)
  expect(types).toEqual(['seccft'])
})

test('blocks by brute force are read and lifted apart from administrators', async () => {
  const user = [...sandbox.tenant.users][0]!
  sandbox.tenant.bruteForceBlocks.set(user.user_id, [{ identifier: user.email!, ip: '203.0.113.9' }])
  const path = `/user-blocks/${encodeURIComponent(user.user_id)}`
  expect((await api.get(path)).body).toEqual({ blocked_for: [{ identifier: user.email, ip: '203.0.113.9' }] })
  await api.send('PATCH', `/users/${encodeURIComponent(user.user_id)}`, { blocked: false })
  expect((await api.get(path)).body.blocked_for).toHaveLength(1)
  expect((await api.send('DELETE', path)).status).toBe(204)
  expect((await api.get(path)).body).toEqual({ blocked_for: [] })
})
