import {
  type Check,
  type Clock,
  type Connector,
  type HostPolicy,
  openDoor,
  type Session,
} from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import { policyFor } from './check-entered.ts'
import type { TenantTx } from '../db/index.ts'
import type { Keyring } from '../secrets/index.ts'
import { stateAfterTest } from './decide-state.ts'
import type { DoorLimits } from './open-session.ts'
import { type PacedParts, pacedWith } from './paced.ts'
import { settleReplacement } from './replace-credential.ts'
import { closeInterrupted, type StartedTest } from './start-test.ts'
import * as store from './store.ts'
import { type Stop, summariseTest, type TestVerdict } from './summarise-test.ts'

/** From the start to the end, whatever the target does. */
const hardStopMs = 15_000
const beatMs = 1_000

export interface RunParts extends PacedParts {
  readonly keyring: Keyring
  readonly hostPolicy: Pick<HostPolicy, 'extra'>
  readonly ca: readonly string[]
  readonly door: DoorLimits
  readonly clock: Clock
  /** Told what no failure stands for: a connector or the database threw. */
  readonly onDefect: (error: unknown) => void
}

export interface RunningTest {
  readonly id: string
  readonly tenantId: string
  /** Ends the test at once; the first reason given stands. */
  stop(why: Stop): void
  /** Resolves when the end is stored. Never rejects. */
  readonly ended: Promise<void>
}

/** Runs a started test in this process. Each row is stored as it ends; the end is stored once. */
export function runTest(parts: RunParts, started: StartedTest): RunningTest {
  const abort = new AbortController()
  let stopped: Stop | null = null
  const stop = (why: Stop) => {
    if (stopped) return
    stopped = why
    abort.abort(new Error(`test stopped: ${why.why}`))
  }
  const ended = run(parts, started, abort.signal, stop, () => stopped).catch(parts.onDefect)
  return { id: started.test.id, tenantId: started.actor.tenantId, stop, ended }
}

async function run(
  parts: RunParts,
  started: StartedTest,
  signal: AbortSignal,
  stop: (why: Stop) => void,
  stopped: () => Stop | null,
): Promise<void> {
  const { database, clock } = parts
  const { tenantId } = started.actor
  const { id } = started.test
  const over = new AbortController()
  const rows = createRowWriter((checks) =>
    database.tenant(tenantId, (trx) => store.writeChecks(trx, id, checks)).catch(parts.onDefect),
  )
  const watch = Promise.all([
    after(clock, hardStopMs, over.signal, () => stop({ why: 'deadline', seconds: hardStopMs / 1000 })),
    heartbeat(parts, tenantId, id, over.signal, (by) => stop({ why: 'cancelled', by })),
  ]).catch(parts.onDefect)
  const door = openDoor({
    policy: policyFor(started.connector, parts.hostPolicy.extra),
    route: (method, path) => started.connector.route(method, path),
    ca: parts.ca,
    clock,
    ...parts.door,
    rate: pacedWith(parts, tenantId, started.connector, started.config, started.rate),
    retries: 1,
    maxWaitMs: 5_000,
    maxBytes: 1024 * 1024,
  })
  const session: Session = {
    config: started.config,
    secrets: started.secrets,
    http: door,
    clock,
    signal,
    memo: new Map(),
  }
  try {
    const probe = await Promise.race([
      probeTarget(started.connector, session, rows.write).catch((error: unknown) => {
        // A connector that throws because it was stopped did what it was told.
        if (!stopped()) parts.onDefect(error)
        return null
      }),
      aborted(signal),
    ])
    const lastRows = rows.close()
    // A connector that came to its end while the stop arrived has a result; the stop stands for what is missing.
    const end = probe ?? { checks: lastRows, grantedScopes: null }
    const verdict = summariseTest(end.checks, probe ? null : (stopped() ?? { why: 'defect' }))
    await rows.settled()
    over.abort()
    await database.tenant(tenantId, closeInterrupted)
    await database.tenant(tenantId, (trx) => finish(trx, parts.keyring, started, verdict, end.grantedScopes))
  } finally {
    over.abort()
    await watch
    await door.close()
  }
}

interface Probe {
  readonly checks: readonly Check[]
  readonly grantedScopes: readonly string[] | null
}

async function probeTarget(
  connector: Connector,
  session: Session,
  listen: (checks: readonly Check[]) => void,
): Promise<Probe | null> {
  const checks = await connector.test(session, listen)
  if (session.signal.aborted) return null
  // The token is in the session's memo by now. Without one, asking again would only send the credential once more.
  if (!checks.some((check) => check.name === 'token' && check.status === 'passed'))
    return { checks, grantedScopes: null }
  const granted = await connector.grantedScopes(session)
  return { checks, grantedScopes: 'scopes' in granted ? granted.scopes : null }
}

async function finish(
  trx: TenantTx,
  keyring: Keyring,
  started: StartedTest,
  tested: TestVerdict,
  grantedScopes: readonly string[] | null,
): Promise<void> {
  const { test, actor, connector, candidate } = started
  // The connection first, then its test: the same order as an edit, which would deadlock with the other one.
  const row = test.connectionId ? await store.findConnection(trx, { id: test.connectionId }, true) : undefined
  // Asked before the credential is replaced: a test that was ended already, by a restart, decides nothing any more.
  if (!(await store.lockRunningTest(trx, test.id))) return
  const verdict = candidate
    ? await settleReplacement(trx, keyring, { ...started, candidate }, row, tested)
    : tested
  await store.finishTest(trx, test.id, { ...verdict, grantedScopes })
  const isSaved = row && (await store.testedVersion(trx, test.id)) === row.version
  const before = row && { state: row.state, stateReason: row.state_reason }
  const after = isSaved ? stateAfterTest(before!, verdict.status, verdict.summary, verdict.checks) : before
  if (row && after && (after.state !== row.state || after.stateReason !== row.state_reason))
    await store.setState(trx, row.id, after.state, after.stateReason)
  const subject = row
    ? { kind: 'connection', id: row.id, name: row.name }
    : { kind: 'connection_test', id: test.id }
  const failed = verdict.checks.find((check) => check.status === 'failed')
  const detail = {
    connector: connector.manifest.name,
    testId: test.id,
    status: verdict.status,
    ...(failed?.failure ? { code: failed.failure.code } : {}),
    ...(after && !candidate ? { state: after.state } : {}),
  }
  await record(trx, { actor, action: 'connection.tested', subject, detail })
}

/** Stores the newest rows, one write at a time: rows that change while one is written go with the next. */
function createRowWriter(save: (checks: readonly Check[]) => Promise<void>) {
  let latest: readonly Check[] = []
  let dirty = false
  let closed = false
  let writing: Promise<void> | null = null
  const drain = async () => {
    while (dirty) {
      dirty = false
      await save(latest)
    }
    writing = null
  }
  return {
    write(checks: readonly Check[]) {
      if (closed) return
      latest = checks.map((check) => ({ ...check }))
      dirty = true
      writing ??= drain()
    },
    /** Takes no more rows; what a stopped connector still says is not heard. */
    close(): readonly Check[] {
      closed = true
      dirty = false
      return latest
    },
    settled: async () => writing ?? undefined,
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    else signal.addEventListener('abort', () => resolve(null), { once: true })
  })
}

async function after(clock: Clock, ms: number, over: AbortSignal, act: () => void): Promise<void> {
  await clock.sleep(ms, over).then(act, () => {})
}

async function heartbeat(
  { database, clock, onDefect }: RunParts,
  tenantId: string,
  id: string,
  over: AbortSignal,
  onCancel: (by: string) => void,
): Promise<void> {
  while (!over.aborted) {
    await clock.sleep(beatMs, over).catch(() => {})
    if (over.aborted) return
    // One missed beat is no reason to give up: the next may come through.
    const by = await database.tenant(tenantId, (trx) => store.beat(trx, id)).catch(onDefect)
    if (by) onCancel(by)
  }
}
