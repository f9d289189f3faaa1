import { isId } from '../model/index.ts'
import type { Clock } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import type { Earlier } from './estimate.ts'
import { presentRun } from './present-run.ts'
import { findEarlier } from './store-sizes.ts'
import type { CompletenessStatement } from './statement.ts'
import { findStatement } from './store-statement.ts'
import * as store from './store.ts'
import type { RunRow, SyncRun } from './sync-run.ts'
import { writeStatement } from './write-statement.ts'

export interface RunsPage {
  readonly nodes: readonly SyncRun[]
  readonly next: string | null
}

/** A record that was read and could not be understood or stored. */
export interface QuarantinedRecord {
  readonly kind: string
  readonly id: string | null
  readonly reason: string
}

/** Looking at runs. An id that is none is not found. */
export interface RunReaders {
  get(tenantId: string, runId: string): Promise<SyncRun | null>
  /** Newest first. */
  list(
    tenantId: string,
    connectionId: string,
    page: { readonly first: number; readonly after?: string | null },
  ): Promise<RunsPage>
  /** Queued or running. */
  activeRun(tenantId: string, connectionId: string): Promise<SyncRun | null>
  /** The newest, active or not. */
  lastRun(tenantId: string, connectionId: string): Promise<SyncRun | null>
  /** What an ended run is worth as evidence; null while it goes on. */
  statement(tenantId: string, runId: string): Promise<Statement | null>
  /** At most 1,000. */
  quarantined(tenantId: string, runId: string): Promise<readonly QuarantinedRecord[]>
}

export interface Statement {
  /** Canonical JSON of a `CompletenessStatement`; `hash` is the sha256 of exactly this text. */
  readonly json: string
  /** The same as Markdown. */
  readonly text: string
  readonly hash: string
}

const mostQuarantined = 1000

export function runReaders(database: Database, clock: Clock): RunReaders {
  const read = <T>(tenantId: string, id: string, none: T, work: (trx: TenantTx) => Promise<T>) =>
    isId(id) ? database.tenant(tenantId, work) : Promise.resolve(none)
  const one = (tenantId: string, id: string, find: (trx: TenantTx) => Promise<RunRow | null>) =>
    read<SyncRun | null>(tenantId, id, null, async (trx) => presentOne(trx, await find(trx), clock))
  return {
    get: (tenantId, id) => one(tenantId, id, (trx) => store.findRun(trx, id)),
    activeRun: (tenantId, id) => one(tenantId, id, (trx) => store.findActive(trx, id)),
    lastRun: (tenantId, id) =>
      one(tenantId, id, async (trx) => (await store.listRuns(trx, id, 1, null))[0] ?? null),
    list: (tenantId, id, page) =>
      read<RunsPage>(tenantId, id, { nodes: [], next: null }, (trx) => listRuns(trx, id, page, clock)),
    statement: (tenantId, id) =>
      read<Statement | null>(tenantId, id, null, async (trx) => {
        const stored = await findStatement(trx, id)
        if (!stored) return null
        const { content: json, hash } = stored
        return { json, hash, text: writeStatement(JSON.parse(json) as CompletenessStatement, hash) }
      }),
    quarantined: (tenantId, id) =>
      read<readonly QuarantinedRecord[]>(tenantId, id, [], (trx) =>
        store.findQuarantined(trx, id, mostQuarantined),
      ),
  }
}

async function listRuns(
  trx: TenantTx,
  connectionId: string,
  { first, after }: { readonly first: number; readonly after?: string | null },
  clock: Clock,
): Promise<RunsPage> {
  const size = Math.min(Math.max(Math.trunc(first) || 1, 1), 100)
  const before = after && /^\d{1,9}$/.test(after) ? Number(after) : null
  const runs = await store.listRuns(trx, connectionId, size + 1, before)
  const shown = runs.slice(0, size)
  const last = shown.at(-1)
  return {
    nodes: await present(trx, shown, clock),
    next: runs.length > size && last ? String(last.generation) : null,
  }
}

export async function presentOne(trx: TenantTx, run: RunRow | null, clock: Clock): Promise<SyncRun | null> {
  return run ? ((await present(trx, [run], clock))[0] ?? null) : null
}

async function present(trx: TenantTx, runs: readonly RunRow[], clock: Clock): Promise<readonly SyncRun[]> {
  const kinds = await store.findKinds(
    trx,
    runs.map(({ id }) => id),
  )
  const active = runs.find(({ finishedAt }) => finishedAt === null)
  // Only a run under way has something to estimate, and a connection has at most one.
  const earlier: Earlier = active ? await findEarlier(trx, active.connectionId) : new Map()
  return runs.map((run) =>
    presentRun(
      run,
      kinds.filter(({ runId }) => runId === run.id),
      earlier,
      clock.now(),
    ),
  )
}
