import { type Failure, FailureError, failureOfStatus, Secret, type Session } from '@owlie/connector-kit'
import { decodeJwt } from 'jose'
import { assertionRefused, signAssertion } from './client-assertion.ts'

/** An access token for the Management API and what it says about itself. */
export interface Token {
  readonly value: Secret
  /** What was really granted, in Auth0's order. */
  readonly scopes: readonly string[]
  /** On our clock, ms. */
  readonly expiresAt: number
  readonly lifetimeMs: number
  readonly issuer: string | null
  readonly audiences: readonly string[]
  /** The token endpoint's own time minus ours, ms; null when it did not say. */
  readonly skewMs: number | null
}

const memoKey = 'auth0.token'

export function audienceOf(domain: string): string {
  // With the trailing slash: https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens
  return `https://${domain}/api/v2/`
}

/**
 * The session's token: fetched once however many ask at the same time, and again before it expires.
 * @throws FailureError as `tokenFailure`, and the door's own
 */
export async function tokenOf(session: Session): Promise<Token> {
  const pending = session.memo.get(memoKey) as Promise<Token> | undefined
  if (pending) {
    const token = await pending
    const margin = Math.min(60_000, token.lifetimeMs / 10)
    if (session.clock.now() < token.expiresAt - margin) return token
    // Somebody else may have begun the renewal while we waited.
    if (session.memo.get(memoKey) === pending) session.memo.delete(memoKey)
    return tokenOf(session)
  }
  const request = requestToken(session)
  session.memo.set(memoKey, request)
  request.catch(() => {
    if (session.memo.get(memoKey) === request) session.memo.delete(memoKey)
  })
  return request
}

/** Drops a token Auth0 no longer takes; a newer one stays. */
export async function dropToken(session: Session, refused: Token): Promise<void> {
  const pending = session.memo.get(memoKey) as Promise<Token> | undefined
  if (pending && (await pending.catch(() => null)) === refused && session.memo.get(memoKey) === pending)
    session.memo.delete(memoKey)
}

async function requestToken(session: Session): Promise<Token> {
  const { privateKey } = session.secrets
  return privateKey ? tokenByKey(session, privateKey) : tokenBySecret(session)
}

async function tokenBySecret(session: Session): Promise<Token> {
  const secret = session.secrets.clientSecret
  if (!secret)
    throw new FailureError({
      kind: 'config',
      code: 'clientSecret.empty',
      message: 'No Client Secret is stored for this connection.',
      remedy: 'Enter the Client Secret. It is dropped whenever the domain or the Client ID changes.',
      field: 'clientSecret',
    })
  const answer = await askForToken(session, { client_secret: secret.reveal() }, true)
  if ('failure' in answer) throw new FailureError(answer.failure)
  return answer.token
}

/** Auth0 allows 10 s of difference between the clocks; an answer that refuses says what time it is there. */
const toleratedSkewMs = 5_000

async function tokenByKey(session: Session, privateKey: Secret): Promise<Token> {
  const { clock, config } = session
  const ask = async (skewMs: number) => {
    const of = { clientId: config.clientId ?? '', domain: config.domain ?? '', keyId: config.keyId }
    const assertion = await signAssertion(privateKey, { ...of, now: clock.now() + skewMs })
    return askForToken(session, { client_assertion_type: assertionType, client_assertion: assertion }, false)
  }
  let answer = await again(session, () => ask(0))
  const skewMs = 'failure' in answer ? answer.skewMs : null
  if ('failure' in answer && answer.failure.status === 401 && skewMs !== null && isSkewed(skewMs))
    answer = await again(session, () => ask(skewMs))
  if ('token' in answer) return answer.token
  const { failure } = answer
  throw new FailureError(failure.code === 'auth0.unauthorized' ? assertionRefused(401) : failure)
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function isSkewed(skewMs: number): boolean {
  return Math.abs(skewMs) > toleratedSkewMs
}

/** An assertion may be used once, so the door must not repeat it: each try signs a new one. */
async function again(session: Session, ask: () => Promise<TokenAnswer>): Promise<TokenAnswer> {
  for (let fault = 0; ; fault++) {
    try {
      return await ask()
    } catch (error) {
      const isPassing = error instanceof FailureError && error.failure.kind === 'unavailable'
      if (!isPassing || fault >= 2 || session.signal.aborted) throw error
      await session.clock.sleep(250 * 2 ** fault, session.signal)
    }
  }
}

type TokenAnswer = { readonly token: Token } | { readonly failure: Failure; readonly skewMs: number | null }

async function askForToken(
  session: Session,
  credentials: Readonly<Record<string, string>>,
  repeatable: boolean,
): Promise<TokenAnswer> {
  const { config, clock } = session
  const domain = config.domain ?? ''
  // `scope` is never sent: one scope that is not granted would fail the whole request, and without it Auth0 grants
  // everything the application has (https://auth0.com/docs/get-started/applications/application-access-to-apis-client-grants).
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: config.clientId ?? '',
    ...credentials,
    audience: audienceOf(domain),
  })
  const response = await session.http.fetch(`https://${domain}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: body.toString(),
    signal: session.signal,
    repeatable,
  })
  const answer = (await response.json().catch(() => null)) as unknown
  if (response.status === 200) return { token: readToken(answer, response.headers, clock.now()) }
  const failure = tokenFailure(response.status, answer, response.headers, domain, clock.now())
  return { failure, skewMs: skewOf(response.headers, clock.now()) }
}

function skewOf(headers: Headers, now: number): number | null {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? null : date - now
}

function readToken(answer: unknown, headers: Headers, now: number): Token {
  const { access_token, expires_in, scope } = (answer ?? {}) as Record<string, unknown>
  if (typeof access_token !== 'string' || access_token === '')
    throw new FailureError({
      kind: 'unavailable',
      code: 'auth0.no_token',
      message: 'The token endpoint answered without a token.',
      remedy: 'Check that the domain is an Auth0 tenant and not a proxy in front of it.',
      field: 'domain',
    })
  const claims = claimsOf(access_token)
  const lifetimeMs = (typeof expires_in === 'number' && expires_in > 0 ? expires_in : 3600) * 1000
  // The response names the granted scopes; a tenant may leave that out, the token itself then says it.
  const granted = typeof scope === 'string' ? scope : typeof claims.scope === 'string' ? claims.scope : ''
  return {
    value: new Secret(access_token),
    scopes: granted.split(' ').filter((one) => one !== ''),
    expiresAt: now + lifetimeMs,
    lifetimeMs,
    issuer: typeof claims.iss === 'string' ? claims.iss : null,
    audiences: [claims.aud ?? []].flat(),
    skewMs: skewOf(headers, now),
  }
}

// Read, not verified: it came over TLS from its issuer, and the Management API verifies it. An opaque token says
// nothing about itself and is used all the same.
function claimsOf(token: string): ReturnType<typeof decodeJwt> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}

const authorize =
  'In Auth0: Applications > APIs > Auth0 Management API > Machine to Machine Applications, authorize the application and grant it the scopes.'

/**
 * What a refused token request means, from its status and the OAuth `error` code. Where Auth0 has one code for
 * several causes, the remedy names them all.
 */
export function tokenFailure(
  status: number,
  body: unknown,
  headers: Headers,
  domain: string,
  now: number,
): Failure {
  const error = oauthError(body)
  if (status === 429 && quotaHeader(headers)) return quotaFailure(headers, domain, now)
  const general = failureOfStatus(status, headers, domain, now)
  if (general) return general
  if (error === null)
    return {
      kind: 'config',
      code: 'auth0.not_a_tenant',
      message: `${domain} does not answer like an Auth0 tenant (status ${status}).`,
      remedy: 'Check the spelling and the region of the tenant domain.',
      field: 'domain',
      status,
    }
  if (error === 'unauthorized_client')
    return {
      kind: 'credential',
      code: 'auth0.grant_type_not_allowed',
      message: 'The application may not use the client credentials grant.',
      remedy:
        'Use a Machine to Machine application, or switch on Client Credentials under Settings > Advanced > Grant Types.',
      field: 'clientId',
      status,
    }
  if (status === 401 || error === 'invalid_client')
    return {
      kind: 'credential',
      code: 'auth0.unauthorized',
      message: 'Auth0 refused the credentials (401 Unauthorized).',
      remedy: 'Check Client ID, Client Secret and the tenant domain.',
      field: 'clientSecret',
      status,
    }
  if (status === 403) return notAuthorized(domain)
  return {
    kind: 'rejected',
    code: 'auth0.token_request_rejected',
    message: `Auth0 rejected the token request (${error}).`,
    remedy:
      'Check that the application authenticates with a client secret (Settings > Credentials), and that the tenant allows the client credentials grant.',
    status,
  }
}

// No client grant and an unknown audience have the same status and code. A domain below auth0.com is always its
// own audience, so there the cause is certain; a listed host may be a custom domain.
function notAuthorized(domain: string): Failure {
  const canonical = domain.endsWith('.auth0.com')
  return {
    kind: 'permission',
    code: 'auth0.not_authorized_for_management_api',
    message:
      'The application is not authorized for the Management API (or only for a custom API): authorize it.',
    remedy: canonical
      ? authorize
      : `${authorize} If this is already so, ${domain} may be a custom domain: enter the canonical tenant domain.`,
    field: canonical ? 'clientId' : 'domain',
    status: 403,
  }
}

function quotaFailure(headers: Headers, domain: string, now: number): Failure {
  const throttled = failureOfStatus(429, headers, domain, now)!
  return {
    ...throttled,
    code: 'auth0.token_quota',
    message: 'The token quota of this application or organization is used up.',
    remedy:
      'Owlie goes on when the quota is renewed. An Auth0 admin can raise it: Applications > Settings > Token Quota.',
  }
}

// https://auth0.com/docs/get-started/applications/fine-grained-m2m-token-quotas
function quotaHeader(headers: Headers): boolean {
  return headers.has('auth0-client-quota-limit') || headers.has('auth0-organization-quota-limit')
}

function oauthError(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const { error } = body as { error?: unknown }
  return typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : null
}
