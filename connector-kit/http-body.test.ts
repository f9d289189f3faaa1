import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readBody } from './http-body.ts'

function answer(bytes: Buffer, headers: Record<string, string> = {}) {
  return { statusCode: 200, headers: new Headers(headers), body: Readable.from([bytes]) }
}

const limit = 1024 * 1024

describe('inflation', () => {
  const text = '{"a":1}'
  test.each([
    ['', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
  ])('%j', async (encoding, bytes) => {
    const given = answer(bytes, { 'content-encoding': encoding, 'content-length': String(bytes.length) })
    const body = await readBody(given, 'h', limit)
    expect(Buffer.from(body).toString()).toBe(text)
    expect(given.headers.get('content-length')).toBeNull()
  })

  test('an unknown one is refused', async () => {
    await expect(
      readBody(answer(Buffer.from('x'), { 'content-encoding': 'zstd9' }), 'h', limit),
    ).rejects.toMatchObject({
      failure: { code: 'http.encoding' },
    })
  })

  test('that ends early is an error, not a short body', async () => {
    const whole = gzipSync('x'.repeat(10_000))
    const cut = whole.subarray(0, whole.length - 6)
    await expect(readBody(answer(cut, { 'content-encoding': 'gzip' }), 'h', limit)).rejects.toThrow()
  })
})

describe('the limit', () => {
  const tooLarge = { failure: { code: 'http.too_large' } }

  test('counts after inflation', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * limit))
    expect(bomb.length).toBeLessThan(limit / 10)
    await expect(readBody(answer(bomb, { 'content-encoding': 'gzip' }), 'h', limit)).rejects.toMatchObject(
      tooLarge,
    )
  })

  test('believes a declared length without reading', async () => {
    const given = answer(Buffer.from('x'), { 'content-length': String(limit + 1) })
    await expect(readBody(given, 'h', limit)).rejects.toMatchObject(tooLarge)
    expect(given.body.destroyed).toBe(true)
  })

  test('lets exactly the limit pass', async () => {
    expect(await readBody(answer(Buffer.alloc(limit)), 'h', limit)).toHaveLength(limit)
  })
})
