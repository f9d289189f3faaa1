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
import {
  broken,
  disabled,
  notThere,
  oneTimeOver,
  refusalOfCode,
  refused,
  samePassword,
  tooLong,
  tooMany,
} from './sign-in-failures.ts'
import { endSessions, findOperator, findUser, markOneTime, markSignedIn, type OperatorRow } from './store.ts'

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
  if (path === '/change-password' && isSamePassword(text)) return no(400, samePassword)
  const before = route.audit ? await parts.authenticate(request) : null
  const response = await parts.inner(inner)
  if (response.status === 429)
    return no(429, tooMany(retryAfter(response)), retryHeader(retryAfter(response)))
  if (!response.ok && route.method === 'POST') return refusalOf(response)
  if (route.audit && before) {
    await note(parts.database, actorOf(before), route.audit, { address })
    if (path === '/change-password')
      await asTenant(parts.database, before.tenantId, (trx) => markOneTime(trx, before.id, null))
  }
  if (path.startsWith('/two-factor/verify-')) {
    const kept = await noteSignIn(parts, response, address)
    if (kept) return no(401, kept)
  }
  return withoutTokens(response)
}

/** What the library said no to, in our words: only its code is looked at. */
async function refusalOf(response: Response): Promise<Response> {
  const body = (await response.json().catch(() => null)) as { code?: unknown } | null
  const code = typeof body?.code === 'string' ? body.code : ''
  if (response.status >= 500) return no(500, broken)
  return no(response.status, refusalOfCode(code))
}

function isSamePassword(text: string): boolean {
  try {
    const body = JSON.parse(text) as { currentPassword?: unknown; newPassword?: unknown } | null
    return typeof body?.newPassword === 'string' && body.newPassword === body.currentPassword
  } catch {
    return false // what is no JSON is refused by the library
  }
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
  const kept = await noteSignIn(parts, response, address)
  return kept ? no(401, kept) : withoutTokens(response)
}

/**
 * Recorded before the answer leaves: whoever has no event has no cookie either. The password was right; who may not
 * come in all the same is told why, and the session that was made ends unseen.
 */
async function noteSignIn(
  parts: DoorParts,
  response: Response,
  address: string | null,
): Promise<Failure | null> {
  const body = (await response.clone().json()) as { user?: { email?: string } }
  // With a second factor on, the password alone answers without a user: not signed in yet.
  const email = body.user?.email
  if (!email || !response.headers.has('set-cookie')) return null
  const user = await parts.database.system((trx) => findUser(trx, email))
  if (!user) return null
  const actor: Actor = { kind: 'operator', ...user }
  return asTenant(parts.database, user.tenantId, async (trx) => {
    const operator = await findOperator(trx, user.id)
    const kept = operator ? keptOut(operator, parts.now()) : refused
    const action = kept ? 'operator.sign_in_refused' : 'operator.signed_in'
    const detail = { address, ...(kept ? { code: kept.code } : {}) }
    if (kept) await endSessions(trx, user.id)
    else await markSignedIn(trx, user.id)
    await record(trx, { actor, action, subject: { kind: 'operator', id: user.id, name: user.name }, detail })
    return kept
  })
}

function keptOut(operator: OperatorRow, now: number): Failure | null {
  if (operator.disabledAt) return disabled
  return operator.oneTimeUntil && operator.oneTimeUntil.getTime() < now ? oneTimeOver : null
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
