import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []
const api = 'https://portal.example/api'

function session(application: keyof Sandbox['applications'] = 'readOnly') {
  const one = openSession(sandbox, sandbox.applications[application], { random: () => 0 })
  opened.push(one)
  return one
}

beforeAll(async () => {
  sandbox = await startSandbox({ users: 30, roles: 2, organizations: 1 })
})
afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

const named = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    permission_name: `act:${at}`,
    resource_server_identifier: api,
  }))

test('direct permissions and those of roles, each with its sources, in one request', async () => {
  const { tenant } = sandbox
  const { user_id: user } = tenant.addUser()
  const role = tenant.addRole({ name: 'Doer', permissions: named(2) })
  tenant.assignRole(user, role.id)
  tenant.setDirectPermissions(user, named(1))
  const reading = session()
  const before = sandbox.requests.byRoute()['GET /api/v2/users/{id}/permissions'] ?? 0
  const result = await auth0.permissions!(reading, user)
  const ofRole = { type: 'role', id: role.id, name: 'Doer' }
  expect(result).toMatchObject({
    permissions: [
      {
        name: 'act:0',
        api,
        apiName: 'Portal API',
        sources: [{ type: 'direct', id: null, name: null }, ofRole],
      },
      { name: 'act:1', api, apiName: 'Portal API', sources: [ofRole] },
    ],
  })
  expect(sandbox.requests.byRoute()['GET /api/v2/users/{id}/permissions']! - before).toBe(1)
})

test('all pages, and nobody who is not there', async () => {
  const { user_id: user } = sandbox.tenant.addUser()
  sandbox.tenant.setDirectPermissions(user, named(230))
  const result = await auth0.permissions!(session(), user)
  expect('permissions' in result && new Set(result.permissions.map(({ name }) => name)).size).toBe(230)
  expect('permissions' in result && result.permissions.length).toBe(230)
  expect(await auth0.permissions!(session(), 'auth0|nobody')).toMatchObject({ failure: { kind: 'missing' } })
})

test('without its scope it is named; an answer that is none is a failure', async () => {
  expect(await auth0.permissions!(session('none'), 'auth0|x')).toMatchObject({
    failure: { kind: 'permission', scopes: ['read:users'] },
  })
  sandbox.faults.add({
    match: { route: '/users/{id}/permissions' },
    effect: { kind: 'answer', status: 200, body: [{ permission_name: 'x' }] },
  })
  const { user_id: user } = sandbox.tenant.addUser()
  expect(await auth0.permissions!(session(), user)).toMatchObject({
    failure: { code: 'auth0.permissions_of_a_user_incomplete' },
  })
})
