import {
  type Clock,
  type Door,
  type DoorOptions,
  type Failure,
  type Json,
  type Observation,
  openDoor,
  type PageEnd,
  Secret,
  type Session,
  systemClock,
} from '@owlie/connector-kit'
import type { Application, Sandbox } from '@owlie/auth0-sandbox'
import { auth0 } from '../index.ts'

export interface SessionOptions extends Partial<Omit<DoorOptions, 'policy' | 'ca'>> {
  readonly scopes?: string
  readonly secret?: string
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly domain?: string
}

/** An opened connection to a sandbox tenant, as the server would open it. */
export function openSession(
  sandbox: Sandbox,
  application: Application,
  options: SessionOptions = {},
): Session & { http: Door } {
  const domain = options.domain ?? sandbox.domain
  return {
    config: {
      domain,
      clientId: application.clientId,
      scopes: options.scopes ?? application.scopes.join(' '),
    },
    secrets: { clientSecret: new Secret(options.secret ?? application.clientSecret) },
    http: openDoor({
      policy: { suffixes: auth0.hosts, extra: [domain] },
      ca: sandbox.caPem,
      route: (method, path) => auth0.route(method, path),
      ...options,
    }),
    clock: options.clock ?? systemClock,
    signal: options.signal ?? new AbortController().signal,
    memo: new Map(),
  }
}

export interface ReadAll {
  readonly observations: readonly Observation[]
  readonly end: Exclude<PageEnd, { is: 'more' }> | { readonly is: 'failed'; readonly failure: Failure }
  readonly pages: number
  readonly quarantined: readonly { readonly id: string | null; readonly reason: string }[]
}

/** Reads a kind (or a container) to its end, sending each cursor through JSON as a database would. */
export async function readAll(session: Session, kind: string, container?: string): Promise<ReadAll> {
  const observations: Observation[] = []
  const quarantined: { id: string | null; reason: string }[] = []
  let cursor: Json = null
  for (let pages = 1; ; pages++) {
    const result = await auth0.read[kind]!(session, {
      cursor,
      ...(container === undefined ? {} : { container }),
    })
    if ('failure' in result) {
      return { observations, quarantined, pages, end: { is: 'failed', failure: result.failure } }
    }
    observations.push(...result.page.observations)
    quarantined.push(...(result.page.quarantined ?? []))
    const { end } = result.page
    if (end.is !== 'more') return { observations, quarantined, pages, end }
    cursor = JSON.parse(JSON.stringify(end.cursor)) as Json
  }
}

/** `complete`, or the reason why not, for a readable assertion. */
export function endText(end: ReadAll['end']): string {
  if (end.is === 'complete') return 'complete'
  const failure = end.is === 'failed' ? end.failure : end.why
  return `${end.is}: ${failure.code}: ${failure.why ?? failure.message}`
}
