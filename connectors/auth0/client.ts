import { type Door, FailureError, type Outcome, type Session } from '@owlie/connector-kit'
import { ManagementClient } from 'auth0'
import { failureOf, isAuth0Own, outcomeOf } from './classify.ts'
import type { OperationName } from './operations.ts'
import { dropToken, type Token, tokenOf } from './token.ts'

const memoKey = 'auth0.client'

/**
 * One call to the Management API through the official SDK, with our door as its `fetch` and our token. The SDK's
 * retries are off because they repeat POST, and its pagers are never used because they end at 1,000.
 *
 * A 401 drops the token, fetches another and tries once more: tokens are revoked and expire in mid-run.
 * @throws FailureError for everything
 */
export async function call<T>(
  session: Session,
  operation: OperationName,
  capability: string,
  run: (client: ManagementClient) => Promise<T>,
): Promise<T> {
  let token: Token | null = null
  try {
    token = await tokenOf(session)
    try {
      return await run(clientOf(session))
    } catch (error) {
      if (session.signal.aborted || statusOf(error) !== 401) throw error
      await dropToken(session, token)
      token = await tokenOf(session)
      return await run(clientOf(session))
    }
  } catch (error) {
    const context = contextOf(session, operation, capability, token)
    throw new FailureError(failureOf(error, context), { cause: error })
  }
}

function clientOf(session: Session): ManagementClient {
  let client = session.memo.get(memoKey) as ManagementClient | undefined
  if (!client) {
    client = newClient(session, (input, init) => session.http.fetch(input, init))
    session.memo.set(memoKey, client)
  }
  return client
}

function newClient(session: Session, fetch: Door['fetch']): ManagementClient {
  return new ManagementClient({
    domain: session.config.domain ?? '',
    token: async () => (await tokenOf(session)).value.reveal(),
    fetch,
    maxRetries: 0,
    telemetry: false,
    // The door has its own deadline per attempt; this one only bounds the waits in between.
    timeoutInSeconds: 180,
  })
}

interface WriteOptions {
  readonly operation: OperationName
  readonly capability: string
  readonly changeId: string
}

type Written<T> = { readonly answer: T } | { readonly outcome: Outcome }

/**
 * One writing request, sent once. The only repetition is after a 401, which says that nothing was done, with a fresh
 * token. Never throws: what is not an answer is an outcome.
 */
export async function write<T>(
  session: Session,
  { operation, capability, changeId }: WriteOptions,
  run: (client: ManagementClient, options: ReturnType<typeof requestOptions>) => Promise<T>,
): Promise<Written<T>> {
  let left = false
  // A client of its own: whether the request left must be known of this one request.
  const client = newClient(session, (input, init) =>
    session.http.fetch(input, {
      ...init,
      onLeave: () => {
        left = true
      },
    }),
  )
  // https://auth0.com/docs/api/management/v2: the id stands in the tenant's log beside the write.
  const headers = { 'X-Correlation-ID': changeId }
  let token: Token | null = null
  try {
    session.signal.throwIfAborted()
    token = await tokenOf(session)
    const send = () => run(client, { ...requestOptions(session), headers })
    try {
      return { answer: await send() }
    } catch (error) {
      if (session.signal.aborted || statusOf(error) !== 401 || !isAuth0Own(error)) throw error
      left = false
      await dropToken(session, token)
      token = await tokenOf(session)
      return { answer: await send() }
    }
  } catch (error) {
    const context = contextOf(session, operation, capability, token)
    return { outcome: outcomeOf(error, context, left) }
  }
}

function contextOf(session: Session, operation: OperationName, capability: string, token: Token | null) {
  return {
    operation,
    capability,
    domain: session.config.domain ?? '',
    granted: token?.scopes ?? null,
    now: session.clock.now(),
    aborted: session.signal.aborted,
  }
}

/** What each call passes along, so that stopping a session stops the request. */
export function requestOptions(session: Session): {
  readonly abortSignal: AbortSignal
  readonly maxRetries: 0
  readonly headers?: Record<string, string>
} {
  return { abortSignal: session.signal, maxRetries: 0 }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null
}
