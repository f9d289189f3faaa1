import { randomUUID } from 'node:crypto'
import { type Failure, FailureError } from '@owlie/connector-kit'
import { GraphQLError } from 'graphql'

/** What of a failure may leave in the `extensions` of an error: all of it; a failure never holds a secret. */
export function rejected(failure: Failure, status = 400): GraphQLError {
  return new GraphQLError(failure.message, {
    extensions: { code: failure.code, failure, http: { status } },
  })
}

interface ErrorLog {
  error(fields: { id: string; err: unknown }, message: string): void
}

/**
 * Hides what only the log may know. An error made by us or by graphql-js for the caller passes; anything else is a
 * defect and leaves as one sentence and an id that stands in the log beside the cause.
 */
export function maskError(log: ErrorLog): (error: unknown) => Error {
  return (error) => {
    if (
      error instanceof GraphQLError &&
      (!error.originalError || error.originalError instanceof GraphQLError)
    )
      return withoutOrigin(error)
    const cause = error instanceof GraphQLError ? error.originalError : error
    if (cause instanceof FailureError && callerErred(cause.failure)) return rejected(cause.failure)
    const id = randomUUID()
    log.error({ id, err: cause }, 'A request failed by a defect.')
    const failure: Failure = {
      kind: 'defect',
      code: 'owlie.defect',
      message: 'Something in Owlie went wrong.',
      remedy: `Try again. If it stays, look for ${id} in the server’s log and report it.`,
    }
    const position = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {}
    return new GraphQLError(failure.message, { ...position, extensions: { code: failure.code, id, failure } })
  }
}

/** A query has no union to refuse in; a door that was asked something impossible (a made-up `after`) throws its failure. */
function callerErred({ kind }: Failure): boolean {
  return kind === 'rejected' || kind === 'config' || kind === 'missing'
}

/**
 * The server library hands on what JSON.parse said of a broken body, and that quotes the body. Without `spec` the 400
 * holds whatever the caller accepts: what is not JSON is no GraphQL request yet.
 */
function withoutOrigin(error: GraphQLError): GraphQLError {
  if (!('originalError' in error.extensions)) return error
  const { nodes, source, positions, path } = error
  const { originalError: _, http, ...rest } = error.extensions
  const extensions = http ? { ...rest, http: { ...http, spec: false } } : rest
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions })
}

/** The body of every refusal outside GraphQL, and of those that come before it: readable as either. */
export function failureBody(...failures: Failure[]): { failures: Failure[]; errors: object[] } {
  const errors = failures.map((failure) => ({
    message: failure.message,
    extensions: { code: failure.code, failure },
  }))
  return { failures, errors }
}
