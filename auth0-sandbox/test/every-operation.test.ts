import type { ManagementClient } from 'auth0'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../api/index.ts'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, officialClient } from './api-client.ts'
import { createWorld, drives } from './drives/index.ts'
import type { World } from './drives/world.ts'

/** The official SDK drives every operation there is; an operation without a drive fails here. */

let sandbox: Sandbox
let sdk: ManagementClient
let world: World

beforeAll(async () => {
  sandbox = await startSandbox({ users: 60, roles: 6, organizations: 4, indexLagMs: 0 })
  sdk = officialClient(sandbox)
  world = createWorld(sandbox)
})
afterAll(async () => {
  await closeClients(sandbox)
  await sandbox.close()
})

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`

test('every operation has a drive, and every drive an operation', () => {
  expect(Object.keys(drives).toSorted()).toEqual(operations.map(nameOf).toSorted())
})

/** Asked by POST or DELETE, changing nothing that a journal would tell. */
const withoutEffect = new Set(['POST /jobs/users-exports', 'POST /jobs/users-imports'])

describe.each(operations.map((operation) => [nameOf(operation), operation] as const))(
  '%s',
  (name, operation) => {
    test('is driven by the official SDK', async () => {
      const requestsBefore = sandbox.requests.total
      const writesBefore = sandbox.writes.entries.length
      await drives[name]!(sdk, world)
      const asked = sandbox.requests.entries.slice(requestsBefore)
      const route = `/api/v2${operation.path}`
      expect(asked.filter((entry) => entry.method === operation.method && entry.route === route)).not.toEqual(
        [],
      )
      expect(asked.filter(({ status }) => status < 200 || status > 299)).toEqual([])
      const written = sandbox.writes.entries.length - writesBefore
      if (operation.method === 'GET') expect(written, 'reading writes nothing').toBe(0)
      else if (!withoutEffect.has(name)) expect(written, 'the write is in the journal').toBeGreaterThan(0)
    })
  },
)
