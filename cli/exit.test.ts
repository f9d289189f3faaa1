import { describe, expect, it } from 'vitest'
import { exitCodeOf, exitCodes } from './exit.ts'
import { plain } from './talk.ts'
import { duration, kindLine, progressLine, syncReport, type SyncRun } from './sync-run.ts'

const failure = (kind: string, code = 'x') => ({ kind, code, message: 'm', remedy: 'r' })

describe('exit codes', () => {
  it.each([
    ['config', 'auth0.domain', exitCodes.usage],
    ['credential', 'auth0.unauthorized', exitCodes.failed],
    ['credential', 'owlie.not_signed_in', exitCodes.notSignedIn],
    ['permission', 'auth0.insufficient_scope', exitCodes.forbidden],
    ['missing', 'connection.not_found', exitCodes.notFound],
    ['conflict', 'sync.already_running', exitCodes.conflict],
    ['conflict', 'sync.guard_empty', exitCodes.guard],
    ['throttled', 'http.throttled', exitCodes.temporary],
    ['unavailable', 'net.refused', exitCodes.temporary],
  ])('%s %s ends with %i', (kind, code, exitCode) => {
    expect(exitCodeOf([failure(kind, code)])).toBe(exitCode)
  })
})

describe('text from elsewhere', () => {
  it('cannot command the terminal', () => {
    expect(plain('a\u001b[31mred\u0007 \u2028end')).toBe('a\ufffd[31mred\ufffd \ufffdend')
  })
})

const run: SyncRun = {
  id: 'r1',
  mode: 'full',
  status: 'running',
  paused: null,
  generation: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  durationMs: 41_000,
  failure: null,
  waiting: null,
  eta: { ms: 120_000, lowMs: 1, highMs: 2 },
  resumptions: [],
  requests: { total: 1204, throttled: 0, waitedMs: 0, byRoute: [{ route: 'GET /users', count: 1204 }] },
  forecast: { requests: 1200, minutes: 0.5 },
  kinds: [
    {
      name: 'users',
      label: 'Users',
      end: 'complete',
      running: false,
      reason: null,
      failure: null,
      read: 5000,
      created: 4999,
      changed: 1,
      unchanged: 0,
      stale: 0,
      quarantined: 0,
      total: null,
    },
  ],
}

describe('a run in words', () => {
  it('says figures, time and what is left', () => {
    expect(progressLine(run, 0)).toBe('1,204 requests · 41 s · about 2 min left')
    expect(kindLine(run.kinds[0]!)).toBe(
      'Users                  complete   5,000 read · 4,999 new · 1 changed',
    )
    expect(duration(250)).toBe('250 ms')
  })

  it('says a wait instead of an estimate', () => {
    const waiting = { reason: 'rate limit', until: '1970-01-01T00:00:12.000Z' }
    expect(progressLine({ ...run, waiting }, 0)).toBe('1,204 requests · 41 s · waiting for Auth0, 12 s')
  })

  it('is reported by kind and by route', () => {
    const report = syncReport(run)
    expect(report.requests.byRoute).toEqual({ 'GET /users': 1204 })
    expect(report.kinds['users']).toMatchObject({ end: 'complete', read: 5000, created: 4999 })
  })
})
