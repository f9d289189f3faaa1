import { type Earlier, estimate } from './estimate.ts'
import type { KindRow, RunRow, SyncKind, SyncRun } from './sync-run.ts'

/** A run as everybody sees it. Pure. */
export function presentRun(run: RunRow, kinds: readonly KindRow[], earlier: Earlier, now: number): SyncRun {
  const startedAt = run.startedAt ?? run.createdAt
  const isOver = run.finishedAt !== null
  const until = run.waitingUntil
  const waitMs = until ? Math.max(0, until.getTime() - now) : 0
  return {
    id: run.id,
    connectionId: run.connectionId,
    generation: run.generation,
    mode: run.mode,
    status: run.pausedAt ? 'paused' : run.status,
    paused: run.pausedAt ? { at: run.pausedAt, by: run.pausedBy ?? '' } : null,
    trigger: run.trigger,
    hints: run.mode === 'incremental' ? { followed: run.hints, known: run.hintsKnown } : null,
    hintFailure: run.hintFailure,
    actor: run.actorName,
    startedAt,
    finishedAt: run.finishedAt,
    durationMs: Math.max(0, (run.finishedAt?.getTime() ?? now) - startedAt.getTime()),
    kinds: kinds.map((kind) => presentKind(kind, run.status === 'running' && run.pausedAt === null, earlier)),
    requests: { ...run.requests, byRoute: presentRoutes(run.requests.byRoute) },
    waiting: until && waitMs > 0 ? { reason: run.waitingReason ?? '', until } : null,
    eta: isOver || run.pausedAt ? null : estimate({ kinds, earlier, workedMs: run.workedMs, waitMs }),
    failure: run.failure,
    resumptions: run.resumptions,
    forecast: run.forecast,
  }
}

function presentKind(row: KindRow, isRunning: boolean, earlier: Earlier): SyncKind {
  const { label, end, reason, failure, read, created, changed, unchanged, stale, quarantined, pages } = row
  const total = totalOf(row, earlier)
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

/** The target's count where it is exact, else the larger of its hint and the last run's; one already passed is none. */
function totalOf({ kind, end, read, total, totalExact }: KindRow, earlier: Earlier): number | null {
  if (total !== null && totalExact) return total
  const before = end === null ? earlier.get(kind)?.read : undefined
  const hint = Math.max(total ?? 0, before ?? 0)
  return hint > 0 && hint >= read ? hint : null
}

function presentRoutes(byRoute: Readonly<Record<string, number>>) {
  return Object.entries(byRoute)
    .map(([route, count]) => ({ route, count }))
    .sort((a, b) => b.count - a.count || (a.route < b.route ? -1 : 1))
}
