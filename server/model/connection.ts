import type { Failure } from '@owlie/connector-kit'

/**
 * `ready`: what is saved now was tested and worked. `incomplete`: something is missing, or what is saved was never
 * tested, or its test failed; a sentence says which.
 */
export type ConnectionState = 'incomplete' | 'ready'

export type FinishedTestStatus = 'passed' | 'warning' | 'failed' | 'cancelled'

export type TestStatus = 'running' | FinishedTestStatus

/** The same words whoever is asked: every feature hangs on a connection. */
export function connectionNotFound(): Failure {
  return {
    kind: 'missing',
    code: 'connection.not_found',
    message: 'There is no such connection.',
    remedy: 'Look at the list of connections; it may have been removed.',
  }
}
