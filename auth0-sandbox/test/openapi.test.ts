import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../api/index.ts'
import { startSandbox, type Sandbox } from '../index.ts'
import { closeClients, fetchOf, officialClient } from './api-client.ts'
import { createWorld, drives } from './drives/index.ts'
import { differences } from './openapi-differences.ts'
import { findOpenApi, type OpenApi, readOpenApi } from './openapi-document.ts'

/**
 * Every answer to every drive against Auth0's own description of it. What differs is listed, each with the recording
 * that justifies it; an entry that no longer differs fails too.
 */
const file = findOpenApi()
const name = "Auth0's OpenAPI document"

test.skipIf(file !== null)(
  `${name} is not here, so nothing is held against it: point AUTH0_OPENAPI at a copy`,
  ({ skip }) => skip(),
)

describe.skipIf(file === null)(name, () => {
  const seen: { readonly operation: string; readonly status: number; readonly body: unknown }[] = []
  let openApi: OpenApi
  let sandbox: Sandbox

  beforeAll(async () => {
    openApi = readOpenApi(file!)
    sandbox = await startSandbox({ users: 60, roles: 6, organizations: 4, indexLagMs: 0 })
    const send = fetchOf(sandbox)
    const watching: typeof fetch = async (input, init) => {
      const answer = await send(input, init)
      const { route, method } = sandbox.requests.entries.at(-1)!
      const text = await answer.clone().text()
      const body = text === '' ? undefined : (JSON.parse(text) as unknown)
      if (route.startsWith('/api/v2'))
        seen.push({ operation: `${method} ${route.slice('/api/v2'.length)}`, status: answer.status, body })
      return answer
    }
    const sdk = officialClient(sandbox, sandbox.applications.everything, watching)
    const world = createWorld(sandbox)
    for (const drive of Object.values(drives)) await drive(sdk, world)
  })
  afterAll(async () => {
    await closeClients(sandbox)
    await sandbox.close()
  })

  test('knows every answer as it is, but for the listed differences', () => {
    const found = seen.flatMap(({ operation, status, body }) =>
      openApi.judge(operation, status, body).map((says) => ({ operation, says })),
    )
    const lines = (of: readonly { operation: string; says: string }[]): string[] =>
      [...new Set(of.map(({ operation, says }) => `${operation}: ${says}`))].toSorted()
    expect(seen.length).toBeGreaterThan(operations.length)
    expect(lines(found)).toEqual(lines(differences))
  })

  test('declares no query parameter that the sandbox refuses', () => {
    const refused = operations.flatMap(({ method, path, query = {} }) => {
      const declared = openApi.parametersOf(`${method} ${path}`) ?? []
      return declared.filter((name) => !(name in query)).map((name) => `${method} ${path}?${name}`)
    })
    expect(refused).toEqual([])
  })
})
