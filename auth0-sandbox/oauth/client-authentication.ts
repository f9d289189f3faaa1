import { timingSafeEqual } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify, type JWK } from 'jose'
import type { SandboxClock } from '../clock.ts'
import type { Client, TenantState } from '../tenant/index.ts'
import { OAuthError, unauthorized } from './errors.ts'

export interface TokenRequest {
  fields: Record<string, string>
  /** Value of the Authorization header. */
  authorization: string | undefined
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const assertionAlgorithms = ['RS256', 'RS384', 'PS256']

/** Finds out which application asks, by the method its settings name. Throws OAuthError. */
export class ClientAuthentication {
  readonly #tenant: TenantState
  readonly #clock: SandboxClock
  readonly #issuer: () => string
  /** `jti` of assertions already used, with their expiry; each may be used once. */
  readonly #used = new Map<string, number>()

  constructor(tenant: TenantState, clock: SandboxClock, issuer: () => string) {
    this.#tenant = tenant
    this.#clock = clock
    this.#issuer = issuer
  }

  async authenticate(request: TokenRequest): Promise<Client> {
    const { fields, authorization } = request
    if (fields['client_assertion'] !== undefined) return this.#byAssertion(fields)
    const basic = authorization === undefined ? undefined : readBasic(authorization)
    const id = basic?.id ?? fields['client_id']
    if (id === undefined)
      throw new OAuthError(400, 'invalid_request', 'Missing required parameter: client_id')
    const client = this.#tenant.clients.get(id)
    const secret = basic?.secret ?? fields['client_secret']
    if (!client || secret === undefined) throw unauthorized()
    const method = basic ? 'client_secret_basic' : 'client_secret_post'
    if (client.token_endpoint_auth_method !== method || !sameText(client.client_secret, secret))
      throw unauthorized()
    return client
  }

  /** https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt */
  async #byAssertion(fields: Record<string, string>): Promise<Client> {
    const assertion = fields['client_assertion']!
    if (fields['client_assertion_type'] !== assertionType)
      throw invalid('client_assertion_type is not supported')
    if (assertion.length > 2048) throw invalid('client_assertion is too long')
    let id: string | undefined
    try {
      id = decodeJwt(assertion).iss
    } catch {
      throw invalid('client_assertion is malformed')
    }
    const client = this.#tenant.clients.get(id ?? '')
    if (!client || (fields['client_id'] !== undefined && fields['client_id'] !== id)) throw unauthorized()
    if (client.token_endpoint_auth_method !== 'private_key_jwt') throw unauthorized()
    await this.#verify(assertion, client)
    return client
  }

  async #verify(assertion: string, client: Client): Promise<void> {
    const { kid, alg } = decodeProtectedHeader(assertion)
    if (!assertionAlgorithms.includes(alg ?? '')) throw invalid('client_assertion alg is not supported')
    const candidates = client.public_keys.filter(
      (key) => kid === undefined || key.kid === undefined || key.kid === kid,
    )
    for (const { jwk } of candidates) {
      try {
        const key = await importJWK(jwk as JWK, alg!)
        const { payload } = await jwtVerify(assertion, key, {
          issuer: client.client_id,
          subject: client.client_id,
          audience: this.#issuer(),
          currentDate: new Date(this.#clock.now()),
          clockTolerance: 10,
          requiredClaims: ['exp', 'iat', 'jti'],
        })
        if (Array.isArray(payload.aud)) throw invalid('client_assertion aud must be one string')
        if (payload.exp! - payload.iat! > 300) throw invalid('client_assertion lives longer than 5 minutes')
        this.#useOnce(payload.jti!, payload.exp!)
        return
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed) continue
        if (error instanceof OAuthError) throw error
        throw invalid('client_assertion is not valid')
      }
    }
    throw invalid('client_assertion signature could not be verified')
  }

  #useOnce(jti: string, exp: number): void {
    const now = this.#clock.now() / 1000
    for (const [known, until] of this.#used) if (until < now - 10) this.#used.delete(known)
    if (jti.length > 64 || this.#used.has(jti)) throw invalid('client_assertion jti was used before')
    this.#used.set(jti, exp)
  }
}

const invalid = (description: string): OAuthError => new OAuthError(401, 'invalid_client', description)

function readBasic(authorization: string): { id: string; secret: string } | undefined {
  const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)
  if (!match) return undefined
  const text = Buffer.from(match[1]!, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  return { id: decodeURIComponent(text.slice(0, colon)), secret: decodeURIComponent(text.slice(colon + 1)) }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
