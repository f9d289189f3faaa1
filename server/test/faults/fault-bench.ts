import { auth0 } from '@owlie/connector-auth0'
import type { Application, FaultRule, SandboxOptions } from '@owlie/auth0-sandbox'
import { memoryLedger } from '@owlie/connector-kit'
import { virtualClock, type VirtualClock } from '@owlie/connector-kit/testing'
import { expect } from 'vitest'
import type { Connection, DoorLimits } from '../../connections/index.ts'
import { metrics } from '../../guard/index.ts'
import type { SyncRun } from '../../sync/index.ts'
import {
  ada,
  type EngineOptions,
  granted,
  openSandboxBench,
  type SandboxBench,
} from '../../sync/test/bench.ts'
import * as invariants from '../processes/invariants.ts'
import { openWire, type Wire } from './wire.ts'

/**
 * The whole engine against the sandbox tenant, over a wire that can fail and on a clock on which waiting takes no time.
 * Only the deadlines of requests are real, and short.
 */
export interface FaultBench extends SandboxBench {
  readonly clock: VirtualClock
  readonly wire: Wire
  readonly application: Application
  readonly connection: Connection
  /** What the name server says; null: what the system does. */
  lookup: (() => Promise<readonly string[]>) | null
  start(mode?: 'full' | 'incremental'): Promise<SyncRun>
  /** Turn after turn, until the run has ended, is paused, or waits. */
  turns(run: SyncRun): Promise<SyncRun>
  /** As the jobs would, through every wait, until it has ended or is paused; with the waits it showed. */
  carry(run: SyncRun, mostWaits?: number, onWait?: () => void): Promise<Carried>
  full(): Promise<SyncRun>
  /** Adds a fault and gives what takes it away again. */
  fault(rule: FaultRule): () => void
  /** One user goes and one comes, so that a run has something to mark and something to find. */
  stir(): void
}

export interface Carried {
  readonly run: SyncRun
  readonly waits: readonly { readonly reason: string; readonly ms: number }[]
}

export async function openFaultBench(
  sandboxOptions: SandboxOptions = {},
  options: Partial<EngineOptions> = {},
): Promise<FaultBench> {
  const wire = await openWire()
  const clock = virtualClock(Date.now())
  const names: { lookup: FaultBench['lookup'] } = { lookup: null }
  const door: DoorLimits = {
    ...{ deadlineMs: 1500, resolveMs: 60, maxBytes: 1_000_000, ...options.door },
    lookup: () => names.lookup?.() ?? Promise.resolve(['127.0.0.1']),
  }
  const bench = await openSandboxBench(
    {
      ...{ users: 130, roles: 4, organizations: 14, domain: `localhost:${wire.port}` },
      shape: { membersPerOrganization: 2, groups: 0 },
      clock: () => clock.now(),
      ...sandboxOptions,
    },
    { clock, ledger: memoryLedger(clock), ...options, door },
  )
  wire.to(Number(new URL(bench.sandbox.url).port))
  const { fullPlus } = bench.sandbox.applications
  const scopes = [...fullPlus.scopes, 'read:logs', 'read:logs_users']
  const application = bench.sandbox.addApplication({ name: 'Faults', scopes })
  const connection = await bench.connect(application)
  await believe(bench, connection)
  const turns = (run: SyncRun) => clock.run(bench.drive(run), 2)
  const start = async (mode: 'full' | 'incremental' = 'full') =>
    granted(await bench.sync.start(ada, connection.id, { mode }))
  const carry: FaultBench['carry'] = async (given, mostWaits = 200, onWait = () => {}) => {
    const waits: { reason: string; ms: number }[] = []
    for (;;) {
      const run = await turns(given)
      if (!run.waiting || run.finishedAt || run.paused || waits.length === mostWaits) return { run, waits }
      const ms = run.waiting.until.getTime() - clock.now()
      waits.push({ reason: run.waiting.reason, ms })
      await clock.run(clock.sleep(ms))
      onWait()
    }
  }
  let people = 0
  return {
    ...bench,
    ...{ clock, wire, application, connection, start, turns, carry },
    get lookup() {
      return names.lookup
    },
    set lookup(lookup) {
      names.lookup = lookup
    },
    full: async () => (await carry(await start())).run,
    fault(rule) {
      const id = bench.sandbox.faults.add(rule)
      return () => bench.sandbox.faults.clear(id)
    },
    stir() {
      const { tenant } = bench.sandbox
      tenant.removeUser(tenant.snapshot().users[0]!.user_id)
      tenant.addUser({ email: `stirred${++people}@example.com` })
    },
    async close() {
      await wire.close()
      await bench.close()
    },
  }
}

/** Nothing here is about how much may happen at once, but for the empty answer, which is never believed. */
async function believe({ guard }: SandboxBench, { id }: Connection): Promise<void> {
  for (const { name, yields } of auth0.manifest.kinds)
    for (const metric of metrics) {
      const limit = { metric, free: 1_000_000, absolute: null, percent: null }
      granted(await guard.setLimit(ada, { connectionId: id, kind: { name, yields } }, limit))
    }
}

/** What holds when a fault is over and a run has ended: the invariants, by their numbers. */
export async function expectQuiet(bench: FaultBench, run: SyncRun): Promise<void> {
  const { database, sandbox, connection, application } = bench
  const applications = [application, ...Object.values(sandbox.applications)]
  // The latter is how every token of the tenant begins.
  const secrets = [...applications.map(({ clientSecret }) => clientSecret), 'eyJhbGciOiJSUzI1Ni']
  expect(run).toMatchObject({ status: 'complete', failure: null })
  expect([
    ...(await invariants.compareMirror(bench, sandbox, connection.id)),
    ...(await invariants.auditRun(database, run.id)),
    ...(await invariants.openEnds(database)),
    ...(await invariants.findSecrets(database, secrets)),
    ...bench.defects.map((defect) => `defect: ${String(defect)}`),
  ]).toEqual([])
}
