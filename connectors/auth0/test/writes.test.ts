import { type FaultEffect, type Sandbox, startSandbox } from '@owlie/auth0-sandbox'
import {
  actionOf,
  type Change,
  lookAll,
  type Observation,
  openDoor,
  type Session,
} from '@owlie/connector-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auth0 } from '../index.ts'
import { openSession, type SessionOptions } from './sandbox-session.ts'
import { ofNobody, type WriteCase, writeCases } from './write-cases.ts'

let sandbox: Sandbox
let everything: Session
let full: Session
let readOnly: Session
const kept: { http: { close(): Promise<void> } }[] = []
const opened: { http: { close(): Promise<void> } }[] = []
let changes = 0

function session(application: keyof Sandbox['applications'] = 'everything', options: SessionOptions = {}) {
  const one = openSession(sandbox, sandbox.applications[application], { random: () => 0, ...options })
  opened.push(one)
  return one
}

beforeAll(async () => {
  // What lags, lags for a minute: nothing here may look at it.
  sandbox = await startSandbox({ users: 20, roles: 3, organizations: 2, indexLagMs: 60_000 })
  everything = session()
  full = session('full')
  readOnly = session('readOnly')
  kept.push(...opened.splice(0))
})
afterEach(async () => {
  sandbox.faults.clear()
  sandbox.writes.reset()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})
afterAll(async () => {
  await Promise.all(kept.map(({ http }) => http.close()))
  await sandbox.close()
})

function made(row: WriteCase): Change {
  return { action: row.action, changeId: `change-${++changes}`, ...row.make(sandbox) }
}

const apply = (change: Change, on: Session = everything) => auth0.apply![change.action]!(on, change)

async function isInEffect(change: Change): Promise<boolean | null> {
  const findings = await lookAll(auth0, everything, auth0.looks!(change))
  const found = findings.map((finding): readonly Observation[] => {
    if ('failure' in finding) throw new Error(finding.failure.code)
    return finding.found
  })
  return auth0.inEffect!(change, found)
}

const wroteBy = (change: Change) => sandbox.writes.of(change.changeId).map(({ kind }) => kind)
const title = ({ action, method, route }: WriteCase): [string, string] => [action, `${method} ${route}`]
const each = writeCases.map((row) => [...title(row), row] as const)
const fault = (row: WriteCase, effect: FaultEffect) =>
  sandbox.faults.add({ match: { method: row.method, route: row.route }, effect })

test('every action of the manifest is tried here', () => {
  const tried = new Set(writeCases.map(({ action }) => action))
  expect([...tried].sort()).toEqual(auth0.manifest.actions!.map(({ name }) => name).sort())
  expect(Object.keys(auth0.apply!).sort()).toEqual([...tried].sort())
})

describe.each(each)('%s (%s)', (_, __, row) => {
  const seen = row.unseen ? null : true
  const unseen = row.unseen ? null : false

  test('works, once, with one writing request that carries the change id, and can be seen at once', async () => {
    const change = made(row)
    expect(auth0.checkChange!(change, null, sandbox.applications.everything.scopes)).toEqual([])
    expect(await isInEffect(change)).toBe(unseen)
    sandbox.requests.reset()
    expect(await apply(change)).toMatchObject({ is: 'applied' })
    const sent = sandbox.requests.entries.filter(({ method }) => method !== 'GET')
    expect(sent.map(({ method, route }) => `${method} ${route}`)).toEqual([
      `${row.method} /api/v2${row.route}`,
    ])
    expect(sent[0]!.correlationId).toBe(change.changeId)
    expect(wroteBy(change)).toEqual(row.wrote)
    expect(await isInEffect(change)).toBe(seen)
  })

  test('with the full preset it works wherever Auth0 allows it, else the exact scopes are named before any touch', async () => {
    const change = made(row)
    const failures = auth0.checkChange!(change, null, sandbox.applications.full.scopes)
    expect(failures.flatMap(({ scopes }) => scopes ?? [])).toEqual(row.beyondFull)
    if (row.beyondFull.length > 0) return
    expect(failures).toEqual([])
    expect(await apply(change, full)).toMatchObject({ is: 'applied' })
    expect(wroteBy(change)).toEqual(row.wrote)
  })

  test('with the read-only preset it is refused, by the check and by Auth0, with the same scope', async () => {
    const change = made(row)
    const [failure] = auth0.checkChange!(change, null, sandbox.applications.readOnly.scopes)
    expect(failure).toMatchObject({ kind: 'permission', code: 'auth0.insufficient_scope' })
    const outcome = await apply(change, readOnly)
    expect(outcome).toMatchObject({ is: 'refused', failure: { kind: 'permission', scopes: failure!.scopes } })
    expect(sandbox.writes.entries).toEqual([])
  })

  test('sent again, nothing more happens', async () => {
    const change = made(row)
    await apply(change)
    const wrote = wroteBy(change)
    const again = { ...change, changeId: `${change.changeId}-again` }
    const outcome = await apply(again)
    if (row.again === 'conflict')
      expect(outcome).toMatchObject({ is: 'refused', failure: { kind: 'conflict', status: 409 } })
    // A role or organization that is gone answers 404, which is a refusal and leaves what was wanted.
    else if (row.action === 'role.delete' || row.action === 'organization.delete')
      expect(outcome).toMatchObject({ is: 'refused', failure: { kind: 'missing' } })
    else expect(outcome).toMatchObject({ is: 'applied' })
    expect(wroteBy(change)).toEqual(wrote)
    expect(wroteBy(again)).toEqual(row.unseen ? row.wrote : [])
    expect(await isInEffect(again)).toBe(seen)
  })

  test.each([
    ['the reply is lost', { kind: 'drop', when: 'after' }],
    ['503 after the effect', { kind: 'answer-after', status: 503, body: { statusCode: 503 } }],
    ["a proxy's page after the effect", { kind: 'answer-after', status: 403, body: '<html>blocked</html>' }],
    ['408 after the effect', { kind: 'answer-after', status: 408, body: { statusCode: 408 } }],
    ['a redirect after the effect', { kind: 'answer-after', status: 302, headers: { location: '/' } }],
  ] as [string, FaultEffect][])('%s: unknown, and a look shows that it happened', async (why, effect) => {
    const change = made(row)
    fault(row, effect)
    const outcome = await apply(change)
    expect(outcome.is, why).toBe('unknown')
    expect(wroteBy(change)).toEqual(row.wrote)
    sandbox.faults.clear()
    expect(await isInEffect(change)).toBe(seen)
  })

  test.each([
    ['the connection drops before the effect', { kind: 'drop', when: 'before' }],
    ['502 before the effect', { kind: 'html', status: 502 }],
  ] as [string, FaultEffect][])('%s: unknown, and a look shows that nothing happened', async (_, effect) => {
    const change = made(row)
    fault(row, effect)
    expect(await apply(change)).toMatchObject({ is: 'unknown', failure: { kind: 'unavailable' } })
    expect(sandbox.writes.entries).toEqual([])
    sandbox.faults.clear()
    expect(await isInEffect(change)).toBe(unseen)
  })

  test('429 is a refusal with its time, and is not repeated here', async () => {
    const change = made(row)
    const id = fault(row, {
      kind: 'answer',
      status: 429,
      body: { statusCode: 429 },
      headers: { 'retry-after': '5' },
    })
    // A door of its own: it would hold the next request of this route back.
    expect(await apply(change, session())).toMatchObject({
      is: 'refused',
      failure: { kind: 'throttled', notBefore: expect.any(Number) as number },
    })
    expect(sandbox.faults.fired(id)).toBe(1)
  })

  test('a request that could not leave is a refusal', async () => {
    const change = made(row)
    // The token is there already, so that it is the write itself that cannot leave.
    expect(await auth0.grantedScopes(everything)).toMatchObject({ scopes: expect.any(Array) as string[] })
    for (const lookup of [
      () => Promise.reject(Object.assign(new Error('down'), { code: 'EAI_AGAIN' })),
      () => Promise.resolve(['127.0.0.9']),
    ]) {
      const http = openDoor({ policy: { suffixes: [], extra: [sandbox.domain] }, ca: sandbox.caPem, lookup })
      opened.push({ http })
      expect(await apply(change, { ...everything, http })).toMatchObject({
        is: 'refused',
        failure: { kind: 'unavailable', code: expect.stringMatching(/^(dns|net)\./) as string },
      })
    }
    expect(sandbox.writes.entries).toEqual([])
  })
})

test.each(each.filter(([, , row]) => row.absent !== null))(
  '%s (%s) of something that is not there',
  async (_, __, row) => {
    const change = ofNobody(made(row))
    const outcome = await apply(change)
    if (row.absent === 'applied') expect(outcome).toEqual({ is: 'applied' })
    else expect(outcome).toMatchObject({ is: 'refused', failure: { kind: 'missing' } })
    expect(sandbox.writes.entries).toEqual([])
  },
)

describe('once for all actions', () => {
  const row = writeCases.find(({ action }) => action === 'role.create')!

  test.each([
    ['half an answer', { kind: 'truncate' }, 'http.truncated'],
    ['JSON cut in the middle', { kind: 'cut-json' }, 'http.truncated'],
    ['an answer that is no JSON', { kind: 'answer-after', status: 200, body: 'ok' }, 'http.not_json'],
    ['an empty 200', { kind: 'answer-after', status: 200 }, 'auth0.unexpected_answer'],
    ['no answer within the deadline', { kind: 'hang' }, 'net.timeout'],
  ] as [string, FaultEffect, string][])('%s is unknown', async (_, effect, code) => {
    const change = made(row)
    fault(row, effect)
    const outcome = await apply(change, session('everything', { deadlineMs: 300 }))
    expect(outcome).toMatchObject({ is: 'unknown', failure: { code } })
    sandbox.faults.clear()
    expect(await isInEffect(change)).toBe(true)
  })

  test('a refused token is fetched anew and the request sent again, because 401 did nothing', async () => {
    const change = made(row)
    sandbox.faults.add({
      match: { method: 'POST', route: '/roles' },
      times: 1,
      effect: { kind: 'answer', status: 401, body: { statusCode: 401, error: 'Unauthorized' } },
    })
    expect(await apply(change)).toMatchObject({ is: 'applied' })
    expect(wroteBy(change)).toEqual(['role.created'])
  })

  test('no token, no write', async () => {
    const change = made(row)
    const outcome = await apply(change, session('everything', { secret: 'wrong' }))
    expect(outcome).toMatchObject({ is: 'refused', failure: { code: 'auth0.unauthorized' } })
  })

  test('a stopped session sends nothing; one stopped in flight does not know', async () => {
    const stopped = session('everything', { signal: AbortSignal.abort() })
    expect(await apply(made(row), stopped)).toMatchObject({
      is: 'refused',
      failure: { code: 'owlie.cancelled' },
    })
    expect(stopped.http.stats.total).toBe(0)
    const controller = new AbortController()
    const running = session('everything', { signal: controller.signal })
    fault(row, { kind: 'hang' })
    const change = made(row)
    const pending = apply(change, running)
    await expect.poll(() => wroteBy(change)).toEqual(['role.created'])
    controller.abort()
    expect(await pending).toMatchObject({ is: 'unknown', failure: { code: 'owlie.cancelled' } })
  })

  test('a batch is as large as the manifest says, and no larger', () => {
    const scopes = sandbox.applications.everything.scopes
    for (const { name, batch = [], targets } of auth0.manifest.actions!)
      for (const { of, max } of batch) {
        const change = made(writeCases.find(({ action }) => action === name)!)
        const single = Object.fromEntries(
          targets.map((target) => [target.name, change.target[target.name]!.slice(0, 1)]),
        )
        const ids = Array.from({ length: max + 1 }, (_, at) =>
          of === 'user' ? `auth0|${at}` : `rol_${String(at).padStart(16, 'A')}`,
        )
        const sized = (many: number) => ({ ...change, target: { ...single, [of]: ids.slice(0, many) } })
        expect(auth0.checkChange!(sized(max), null, scopes)).toEqual([])
        expect(auth0.checkChange!(sized(max + 1), null, scopes)).toMatchObject([{ code: 'change.too_many' }])
      }
  })

  test('an account without an address has an id that follows from the change', async () => {
    const change: Change = {
      action: 'user.create',
      target: {},
      input: { connection: 'sms', phone_number: '+4915100000001' },
      changeId: 'change-sms',
    }
    sandbox.tenant.auth0Connections.put({
      ...[...sandbox.tenant.auth0Connections][0]!,
      id: 'con_SmsSmsSmsSmsSmsS',
      name: 'sms',
      strategy: 'sms',
      options: {},
    })
    expect(await isInEffect(change)).toBe(false)
    sandbox.faults.add({
      match: { method: 'POST', route: '/users' },
      effect: { kind: 'drop', when: 'after' },
    })
    expect(await apply(change)).toMatchObject({ is: 'unknown' })
    expect(await isInEffect(change)).toBe(true)
  })

  test('a password comes from outside the input, or is one nobody sees', async () => {
    const scopes = sandbox.applications.everything.scopes
    expect(actionOf(auth0.manifest, 'user.create')!.input).not.toHaveProperty('properties.password')
    const change = made(writeCases[0]!)
    const withPassword = { ...change, input: { ...change.input, password: 'x' } }
    expect(auth0.checkChange!(withPassword, null, scopes)).toMatchObject([
      { code: 'change.malformed', field: 'input.password' },
    ])
    const outcome = await apply(change)
    expect(outcome).toMatchObject({ is: 'applied', id: expect.stringMatching(/^auth0\|/) as string })
    const id = (outcome as { id: string }).id
    expect(sandbox.tenant.passwords.get(id)).toHaveLength(40)
    expect(JSON.stringify(outcome)).not.toContain(sandbox.tenant.passwords.get(id))
  })
})
