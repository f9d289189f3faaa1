/** A sync run as the API serves it, the shape in which the command reports it, and the words for a person. */
import type { Failure } from './exit.ts'
import { FAILURE } from './api.ts'

export interface SyncRun {
  id: string
  mode: string
  status: string
  paused: { at: string; by: string } | null
  generation: number
  startedAt: string
  finishedAt: string | null
  durationMs: number
  failure: Failure | null
  waiting: { reason: string; until: string } | null
  eta: { ms: number; lowMs: number; highMs: number } | null
  resumptions: { at: string; fromPage: number; kind: string | null }[]
  requests: {
    total: number
    throttled: number
    waitedMs: number
    byRoute: { route: string; count: number }[]
  }
  /** Null for runs of earlier versions, and before the first turn. */
  forecast: { requests: number; minutes: number } | null
  kinds: SyncKind[]
}

interface SyncKind {
  name: string
  label: string
  end: string | null
  running: boolean
  reason: string | null
  failure: Failure | null
  read: number
  created: number
  changed: number
  unchanged: number
  stale: number
  quarantined: number
  total: number | null
}

export const SYNC_RUN = `id mode status paused { at by } generation startedAt finishedAt durationMs failure { ${FAILURE} }
  waiting { reason until } eta { ms lowMs highMs } resumptions { at fromPage kind }
  requests { total throttled waitedMs byRoute { route count } } forecast { requests minutes }
  kinds { name label end running reason failure { ${FAILURE} } read created changed unchanged stale quarantined total }`

/** What `--json` prints: stable, documented, one object per kind. */
export interface SyncReport {
  id: string
  mode: string
  status: string
  kinds: Record<string, KindReport>
  requests: { total: number; byRoute: Record<string, number>; throttled: number; waitedMs: number }
  forecast: SyncRun['forecast']
  durationMs: number
  resumptions: SyncRun['resumptions']
  failure: Failure | null
}

interface KindReport {
  end: string | null
  reason: string | null
  failure: Failure | null
  read: number
  created: number
  changed: number
  unchanged: number
  stale: number
  quarantined: number
}

export function syncReport(run: SyncRun): SyncReport {
  const kinds = run.kinds.map((kind): [string, KindReport] => {
    const { end, reason, failure, read, created, changed, unchanged, stale, quarantined } = kind
    return [kind.name, { end, reason, failure, read, created, changed, unchanged, stale, quarantined }]
  })
  const { total, throttled, waitedMs, byRoute } = run.requests
  return {
    id: run.id,
    mode: run.mode,
    status: run.status,
    kinds: Object.fromEntries(kinds),
    requests: {
      total,
      byRoute: Object.fromEntries(byRoute.map(({ route, count }) => [route, count])),
      throttled,
      waitedMs,
    },
    forecast: run.forecast,
    durationMs: run.durationMs,
    resumptions: run.resumptions,
    failure: run.failure,
  }
}

const ENDED = new Set(['complete', 'incomplete', 'failed', 'cancelled'])

export function hasEnded(run: SyncRun): boolean {
  return ENDED.has(run.status)
}

/** One line per kind: `Users  complete  5,000 read · 5,000 new`. */
export function kindLine(kind: SyncKind): string {
  const figures = [
    `${count(kind.read)} read`,
    kind.created > 0 ? `${count(kind.created)} new` : '',
    kind.changed > 0 ? `${count(kind.changed)} changed` : '',
    kind.stale > 0 ? `${count(kind.stale)} stale` : '',
    kind.quarantined > 0 ? `${count(kind.quarantined)} quarantined` : '',
  ].filter((figure) => figure !== '')
  const state = kind.end ?? (kind.running ? 'reading' : 'waiting')
  return `${kind.label.padEnd(22)} ${state.padEnd(10)} ${figures.join(' · ')}`
}

/** `1,204 requests · 41 s · about 2 min left`. */
export function progressLine(run: SyncRun, now: number): string {
  const parts = [`${count(run.requests.total)} requests`, duration(run.durationMs)]
  if (run.paused) {
    parts.push(`paused by ${run.paused.by}`)
  } else if (run.waiting) {
    const left = Math.max(0, Date.parse(run.waiting.until) - now)
    parts.push(`waiting for Auth0, ${duration(left)}`)
  } else if (run.eta) {
    parts.push(`about ${duration(run.eta.ms)} left`)
  }
  return parts.join(' · ')
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`
  return `${Math.round(ms / 60_000)} min`
}
