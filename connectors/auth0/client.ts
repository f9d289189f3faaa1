import { FailureError, type Session } from '@owlie/connector-kit'
import { ManagementClient } from 'auth0'
import { failureOf } from './classify.ts'
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
    const context = {
      operation,
      capability,
      domain: session.config.domain ?? '',
      granted: token?.scopes ?? null,
      now: session.clock.now(),
      aborted: session.signal.aborted,
    }
    throw new FailureError(failureOf(error, context), { cause: error })
  }
}

function clientOf(session: Session): ManagementClient {
  let client = session.memo.get(memoKey) as ManagementClient | undefined
  if (!client) {
    client = new ManagementClient({
      domain: session.config.domain ?? '',
      token: async () => (await tokenOf(session)).value.reveal(),
      fetch: (input, init) => session.http.fetch(input, init),
      maxRetries: 0,
      telemetry: false,
      // The door has its own deadline per attempt; this one only bounds the waits in between.
      timeoutInSeconds: 180,
    })
    session.memo.set(memoKey, client)
  }
  return client
}

/** What each call passes along, so that stopping a session stops the request. */
export function requestOptions(session: Session) {
  return { abortSignal: session.signal, maxRetries: 0 }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null
}
