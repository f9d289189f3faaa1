import { createPublicKey } from 'node:crypto'
import { Secret } from '@owlie/connector-kit'
import { calculateJwkThumbprint, exportPKCS8, exportSPKI, generateKeyPair, type JWK } from 'jose'

export interface KeyPair {
  /** PKCS #8, PEM. */
  readonly privateKey: Secret
  /** SPKI, PEM. */
  readonly publicKey: string
}

/** A public key in the forms other systems ask for. */
export interface PublicKey {
  readonly pem: string
  readonly jwk: JWK
  /** RFC 7638, SHA-256: to see that two places show the same key. */
  readonly thumbprint: string
}

/** RSA of 3072 bits, for RS256: Auth0 takes 2048 and more, and NIST wants 3072 for what shall last beyond 2030. */
export async function makeKeyPair(): Promise<KeyPair> {
  const pair = await generateKeyPair('RS256', { modulusLength: 3072, extractable: true })
  const publicKey = await exportSPKI(pair.publicKey)
  return { privateKey: new Secret(await exportPKCS8(pair.privateKey)), publicKey: publicKey.trim() }
}

export async function publicKeyOf(pem: string): Promise<PublicKey> {
  const { kty, n, e } = createPublicKey(pem).export({ format: 'jwk' }) as JWK
  const bare = { kty, n, e } as JWK
  const thumbprint = await calculateJwkThumbprint(bare, 'sha256')
  return { pem, jwk: { ...bare, alg: 'RS256', use: 'sig', kid: thumbprint }, thumbprint }
}
