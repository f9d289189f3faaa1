import type { HttpBindings } from '@hono/node-server'
import { setTimeout as sleep } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { SandboxClock } from '../clock.ts'
import {
  answerInstead,
  reshape,
  sendBroken,
  type FaultControl,
  type FaultEffect,
  type Outgoing,
} from '../faults/index.ts'
import type { Quirks } from '../options.ts'
import type { BearerCheck, Caller } from '../oauth/index.ts'
import { rateHeaders, type RateAnswer, type RateLimiter } from '../rate/index.ts'
import type { RequestLog } from '../request-log.ts'
import type { TenantState } from '../tenant/index.ts'
import type { Change, WriteJournal } from '../write-journal.ts'
import type { Cursors } from './cursors.ts'
import { ApiError, badBody, badPath } from './errors.ts'

import type { Call, Operation, Reply } from './operation.ts'
import type { Jobs } from './job-queue.ts'
import { readQuery } from './query.ts'
import { checkBody, formats } from './schema.ts'
import { checkScopes } from './scopes.ts'

export interface ApiParts {
  /** How long search index and member lists lag behind writes. */
  lag: { indexMs: number }
  tenant: TenantState
  clock: SandboxClock
  quirks: Quirks
  cursors: Cursors
  jobs: Jobs

  bearer: BearerCheck
  limiter: RateLimiter
  faults: FaultControl
  requests: RequestLog
  writes: WriteJournal
}

export type SandboxContext = Context<{ Bindings: HttpBindings }>

const maxBody = 1_048_576

/** Authorises, validates and runs one operation. Throws ApiError. */
async function runOperation(
  parts: ApiParts,
  operation: Operation,
  c: SandboxContext,
  caller: Caller,
): Promise<Reply> {
  checkScopes(operation.scopes, caller.scopes, parts.quirks.strictScopes)
  const params = readParams(operation, c)
  const url = new URL(c.req.url)
  const query = readQuery(operation.query ?? {}, url)
  const body = await readBody(operation, c)
  const correlationId = correlationOf(c)
  const route = `${operation.method} /api/v2${operation.path}`
  const wrote = (change: Change): void => {
    parts.writes.add({
      ...change,
      at: new Date(parts.clock.now()).toISOString(),
      clientId: caller.client.client_id,
      ...(correlationId === undefined ? {} : { correlationId }),
      route,
    })
  }
  const { tenant, clock, quirks, cursors, jobs, lag } = parts
  const call: Call = {
    params,
    query,
    url,
    body,
    form: operation.form ? await readForm(c) : {},
    scopes: caller.scopes,
    client: caller.client,
    headers: c.req.raw.headers,
    tenant,
    clock,
    quirks,
    cursors,
    jobs,
    lagMs: lag.indexMs,
    removalLagMs: lag.indexMs === 0 ? 0 : Math.max(lag.indexMs, quirks.memberRemovalLagMs),
    wrote,
  }
  return operation.run(call)
}

function correlationOf(c: SandboxContext): string | undefined {
  return c.req.header('x-correlation-id')?.slice(0, 64)
}

function readParams(operation: Operation, c: SandboxContext): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [name, format] of Object.entries(operation.params ?? {})) {
    const value = c.req.param(name) ?? ''
    if (format !== 'any' && !formats[format].test(value)) {
      throw badPath(`'Object didn't pass validation for format ${format}: ${value}' on property ${name}`)
    }
    params[name] = value
  }
  return params
}

async function readBody(operation: Operation, c: SandboxContext): Promise<Record<string, unknown>> {
  if (!operation.body) return {}
  const text = await c.req.text()
  if (text.length > maxBody)
    throw new ApiError(413, `Payload content length greater than maximum allowed: ${maxBody}`)
  if (text === '' && operation.bodyOptional) return {}
  const parsed = parseBody(text, c.req.header('content-type') ?? '')
  checkBody(operation.body, parsed)
  return parsed as Record<string, unknown>
}

async function readForm(c: SandboxContext): Promise<Record<string, string>> {
  const form: Record<string, string> = {}
  for (const [name, value] of await c.req.formData().catch(notMultipart)) {
    form[name] = typeof value === 'string' ? value : await value.text()
  }
  return form
}

function notMultipart(): never {
  throw new ApiError(400, 'Invalid multipart payload format', 'invalid_body')
}

function parseBody(text: string, type: string): unknown {
  if (type.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  if (text === '') throw badBody("'Expected type object but found type null'")
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 'Invalid request payload JSON format', 'invalid_body')
  }
}

/** Everything one API request goes through: fault, limit, token, operation, log, answer. */
export function handle(parts: ApiParts, operation: Operation) {
  return async (c: SandboxContext): Promise<Response> => {
    const started = performance.now()
    const at = parts.clock.now()
    const route = `/api/v2${operation.path}`
    const url = new URL(c.req.url)
    let caller: Caller | undefined
    const log = (status: number): void => {
      const correlationId = correlationOf(c)
      parts.requests.add({
        at,
        method: operation.method,
        route,
        target: url.pathname + url.search,
        status,
        durationMs: performance.now() - started,
        ...(caller ? { clientId: caller.client.client_id } : {}),
        ...(correlationId === undefined ? {} : { correlationId }),
      })
    }
    const authorised = await settle(() =>
      parts.bearer.check(c.req.header('authorization'), c.req.header('host')),
    )
    if ('value' in authorised) caller = authorised.value
    const candidate = {
      method: operation.method,
      route,
      target: decoded(url),
      clientId: caller?.client.client_id,
    }
    const effect = parts.faults.next(candidate)
    const rate = effect && answerInstead(effect) ? { allowed: true } : parts.limiter.take(operation.bucket)
    return respond(parts, c, effect, log, rate, async () => {
      if (!rate.allowed) throw tooMany(parts.quirks, rate, at)
      if ('error' in authorised) throw authorised.error
      const reply = await runOperation(parts, operation, c, authorised.value)
      if (operation.method !== 'GET')
        logWrite(parts, operation, c, authorised.value, reply, await sentBody(operation, c))
      return reply
    })
  }
}

/** Runs `work` under a fault, sends its answer, and logs what was sent. */
export async function respond(
  parts: Pick<ApiParts, 'clock'>,
  c: SandboxContext,
  effect: FaultEffect | undefined,
  log: (status: number) => void,
  rate: RateAnswer,
  work: () => Promise<Reply>,
): Promise<Response> {
  if (effect?.kind === 'delay') await (effect.sleep?.() ?? sleep(effect.ms))
  const silent = effect && 'when' in effect && effect.when === 'before'
  const instead = effect && answerInstead(effect)
  let answer = instead ?? (silent ? { status: 0, headers: {}, body: undefined } : await answerOf(work))
  answer = {
    ...answer,
    headers: { ...rateHeaders(rate), date: new Date(parts.clock.now()).toUTCString(), ...answer.headers },
  }
  if (effect && !instead) answer = reshape(effect, answer)
  log(effect?.kind === 'drop' || effect?.kind === 'hang' ? 0 : answer.status)
  if (effect && (await sendBroken(effect, answer, c.env.outgoing))) return RESPONSE_ALREADY_SENT
  const body =
    typeof answer.body === 'string' || answer.body === undefined ? answer.body : new Uint8Array(answer.body)
  return new Response(body ?? null, { status: answer.status, headers: answer.headers })
}

async function answerOf(work: () => Promise<Reply>): Promise<Outgoing> {
  const json = { 'content-type': 'application/json; charset=utf-8' }
  try {
    const { status, body, headers = {} } = await work()
    if (body === undefined) return { status, headers, body: undefined }
    if (Buffer.isBuffer(body)) return { status, headers, body }
    return { status, headers: { ...json, ...headers }, body: JSON.stringify(body) }
  } catch (error) {
    if (error instanceof ApiError) {
      return {
        status: error.status,
        headers: { ...json, ...error.headers },
        body: JSON.stringify(error.body()),
      }
    }
    process.stderr.write(`auth0-sandbox: ${String((error as Error)?.stack ?? error)}\n`)
    const body = new ApiError(500, 'An internal server error occurred').body()
    return { status: 500, headers: json, body: JSON.stringify(body) }
  }
}

async function settle<T>(run: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

function tooMany(quirks: Quirks, rate: RateAnswer, now: number): ApiError {
  const wait = Math.max(1, Math.ceil((rate.reset ?? 0) - now / 1000))
  return new ApiError(429, 'Global limit has been reached', 'too_many_requests', {
    headers: quirks.retryAfter ? { 'retry-after': String(wait) } : {},
  })
}

function decoded(url: URL): string {
  try {
    return decodeURIComponent(url.pathname + url.search)
  } catch {
    return url.pathname + url.search
  }
}

/** Tenant logs carry every successful write as `sapi`, under the operation's name. */
function logWrite(
  parts: ApiParts,
  operation: Operation,
  c: SandboxContext,
  caller: Caller,
  reply: Reply,
  sent: unknown,
): void {
  const url = new URL(c.req.url)
  const correlationId = correlationOf(c)
  const userId = operation.path.startsWith('/users/{id}') ? c.req.param('id') : c.req.param('user_id')
  parts.tenant.logs.add({
    type: 'sapi',
    description: operation.summary,
    client_id: caller.client.client_id,
    client_name: caller.client.name,
    ip: '127.0.0.1',
    hostname: url.host,
    user_agent: c.req.header('user-agent') ?? '',
    ...(userId ? { user_id: userId } : {}),
    details: {
      ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
      request: {
        method: operation.method.toLowerCase(),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        ...(sent === undefined ? {} : { body: maskSecrets(sent) }),
        channel: 'api',
        auth: { strategy: 'jwt', credentials: { scopes: [...caller.scopes] } },
      },
      response: { statusCode: reply.status, body: maskSecrets(reply.body) },
    },
  })
}

/** The JSON that was sent; it was read before and is kept by the request. */
async function sentBody(operation: Operation, c: SandboxContext): Promise<unknown> {
  if (!operation.body) return undefined
  const text = await c.req.text()
  return text === '' ? undefined : parseBody(text, c.req.header('content-type') ?? '')
}

function maskSecrets(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(maskSecrets)
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, /password|secret/.test(key) ? '*****' : value]),
  )
}
