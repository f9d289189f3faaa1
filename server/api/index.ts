/**
 * # api: everything Owlie answers over HTTP
 *
 * Owns the routes: GraphQL at /api/graphql (the contract is schema.graphql at the root, printed from this code), the
 * sign-in of better-auth under /api/auth/, /healthz, /readyz and /metrics, and the built console for every other
 * path.
 *
 * Promises:
 *  - Nothing but sign-in, the two health answers and the console's own files is reachable without signing in: 401
 *    as JSON, with what to do. Every field of Query and Mutation declares the permission it takes; who lacks it
 *    gets 403 in the words of `operators`, before anything ran. A field that declares none is refused to all.
 *  - A mutation answers with its value or a `Refusal`; a GraphQL error is a request that could not run as it is
 *    (400, 403) or a defect, masked, with an id that stands in the log beside the cause.
 *  - One request can ask for only so much (limits.ts), known from the query before it runs.
 *  - Every answer has the security headers; nothing of the API is ever stored by a cache.
 *
 * Resolvers are dull on purpose: permission is declared beside the field and checked in one place (graphql.ts),
 * everything else is one call of a feature's door and a renaming.
 */
import type { Failure } from '@owlie/connector-kit'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import type { Logger } from 'pino'
import type { Principal } from '../operators/index.ts'
import type { ApiContext } from './context.ts'
import { consoleFiles } from './console-files.ts'
import { failureBody, maskError } from './errors.ts'
import { createGraphql, graphqlPath } from './graphql.ts'
import { type GuardedEnv, signedIn } from './guard.ts'
import { securityHeaders } from './headers.ts'
import { limits } from './limits.ts'
import { createMetrics } from './metrics.ts'

export { createContexts, type Doors } from './context.ts'
export type { GuardedEnv } from './guard.ts'
export { catalogOf } from './catalog.ts'

export interface HttpOptions {
  /** The address people open; its scheme and host decide cookies, HSTS and the origin that may change things. */
  readonly baseUrl: URL
  readonly consoleDirectory: string
  readonly version: string
  readonly log: Logger
  authenticate(request: Request): Promise<Principal | null>
  /** Everything under /api/auth/. */
  signIn(request: Request, address: string | null): Promise<Response>
  contextFor(principal: Principal): ApiContext
  /** Whether this process can do its work now; the reason when not. */
  ready(): Promise<{ ready: true } | { ready: false; reason: string }>
}

const noSuchRoute: Failure = {
  kind: 'missing',
  code: 'owlie.no_route',
  message: 'There is nothing at this address.',
  remedy: 'GraphQL is at /api/graphql, the console at /.',
}

const tooLarge: Failure = {
  kind: 'rejected',
  code: 'api.limit_body',
  message: 'The request is larger than 256 KB.',
  remedy: 'Send less at once.',
}

export function createHttp(options: HttpOptions): Hono<GuardedEnv> {
  const { baseUrl, log } = options
  const app = new Hono<GuardedEnv>()
  const metrics = createMetrics(options.version)
  const graphql = createGraphql({ contextFor: options.contextFor, log })
  const guard = signedIn(options.authenticate, baseUrl.origin)

  app.use(securityHeaders({ https: baseUrl.protocol === 'https:' }), metrics.measured)
  // The rest of such a body is never read, so nothing can follow on its connection.
  const onError = (context: Context) => context.json(failureBody(tooLarge), 413, { connection: 'close' })
  app.use(bodyLimit({ maxSize: limits.body, onError }))
  app.onError((error, context) => {
    const masked = maskError(log)(error) as { extensions?: { failure?: Failure } }
    return context.json(failureBody(masked.extensions?.failure ?? noSuchRoute), 500)
  })
  app.notFound((context) => context.json(failureBody(noSuchRoute), 404))

  app.get('/healthz', (context) => context.json({ alive: true }))
  app.get('/readyz', async (context) => {
    const state = await options.ready()
    return context.json(state, state.ready ? 200 : 503)
  })
  app.all('/api/auth/*', (context) => options.signIn(context.req.raw, addressOf(context)))
  app.use('/metrics', guard)
  app.get('/metrics', async (context) => {
    const forbidden = options.contextFor(context.get('principal')).refusal('metrics.read')
    if (forbidden) return context.json(failureBody(forbidden), 403)
    const body = await metrics.registry.metrics()
    return new Response(body, { headers: { 'content-type': metrics.registry.contentType } })
  })
  app.use('/api/*', guard)
  app.all(graphqlPath, (context) => graphql(context.req.raw, context.get('principal')))
  app.all('/api/*', (context) => context.notFound())
  // Only files that are the same for everybody: compressing an answer with secrets in it can leak them by its length.
  app.use('/assets/*', compress())
  app.use(consoleFiles(options.consoleDirectory))
  return app
}

/** The client's address as the connection shows it; null when the server runs without one (in a test). */
function addressOf(context: Context): string | null {
  return 'incoming' in (context.env as object) ? (getConnInfo(context).remote.address ?? null) : null
}
