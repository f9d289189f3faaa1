import { type EarlierPages, estimate } from './estimate.ts'
import type { KindRow, RunRow, SyncKind, SyncRun } from './sync-run.ts'

/** A run as everybody sees it. Pure. */
export function presentRun(
  run: RunRow,
  kinds: readonly KindRow[],
  earlier: EarlierPages,
  now: number,
): SyncRun {
  const startedAt = run.startedAt ?? run.createdAt
  const isOver = run.finishedAt !== null
  const until = run.waitingUntil
  const waitMs = until ? Math.max(0, until.getTime() - now) : 0
  return {
    id: run.id,
    connectionId: run.connectionId,
    generation: run.generation,
    status: run.status,
    trigger: run.trigger,
    actor: run.actorName,
    startedAt,
    finishedAt: run.finishedAt,
    durationMs: Math.max(0, (run.finishedAt?.getTime() ?? now) - startedAt.getTime()),
    kinds: kinds.map((kind) => presentKind(kind, run.status === 'running')),
    requests: { ...run.requests, byRoute: presentRoutes(run.requests.byRoute) },
    waiting: until && waitMs > 0 ? { reason: run.waitingReason ?? '', until } : null,
    eta: isOver ? null : estimate({ kinds, earlier, workedMs: run.workedMs, waitMs }),
    failure: run.failure,
    resumptions: run.resumptions,
  }
}

function presentKind(row: KindRow, isRunning: boolean): SyncKind {
  const { label, end, reason, failure, read, created, changed, unchanged, stale, quarantined, pages } = row
  // A hint that is already passed is none.
  const total = row.total !== null && (row.totalExact || row.total >= read) ? row.total : null
  return {
    name: row.kind,
    label,
    running: isRunning && row.state === 'running',
    end,
    reason,
    failure,
    read,
    created,
    changed,
    unchanged,
    stale,
    quarantined,
    pages,
    total,
    totalExact: total !== null && row.totalExact,
  }
}

function presentRoutes(byRoute: Readonly<Record<string, number>>) {
  return Object.entries(byRoute)
    .map(([route, count]) => ({ route, count }))
    .sort((a, b) => b.count - a.count || (a.route < b.route ? -1 : 1))
}
