import type { Failure, FailureKind } from '@owlie/connector-kit'

/** What a failed read means for the run. */
export type Judgement =
  /** Stop here, go on later from the same place. */
  | 'park'
  | 'fail-run'
  | 'skip-kind'
  | 'fail-kind'
  /** Read the kind (or container) from its beginning: its cursor is no longer taken. */
  | 'restart'
  /** The container is gone: nothing can be said about what it held. */
  | 'vanished'

const byKind: Readonly<Record<FailureKind, Judgement>> = {
  throttled: 'park',
  unavailable: 'park',
  credential: 'fail-run',
  config: 'fail-run',
  permission: 'skip-kind',
  unsupported: 'skip-kind',
  missing: 'fail-kind',
  conflict: 'fail-kind',
  rejected: 'fail-kind',
  defect: 'fail-kind',
}

/** Restarts of one list before its kind fails. */
export const mostRestarts = 2

export interface ReadState {
  /** The read was for a container. */
  readonly inContainer: boolean
  /** It went on from a cursor. */
  readonly hadCursor: boolean
  readonly restarts: number
}

/** Decided by the failure's kind alone. Pure. */
export function judgeFailure({ kind }: Failure, state: ReadState): Judgement {
  if (kind === 'missing' && state.inContainer) return 'vanished'
  const isStaleCursor = kind === 'rejected' || kind === 'missing' || kind === 'conflict'
  if (isStaleCursor && state.hadCursor && state.restarts < mostRestarts) return 'restart'
  return byKind[kind]
}
