import type { Failure } from '@owlie/connector-kit'
import type { KindRow, RunStatus } from './sync-run.ts'

/**
 * How a run ends that was not cancelled and did not fail as a whole. `complete`: everything this connection may read
 * was read; a kind it was never granted is its setting, said at the kind, and no fault of the run. `incomplete`:
 * something was read, and the report says what was not; `failed`: nothing was. Pure.
 */
export function closeStatus(kinds: readonly Pick<KindRow, 'end' | 'failure' | 'pages'>[]): {
  readonly status: RunStatus & ('complete' | 'incomplete' | 'failed')
  readonly failure: Failure | null
} {
  const wanted = kinds.filter((kind) => !isNotGranted(kind))
  if (wanted.length > 0 && wanted.every(({ end }) => end === 'complete'))
    return { status: 'complete', failure: null }
  if (kinds.some(({ end }) => end === 'complete' || end === 'held' || end === 'truncated'))
    return { status: 'incomplete', failure: null }
  return { status: 'failed', failure: kinds.find(({ failure }) => failure)?.failure ?? null }
}

/** Refused before its first page. Refused later, the scope was taken away while the run read: that is a fault. */
function isNotGranted({ end, failure, pages }: Pick<KindRow, 'end' | 'failure' | 'pages'>): boolean {
  return end === 'skipped' && failure?.kind === 'permission' && pages === 0
}
