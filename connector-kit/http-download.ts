import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FailureError } from './failure.ts'
import { inflaterFor, strangeEncoding, tooLarge } from './http-body.ts'
import type { Network } from './http-network.ts'
import { failureOfError, networkFailure } from './network-failure.ts'

/** A file on its way. */
export interface Download {
  readonly status: number
  readonly headers: Headers
  /**
   * The bytes, unpacked: a content encoding and a file that is itself gzip. They end only when everything arrived and
   * gzip's own checksum and length were right. @throws FailureError `http.*`, `net.*`; the signal's reason
   */
  readonly chunks: AsyncGenerator<Uint8Array, void>
}

export interface DownloadOptions {
  readonly signal?: AbortSignal
  /** Of the unpacked bytes. Default 4 GiB. */
  readonly maxBytes?: number
  /** Between two pieces, and before the first. Default 30 s. Time the reader takes does not count. */
  readonly idleMs?: number
}

/**
 * Opens a file that a target keeps elsewhere (a signed link). Nothing but the address is sent: no credentials, no
 * cookies. No redirects are followed, and nothing is repeated.
 */
export async function openDownload(network: Network, url: URL, options: DownloadOptions): Promise<Download> {
  const { signal, maxBytes = 4 * 1024 ** 3, idleMs = 30_000 } = options
  const late = new AbortController()
  const both = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  const host = url.host
  const within = async <T>(phase: 'request' | 'body', work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => late.abort(), idleMs)
    try {
      return await work
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (late.signal.aborted)
        throw networkFailure('timeout', host, { why: `${phase}: idle for ${idleMs} ms` })
      throw failureOfError(error, host, phase)
    } finally {
      clearTimeout(timer)
    }
  }
  const answer = await within(
    'request',
    network.request({ url, method: 'GET', headers: new Headers(), body: null, signal: both }),
  )
  const { statusCode: status, headers, body } = answer
  if (status >= 300 && status < 400) {
    body.on('error', () => undefined).destroy()
    throw new FailureError({
      kind: 'config',
      code: 'http.redirect',
      message: `${host} redirects elsewhere. Owlie does not follow it.`,
      remedy: 'Nothing to do: Owlie reads another way. If it stays, report it.',
      status,
    })
  }
  const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  const inflate = inflaterFor(encoding)
  if (inflate === undefined) {
    body.on('error', () => undefined).destroy()
    throw strangeEncoding(host, encoding, status)
  }
  const source = unpacked(inflate === null ? body : piped(body, inflate))
  const chunks = (async function* () {
    let size = 0
    try {
      for (;;) {
        const next = await within('body', source.next())
        if (next.done) return
        size += next.value.byteLength
        if (size > maxBytes) throw tooLarge(host, maxBytes, status)
        yield next.value
      }
    } finally {
      body.on('error', () => undefined).destroy()
      await source.return().catch(() => undefined)
    }
  })()
  return { status, headers, chunks }
}

/** A file that begins like gzip is unpacked; links to such files carry no content encoding. */
async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let length = 0
  while (length < 2) {
    const next = await iterator.next()
    if (next.done) break
    head.push(next.value)
    length += next.value.byteLength
  }
  const whole = (async function* () {
    yield* head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  })()
  const start = Buffer.concat(head).subarray(0, 2)
  if (start[0] !== 0x1f || start[1] !== 0x8b) return yield* whole
  yield* piped(Readable.from(whole), createGunzip())
}

function piped(from: Readable, through: NodeJS.ReadWriteStream): AsyncIterable<Uint8Array> {
  // The error of either end destroys both, and arrives at whoever reads.
  pipeline(from, through, () => undefined)
  return through as unknown as AsyncIterable<Uint8Array>
}
