/**
 * The one way to the server: GraphQL over HTTP with an API key. The command knows nothing of Owlie but
 * schema.graphql; a check proves that every document here is valid against it.
 */
import { Refused, exitCodes, refuse, type Failure } from './exit.ts'

export interface Api {
  readonly url: string
  /** Sends one document; throws `Refused` for everything a person can mend. */
  send<T>(document: string, variables?: Record<string, unknown>): Promise<T>
}

interface Answer {
  data?: unknown
  errors?: { message: string; extensions?: { code?: string; failure?: Failure; id?: string } }[]
  failures?: Failure[]
}

export function connect(environment: NodeJS.ProcessEnv, signal: AbortSignal): Api {
  const url = (environment['OWLIE_URL'] ?? 'http://localhost:3000').replace(/\/+$/, '')
  const key = environment['OWLIE_API_KEY']
  if (!URL.canParse(url)) {
    throw refuse(
      'config',
      'cli.url',
      `OWLIE_URL is not an address: ${url}`,
      'Set it like http://localhost:3000.',
    )
  }
  return {
    url,
    async send<T>(document: string, variables: Record<string, unknown> = {}): Promise<T> {
      if (!key) throw noKey()
      const response = await post(url, key, { query: document, variables }, signal)
      const answer = await read(response, url)
      if (response.status === 401) throw new Refused(answer.failures ?? [badKey()], exitCodes.notSignedIn)
      if (response.status === 403 && answer.failures) throw new Refused(answer.failures, exitCodes.forbidden)
      // Refused before it came to GraphQL, e.g. for its size.
      if (!response.ok && answer.failures) throw new Refused(answer.failures)
      const error = answer.errors?.[0]
      if (error) throw new Refused([error.extensions?.failure ?? defect(error)])
      return answer.data as T
    },
  }
}

async function post(url: string, key: string, body: unknown, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`${url}/api/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Owlie ${key}`,
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
    })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const remedy = 'Check that the server runs and that OWLIE_URL names it, then try again.'
    const failure = refuse('unavailable', 'cli.no_server', `No answer from ${url}.`, remedy)
    failure.cause = error
    throw failure
  }
}

async function read(response: Response, url: string): Promise<Answer> {
  const text = await response.text()
  try {
    return JSON.parse(text) as Answer
  } catch {
    const remedy = 'Check that OWLIE_URL is the address of an Owlie server.'
    throw refuse(
      'unavailable',
      'cli.not_owlie',
      `${url} answered ${response.status}, but not as Owlie does.`,
      remedy,
    )
  }
}

function noKey(): Refused {
  const remedy =
    'Set OWLIE_API_KEY. On the server’s host, `owlie api-key create --local --name cli --scopes "*"` makes the first one.'
  return refuse('credential', 'owlie.not_signed_in', 'No API key.', remedy, exitCodes.notSignedIn)
}

function badKey(): Failure {
  const remedy = 'Check OWLIE_API_KEY, or make a new key at /admin/settings/api-keys.'
  return { kind: 'credential', code: 'owlie.not_signed_in', message: 'The API key was not accepted.', remedy }
}

function defect(error: { message: string; extensions?: { id?: string } }): Failure {
  const id = error.extensions?.id
  const remedy = `Look for ${id ? `"${id}"` : 'the time of this call'} in the server’s log and report it.`
  return { kind: 'defect', code: 'owlie.defect', message: error.message, remedy }
}

/** Unwraps a mutation's result union: the value, or the failures thrown as `Refused`. */
export function accepted<T extends object>(result: T | { failures: Failure[] }): T {
  if ('failures' in result) throw new Refused((result as { failures: Failure[] }).failures)
  return result as T
}

/** The fields of a failure, to be spread into every document. */
export const FAILURE = 'kind code message why remedy field suggestion scopes capability'
