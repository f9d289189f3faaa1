import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFailure, Secret } from '@owlie/connector-kit'
import {
  type Binding,
  createKeyring,
  generateMasterKey,
  open,
  parseMasterKeys,
  rewrap,
  seal,
  sealedWith,
} from './index.ts'

const oldKey = { kid: '2025', key: randomBytes(32) }
const newKey = { kid: '2026', key: randomBytes(32) }
const ring = createKeyring([oldKey])

const bindings: fc.Arbitrary<Binding> = fc.record({
  tenantId: fc.string({ minLength: 1 }),
  connectionId: fc.string({ minLength: 1 }),
  field: fc.constantFrom('clientSecret', 'privateKey'),
  domain: fc.domain(),
  clientId: fc.string({ minLength: 1, unit: 'binary' }),
  version: fc.nat(),
})
const plains = fc.string({ unit: 'binary', maxLength: 2000 })

async function opened(result: ReturnType<typeof open>): Promise<string> {
  const value = await result
  if (isFailure(value)) return `failure ${value.code}`
  return value.reveal()
}

describe('seal and open', () => {
  test('any secret comes back for its own binding, and only as a Secret', async () => {
    await fc.assert(
      fc.asyncProperty(plains, bindings, async (plain, binding) => {
        const sealed = await seal(ring, new Secret(plain), binding)
        expect(await opened(open(ring, sealed, binding))).toBe(plain)
        expect(sealed).toMatch(/^[A-Za-z0-9_.-]+$/)
      }),
    )
  })

  test('a binding that differs in any one value does not open it', async () => {
    await fc.assert(
      fc.asyncProperty(bindings, bindings, async (mine, other) => {
        const sealed = await seal(ring, new Secret('s3cret'), mine)
        for (const key of Object.keys(mine) as (keyof Binding)[]) {
          if (mine[key] === other[key]) continue
          const swapped = { ...mine, [key]: other[key] }
          expect(await opened(open(ring, sealed, swapped))).toBe('failure secrets.not_here')
        }
      }),
    )
  })

  test('a version given as text is not the number', async () => {
    const binding = fc.sample(bindings, 1)[0]!
    const sealed = await seal(ring, new Secret('s'), binding)
    const loose = { ...binding, version: String(binding.version) as unknown as number }
    expect(await opened(open(ring, sealed, loose))).toBe('failure secrets.not_here')
  })

  test('no change of any character opens, and none throws', async () => {
    const binding = fc.sample(bindings, 1)[0]!
    const sealed = await seal(ring, new Secret('a canary that must not come back'), binding)
    const bytes = Buffer.from(sealed, 'latin1')
    for (let at = 0; at < bytes.length; at++) {
      // Decoded, not raw: the last character of a base64 part has bits that mean nothing.
      const flipped = flipInPart(sealed, at)
      if (flipped === null) continue
      const result = await open(ring, flipped, binding)
      expect(isFailure(result), `byte ${at}`).toBe(true)
    }
  })

  test('garbage is a failure, never a throw', async () => {
    const binding = fc.sample(bindings, 1)[0]!
    const dotted = fc.array(fc.base64String(), { minLength: 1, maxLength: 7 }).map((parts) => parts.join('.'))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), dotted), async (text) => {
        expect(isFailure(await open(ring, text, binding))).toBe(true)
        expect(isFailure(await rewrap(ring, text))).toBe(true)
      }),
    )
  })

  test('sealing twice gives two texts', async () => {
    const binding = fc.sample(bindings, 1)[0]!
    const texts = await Promise.all(
      Array.from({ length: 200 }, () => seal(ring, new Secret('same'), binding)),
    )
    expect(new Set(texts).size).toBe(200)
  })

  test('parts of two sealed values do not mix', async () => {
    const binding = fc.sample(bindings, 1)[0]!
    const one = (await seal(ring, new Secret('one'), binding)).split('.')
    const two = (await seal(ring, new Secret('two'), binding)).split('.')
    for (let part = 0; part < 5; part++) {
      const mixed = one.map((text, at) => (at === part ? two[at] : text)).join('.')
      expect(await opened(open(ring, mixed, binding))).toBe('failure secrets.damaged')
    }
  })
})

describe('keys', () => {
  const binding = fc.sample(bindings, 1)[0]!

  test('an unknown kid is named, and what to do is said', async () => {
    const sealed = await seal(createKeyring([newKey]), new Secret('s'), binding)
    const result = await open(ring, sealed, binding)
    expect(result).toMatchObject({ kind: 'config', code: 'secrets.unknown_key' })
    expect(isFailure(result) && result.message).toContain('2026')
  })

  test('the right kid with other bytes is damaged, not a crash', async () => {
    const impostor = createKeyring([{ kid: oldKey.kid, key: randomBytes(32) }])
    const sealed = await seal(impostor, new Secret('s'), binding)
    expect(await opened(open(ring, sealed, binding))).toBe('failure secrets.damaged')
  })

  test('rotation: old values open, rewrap moves them, then the old key may go', async () => {
    await fc.assert(
      fc.asyncProperty(plains, bindings, async (plain, place) => {
        const rotated = createKeyring([newKey, oldKey])
        const sealed = await seal(ring, new Secret(plain), place)
        expect(await opened(open(rotated, sealed, place))).toBe(plain)
        const moved = await rewrap(rotated, sealed)
        if (isFailure(moved)) throw new Error(moved.code)
        expect([sealedWith(sealed), sealedWith(moved.sealed), moved.changed]).toEqual(['2025', '2026', true])
        expect(await opened(open(createKeyring([newKey]), moved.sealed, place))).toBe(plain)
        const elsewhere = { ...place, domain: `not-${place.domain}` }
        expect(await opened(open(rotated, moved.sealed, elsewhere))).toBe('failure secrets.not_here')
        expect(await rewrap(rotated, moved.sealed)).toEqual({ sealed: moved.sealed, changed: false })
      }),
      { numRuns: 30 },
    )
  })

  test('a keyring cannot be printed', () => {
    const shown = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring)
    expect(shown).not.toContain(Buffer.from(oldKey.key).toString('hex').slice(0, 8))
    expect(shown).not.toContain(String(oldKey.key[0]) + ', ' + String(oldKey.key[1]))
  })

  test.each([
    ['', 'no valid name'],
    ['abc', 'no valid name'],
    ['k1:short', '32 bytes'],
    ['k 1:' + randomBytes(32).toString('base64'), 'no valid name'],
    ['k1:' + randomBytes(31).toString('base64'), '32 bytes'],
    ['k1:' + randomBytes(32).toString('base64').replace(/^../, '!!'), '32 bytes'],
  ])('refuses bad keys without repeating them, case %#', (text, words) => {
    const result = parseMasterKeys(text)
    expect(result).toMatchObject({ kind: 'config', code: 'secrets.bad_master_keys' })
    if (!isFailure(result)) return
    expect(result.message).toContain(words)
    if (text.length > 8) expect(JSON.stringify(result)).not.toContain(text.slice(5))
  })

  test('reads two keys, first is active', () => {
    const keys = parseMasterKeys(`${generateMasterKey('b')}, ${generateMasterKey('a')}`)
    if (isFailure(keys)) throw new Error(keys.message)
    expect(createKeyring(keys)).toMatchObject({ activeKid: 'b', kids: ['b', 'a'] })
    expect(() => createKeyring([])).toThrow(RangeError)
    expect(() => createKeyring([...keys, ...keys])).toThrow(RangeError)
  })
})

/** Flips one bit of the decoded byte under character `at`, or null for the dots and for bits that mean nothing. */
function flipInPart(sealed: string, at: number): string | null {
  const parts = sealed.split('.')
  let start = 0
  for (const [index, part] of parts.entries()) {
    if (at < start) return null
    if (at < start + part.length) {
      const bytes = Buffer.from(part, 'base64url')
      const byte = Math.floor(((at - start) * 6) / 8)
      if (byte >= bytes.length) return null
      bytes[byte] = bytes[byte]! ^ 1
      return parts.map((text, i) => (i === index ? bytes.toString('base64url') : text)).join('.')
    }
    start += part.length + 1
  }
  return null
}
