import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { operations } from './api/index.ts'
import { ApiError } from './api/errors.ts'
import { handle, respond, type ApiParts, type SandboxContext } from './api/pipeline.ts'
import type { Reply } from './api/operation.ts'
import { controlRoutes } from './control/index.ts'
import { answerInstead } from './faults/index.ts'
import {
  OAuthError,
  readTokenFields,
  type Names,
  type SigningKey,
  type TokenEndpoint,
} from './oauth/index.ts'

export interface SandboxParts extends ApiParts {
  tokens: TokenEndpoint
  key: SigningKey
  names: Names
  controlKey: string
}

/** Puts the parts behind their addresses. */
export function buildApp(parts: SandboxParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  for (const operation of operations) {
    const path = `/api/v2${operation.path.replace(/\{([^}]+)\}/g, ':$1')}`
    app.on(operation.method, path, handle(parts, operation))
  }
  app.post('/oauth/token', (c) => answerToken(parts, c))
  app.get('/.well-known/jwks.json', (c) => answerPlain(parts, c, { keys: [parts.key.jwk] }))
  app.get('/.well-known/openid-configuration', (c) =>
    answerPlain(parts, c, discovery(parts.names, c.req.header('host'))),
  )
  app.route('/_sandbox', controlRoutes(parts))
  app.get('/_exports/:job/:file', (c) => answer(parts, c, '/_exports/{job}/{file}', () => download(parts, c)))
  app.notFound((c) =>
    answer(parts, c, c.req.path, async () => {
      throw new ApiError(404, 'Not Found')
    }),
  )
  return app
}

/** The export's file, on a path of its own: the link is the permission, and a bearer token has no meaning here. */
async function download(parts: SandboxParts, c: SandboxContext): Promise<Reply> {
  const file = parts.jobs.download(c.req.query('signature') ?? '')
  const xml = { 'content-type': 'application/xml' }
  if (file === 'expired' || file === undefined) {
    return {
      status: 403,
      body: Buffer.from('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'),
      headers: xml,
    }
  }
  return { status: 200, body: file, headers: { 'content-type': 'application/gzip' } }
}

function discovery(names: Names, host: string | undefined): Record<string, unknown> {
  const issuer = names.issuer(host)
  return {
    issuer,
    authorization_endpoint: `${issuer}authorize`,
    token_endpoint: `${issuer}oauth/token`,
    userinfo_endpoint: `${issuer}userinfo`,
    jwks_uri: `${issuer}.well-known/jwks.json`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'PS256'],
  }
}

const answerPlain = (parts: SandboxParts, c: SandboxContext, body: unknown): Promise<Response> =>
  answer(parts, c, c.req.path, async () => ({ status: 200, body }))

/** An unauthenticated answer, with faults and the request log, without rate limit. */
function answer(
  parts: SandboxParts,
  c: SandboxContext,
  route: string,
  work: () => Promise<Reply>,
): Promise<Response> {
  const started = performance.now()
  const at = parts.clock.now()
  const { method } = c.req
  const effect = parts.faults.next({ method, route, target: c.req.path, clientId: undefined })
  const log = (status: number): void =>
    parts.requests.add({
      at,
      method,
      route,
      target: c.req.path,
      status,
      durationMs: performance.now() - started,
    })
  return respond(parts, c, effect, log, { allowed: true }, work)
}

async function answerToken(parts: SandboxParts, c: SandboxContext): Promise<Response> {
  const started = performance.now()
  const at = parts.clock.now()
  const route = '/oauth/token'
  const effect = parts.faults.next({ method: 'POST', route, target: route, clientId: undefined })
  const rate = effect && answerInstead(effect) ? { allowed: true } : parts.limiter.takeAuthentication()
  let clientId: string | undefined
  const log = (status: number): void =>
    parts.requests.add({
      at,
      method: 'POST',
      route,
      target: route,
      status,
      durationMs: performance.now() - started,
      ...(clientId === undefined ? {} : { clientId }),
    })
  return respond(parts, c, effect, log, rate, async () => {
    try {
      if (!rate.allowed) {
        throw new OAuthError(
          429,
          'too_many_requests',
          'Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.',
        )
      }
      const fields = await readTokenFields(c.req.raw)
      clientId = fields['client_id']
      const request = { fields, authorization: c.req.header('authorization') }
      const body = await parts.tokens.issue(request, c.req.header('host'))
      parts.tenant.logs.add({
        type: 'seccft',
        description: 'Client Credentials for Access Token',
        ...(clientId ? { client_id: clientId } : {}),
      })
      return { status: 200, body, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } }
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      parts.tenant.logs.add({
        type: 'feccft',
        description: error.message,
        ...(clientId ? { client_id: clientId } : {}),
      })
      return { status: error.status, body: error.body(), headers: error.headers }
    }
  })
}
