import { type Clock, systemClock } from './clock.ts'
import { type Failure, FailureError } from './failure.ts'
import { readBody } from './http-body.ts'
import { assertJson, type RawAnswer } from './http-json.ts'
import { openNetwork, type Lookup, type Network, type TlsFacts } from './http-network.ts'
import { checkHost, type HostPolicy, type HostVerdict } from './host.ts'
import { failureOfError, networkFailure } from './network-failure.ts'
import { openGovernor, type RateOptions } from './governor.ts'
import { type Pace, type Sent, throttled, toldWait, type WaitListener } from './pace.ts'

/** What a request may say beyond the standard. */
interface DoorRequest extends RequestInit {
  /** This POST changes nothing in the target and may be repeated after a fault (a token request). Default: only GET and HEAD. */
  readonly repeatable?: boolean
  /** Whether a 2xx answer must be JSON. Default `json`. */
  readonly expect?: 'json' | 'anything'
  /**
   * Called when a connection stands and the request is about to be written to it, at each attempt. Never called: the
   * request surely has not left, so nothing happened.
   */
  readonly onLeave?: () => void
}

/** One answered or failed attempt. Holds no URL, header or body, so it may be logged. */
export interface RequestEvent {
  readonly route: string
  readonly attempt: number
  /** Null when there was no answer. */
  readonly status: number | null
  /** The failure's code when there was no usable answer. */
  readonly code: string | null
  readonly durationMs: number
  readonly bytes: number
}

export interface DoorStats {
  /** Attempts sent, retries included. */
  readonly total: number
  readonly byRoute: Readonly<Record<string, number>>
  /** Answers with status 429. */
  readonly throttled: number
  readonly retried: number
  /** Bytes of bodies received, after inflation. */
  readonly bytes: number
  /** Time spent waiting for the rate limit, ms. */
  readonly waitedMs: number
}

export interface DoorOptions {
  readonly policy: HostPolicy
  /** Certificate authorities trusted beside the usual ones, PEM. */
  readonly ca?: string | readonly string[]
  readonly clock?: Clock
  /** For one attempt, from name resolution to the last byte. Default 30 s. */
  readonly deadlineMs?: number
  /** Of one body, after inflation. Default 8 MiB. */
  readonly maxBytes?: number
  /** Names a request for statistics and rate buckets, e.g. `GET /api/v2/users`. Default: the path with ids replaced. */
  readonly route?: (method: string, path: string) => string
  /** The target's rate limits. Default: what its answers say, with a fifth left to others. */
  readonly rate?: RateOptions
  /** Longer rate-limit waits become `http.throttled` with `notBefore` instead of sleeping. Default 20 s. */
  readonly maxWaitMs?: number
  /** Repetitions of a repeatable request after a connection fault or 5xx. Default 3. */
  readonly retries?: number
  readonly onWait?: WaitListener
  readonly onRequest?: (event: RequestEvent) => void
  readonly lookup?: Lookup
  /** For the name server's answer. Default 5 s. */
  readonly resolveMs?: number
  readonly random?: () => number
}

/** The only way out to a target system. */
export interface Door {
  /**
   * WHATWG `fetch`, for an SDK or by hand. The answer is complete, inflated and within the limits when it
   * resolves; a 2xx answer is valid JSON, unless the request expects `anything`. Any status below 300 or from 400 is
   * returned; 429 and 5xx to a repeatable request only after its retries (see `failureOfStatus`).
   * @throws FailureError `domain.*`, `dns.*`, `tls.*`, `net.*`, `http.*`; the signal's reason when aborted.
   */
  fetch(input: string | URL | Request, init?: DoorRequest): Promise<Response>
  /** May this door talk to the host? No request is made. */
  check(host: string): HostVerdict
  /** Resolves the name as a request would and returns its addresses. @throws FailureError `domain.*`, `dns.*` */
  resolve(host: string, signal?: AbortSignal): Promise<readonly string[]>
  /** Connects as a request would. @throws FailureError as `resolve`, and `tls.*`, `net.*` */
  handshake(host: string, signal?: AbortSignal): Promise<TlsFacts>
  readonly stats: DoorStats
  close(): Promise<void>
}

interface Attempt {
  readonly url: URL
  readonly host: string
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array | null
  readonly signal: AbortSignal | undefined
  readonly json: boolean
  readonly onLeave: (() => void) | undefined
}

interface Setup {
  readonly options: DoorOptions
  readonly clock: Clock
  readonly random: () => number
  readonly network: Network
  readonly pace: Pace
  readonly stats: Writable<DoorStats>
  readonly onWait: WaitListener
}

type Writable<T> = {
  -readonly [K in keyof T]: T[K] extends Readonly<Record<string, number>> ? Record<string, number> : T[K]
}

/**
 * Opens a door: own connections (no proxy variables), https only, the name resolved once and the connection made
 * to exactly the address that was judged, no redirects, deadline, byte limit, pacing, and bounded retries of
 * repeatable requests only.
 */
export function openDoor(options: DoorOptions): Door {
  const setup = setUp(options)
  const { network, stats } = setup
  const route = options.route ?? defaultRoute
  return {
    get stats() {
      return { ...stats, byRoute: { ...stats.byRoute } }
    },
    check: (host) => checkHost(host, options.policy),
    resolve: (host, signal) => network.resolve(host, signal),
    handshake: (host, signal) => network.handshake(host, signal),
    close: () => network.close(),
    async fetch(input, init) {
      const attempt = await attemptOf(input, init, options.policy)
      const repeatable = init?.repeatable ?? (attempt.method === 'GET' || attempt.method === 'HEAD')
      return send(setup, attempt, route(attempt.method, attempt.url.pathname), repeatable)
    },
  }
}

function setUp(options: DoorOptions): Setup {
  const { clock = systemClock, random = Math.random, maxWaitMs } = options
  const stats = { total: 0, byRoute: {}, throttled: 0, retried: 0, bytes: 0, waitedMs: 0 }
  const onWait: WaitListener = (reason, ms, limit) => {
    if (reason !== 'retry') stats.waitedMs += ms
    options.onWait?.(reason, ms, limit)
  }
  const pace = openGovernor({ ...options.rate, clock, onWait, random, ...defined({ maxWaitMs }) })
  return { options, clock, random, network: openNetwork(options), pace, stats, onWait }
}

/** All attempts of one request. */
async function send(setup: Setup, attempt: Attempt, label: string, repeatable: boolean): Promise<Response> {
  const { clock, pace, random, stats, onWait } = setup
  const retries = setup.options.retries ?? 3
  let refusal: Response | null = null
  for (let faults = 0, refusals = 0; ;) {
    let sent: Sent
    try {
      sent = await pace.before(label, attempt.signal)
    } catch (error) {
      // The wait is too long to sleep here: the caller learns why from the answer itself.
      if (refusal && error instanceof FailureError) return refusal
      throw error
    }
    if (attempt.signal?.aborted) sent.lost()
    attempt.signal?.throwIfAborted()
    const outcome = await settle(once(setup, attempt, label, faults + refusals + 1, sent))
    if (!repeatable) return unwrap(outcome)
    if ('response' in outcome && outcome.response.status === 429) {
      refusal = outcome.response
      if (++refusals > mostRefusals) return refusal
      stats.retried += 1
      continue
    }
    if (!isFault(outcome) || ++faults > retries) return unwrap(outcome)
    stats.retried += 1
    // A dead keep-alive connection shows itself as a reset at once: the first repetition does not wait.
    if (faults === 1 && 'error' in outcome && codeOf(outcome.error) === 'net.reset') continue
    const ms = Math.round(250 * 2 ** (faults - 1) * (0.75 + random() / 2))
    onWait('retry', ms)
    await clock.sleep(ms, attempt.signal)
  }
}

const mostRefusals = 6

async function once(
  setup: Setup,
  attempt: Attempt,
  label: string,
  number: number,
  sent: Sent,
): Promise<Response> {
  const { clock, network, options, stats } = setup
  const started = clock.monotonic()
  stats.total += 1
  stats.byRoute[label] = (stats.byRoute[label] ?? 0) + 1
  const report = (status: number | null, code: string | null, bytes: number) =>
    options.onRequest?.({
      route: label,
      attempt: number,
      status,
      code,
      durationMs: clock.monotonic() - started,
      bytes,
    })
  let status: number | null = null
  try {
    const raw = await withDeadline(attempt, options.deadlineMs ?? 30_000, async (signal, enter) => {
      enter('request')
      const answer = await network.request({ ...attempt, signal })
      status = answer.statusCode
      sent.answered(answer.statusCode, answer.headers)
      if (answer.statusCode === 429) stats.throttled += 1
      enter('body')
      return { ...answer, bytes: await readBody(answer, attempt.host, options.maxBytes ?? 8 * 1024 * 1024) }
    })
    stats.bytes += raw.bytes.byteLength
    const response = responseOf(raw, attempt)
    report(raw.statusCode, null, raw.bytes.byteLength)
    return response
  } catch (error) {
    if (status === null) sent.lost()
    report(status, error instanceof FailureError ? error.failure.code : 'aborted', 0)
    throw error
  }
}

type Outcome = { readonly response: Response } | { readonly error: unknown }

function settle(promise: Promise<Response>): Promise<Outcome> {
  return promise.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  )
}

function unwrap(outcome: Outcome): Response {
  if ('error' in outcome) throw outcome.error
  return outcome.response
}

/** What is worth a repetition: faults of the connection and 5xx. */
function isFault(outcome: Outcome): boolean {
  if ('response' in outcome) return outcome.response.status >= 500
  const failure = outcome.error instanceof FailureError ? outcome.error.failure : null
  return failure?.kind === 'unavailable' && failure.code !== 'http.not_json'
}

function codeOf(error: unknown): string {
  return error instanceof FailureError ? error.failure.code : ''
}

/**
 * The failure behind 429 and 5xx, which mean the same for every target; null for any other status.
 * `now` is our clock, ms; `notBefore` of the failure is on it too. `limit`: what the limit is for, if that is known.
 */
export function failureOfStatus(
  status: number,
  headers: Headers,
  host: string,
  now: number,
  limit?: string,
): Failure | null {
  if (status === 429) return throttled(now + (toldWait(headers, now) ?? 60_000), limit)
  if (status < 500) return null
  const told = toldWait(headers, now)
  return {
    kind: 'unavailable',
    code: 'http.unavailable',
    message: `${host} answered with status ${status}.`,
    remedy: 'The target has a problem; Owlie tries again later.',
    status,
    ...(told === null ? {} : { notBefore: now + told }),
  }
}

async function attemptOf(input: string | URL | Request, init: DoorRequest | undefined, policy: HostPolicy) {
  const request = input instanceof Request ? input : null
  const url = new URL(request ? request.url : (input as string | URL))
  const verdict = checkHost(url.host, policy)
  if ('failure' in verdict) throw new FailureError(verdict.failure)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new FailureError({
      kind: 'defect',
      code: 'http.not_https',
      message: 'A request without https, or with a user name in its address, was stopped.',
      remedy: 'This is a defect in Owlie: please report it.',
    })
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
  const headers = new Headers(init?.headers ?? request?.headers)
  const given = init?.body ?? request?.body ?? null
  let body: string | Uint8Array | null = null
  if (typeof given === 'string') body = given
  else if (given !== null) {
    const whole = new Response(given)
    body = new Uint8Array(await whole.arrayBuffer())
    const type = whole.headers.get('content-type')
    if (type && !headers.has('content-type')) headers.set('content-type', type)
  }
  const signal = init?.signal ?? request?.signal
  const json = init?.expect !== 'anything'
  const { onLeave } = init ?? {}
  return {
    url,
    host: url.host,
    method,
    headers,
    body,
    signal: signal ?? undefined,
    json,
    onLeave,
  } satisfies Attempt
}

// A total deadline, not an idle one: an answer of one byte per second must end too.
async function withDeadline<T>(
  attempt: Attempt,
  ms: number,
  run: (signal: AbortSignal, enter: (phase: 'request' | 'body') => void) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  const signal = attempt.signal ? AbortSignal.any([late.signal, attempt.signal]) : late.signal
  let phase: 'request' | 'body' = 'request'
  try {
    return await run(signal, (next) => {
      phase = next
    })
  } catch (error) {
    if (attempt.signal?.aborted) throw attempt.signal.reason
    if (late.signal.aborted)
      throw networkFailure('timeout', attempt.host, { why: `${phase}: deadline of ${ms} ms` })
    throw failureOfError(error, attempt.host, phase)
  } finally {
    clearTimeout(timer)
  }
}

function responseOf(raw: RawAnswer, attempt: Attempt): Response {
  const { statusCode: status, headers, bytes } = raw
  if (status >= 300 && status < 400)
    throw new FailureError({
      kind: 'config',
      code: 'http.redirect',
      message: `${attempt.host} redirects elsewhere. Owlie never follows a redirect with credentials.`,
      remedy: 'Enter the canonical tenant domain; check for a proxy or a moved host.',
      field: 'domain',
      status,
    })
  const empty = status === 204 || status === 205
  if (status < 300 && !empty && attempt.json && attempt.method !== 'HEAD') assertJson(raw, attempt)
  return new Response(empty ? null : bytes, { status, headers })
}

// /api/v2/users/auth0%7C123/roles → /api/v2/users/{id}/roles. A word of letters, dashes and underscores is not an id.
function defaultRoute(method: string, path: string): string {
  const segments = path
    .split('/')
    .map((segment) => (/^[a-z.-]*[a-z_-]*$|^v\d+$/.test(segment) ? segment : '{id}'))
  return `${method} ${segments.join('/')}`
}

function defined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never
}
