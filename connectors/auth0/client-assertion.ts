import { type Failure, FailureError, type Secret } from '@owlie/connector-kit'
import { randomUUID } from 'node:crypto'
import { importPKCS8, SignJWT } from 'jose'

/** Auth0 takes five minutes at most and recommends one; `jti` may be used once. */
const lifetimeSeconds = 60

/**
 * What an application sends instead of a secret: its name, signed with a private key only it has
 * (https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt).
 * `now` is Auth0's time as far as known, ms. `keyId` may be left out when the application has one key.
 * @throws FailureError `privateKey.malformed`
 */
export async function signAssertion(
  privateKey: Secret,
  of: {
    readonly clientId: string
    readonly domain: string
    readonly keyId?: string | undefined
    readonly now: number
  },
): Promise<string> {
  const key = await importPKCS8(privateKey.reveal().trim(), 'RS256').catch(() => {
    throw new FailureError(malformedKey)
  })
  const issuedAt = Math.floor(of.now / 1000)
  try {
    return await new SignJWT()
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(of.keyId ? { kid: of.keyId } : {}) })
      .setIssuer(of.clientId)
      .setSubject(of.clientId)
      // The issuer itself, as one text: lists and the token endpoint's address are no longer taken.
      .setAudience(`https://${of.domain}/`)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .sign(key)
  } catch {
    // jose takes only RSA keys of 2048 bits and more for RS256.
    throw new FailureError(malformedKey)
  }
}

const malformedKey: Failure = {
  kind: 'config',
  code: 'privateKey.malformed',
  message: 'The private key is not an RSA key of at least 2048 bits in PKCS #8 form.',
  remedy: 'Make a new key pair and paste its public key into the application in Auth0.',
  field: 'privateKey',
}

/** Auth0 does not say whether the key, the client or the time was wrong, so all are named. */
export function assertionRefused(status: number): Failure {
  return {
    kind: 'credential',
    code: 'auth0.assertion_refused',
    message: `Auth0 refused the signed assertion (${status} Unauthorized).`,
    remedy:
      "Check the Client ID and the tenant domain, that the application authenticates with Private Key JWT (Settings > Credentials) and holds the public key shown here, and the clock of Owlie's host.",
    field: 'privateKey',
    status,
  }
}
