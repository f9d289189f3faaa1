import { type Failure, FailureError, type FailureKind } from '@owlie/connector-kit'

/**
 * What stands in the way of having a database, with the next step. Thrown, because nothing of the server exists
 * before it; whoever starts a process prints `failure.message` and `failure.remedy`. Never holds a password.
 */
export function dbFailure(
  kind: FailureKind,
  code: `db.${string}`,
  message: string,
  remedy: string,
  cause?: unknown,
): FailureError {
  const failure: Failure = { kind, code, message, remedy }
  return new FailureError(failure, cause === undefined ? undefined : { cause })
}
