import { type Failure, FailureError } from './failure.ts'

/** Where in the life of a request something went wrong. */
export type Phase = 'dns' | 'connect' | 'request' | 'body'

interface Words {
  readonly kind: Failure['kind']
  readonly code: string
  readonly message: (host: string) => string
  readonly remedy: string
  readonly field?: string
}

const later = 'Owlie tries again by itself. If it stays, check the network between Owlie and the target.'

const words = {
  notFound: {
    kind: 'config',
    code: 'dns.not_found',
    message: (host) => `The name ${host} does not exist.`,
    remedy: 'Check the spelling and the region of the domain, for example tenant.us.auth0.com.',
    field: 'domain',
  },
  dnsUnavailable: {
    kind: 'unavailable',
    code: 'dns.unavailable',
    message: (host) => `The name server did not answer for ${host}.`,
    remedy: "This is Owlie's network, not the domain: check the DNS settings of the host, then retry.",
  },
  privateAddress: {
    kind: 'config',
    code: 'dns.private_address',
    message: (host) => `${host} resolves to an address that is not on the public internet.`,
    remedy: 'Check the domain. For a host in your own network, the operator lists it in OWLIE_AUTH0_HOSTS.',
    field: 'domain',
  },
  expired: {
    kind: 'config',
    code: 'tls.expired',
    message: (host) => `The certificate of ${host} is expired or not valid yet.`,
    remedy: "Check the clock of Owlie's host; otherwise the owner of the target must renew the certificate.",
  },
  wrongHost: {
    kind: 'config',
    code: 'tls.wrong_host',
    message: (host) => `The certificate presented for ${host} belongs to another name.`,
    remedy: 'Check the domain. A proxy that opens TLS connections also causes this.',
    field: 'domain',
  },
  untrusted: {
    kind: 'config',
    code: 'tls.untrusted',
    message: (host) => `The certificate of ${host} is signed by nobody Owlie trusts.`,
    remedy:
      "If your network opens TLS connections or this is a sandbox, add its certificate authority with NODE_EXTRA_CA_CERTS on Owlie's host.",
  },
  protocol: {
    kind: 'config',
    code: 'tls.protocol',
    message: (host) => `${host} does not speak TLS 1.2 or newer on this port.`,
    remedy: 'Check the domain and port; a plain http port or an old proxy also causes this.',
  },
  refused: {
    kind: 'unavailable',
    code: 'net.refused',
    message: (host) => `${host} refused the connection.`,
    remedy: later,
  },
  unreachable: {
    kind: 'unavailable',
    code: 'net.unreachable',
    message: (host) => `There is no route to ${host}.`,
    remedy: "Check the network and firewall of Owlie's host.",
  },
  reset: {
    kind: 'unavailable',
    code: 'net.reset',
    message: (host) => `${host} closed the connection before the answer was complete.`,
    remedy: later,
  },
  timeout: {
    kind: 'unavailable',
    code: 'net.timeout',
    message: (host) => `${host} did not answer in time.`,
    remedy: later,
  },
  truncated: {
    kind: 'unavailable',
    code: 'http.truncated',
    message: (host) => `The answer of ${host} ended early.`,
    remedy: later,
  },
} as const satisfies Record<string, Words>

type Cause = keyof typeof words

const byErrorCode: Readonly<Record<string, Cause>> = {
  ENOTFOUND: 'notFound',
  ENODATA: 'notFound',
  EAI_NODATA: 'notFound',
  EAI_AGAIN: 'dnsUnavailable',
  ESERVFAIL: 'dnsUnavailable',
  EAI_FAIL: 'dnsUnavailable',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrongHost',
  HOSTNAME_MISMATCH: 'wrongHost',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REJECTED: 'untrusted',
  CERT_REVOKED: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  CERT_CHAIN_TOO_LONG: 'untrusted',
  INVALID_CA: 'untrusted',
  INVALID_PURPOSE: 'untrusted',
  CA_MD_TOO_WEAK: 'untrusted',
  EE_KEY_TOO_SMALL: 'untrusted',
  EPROTO: 'protocol',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_CLOSED: 'reset',
  UND_ERR_DESTROYED: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'truncated',
  Z_BUF_ERROR: 'truncated',
}

export function networkFailure(cause: Cause, host: string, extra: Partial<Failure> = {}): FailureError {
  const { message, ...rest } = words[cause]
  return new FailureError({ ...rest, message: message(host), ...extra })
}

/**
 * The failure behind an error of the resolver, the socket, TLS or the HTTP parser, decided on its `code` alone.
 * An unknown code during the handshake is a protocol failure, elsewhere a broken connection.
 */
export function failureOfError(error: unknown, host: string, phase: Phase): FailureError {
  if (error instanceof FailureError) return error
  const code = codeOf(error)
  let cause = byErrorCode[code]
  if (!cause && (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))) cause = 'protocol'
  if (!cause && code.startsWith('HPE_')) {
    return new FailureError({
      kind: 'unavailable',
      code: 'http.protocol',
      message: `The answer of ${host} is not HTTP.`,
      remedy: 'Check the domain and port, and any proxy in between.',
      why: code,
    })
  }
  if (!cause) cause = phase === 'dns' ? 'dnsUnavailable' : 'reset'
  if (cause === 'reset' && phase === 'body') cause = 'truncated'
  return networkFailure(cause, host, { why: code === '' ? phase : `${phase}: ${code}` })
}

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: unknown }
    // undici wraps the socket's error; the innermost code says most.
    if (cause !== undefined && codeOf(cause) !== '') return codeOf(cause)
    if (typeof code === 'string') return code
    at = Array.isArray(errors) ? (errors[0] as unknown) : cause
  }
  return ''
}
