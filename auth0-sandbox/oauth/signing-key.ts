import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPrivateKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, exportJWK, importJWK, importPKCS8, type CryptoKey, type JWK } from 'jose'

export interface SigningKey {
  privateKey: CryptoKey
  publicKey: CryptoKey
  /** As served in jwks.json. */
  jwk: JWK & { kid: string }
}

/** The tenant's RS256 key; kept in the directory, so that tokens outlive a restart. */
export async function createSigningKey(directory: string | undefined): Promise<SigningKey> {
  const pem = (directory && (await readKept(directory))) || (await generate(directory))
  const privateKey = await importPKCS8(pem, 'RS256', { extractable: true })
  const { kty, n, e } = await exportJWK(privateKey)
  const bare = { kty: kty!, n: n!, e: e! }
  const jwk = { ...bare, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(bare) }
  return { privateKey, publicKey: (await importJWK(jwk, 'RS256')) as CryptoKey, jwk }
}

async function readKept(directory: string): Promise<string | undefined> {
  try {
    const pem = await readFile(join(directory, 'signing-key.pem'), 'utf8')
    createPrivateKey(pem)
    return pem
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function generate(directory: string | undefined): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  if (directory) {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'signing-key.pem'), pem, { mode: 0o600 })
  }
  return pem
}
