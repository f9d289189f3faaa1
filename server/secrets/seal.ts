import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, errors } from 'jose'
import { Secret, type Failure } from '@owlie/connector-kit'
import type { Keyring } from './keyring.ts'

/** Where a secret belongs. Every value is compared byte for byte when it is opened. */
export interface Binding {
  readonly tenantId: string
  readonly connectionId: string
  /** The form field: `clientSecret`, `privateKey`, … */
  readonly field: string
  readonly domain: string
  readonly clientId: string
  /** The connection's credential version, so that an old value put back does not open. */
  readonly version: number
}

const algorithms = { alg: 'A256GCMKW', enc: 'A256GCM' } as const

/** Our names in the protected header, in a fixed order. */
const boundNames = {
  tenantId: 'owlie.tenant',
  connectionId: 'owlie.connection',
  field: 'owlie.field',
  domain: 'owlie.domain',
  clientId: 'owlie.client',
  version: 'owlie.version',
} as const satisfies Record<keyof Binding, string>

const bindingKeys = Object.keys(boundNames) as (keyof Binding)[]

/** Seals `plain` for exactly this place with the active key. The result is ASCII without spaces, ~0.7 kB + 4/3 of the secret. */
export async function seal(keyring: Keyring, plain: Secret, binding: Binding): Promise<string> {
  const bound = Object.fromEntries(bindingKeys.map((key) => [boundNames[key], binding[key]]))
  return encrypt(keyring, new TextEncoder().encode(plain.reveal()), bound)
}

/**
 * Gives the secret back if it was sealed for this binding with a key of this ring and nobody changed a byte.
 * Failures: `secrets.unknown_key` (its key is not in the ring), `secrets.not_here` (it belongs elsewhere),
 * `secrets.damaged` (not ours, or changed).
 */
export async function open(keyring: Keyring, sealed: string, binding: Binding): Promise<Secret | Failure> {
  const opened = await decrypt(keyring, sealed)
  if ('code' in opened) return opened
  const { header, plain } = opened
  if (bindingKeys.some((key) => header[boundNames[key]] !== binding[key])) return notHere
  return new Secret(new TextDecoder().decode(plain))
}

export interface Rewrapped {
  readonly sealed: string
  /** False when it already was under the active key; `sealed` is then the value given. */
  readonly changed: boolean
}

/** The same secret for the same place under the active key. For a walk over all rows after a rotation. */
export async function rewrap(keyring: Keyring, sealed: string): Promise<Rewrapped | Failure> {
  const opened = await decrypt(keyring, sealed)
  if ('code' in opened) return opened
  if (opened.header['kid'] === keyring.activeKid) return { sealed, changed: false }
  const bound = Object.fromEntries(
    Object.values(boundNames).flatMap((name) => (name in opened.header ? [[name, opened.header[name]]] : [])),
  )
  return { sealed: await encrypt(keyring, opened.plain, bound), changed: true }
}

/** The kid that sealed this value, or null when it is not ours to read. Needs no key: for counting what is left to rotate. */
export function sealedWith(sealed: string): string | null {
  return readHeader(sealed)?.kid ?? null
}

interface Opened {
  readonly header: Readonly<Record<string, unknown>>
  readonly plain: Uint8Array
}

function encrypt(keyring: Keyring, plain: Uint8Array, bound: Record<string, unknown>): Promise<string> {
  const key = keyring.keyFor(keyring.activeKid)
  if (!key) throw new RangeError('the active key is not in the ring')
  return new CompactEncrypt(plain)
    .setProtectedHeader({ ...algorithms, kid: keyring.activeKid, ...bound })
    .encrypt(key)
}

async function decrypt(keyring: Keyring, sealed: string): Promise<Opened | Failure> {
  const header = readHeader(sealed)
  if (!header?.kid) return damaged
  const key = keyring.keyFor(header.kid)
  if (!key) return unknownKey(header.kid)
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [algorithms.alg],
      contentEncryptionAlgorithms: [algorithms.enc],
    })
    return { header: protectedHeader, plain: plaintext }
  } catch (error) {
    if (error instanceof errors.JOSEError) return damaged
    // jose hands some malformed inputs to the platform's decoder, whose errors are TypeErrors.
    if (error instanceof TypeError) return damaged
    throw error
  }
}

function readHeader(sealed: string): { readonly kid?: string } | null {
  try {
    const { kid } = decodeProtectedHeader(sealed)
    return typeof kid === 'string' ? { kid } : {}
  } catch {
    return null
  }
}

const enterAgain = 'Enter the secret again on the connection, then test it.'

const damaged: Failure = {
  kind: 'config',
  code: 'secrets.damaged',
  message: 'The stored secret does not open: it was changed after it was saved.',
  remedy: enterAgain,
}

const notHere: Failure = {
  kind: 'config',
  code: 'secrets.not_here',
  message: 'The stored secret was saved for another connection, domain or client id.',
  remedy: enterAgain,
}

function unknownKey(kid: string): Failure {
  const name = /^[A-Za-z0-9._-]{1,64}$/.test(kid) ? kid : 'of another server'
  return {
    kind: 'config',
    code: 'secrets.unknown_key',
    message: `The stored secret was sealed with the master key ${name}, which this server does not have.`,
    remedy: `Add that key to OWLIE_MASTER_KEYS and restart. If it is lost: ${enterAgain.toLowerCase()}`,
  }
}
