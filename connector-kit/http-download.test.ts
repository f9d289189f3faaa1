import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openDownload } from './http-download.ts'
import type { Network } from './http-network.ts'
import { openDoor } from './http.ts'

const policy = { suffixes: ['auth0.com'], extra: ['localhost:1'] }

describe('where a file may come from', () => {
  test.each([
    ['http://files.example/x', 'http.not_https'],
    ['https://me:pw@files.example/x', 'http.not_https'],
    ['not an address', 'http.not_https'],
    ['https://127.0.0.1/x', 'domain.ip_address'],
    ['https://[::1]/x', 'domain.ip_address'],
    ['https://2130706433/x', 'domain.ip_address'],
    ['https://files.example:8443/x', 'domain.port'],
    ['https://localhost:2/x', 'domain.port'],
  ])('not %s', async (address, code) => {
    const door = openDoor({ policy })
    await expect(door.download(address, 'GET file')).rejects.toMatchObject({ failure: { code } })
    expect(door.stats.total).toBe(0)
    await door.close()
  })

  test.each([['10.0.0.1'], ['169.254.169.254'], ['::1'], ['fd00::1']])(
    'not a public name that leads to %s',
    async (address) => {
      const door = openDoor({ policy, lookup: () => Promise.resolve(['1.1.1.1', address]) })
      await expect(door.download('https://files.example/x', 'GET file')).rejects.toMatchObject({
        failure: { code: 'dns.private_address' },
      })
      await door.close()
    },
  )

  test('what may be downloaded from may not be asked with credentials', async () => {
    const door = openDoor({ policy, lookup: () => Promise.resolve(['1.1.1.1']) })
    await expect(door.fetch('https://files.example/x')).rejects.toMatchObject({
      failure: { code: 'domain.not_allowed' },
    })
    await door.close()
  })

  test('a listed host is reached, private as it is, and counted', async () => {
    const door = openDoor({ policy })
    await expect(door.download('https://localhost:1/x', 'GET file')).rejects.toMatchObject({
      failure: { code: 'net.refused' },
    })
    expect(door.stats.byRoute).toEqual({ 'GET file': 1 })
    await door.close()
  })
})

interface Asked {
  headers: Record<string, string>
}

function answering(body: Readable, headers: Record<string, string> = {}, status = 200) {
  const asked: Asked[] = []
  const network: Network = {
    request(request) {
      asked.push({ headers: Object.fromEntries(request.headers) })
      request.signal.addEventListener('abort', () => body.destroy(request.signal.reason as Error))
      return Promise.resolve({ statusCode: status, headers: new Headers(headers), body })
    },
    resolve: () => Promise.resolve([]),
    handshake: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  }
  return { network, asked }
}

async function textOf(network: Network, options: Parameters<typeof openDownload>[2] = {}) {
  const { chunks } = await openDownload(network, new URL('https://files.example/x'), options)
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

const text = Array.from({ length: 5000 }, (_, at) => `line ${at}\n`).join('')
const pieces = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    ),
  )

describe('what a file is unpacked to', () => {
  test.each([
    ['as it is', Buffer.from(text), {}],
    ['a gzip file', gzipSync(text), {}],
    ['sent in gzip', gzipSync(text), { 'content-encoding': 'gzip' }],
    ['a gzip file sent in gzip', gzipSync(gzipSync(text)), { 'content-encoding': 'gzip' }],
  ])('%s', async (_, bytes, headers) => {
    for (const size of [1000, 1]) {
      if (size === 1 && bytes.length > 20_000) continue
      const { network, asked } = answering(pieces(bytes, size), headers)
      expect(await textOf(network)).toBe(text)
      expect(Object.keys(asked[0]!.headers)).toEqual([])
    }
  })

  test('nothing, and one byte', async () => {
    expect(await textOf(answering(Readable.from([])).network)).toBe('')
    expect(await textOf(answering(Readable.from([Buffer.from('x')])).network)).toBe('x')
  })
})

describe('a file that is not whole, or too much', () => {
  test('gzip that breaks off is no end', async () => {
    const { network } = answering(pieces(gzipSync(text).subarray(0, -30), 500))
    await expect(textOf(network)).rejects.toMatchObject({ failure: { code: 'http.truncated' } })
  })

  test('gzip with a wrong byte is no end', async () => {
    const bytes = gzipSync(text)
    bytes[bytes.length - 8]! ^= 0xff
    await expect(textOf(answering(pieces(bytes, 500)).network)).rejects.toMatchObject({
      failure: { kind: 'unavailable' },
    })
  })

  test('the limit counts what comes out', async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000))
    const { network } = answering(pieces(bomb, 1000))
    await expect(textOf(network, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      failure: { code: 'http.too_large' },
    })
  })

  test('silence is not waited out, a slow reader is waited for', async () => {
    const silent = new Readable({ read: () => undefined })
    await expect(textOf(answering(silent).network, { idleMs: 20 })).rejects.toMatchObject({
      failure: { code: 'net.timeout' },
    })
    const { chunks } = await openDownload(
      answering(pieces(Buffer.from(text), 10_000)).network,
      new URL('https://files.example/x'),
      { idleMs: 30 },
    )
    let size = 0
    for await (const chunk of chunks) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      size += chunk.byteLength
    }
    expect(size).toBe(text.length)
  })

  test('a reader who has enough closes it', async () => {
    const body = pieces(Buffer.from(text), 100)
    const { chunks } = await openDownload(answering(body).network, new URL('https://files.example/x'), {})
    await chunks.next()
    await chunks.return()
    expect(body.destroyed).toBe(true)
  })

  test('stopped', async () => {
    const stop = new AbortController()
    const silent = new Readable({ read: () => undefined })
    const reading = textOf(answering(silent).network, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })

  test('moved elsewhere', async () => {
    await expect(
      textOf(answering(Readable.from([]), { location: 'https://x.example/' }, 302).network),
    ).rejects.toMatchObject({ failure: { code: 'http.redirect' } })
  })
})
