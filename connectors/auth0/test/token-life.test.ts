import { type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import { systemClock } from '@owlie/connector-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { tokenOf } from '../token.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'

let sandbox: Sandbox
const opened: ReturnType<typeof openSession>[] = []

function session(options: SessionOptions = {}) {
  const one = openSession(sandbox, sandbox.applications.fullPlus, options)
  opened.push(one)
  return one
}

/** Requests to a route since `from`. */
const asked = (route: string, from: number) =>
  sandbox.requests.entries.slice(from).filter((entry) => entry.route === route).length
const token = '/oauth/token'
const roles = '/api/v2/roles'

beforeAll(async () => {
  sandbox = await startSandbox({ users: 3, roles: 2, organizations: 1 })
})
afterEach(async () => {
  sandbox.faults.clear()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(() => sandbox.close())

test('however many ask at the same time, one token is fetched', async () => {
  const one = session()
  const from = sandbox.requests.total
  const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf(one)))
  expect(new Set(tokens).size).toBe(1)
  expect(asked(token, from)).toBe(1)
})

test('near its end it is renewed, once for all who ask then', async () => {
  let passed = 0
  const one = session({ clock: { ...systemClock, now: () => Date.now() + passed } })
  const first = await tokenOf(one)
  const from = sandbox.requests.total
  passed = first.lifetimeMs - 61_000
  expect(await tokenOf(one)).toBe(first)
  passed = first.lifetimeMs - 59_000
  const later = await Promise.all(Array.from({ length: 10 }, () => tokenOf(one)))
  expect(new Set(later).size).toBe(1)
  expect(later[0]).not.toBe(first)
  expect(asked(token, from)).toBe(1)
})

test('a fetch that failed is not kept: the next one asks anew', async () => {
  sandbox.faults.add({ match: { route: token }, times: 1, effect: { kind: 'answer', status: 401, body: { error: 'access_denied' } } }) // prettier-ignore
  const one = session()
  await expect(tokenOf(one)).rejects.toMatchObject({ failure: { code: 'auth0.unauthorized' } })
  expect((await tokenOf(one)).scopes).toContain('read:users')
})

test('a token that is refused is renewed once; refused again it is a failure, not a loop', async () => {
  const one = session()
  await tokenOf(one)
  const body = { statusCode: 401, error: 'Unauthorized', message: 'Invalid token' }
  const refusal = { match: { route: roles }, effect: { kind: 'answer', status: 401, body } } as const
  sandbox.faults.add({ ...refusal, times: 1 })
  let from = sandbox.requests.total
  expect(await auth0.read.roles!(one, { cursor: null })).toMatchObject({ page: { end: { is: 'complete' } } })
  expect([asked(token, from), asked(roles, from)]).toEqual([1, 2])

  sandbox.faults.add(refusal)
  from = sandbox.requests.total
  expect(await auth0.read.roles!(one, { cursor: null })).toMatchObject({
    failure: { kind: 'credential', code: 'auth0.token_refused' },
  })
  expect([asked(token, from), asked(roles, from)]).toEqual([1, 2])
})
