import { randomBytes } from 'node:crypto'
import type { Failure } from '@owlie/connector-kit'

/** One master key: 32 random bytes under a name that stays with everything it sealed. */
export interface MasterKey {
  /** 1–64 characters of `A-Z a-z 0-9 . _ -`. */
  readonly kid: string
  /** Exactly 32 bytes. */
  readonly key: Uint8Array
}

/** The active key seals; all of them open. Holds key bytes in private fields, so it cannot be printed. */
export class Keyring {
  readonly activeKid: string
  readonly #keys: ReadonlyMap<string, Uint8Array>

  constructor(activeKid: string, keys: ReadonlyMap<string, Uint8Array>) {
    this.activeKid = activeKid
    this.#keys = keys
  }

  get kids(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /** The key's bytes, for the cipher only. */
  keyFor(kid: string): Uint8Array | undefined {
    return this.#keys.get(kid)
  }
}

const kidPattern = /^[A-Za-z0-9._-]{1,64}$/

/**
 * A keyring whose first key is the active one.
 * @throws RangeError when there is no key, two keys share a kid, or one is not 32 bytes (a caller's defect:
 *   `parseMasterKeys` turns a person's input into a `Failure` before it comes here).
 */
export function createKeyring(masterKeys: readonly MasterKey[]): Keyring {
  const first = masterKeys[0]
  if (!first) throw new RangeError('a keyring needs at least one master key')
  const keys = new Map<string, Uint8Array>()
  for (const { kid, key } of masterKeys) {
    if (!kidPattern.test(kid)) throw new RangeError('a master key id is 1–64 characters of A-Z a-z 0-9 . _ -')
    if (keys.has(kid)) throw new RangeError(`master key id ${kid} is used twice`)
    if (key.byteLength !== 32) throw new RangeError(`master key ${kid} is not 32 bytes`)
    keys.set(kid, Uint8Array.from(key))
  }
  return new Keyring(first.kid, keys)
}

/**
 * Reads `kid:base64key[,kid:base64key…]` (OWLIE_MASTER_KEYS), first is active. Standard and url-safe base64 both
 * pass. The failure never repeats the given text, which holds keys.
 */
export function parseMasterKeys(text: string): readonly MasterKey[] | Failure {
  const masterKeys: MasterKey[] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const at = part.indexOf(':')
    const kid = part.slice(0, Math.max(at, 0))
    if (!kidPattern.test(kid))
      return refused(`Key ${masterKeys.length + 1} has no valid name before its colon.`)
    const encoded = part.slice(at + 1)
    const key = Buffer.from(encoded, 'base64')
    if (key.byteLength !== 32 || !/^[A-Za-z0-9+/_-]{43}=?$/.test(encoded)) {
      return refused(`Key ${kid} is not 32 bytes in base64.`)
    }
    if (masterKeys.some((other) => other.kid === kid)) return refused(`The key name ${kid} is used twice.`)
    masterKeys.push({ kid, key })
  }
  return masterKeys
}

/** A new master key as it is written into OWLIE_MASTER_KEYS: `kid:base64`. */
export function generateMasterKey(kid: string): string {
  return `${kid}:${randomBytes(32).toString('base64')}`
}

function refused(message: string): Failure {
  return {
    kind: 'config',
    code: 'secrets.bad_master_keys',
    message,
    remedy:
      'Give OWLIE_MASTER_KEYS as name:key[,name:key…], each key made with `openssl rand -base64 32`; the first one is active.',
    field: 'OWLIE_MASTER_KEYS',
  }
}
