import type { Failure } from './api.ts'

/**
 * The sign-in, spoken plainly to better-auth under /api/auth. The cookie is HttpOnly; nothing of it is kept here.
 *
 * A session that ends while a page is open does not throw the page away: `sessionEnded` makes the frame lay the
 * sign-in over it, and what was typed stays where it is.
 */
type Listener = (ended: boolean) => void

const listeners = new Set<Listener>()
let ended = false

export function sessionEnded(): void {
  if (ended) return
  ended = true
  for (const listener of listeners) listener(true)
}

function sessionBegan(): void {
  ended = false
  for (const listener of listeners) listener(false)
}

export function onSession(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function hasSessionEnded(): boolean {
  return ended
}

const unreachable: Failure = {
  kind: 'unavailable',
  code: 'console.unreachable',
  message: 'Owlie does not answer.',
  remedy: 'Check that the server runs, then try again.',
}

export type SignInResult =
  { readonly in: true } | { readonly secondFactor: true } | { readonly failure: Failure }

async function post(path: string, body: object): Promise<{ ok: boolean; body: unknown } | null> {
  const response = await fetch(`/api/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null)
  if (response === null) return null
  return { ok: response.ok, body: await response.json().catch(() => null) }
}

export async function signIn(email: string, password: string): Promise<SignInResult> {
  const answer = await post('/sign-in/email', { email, password })
  if (answer?.ok && (answer.body as { twoFactorRedirect?: boolean } | null)?.twoFactorRedirect)
    return { secondFactor: true }
  return outcome(answer)
}

export async function verifyCode(code: string): Promise<SignInResult> {
  return outcome(await post('/two-factor/verify-totp', { code }))
}

function outcome(answer: { ok: boolean; body: unknown } | null): SignInResult {
  if (answer === null) return { failure: unreachable }
  if (!answer.ok) return { failure: asFailure(answer.body) }
  sessionBegan()
  return { in: true }
}

export async function verifyBackupCode(code: string): Promise<SignInResult> {
  return outcome(await post('/two-factor/verify-backup-code', { code }))
}

/** What a request about one's own account answered: its value, or why not. */
export type AccountResult<T> = { readonly value: T } | { readonly failure: Failure }

async function own<T>(path: string, body: object): Promise<AccountResult<T>> {
  const answer = await post(path, body)
  if (answer === null) return { failure: unreachable }
  return answer.ok ? { value: answer.body as T } : { failure: asFailure(answer.body) }
}

/** Ends every other session too. */
export function changePassword(currentPassword: string, newPassword: string): Promise<AccountResult<object>> {
  return own('/change-password', { currentPassword, newPassword, revokeOtherSessions: true })
}

/** What an authenticator app needs, and the codes for when it is lost. Counts only once a code was confirmed. */
export interface SecondFactor {
  readonly totpURI: string
  readonly backupCodes: readonly string[]
}

export function startSecondFactor(password: string): Promise<AccountResult<SecondFactor>> {
  return own('/two-factor/enable', { password })
}

export function confirmSecondFactor(code: string): Promise<AccountResult<object>> {
  return own('/two-factor/verify-totp', { code })
}

export function removeSecondFactor(password: string): Promise<AccountResult<object>> {
  return own('/two-factor/disable', { password })
}

export function newBackupCodes(password: string): Promise<AccountResult<Pick<SecondFactor, 'backupCodes'>>> {
  return own('/two-factor/generate-backup-codes', { password })
}

export function endOtherSessions(): Promise<AccountResult<object>> {
  return own('/revoke-other-sessions', {})
}

export async function signOut(): Promise<void> {
  await post('/sign-out', {})
}

function asFailure(body: unknown): Failure {
  const given = body as Partial<Failure> | null
  if (typeof given?.message === 'string' && typeof given.remedy === 'string') return given as Failure
  return {
    kind: 'credential',
    code: 'sign_in.refused',
    message: given?.message ?? 'The sign-in was refused.',
    remedy: 'Check what you typed and try again.',
  }
}
