import type { Failure } from '@owlie/connector-kit'
import { createHash } from 'node:crypto'
import type { CompletenessStatement, StatedFailure, StatedKind } from './statement.ts'
import type { KindRow, RunRow } from './sync-run.ts'

type Quarantined = CompletenessStatement['quarantined']['records']

/** The statement of an ended run. Pure. */
export function stateCompleteness(
  run: RunRow,
  kinds: readonly KindRow[],
  quarantined: Quarantined,
): CompletenessStatement {
  const { settings, requests } = run
  return {
    format: 'owlie.completeness/1',
    summary: summaryOf(run, kinds),
    connection: {
      id: run.connectionId,
      name: settings?.connection ?? null,
      connector: settings?.connector ?? null,
      version: settings?.version ?? null,
      config: settings?.config ?? {},
    },
    run: {
      ...{ id: run.id, generation: run.generation, mode: run.mode, status: run.status, trigger: run.trigger },
      startedBy: run.actorName,
      from: (run.startedAt ?? run.createdAt).toISOString(),
      until: run.finishedAt?.toISOString() ?? null,
      failure: stated(run.failure),
      resumptions: run.resumptions,
    },
    scopes: { entered: settings?.entered ?? [], granted: run.granted },
    kinds: kinds.map((kind) => stateKind(kind, run.mode === 'incremental')),
    leftOut: settings?.leftOut ?? [],
    requests: {
      total: requests.total,
      throttled: requests.throttled,
      waitedMs: Math.round(requests.waitedMs),
      byRoute: requests.byRoute,
    },
    quarantined: {
      total: kinds.reduce((sum, kind) => sum + kind.quarantined, 0),
      records: quarantined,
    },
    hints:
      run.mode === 'incremental'
        ? {
            followed: run.hints,
            alreadyKnown: run.hintsKnown,
            notFollowed: settings?.notFollowed ?? [],
          }
        : null,
  }
}

function stateKind(row: KindRow, isIncremental: boolean): StatedKind {
  const { kind, label, reason, read, created, changed, unchanged, stale, quarantined, pages, requests } = row
  return {
    ...{ kind, label, end: isIncremental && row.pages === 0 && row.end === 'complete' ? null : row.end },
    proofs: Object.entries(row.proofs)
      .map(([words, lists]) => ({ words, lists }))
      .sort((a, b) => b.lists - a.lists || (a.words < b.words ? -1 : 1)),
    reason,
    failure: stated(row.failure),
    lists:
      row.containersTotal === null
        ? null
        : {
            total: row.containersTotal,
            read: row.containersDone,
            vanished: row.containersVanished,
            incomplete: row.truncations,
          },
    ...{ read, created, changed, unchanged, stale, quarantined },
    targetCount: row.total === null ? null : { count: row.total, exact: row.totalExact },
    ...{ pages, requests },
    from: row.startedAt?.toISOString() ?? null,
    until: row.endedAt?.toISOString() ?? null,
  }
}

function stated(failure: Failure | null): StatedFailure | null {
  if (!failure) return null
  const { code, message, why, remedy } = failure
  return { code, message, ...(why === undefined ? {} : { why }), remedy }
}

function summaryOf(run: RunRow, kinds: readonly KindRow[]): string {
  const complete = kinds.filter(({ end }) => end === 'complete').length
  if (run.mode === 'incremental')
    return run.status === 'complete'
      ? 'Every change the target told of was read again. What it does not tell of is found by the next full run.'
      : 'Not every change the target told of could be read again. The next full run finds out.'
  const of = `${complete} of ${kinds.length} kinds`
  switch (run.status) {
    case 'complete':
      return complete === kinds.length
        ? 'Everything this connection reads was read to its end.'
        : `Everything this connection may read was read to its end: ${of}; the others were not granted.`
    case 'cancelled':
      return `The run was cancelled. ${of} had been read to their end; nothing was marked stale.`
    case 'failed':
      return `The run failed. ${of} had been read to their end; nothing was marked stale.`
    default:
      return `${of} were read to their end. What is missing is said at the others; of those nothing was marked stale.`
  }
}

/** The hash of a statement: sha256 in hex of its text, which is canonical JSON. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
