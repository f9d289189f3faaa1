import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type CertificateKind, type FaultEffect, startSandbox } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { ada } from '../../sync/test/bench.ts'
import { countStale, openEnds } from '../processes/invariants.ts'
import { type Carried, expectQuiet, type FaultBench, openFaultBench } from './fault-bench.ts'

/**
 * Faults of the wire. Each: a tenant that has changed, the fault, exactly what is expected, then the fault over, the run
 * (or, where it had to end, the next one) complete, and the invariants.
 */

let bench: FaultBench
let directory: string
let stale: number
/** Requests of a whole run without any fault. */
let usual: number

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'owlie-wire-'))
  bench = await openFaultBench({ caDirectory: directory })
  await bench.full()
  usual = (await bench.full()).requests.total
}, 60_000)
beforeEach(async () => {
  bench.stir()
  stale = await countStale(bench.database)
})
afterEach(async () => {
  bench.sandbox.faults.clear()
  // One row that fails does not stand in the way of the others.
  const left = await bench.sync.activeRun(ada.tenantId, bench.connection.id)
  if (left) await bench.sync.cancel(ada, left.id)
})
afterAll(async () => {
  await bench.close()
  await rm(directory, { recursive: true })
})

const users = { method: 'GET', route: '/users' }
const members = { method: 'GET', route: '/organizations/{id}/members' }
const everywhere = {}
const nothingMarked = async () => expect(await countStale(bench.database)).toBe(stale)
const host = () => bench.sandbox.domain

/** A fault that lasts: the run waits, shows why and until when, marks nothing; the fault over, the same run completes. */
async function waitsOut(clear: () => unknown, reason: string, mostWaits = 1): Promise<Carried['waits']> {
  const { run, waits } = await bench.carry(await bench.start(), mostWaits)
  expect(run.waiting).toMatchObject({ reason: expect.stringContaining(reason) as string })
  expect(run.waiting!.until.getTime()).toBeGreaterThan(bench.clock.now())
  await nothingMarked()
  await clear()
  await expectQuiet(bench, (await bench.carry(run)).run)
  return waits
}

/** A fault nobody can wait out: the run ends with the code, marks nothing; the fault over, the next one completes. */
async function endsWith(clear: () => unknown, code: string): Promise<void> {
  const { run, waits } = await bench.carry(await bench.start())
  expect(run).toMatchObject({ status: 'failed', failure: { code, remedy: expect.any(String) as string } })
  expect(waits).toEqual([])
  await nothingMarked()
  await clear()
  await expectQuiet(bench, await bench.full())
}

/** A fault that passes: as many requests more, and nothing else of it is to be seen. */
async function passes(more: number): Promise<Carried> {
  const carried = await bench.carry(await bench.start())
  expect(carried.run.requests.total - usual).toBe(more)
  expect(carried.waits).toEqual([])
  expect(carried.run.kinds.flatMap(({ failure }) => failure ?? [])).toEqual([])
  await expectQuiet(bench, carried.run)
  return carried
}

it('F13: refused: the run says who and when it tries again, backs off, and asks nothing meanwhile', async () => {
  await bench.wire.refuse()
  const { run, waits } = await bench.carry(await bench.start(), 4)
  expect(waits.map(({ ms }) => ms)).toEqual([1000, 2000, 4000, 8000])
  expect(run.waiting!.reason).toBe(`${host()} refused the connection.`)
  await bench.wire.listen()
  const asked = bench.wire.connections()
  await bench.turns(run)
  expect(bench.wire.connections()).toBe(asked)
  await nothingMarked()
  await expectQuiet(bench, (await bench.carry(run)).run)
})

const cannotResolve = (code: string) => () => Promise.reject(Object.assign(new Error('x'), { code }))
it('F14: a name that does not exist is a matter of settings', async () => {
  bench.lookup = cannotResolve('ENOTFOUND')
  await endsWith(() => (bench.lookup = null), 'dns.not_found')
})
it.each([
  ['SERVFAIL', cannotResolve('ESERVFAIL')],
  ['no name server', cannotResolve('EAI_AGAIN')],
  ['a slow one', () => new Promise<never>(() => {})],
])('F14: %s is the network of Owlie, and passes', async (_, lookup) => {
  bench.lookup = lookup
  await waitsOut(() => (bench.lookup = null), `The name server did not answer for ${host()}.`)
})

it.each<[string, { certificate?: CertificateKind; caDirectory?: string }, string]>([
  ['expired', { certificate: 'expired' }, 'tls.expired'],
  ['of another host', { certificate: 'wrong-name' }, 'tls.wrong_host'],
  ['signed by nobody', { certificate: 'self-signed' }, 'tls.untrusted'],
  ['of an unknown authority', { caDirectory: '' }, 'tls.untrusted'],
])('F15: a certificate that is %s: nothing is sent, whatever the environment says', async (_, how, code) => {
  const port = bench.wire.port
  const options = { users: 1, roles: 1, organizations: 1, caDirectory: directory, ...how }
  const impostor = await startSandbox({ ...options, domain: `localhost:${port}` })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    bench.wire.to(Number(new URL(impostor.url).port))
    await endsWith(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      bench.wire.to(Number(new URL(bench.sandbox.url).port))
    }, code)
    expect(impostor.requests.entries).toEqual([])
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    await impostor.close()
  }
})
it('F15: TLS 1.1 is refused by name', async () => {
  const old = createTlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }).on('tlsClientError', () => {})
  await once(old.listen(0, '127.0.0.1'), 'listening')
  bench.wire.to((old.address() as { port: number }).port)
  await endsWith(() => bench.wire.to(Number(new URL(bench.sandbox.url).port)), 'tls.protocol')
  old.close()
})

it.each<[string, FaultEffect]>([
  ['F16: no headers: cut at the deadline, the page is asked for again', { kind: 'hang' }],
  [
    'F18: a reset in the middle of a body: the page is dropped whole and asked for again',
    { kind: 'truncate' },
  ],
  ['F19: JSON cut in the middle of a whole answer is no short page', { kind: 'cut-json' }],
  ['F19: a chunked body that ends early is no short page', { kind: 'truncate', chunked: true }],
  ['F19: a body shorter than its length is no short page', { kind: 'truncate', bytes: 10_000 }],
])('%s', async (_, effect) => {
  bench.fault({ match: users, after: 1, times: 1, effect })
  await passes(1)
})

it('F20: a byte at a time: the deadline is for the whole answer', async () => {
  const clear = bench.fault({ match: users, after: 1, effect: { kind: 'drip', bytes: 1, everyMs: 20 } })
  await waitsOut(clear, `${host()} did not answer in time.`, 0)
})

it('F22: 60 s of 5xx: it waits, each probe is one request at a time, and it completes', async () => {
  const { requests } = bench.sandbox
  const clear = [500, 502, 503, 504].map((status, at) =>
    bench.fault({ match: everywhere, after: usual / 2 - at, effect: { kind: 'answer', status, body: {} } }),
  )
  const began = bench.clock.now()
  let from = 0
  const probes: string[][] = []
  const onWait = () => {
    const asked = requests.entries.slice(from).map(({ target }) => target)
    if (from > 0) probes.push([...new Set(asked)].filter((target) => target !== '/oauth/token'))
    from = requests.entries.length
    if (bench.clock.now() - began > 60_000) clear.forEach((each) => each())
  }
  const { run, waits } = await bench.carry(await bench.start(), 20, onWait)
  expect(waits.length).toBeGreaterThanOrEqual(5)
  for (const { reason } of waits) expect(reason).toMatch(/answered with status 50[0234]\.$/)
  for (const probe of probes) expect(probe.length).toBeLessThanOrEqual(1)
  expect(bench.clock.now() - began).toBeLessThan(150_000)
  await expectQuiet(bench, run)
})

it.each<[string, FaultEffect]>([
  ['nothing', { kind: 'answer', status: 200, body: '' }],
  ['another content type', { kind: 'answer', status: 200, body: 'Not today.' }],
])('F23: %s with 200 is no answer, and no end of a list', async (_, effect) => {
  await waitsOut(bench.fault({ match: users, after: 1, effect }), 'answered with something that is not JSON.')
})
it('F23: an HTML page with 200, for an hour: the run ends and says how the page begins, less what could be secret', async () => {
  const page =
    '<html><head><title>Blocked</title></head><body>Bearer eyJhbGciOi.eyJzdWIi.xyz is not allowed.</body></html>'
  const clear = bench.fault({ match: users, after: 1, effect: { kind: 'answer', status: 200, body: page } })
  const { run } = await bench.carry(await bench.start())
  expect(run).toMatchObject({ status: 'failed', failure: { code: 'sync.gave_up' } })
  expect(run.failure!.why).toBe(
    'http.not_json: content type text/plain, begins with “Blocked Bearer ▮ is not allowed.”',
  )
  await nothingMarked()
  clear()
  await expectQuiet(bench, await bench.full())
})

const refusal = (headers: Record<string, string>): FaultEffect => ({
  ...{ kind: 'answer', status: 429, headers },
  body: { statusCode: 429, error: 'Too Many Requests', message: 'x', errorCode: 'too_many_requests' },
})
it.each([
  ['5 s, inside its turn', 5, 20],
  ['300 s, parked', 300, 331],
])(
  'F24: 429 that names its reset: it waits %s as told, with a countdown and no error',
  async (_, told, most) => {
    const began = bench.clock.now()
    const reset = String(Math.ceil(began / 1000) + told)
    bench.fault({ match: members, after: 5, times: 3, effect: refusal({ 'x-ratelimit-reset': reset }) })
    const started = await bench.start()
    const turn = bench.drive(started)
    // Time stands still: what is shown while it waits.
    await expect
      .poll(async () => (await bench.sync.get(ada.tenantId, started.id))!.waiting, { timeout: 10_000 })
      .toMatchObject({ reason: expect.stringContaining('asked Owlie to slow down') as string })
    await bench.clock.run(turn, 2)
    const { run } = await bench.carry(started)
    const took = (bench.clock.now() - began) / 1000
    expect(took).toBeGreaterThanOrEqual(told)
    expect(took).toBeLessThanOrEqual(most)
    expect(run.requests.throttled).toBeLessThanOrEqual(3)
    expect(run.requests.waitedMs).toBeGreaterThanOrEqual(told * 900)
    expect(run.kinds.flatMap(({ failure }) => failure ?? [])).toEqual([])
    await expectQuiet(bench, run)
  },
)

it('F25: ten minutes of 429 without a word: short waits, other limits are not concerned, late and not failed', async () => {
  const clear = bench.fault({ match: users, effect: refusal({}) })
  const began = bench.clock.now()
  const { run: parked } = await bench.carry(await bench.start(), 3)
  // Whoever works on the same tenant by another limit goes at once. The run itself reads its kinds in their order.
  const opened = await bench.connections.openSession(ada.tenantId, bench.connection.id, {
    signal: new AbortController().signal,
  })
  if ('failure' in opened) throw new Error(opened.failure.code)
  const moment = bench.clock.now()
  expect(await auth0.read['roles']!(opened.session, { cursor: null })).toHaveProperty('page')
  expect(bench.clock.now()).toBe(moment)
  await opened.close()
  const { run, waits } = await bench.carry(parked, 100, () => {
    if (bench.clock.now() - began > 600_000) clear()
  })
  expect(waits.length).toBeGreaterThan(5)
  for (const { ms } of waits) expect(ms).toBeLessThanOrEqual(66_000)
  expect(run.requests.throttled).toBeGreaterThan(5)
  expect(bench.clock.now() - began).toBeLessThan(720_000)
  await expectQuiet(bench, run)
})

// The number of lists read side by side does not adapt: Auth0 limits requests in a time, which the governor keeps.
it('F21: 2 s ± 1 s a request from some moment on: lists side by side hide some of it, and the ETA follows within 10 s', async () => {
  const started = await bench.start()
  const etas: { at: number; ms: number }[] = []
  let began = 0
  let slept = 0
  let asked = 0
  const sleep = async () => {
    began ||= bench.clock.now()
    const ms = [1000, 2500, 3000, 1500][asked++ % 4]!
    slept += ms
    await bench.clock.sleep(ms)
    const { eta } = (await bench.sync.get(ada.tenantId, started.id))!
    etas.push({ at: bench.clock.now(), ms: eta?.ms ?? 0 })
  }
  bench.fault({ match: { method: 'GET' }, after: 6, effect: { kind: 'delay', ms: 0, sleep } })
  const { run } = await bench.carry(started)
  const ended = bench.clock.now()
  expect(ended - began).toBeLessThan(slept * 0.9)
  const followed = etas.filter(({ at }) => at - began >= 10_000 && ended - at >= 3000)
  expect(followed).not.toEqual([])
  for (const { at, ms } of followed) {
    expect(ms).toBeGreaterThan((ended - at) / 2)
    expect(ms).toBeLessThan((ended - at) * 2)
  }
  await expectQuiet(bench, run)
})

it.each<[string, (now: number) => string, number, number]>([
  ['a day', () => '86400', 900, 990],
  ['less than nothing', () => '-5', 1, 66],
  ['a date', (now) => new Date(now + 120_000).toUTCString(), 118, 133],
  ['garbage', () => 'soon', 1, 66],
])('F26: Retry-After of %s is clamped, and a long wait is shown', async (_, told, least, most) => {
  const effect = refusal({ 'retry-after': told(bench.clock.now()) })
  const clear = bench.fault({ match: users, after: 1, effect })
  const [wait] = await waitsOut(clear, 'asked Owlie to slow down')
  expect(wait!.ms / 1000).toBeGreaterThanOrEqual(least)
  expect(wait!.ms / 1000).toBeLessThanOrEqual(most)
})

it('F27: a redirect to another host is not followed, and nothing is sent there', async () => {
  let visits = 0
  const elsewhere = createServer(() => (visits += 1)).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  const location = `https://localhost:${(elsewhere.address() as { port: number }).port}/api/v2/users`
  for (const route of ['/oauth/token', '/users']) {
    stale = await countStale(bench.database)
    const clear = bench.fault({ match: { route }, effect: { kind: 'redirect', location } })
    await endsWith(clear, 'http.redirect')
  }
  expect(visits).toBe(0)
  elsewhere.close()
})

it.each([
  ['500 MB', false],
  ['500 MB in a small archive', true],
])('F28: %s are cut at the limit', async (_, gzip) => {
  const before = bench.wire.received()
  const clear = bench.fault({ match: users, after: 1, effect: { kind: 'flood', bytes: 500_000_000, gzip } })
  await waitsOut(clear, `The answer of ${host()} is larger than 1 MiB`)
  expect(bench.wire.received() - before).toBeLessThan(60_000_000)
})

it('F29: a kept connection that is dead: the read is asked for once more, at once', async () => {
  const change = (body: unknown) => {
    bench.wire.breakOnUse()
    return body
  }
  bench.fault({ match: users, times: 1, effect: { kind: 'rewrite', change } })
  const began = bench.clock.now()
  await passes(1)
  expect(bench.clock.now()).toBe(began)
})

it('F30: half-open: what is sent is taken and nothing comes back: bounded, and nothing stays occupied', async () => {
  bench.wire.swallow(true)
  const { run } = await bench.carry(await bench.start(), 0)
  expect(run.waiting!.reason).toBe(`${host()} did not answer in time.`)
  expect(await openEnds(bench.database)).toEqual([`I8: left open: run ${run.id}`])
  await nothingMarked()
  bench.wire.swallow(false)
  await expectQuiet(bench, (await bench.carry(run)).run)
})
