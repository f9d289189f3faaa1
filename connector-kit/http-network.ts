import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import tls from 'node:tls'
import { Agent, buildConnector, DecoratorHandler, type Dispatcher } from 'undici'
import { isPublicAddress } from './address.ts'
import { FailureError } from './failure.ts'
import { checkHost, type HostPolicy } from './host.ts'
import { failureOfError, networkFailure } from './network-failure.ts'

/** Every address of a name, as the operating system resolves it. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

/** What the other side showed in the handshake. */
export interface TlsFacts {
  readonly protocol: string
  /** The certificate's common name. */
  readonly subject: string
  readonly issuer: string
  /** As in the certificate, e.g. `Nov 23 12:00:00 2027 GMT`. */
  readonly validTo: string
}

interface NetworkOptions {
  readonly policy: HostPolicy
  readonly ca?: string | readonly string[]
  readonly lookup?: Lookup
  readonly resolveMs?: number
}

interface NetworkRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array | null
  readonly signal: AbortSignal
  readonly onLeave: (() => void) | undefined
}

interface NetworkAnswer {
  readonly statusCode: number
  readonly headers: Headers
  readonly body: Readable
}

export interface Network {
  request(request: NetworkRequest): Promise<NetworkAnswer>
  resolve(host: string, signal?: AbortSignal): Promise<readonly string[]>
  handshake(host: string, signal?: AbortSignal): Promise<TlsFacts>
  close(): Promise<void>
}

const connectMs = 10_000

/**
 * Names, addresses and sockets. A name is resolved once in the life of a door, every address of the answer is
 * judged, and the socket goes to a judged address with the name as SNI: a second, different answer of the name
 * server (rebinding) is never asked for.
 */
export function openNetwork(options: NetworkOptions): Network {
  const { policy, ca, lookup = lookupAll, resolveMs = 5_000 } = options
  const resolved = new Map<string, Promise<readonly string[]>>()
  const connectTo = openConnector(ca)

  const addressesOf = (host: string): Promise<readonly string[]> => {
    let pending = resolved.get(host)
    if (!pending) {
      pending = resolveAndJudge(host, policy, lookup, resolveMs)
      resolved.set(host, pending)
      // Only a success is kept: a name server that comes back must be asked again.
      pending.catch(() => resolved.delete(host))
    }
    return pending
  }

  const connect: buildConnector.connector = (options, callback) => {
    const hostname = unbracketed(options.hostname)
    const host =
      options.port && options.port !== '443' ? `${options.hostname}:${options.port}` : options.hostname
    const next = (addresses: readonly string[], index: number) => {
      const target = {
        ...options,
        hostname: addresses[index]!,
        ...(isIP(hostname) ? {} : { servername: hostname }),
      }
      connectTo(target, (...[error, socket]) => {
        if (!error) callback(null, socket)
        else if (index + 1 < addresses.length) next(addresses, index + 1)
        else callback(error, null)
      })
    }
    addressesOf(host).then(
      (addresses) => next(addresses, 0),
      (error: unknown) => callback(error as Error, null),
    )
  }

  const agent = new Agent({
    connect,
    connections: 8,
    keepAliveTimeout: 10_000,
    maxRedirections: 0,
  } as Agent.Options)
  const dispatcher = agent.compose(tellingWhenItLeaves)

  return {
    async request({ url, method, headers, body, signal, onLeave }) {
      if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip')
      // undici heeds the signal only once there is a connection, and one may take long to come about.
      const answer = await abortable(
        dispatcher.request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: method as 'GET',
          headers: Object.fromEntries(headers),
          body,
          signal,
          headersTimeout: 0,
          bodyTimeout: 0,
          ...(onLeave ? { onLeave } : {}),
        }),
        signal,
      )
      return { statusCode: answer.statusCode, headers: headersOf(answer.headers), body: answer.body }
    },
    resolve: (host, signal) => abortable(addressesOf(host), signal),
    handshake: (host, signal) => abortable(handshake(host, connect), signal),
    close: () => agent.destroy(),
  }
}

function openConnector(ca: NetworkOptions['ca']): buildConnector.connector {
  const secureContext =
    ca === undefined
      ? undefined
      : tls.createSecureContext({ ca: [...tls.getCACertificates('default'), ...[ca].flat()] as string[] })
  return buildConnector({
    allowH2: false,
    timeout: connectMs,
    // Said, or NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate pass.
    rejectUnauthorized: true,
    ...(secureContext ? { secureContext } : {}),
  })
}

type Handler = Dispatcher.DispatchHandler
type RequestStart = NonNullable<Handler['onRequestStart']>

// undici's types leave out what the class has.
interface Passing {
  onRequestStart(...given: Parameters<RequestStart>): void
}
const Decorator = DecoratorHandler as unknown as new (handler: Handler) => Passing

// undici starts a request only on a connected socket, right before it writes to it.
class LeaveHandler extends Decorator {
  readonly #onLeave: () => void

  constructor(handler: Handler, onLeave: () => void) {
    super(handler)
    this.#onLeave = onLeave
  }

  override onRequestStart(...given: Parameters<RequestStart>) {
    this.#onLeave()
    super.onRequestStart(...given)
  }
}

const tellingWhenItLeaves: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { onLeave } = options as { onLeave?: () => void }
  return dispatch(options, onLeave ? (new LeaveHandler(handler, onLeave) as typeof handler) : handler)
}

async function resolveAndJudge(
  host: string,
  policy: HostPolicy,
  lookup: Lookup,
  resolveMs: number,
): Promise<readonly string[]> {
  const verdict = checkHost(host, policy)
  if ('failure' in verdict) throw new FailureError(verdict.failure)
  const hostname = unbracketed(verdict.hostname)
  if (isIP(hostname)) return [hostname]
  let addresses: readonly string[]
  const slow = AbortSignal.timeout(resolveMs)
  try {
    addresses = await abortable(lookup(hostname), slow)
  } catch (error) {
    if (slow.aborted)
      throw networkFailure('dnsUnavailable', host, { why: `no answer within ${resolveMs} ms` })
    throw failureOfError(error, host, 'dns')
  }
  if (addresses.length === 0) throw networkFailure('notFound', host)
  // One private answer among public ones is refused too: which one is used must not depend on luck.
  if (!verdict.listed && !addresses.every(isPublicAddress)) throw networkFailure('privateAddress', host)
  return addresses
}

async function lookupAll(hostname: string): Promise<readonly string[]> {
  const answers = await systemLookup(hostname, { all: true, order: 'ipv4first' })
  return answers.map(({ address }) => address)
}

function handshake(host: string, connect: buildConnector.connector): Promise<TlsFacts> {
  return new Promise((resolve, reject) => {
    const url = new URL(`https://${host}/`)
    const options = { hostname: url.hostname, host: url.host, protocol: 'https:', port: url.port }
    connect(options, (error, socket) => {
      if (error) return reject(failureOfError(error, host, 'connect'))
      const secure = socket as tls.TLSSocket
      const certificate = secure.getPeerCertificate()
      const name = (value: string | string[] | undefined) => [value ?? ''].flat().join(', ')
      resolve({
        protocol: secure.getProtocol() ?? '',
        subject: name(certificate.subject?.CN),
        issuer: name(certificate.issuer?.CN ?? certificate.issuer?.O),
        validTo: certificate.valid_to ?? '',
      })
      secure.on('error', () => undefined).destroy()
    })
  })
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  if (signal.aborted) {
    promise.catch(() => undefined)
    return Promise.reject(signal.reason as Error)
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw))
    for (const one of [value ?? []].flat()) headers.append(name, one)
  return headers
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
