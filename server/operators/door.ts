import type { Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import type { Actor } from '../model/index.ts'
import { addressHeader } from './auth-options.ts'
import { attemptKeys, type AttemptKeys } from './back-off.ts'
import { admit, clear } from './guard.ts'
import { crossSite } from './origin.ts'
import { actorOf, type Principal } from './permissions.ts'
import { asTenant } from './as-tenant.ts'
import { findUser } from './store.ts'

/** The sign-in library's routes that exist for us; every other path of it is closed. */
const open: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly audit?: string }>> = {
  '/sign-in/email': { method: 'POST' },
  '/sign-out': { method: 'POST', audit: 'operator.signed_out' },
  '/get-session': { method: 'GET' },
  '/change-password': { method: 'POST', audit: 'operator.password_changed' },
  '/revoke-other-sessions': { method: 'POST', audit: 'operator.sessions_ended' },
  '/revoke-sessions': { method: 'POST', audit: 'operator.sessions_ended' },
  '/two-factor/enable': { method: 'POST', audit: 'operator.second_factor_started' },
  '/two-factor/disable': { method: 'POST', audit: 'operator.second_factor_removed' },
  '/two-factor/get-totp-uri': { method: 'POST' },
  '/two-factor/verify-totp': { method: 'POST' },
  '/two-factor/verify-backup-code': { method: 'POST' },
  '/two-factor/generate-backup-codes': { method: 'POST', audit: 'operator.backup_codes_made' },
}

/** Bytes; the largest body here is an e-mail address and a password. */
const longestBody = 16 * 1024

export interface DoorParts {
  readonly database: Database
  readonly baseUrl: string
  /** The sign-in library's own handler. */
  readonly inner: (request: Request) => Promise<Response>
  /** Who the request's cookie belongs to, before the request changes that. */
  readonly authenticate: (request: Request) => Promise<Principal | null>
  readonly now: () => number
}

/**
 * Everything under /api/auth. Answers are JSON; an expected no is a `Failure` with its HTTP status. `address` is the
 * client's, as the connection shows it (or a proxy the operator trusts); headers of the client are not asked.
 */
export async function answer(parts: DoorParts, request: Request, address: string | null): Promise<Response> {
  const path = new URL(request.url).pathname.replace(/^\/api\/auth/, '')
  const route = Object.hasOwn(open, path) ? open[path] : undefined
  if (!route) return no(404, notThere)
  if (route.method !== request.method) return no(405, notThere, { allow: route.method })
  const foreign = crossSite(request, parts.baseUrl)
  if (foreign) return no(foreign.code === 'request.not_json' ? 415 : 403, foreign)
  const text = route.method === 'GET' ? '' : await readText(request)
  if (text === null) return no(413, tooLong)
  const inner = rebuild(request, text, address)
  if (path === '/sign-in/email') return signIn(parts, inner, text, address)
  const before = route.audit ? await parts.authenticate(request) : null
  const response = await parts.inner(inner)
  if (response.status === 429)
    return no(429, tooMany(retryAfter(response)), retryHeader(retryAfter(response)))
  if (route.audit && before && response.ok)
    await note(parts.database, actorOf(before), route.audit, { address })
  if (path.startsWith('/two-factor/verify-') && response.ok) await noteSignIn(parts, response, address)
  return withoutTokens(response)
}

async function signIn(
  parts: DoorParts,
  request: Request,
  text: string,
  address: string | null,
): Promise<Response> {
  const email = emailOf(text)
  if (email === null) return no(400, refused)
  const keys: AttemptKeys = attemptKeys(email, address)
  const admission = await admit(parts.database, keys, parts.now())
  if (!admission.admitted) {
    const seconds = Math.ceil(admission.waitMs / 1000)
    return no(429, tooMany(seconds), retryHeader(seconds))
  }
  const response = await parts.inner(request)
  if (response.status === 429)
    return no(429, tooMany(retryAfter(response)), retryHeader(retryAfter(response)))
  if (!response.ok) {
    if (response.status < 500) await noteRefusal(parts.database, email, address)
    return response.status < 500 ? no(401, refused) : no(500, broken)
  }
  await clear(parts.database, keys, parts.now())
  await noteSignIn(parts, response, address)
  return withoutTokens(response)
}

/** Recorded before the answer leaves: whoever has no event has no cookie either. */
async function noteSignIn(parts: DoorParts, response: Response, address: string | null): Promise<void> {
  const body = (await response.clone().json()) as { user?: { email?: string } }
  // With a second factor on, the password alone answers without a user: not signed in yet.
  const email = body.user?.email
  if (!email || !response.headers.has('set-cookie')) return
  const user = await parts.database.system((trx) => findUser(trx, email))
  if (!user) return
  await note(parts.database, { kind: 'operator', ...user }, 'operator.signed_in', { address })
}

/**
 * Known or not, one look-up and one event, so that the time taken tells nothing. What was typed for an unknown
 * account is not kept: people type passwords there.
 */
async function noteRefusal(database: Database, email: string, address: string | null): Promise<void> {
  const user = await database.system((trx) => findUser(trx, email))
  const tenantId = user?.tenantId ?? 'default'
  const actor: Actor = { kind: 'system', id: 'sign-in', name: 'Sign-in', tenantId }
  await asTenant(database, tenantId, (trx) =>
    record(trx, {
      actor,
      action: 'operator.sign_in_refused',
      subject: { kind: 'operator', id: user?.id ?? 'unknown', name: user?.name ?? 'unknown account' },
      detail: { address },
    }),
  )
}

async function note(
  database: Database,
  actor: Actor,
  action: string,
  detail: { address: string | null },
): Promise<void> {
  const subject = { kind: 'operator', id: actor.id, name: actor.name }
  await asTenant(database, actor.tenantId, (trx) => record(trx, { actor, action, subject, detail }))
}

function rebuild(request: Request, text: string, address: string | null): Request {
  const headers = new Headers(request.headers)
  headers.delete(addressHeader)
  headers.delete('content-length')
  if (address !== null) headers.set(addressHeader, address)
  const body = text === '' ? null : text
  return new Request(request.url, { method: request.method, headers, body })
}

async function readText(request: Request): Promise<string | null> {
  if (!request.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > longestBody) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function emailOf(text: string): string | null {
  try {
    const body = JSON.parse(text) as { email?: unknown; password?: unknown } | null
    const whole = typeof body?.email === 'string' && typeof body.password === 'string'
    return whole && (body.email as string).length <= 320 ? (body.email as string) : null
  } catch {
    return null
  }
}

/** The session token belongs in the HttpOnly cookie only; the library also puts it into bodies. */
async function withoutTokens(response: Response): Promise<Response> {
  const headers = new Headers(response.headers)
  headers.set('cache-control', 'no-store')
  headers.delete('content-length')
  const text = await response.text()
  const { status } = response
  if (!headers.get('content-type')?.includes('json') || text === '')
    return new Response(text || null, { status, headers })
  const body = JSON.parse(text, (key, value: unknown) => (key === 'token' ? undefined : value)) as unknown
  return new Response(JSON.stringify(body), { status, headers })
}

function no(status: number, failure: Failure, headers: Record<string, string> = {}): Response {
  return Response.json(failure, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

function retryAfter(response: Response): number {
  return Number(response.headers.get('x-retry-after') ?? 60)
}

function retryHeader(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) }
}

const refused: Failure = {
  kind: 'credential',
  code: 'sign_in.refused',
  message: 'The e-mail address or the password is not right.',
  remedy: 'Check both and try again. An admin can set a new password for you.',
}

function tooMany(seconds: number): Failure {
  const wait = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
  return {
    kind: 'throttled',
    code: 'sign_in.too_many_attempts',
    message: 'Too many attempts.',
    remedy: `Try again in ${wait}.`,
  }
}

const notThere: Failure = {
  kind: 'missing',
  code: 'request.not_found',
  message: 'There is nothing here.',
  remedy: 'Sign in at the address the server prints.',
}

const tooLong: Failure = {
  kind: 'rejected',
  code: 'request.too_large',
  message: 'The request is larger than any sign-in needs.',
  remedy: 'Send only the fields asked for.',
}

const broken: Failure = {
  kind: 'defect',
  code: 'sign_in.broken',
  message: 'Signing in failed inside Owlie.',
  remedy: 'Try again; if it stays, look at the server log.',
}
