import { errors, jwtVerify } from 'jose'
import type { SandboxClock } from '../clock.ts'
import { ApiError } from '../api/errors.ts'
import type { Client, TenantState } from '../tenant/index.ts'
import type { SigningKey } from './signing-key.ts'
import type { Names } from './token-endpoint.ts'

export interface Caller {
  client: Client
  scopes: ReadonlySet<string>
}

interface Verified extends Caller {
  issuer: string
  expires: number
}

/** Checks the bearer token of an API request, with Auth0's words for what is wrong with it. */
export class BearerCheck {
  readonly #tenant: TenantState
  readonly #clock: SandboxClock
  readonly #key: SigningKey
  readonly #names: Names
  /** Signatures checked once are not checked again; expiry always is. */
  readonly #verified = new Map<string, Verified>()
  readonly #revoked = new Set<string>()

  constructor(tenant: TenantState, clock: SandboxClock, key: SigningKey, names: Names) {
    this.#tenant = tenant
    this.#clock = clock
    this.#key = key
    this.#names = names
  }

  /** All tokens issued so far stop working, as when the tenant's signing key is revoked. */
  rejectAllIssued(): void {
    for (const token of this.#verified.keys()) this.#revoked.add(token)
  }

  async check(authorization: string | undefined, host: string | undefined): Promise<Caller> {
    if (!authorization) throw unauthorized('Missing authentication')
    const token = /^Bearer ([^\s]+)$/i.exec(authorization)?.[1]
    if (!token) throw unauthorized('Bad HTTP authentication header format')
    if (this.#revoked.has(token)) throw unauthorized('Invalid token')
    const known = this.#verified.get(token) ?? (await this.#verify(token))
    if (known.expires <= this.#clock.now() / 1000) throw expired()
    if (known.issuer !== this.#names.issuer(host)) throw unauthorized('Invalid token')
    return known
  }

  async #verify(token: string): Promise<Verified> {
    try {
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        audience: this.#names.audience(),
        algorithms: ['RS256'],
        currentDate: new Date(this.#clock.now()),
      })
      const client = this.#tenant.clients.get(String(payload['azp']))
      if (!client) throw unauthorized('Client is not global')
      const scopes = new Set(
        String(payload['scope'] ?? '')
          .split(' ')
          .filter(Boolean),
      )
      const verified = { client, scopes, issuer: String(payload.iss), expires: payload.exp! }
      if (this.#verified.size > 10_000) this.#verified.clear()
      this.#verified.set(token, verified)
      return verified
    } catch (error) {
      if (error instanceof ApiError) throw error
      if (error instanceof errors.JWTExpired) throw expired()
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        throw unauthorized('Invalid signature received for JSON Web Token validation')
      }
      throw unauthorized('Invalid token')
    }
  }
}

const expired = (): ApiError => unauthorized('Expired token received for JSON Web Token validation')

function unauthorized(message: string): ApiError {
  return new ApiError(401, message, undefined, {
    headers: { 'WWW-Authenticate': `Bearer error="${message}"` },
    attributes: { error: message },
  })
}
