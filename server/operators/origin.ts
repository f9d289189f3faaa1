import type { Failure } from '@owlie/connector-kit'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a browser page of another site could have made this request with the operator's cookie. Null when surely
 * not. Browsers send `Sec-Fetch-Site` and, on every request that is not a plain GET, `Origin`; a program that sends
 * neither has to bring a key instead of a cookie.
 */
export function crossSite(request: Request, baseUrl: string): Failure | null {
  if (reading.has(request.method)) return null
  const type = request.headers.get('content-type')
  const json = type === null ? request.body === null : /^application\/json\s*(;|$)/i.test(type)
  if (!json) return notJson
  const origin = request.headers.get('origin')
  const fetchSite = request.headers.get('sec-fetch-site')
  if (origin !== null && origin !== new URL(baseUrl).origin) return foreign
  if (fetchSite !== null && fetchSite !== 'same-origin') return foreign
  if (origin === null && fetchSite === null && request.headers.has('cookie')) return foreign
  return null
}

const foreign: Failure = {
  kind: 'permission',
  code: 'request.cross_site',
  message: 'This request came from another site than Owlie.',
  remedy:
    'Open Owlie at the address the server prints (OWLIE_BASE_URL) and try again there; programs use an API key.',
}

const notJson: Failure = {
  kind: 'permission',
  code: 'request.not_json',
  message: 'Only JSON is accepted here.',
  remedy: 'Send the header Content-Type: application/json.',
}
