import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Readable } from 'node:stream'
import { FailureError } from './failure.ts'

interface Answer {
  readonly statusCode: number
  readonly headers: Headers
  readonly body: Readable
}

/**
 * The whole body, inflated. The limit counts what comes out of the inflation, so a small bomb is cut like a big
 * file. Removes `content-encoding` and `content-length` from the headers, which no longer describe it.
 * @throws FailureError `http.too_large`, `http.encoding`; the stream's own errors.
 */
export async function readBody(
  answer: Answer,
  host: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body, headers } = answer
  const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  const inflate = inflaterFor(encoding)
  if (inflate === undefined) {
    body.destroy()
    throw new FailureError({
      kind: 'unavailable',
      code: 'http.encoding',
      message: `${host} answered in a compression Owlie did not ask for.`,
      remedy: 'Check for a proxy in between that changes answers.',
      why: encoding.slice(0, 40),
      status: answer.statusCode,
    })
  }
  if (inflate === null && Number(headers.get('content-length') ?? 0) > maxBytes) {
    body.destroy()
    throw tooLarge(host, maxBytes, answer.statusCode)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const source = inflate === null ? body : pipeInto(body, inflate)
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > maxBytes) throw tooLarge(host, maxBytes, answer.statusCode)
      chunks.push(chunk)
    }
  } finally {
    body.on('error', () => undefined).destroy()
    if (inflate) inflate.destroy()
  }
  headers.delete('content-encoding')
  headers.delete('content-length')
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function inflaterFor(encoding: string) {
  if (encoding === '' || encoding === 'identity') return null
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  if (encoding === 'br') return createBrotliDecompress()
  return undefined
}

// Not stream.pipeline: the error of the source must arrive at the reader as it is.
function pipeInto(body: Readable, inflate: NodeJS.ReadWriteStream & { destroy(error?: Error): unknown }) {
  body.once('error', (error) => inflate.destroy(error))
  return body.pipe(inflate)
}

function tooLarge(host: string, maxBytes: number, status: number): FailureError {
  return new FailureError({
    kind: 'unavailable',
    code: 'http.too_large',
    message: `The answer of ${host} is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB and was cut off.`,
    remedy: 'Check the domain. If it is right, ask for a smaller page or report this to Owlie.',
    status,
  })
}
