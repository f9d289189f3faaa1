import type { Failure } from '@owlie/connector-kit'
import type { MiddlewareHandler } from 'hono'
import { type Principal, crossSite } from '../operators/index.ts'
import { failureBody } from './errors.ts'

export interface GuardedEnv {
  Variables: { principal: Principal }
}

const notSignedIn: Failure = {
  kind: 'credential',
  code: 'owlie.not_signed_in',
  message: 'This needs a sign-in or a valid API key.',
  remedy:
    'Sign in, or send `Authorization: Owlie <API key>`. Keys are made at /admin/settings/api-keys; one that was revoked or has expired works no more.',
}

/**
 * Lets nobody through who is not known, and sets `principal` for what follows. A cookie goes along by itself, so a
 * request that brings only that is first asked where it comes from (403); a key is put there by a program.
 */
export function signedIn(
  authenticate: (request: Request) => Promise<Principal | null>,
  baseUrl: string,
): MiddlewareHandler<GuardedEnv> {
  return async (context, next) => {
    const request = context.req.raw
    const byCookie = request.headers.has('cookie') && !request.headers.has('authorization')
    const foreign = byCookie ? crossSite(request, baseUrl) : null
    if (foreign) return context.json(failureBody(foreign), 403)
    const principal = await authenticate(request)
    if (!principal)
      return context.json(failureBody(notSignedIn), 401, { 'www-authenticate': 'Owlie realm="Owlie"' })
    context.set('principal', principal)
    await next()
  }
}
