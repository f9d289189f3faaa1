/** Deterministic pseudo-random numbers (sfc32): one seed gives one stream, on every machine. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** An integer in [0, below). */
  int(below: number): number
  /** True with the given probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** In place. */
  shuffle<T>(items: T[]): T[]
  /** `length` characters of base62 (or of `alphabet`). */
  id(length: number, alphabet?: string): string
  /** A standard-normal number. */
  normal(): number
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Enterprise group ids leave out the look-alikes 0, I, O and l. */
export const base58 = '123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'

export function createRandom(seed: number | string): Random {
  let [a, b, c] = hashSeed(String(seed))
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }
  for (let round = 0; round < 12; round++) next()
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => items[int(items.length)]!,
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = int(i + 1)
        ;[items[i], items[j]] = [items[j]!, items[i]!]
      }
      return items
    },
    id(length, alphabet = base62) {
      let out = ''
      for (let i = 0; i < length; i++) out += alphabet[int(alphabet.length)]
      return out
    },
    normal() {
      return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    },
  }
}

function hashSeed(text: string): [number, number, number] {
  let x = 2166136261
  let y = 0x9e3779b9
  let z = 0x85ebca6b
  for (const character of text) {
    const code = character.codePointAt(0)!
    x = Math.imul(x ^ code, 16777619)
    y = Math.imul(y + code, 0x85ebca77) ^ (y >>> 13)
    z = Math.imul(z ^ (code + x), 0xc2b2ae3d)
  }
  return [x | 0, y | 0, z | 0]
}
