import type { MiddlewareHandler } from 'hono'

/**
 * The policy of the console's page. Scripts and styles run only with this answer's nonce; scripts that such a
 * script loads are trusted (`strict-dynamic`), which is how the console's own pieces arrive. Nothing may frame it,
 * nothing is sent anywhere but here.
 */
export function pagePolicy(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/** For everything that is not a page: nothing may be loaded by it. */
const dataPolicy = `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/**
 * Sets the headers every answer has, also errors. An answer that sets one of them itself keeps its own (the page's
 * policy, the assets' caching).
 */
export function securityHeaders(options: { https: boolean }): MiddlewareHandler {
  const always: Record<string, string> = {
    'content-security-policy': dataPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(options.https ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  }
  return async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(always))
      if (!context.res.headers.has(name)) context.res.headers.set(name, value)
  }
}
