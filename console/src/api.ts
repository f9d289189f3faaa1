import { QueryClient } from '@tanstack/react-query'
import type { TadaDocumentNode } from 'gql.tada'
import { print } from 'graphql'
import { sessionEnded } from './session.ts'

/** Why something did not work, as the server says it. The console adds none of its own but "not reachable". */
export interface Failure {
  readonly kind: string
  readonly code: string
  readonly message: string
  readonly why?: string | null
  readonly remedy: string
  readonly field?: string | null
  readonly suggestion?: string | null
  readonly scopes?: readonly string[] | null
  readonly capability?: string | null
  readonly notBefore?: string | null
}

/** What every request throws: failures, never a bare message. `status` is 0 when nothing answered. */
export class ApiError extends Error {
  readonly failures: readonly Failure[]
  readonly status: number

  constructor(failures: readonly Failure[], status: number) {
    super(failures[0]?.message ?? 'Something went wrong.')
    this.name = 'ApiError'
    this.failures = failures
    this.status = status
  }
}

export const unreachable: Failure = {
  kind: 'unavailable',
  code: 'console.unreachable',
  message: 'Owlie does not answer.',
  why: 'The request got no answer: the network is down, or the server is stopped or restarting.',
  remedy: 'Check that the server runs; this page goes on by itself when it answers again.',
}

const unreadable: Failure = {
  kind: 'defect',
  code: 'console.unreadable_answer',
  message: 'The answer could not be read.',
  why: 'Something between this browser and Owlie answered instead of it.',
  remedy: 'Reload the page. If it stays, look at the proxy in front of Owlie.',
}

/** One typed request. Throws `ApiError`; a 401 also tells the session, which asks for a sign-in over this page. */
export async function api<Result, Variables>(
  document: TadaDocumentNode<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const response = await fetch('/api/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({ query: print(document), variables }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError([unreachable], 0)
  })
  const body = await readBody(response)
  if (response.status === 401) sessionEnded()
  const errors = body.errors ?? []
  if (errors.length > 0)
    throw new ApiError(
      errors.map((error) => error.extensions?.failure ?? { ...unreadable, message: error.message }),
      response.status,
    )
  if (body.data === undefined || body.data === null) throw new ApiError([unreadable], response.status)
  return body.data as Result
}

interface Body {
  readonly data?: unknown
  readonly errors?: readonly { message: string; extensions?: { failure?: Failure } }[]
}

async function readBody(response: Response): Promise<Body> {
  const starting = response.status === 503 || response.status === 502
  const body = (await response.json().catch(() => null)) as Body | null
  if (starting && !body?.errors) throw new ApiError([unreachable], 0)
  if (body === null) throw new ApiError([unreadable], response.status)
  return body
}

/** The failures of anything thrown: by `api`, or a defect of the page itself. */
export function failuresOf(error: unknown): readonly Failure[] {
  if (error instanceof ApiError) return error.failures
  return [
    {
      kind: 'defect',
      code: 'console.defect',
      message: 'This page has a fault.',
      why: error instanceof Error ? error.message : null,
      remedy: 'Reload the page. If it stays, report it with the code and what you did.',
    },
  ]
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0
}

/** Only "not reachable" is tried again by itself; anything else would say the same again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => isUnreachable(error) && count < 1,
      retryDelay: 700,
      refetchOnWindowFocus: true,
      // Whether the browser believes it has a network says nothing about a server on this machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})
