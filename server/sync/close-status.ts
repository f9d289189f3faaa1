import type { Failure } from '@owlie/connector-kit'
import type { KindRow, RunStatus } from './sync-run.ts'

/**
 * How a run ends that was not cancelled and did not fail as a whole. `complete`: every kind; `incomplete`: something
 * was read, and the report says what was not; `failed`: nothing was. Pure.
 */
export function closeStatus(kinds: readonly Pick<KindRow, 'end' | 'failure'>[]): {
  readonly status: RunStatus & ('complete' | 'incomplete' | 'failed')
  readonly failure: Failure | null
} {
  if (kinds.every(({ end }) => end === 'complete')) return { status: 'complete', failure: null }
  if (kinds.some(({ end }) => end === 'complete' || end === 'truncated'))
    return { status: 'incomplete', failure: null }
  return { status: 'failed', failure: kinds.find(({ failure }) => failure)?.failure ?? null }
}
