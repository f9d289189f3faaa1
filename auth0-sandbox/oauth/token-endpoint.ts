import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { SandboxClock } from '../clock.ts'
import type { Quirks } from '../options.ts'
import type { Client, TenantState } from '../tenant/index.ts'
import { ClientAuthentication, type TokenRequest } from './client-authentication.ts'
import { OAuthError } from './errors.ts'
import type { SigningKey } from './signing-key.ts'

export interface TokenReply {
  access_token: string
  scope?: string
  expires_in: number
  token_type: 'Bearer'
}

export interface Names {
  /** `https://{canonical domain}/api/v2/` */
  audience(): string
  /** `https://{domain the request came to}/` */
  issuer(host?: string): string
}

/** `POST /oauth/token` for client credentials: https://auth0.com/docs/api/authentication/client-credential-flow/get-token */
export class TokenEndpoint {
  readonly #tenant: TenantState
  readonly #clock: SandboxClock
  readonly #quirks: Quirks
  readonly #key: SigningKey
  readonly #names: Names
  readonly #authentication: ClientAuthentication
  /** Tokens issued this hour, by client. */
  readonly #spent = new Map<string, { hour: number; count: number }>()

  constructor(tenant: TenantState, clock: SandboxClock, quirks: Quirks, key: SigningKey, names: Names) {
    this.#tenant = tenant
    this.#clock = clock
    this.#quirks = quirks
    this.#key = key
    this.#names = names
    this.#authentication = new ClientAuthentication(tenant, clock, () => names.issuer())
  }

  async issue(request: TokenRequest, host: string | undefined): Promise<TokenReply> {
    const { fields } = request
    const grantType = fields['grant_type']
    if (!grantType) throw new OAuthError(400, 'invalid_request', 'Missing required parameter: grant_type')
    if (grantType !== 'client_credentials') {
      throw new OAuthError(400, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`)
    }
    const client = await this.#authentication.authenticate(request)
    if (!client.grant_types.includes(grantType)) {
      throw new OAuthError(
        403,
        'unauthorized_client',
        `Grant type '${grantType}' not allowed for the client.`,
        {
          errorUri: 'https://auth0.com/docs/clients/client-grant-types',
        },
      )
    }
    const audience = fields['audience']
    if (!audience) {
      const words = 'No audience parameter was provided, and no default audience has been configured'
      throw new OAuthError(403, 'access_denied', words)
    }
    const lifetime = this.#lifetime(audience)
    const scopes = this.#grantedScopes(client, audience, fields['scope'])
    this.#spendQuota(client)
    return {
      access_token: await this.#sign(client, audience, scopes, lifetime, host),
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      expires_in: lifetime,
      token_type: 'Bearer',
    }
  }

  /** Seconds; 403 when no API has this identifier. */
  #lifetime(audience: string): number {
    if (audience === this.#names.audience()) return this.#quirks.tokenLifetime
    const server = this.#tenant.resourceServer(audience)
    if (!server) throw new OAuthError(403, 'access_denied', `Service not found: ${audience}`)
    return server.token_lifetime
  }

  #grantedScopes(client: Client, audience: string, asked: string | undefined): string[] {
    const grant = [...this.#tenant.clientGrants].find(
      (row) => row.client_id === client.client_id && row.audience === audience,
    )
    if (!grant) {
      throw new OAuthError(
        403,
        'access_denied',
        `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants`,
      )
    }
    if (!asked) return grant.scope
    const wanted = asked.split(/\s+/).filter(Boolean)
    const missing = wanted.filter((scope) => !grant.scope.includes(scope))
    if (missing.length > 0) {
      throw new OAuthError(403, 'access_denied', `Client has not been granted scopes: ${missing.join(', ')}`)
    }
    return wanted
  }

  /** Fine-grained M2M quotas: https://auth0.com/docs/get-started/applications/fine-grained-m2m-token-quotas */
  #spendQuota(client: Client): void {
    if (!client.token_quota) return
    const { per_hour: quota } = client.token_quota
    const seconds = Math.floor(this.#clock.now() / 1000)
    const hour = Math.floor(seconds / 3600)
    const spent = this.#spent.get(client.client_id)
    const count = spent?.hour === hour ? spent.count : 0
    const left = 3600 - (seconds % 3600)
    if (count >= quota) {
      throw new OAuthError(429, 'too_many_requests', 'Client quota exceeded', {
        headers: {
          'Retry-After': String(left),
          'X-RateLimit-Limit': String(quota),
          'X-RateLimit-Remaining': '0',
          'X-RateLimit-Reset': String(seconds + left),
          'Auth0-Client-Quota-Limit': `b=per_hour;q=${quota};r=0;t=${left}`,
        },
      })
    }
    this.#spent.set(client.client_id, { hour, count: count + 1 })
  }

  #sign(
    client: Client,
    audience: string,
    scopes: readonly string[],
    lifetime: number,
    host: string | undefined,
  ): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000)
    const claims = {
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      gty: 'client-credentials',
      azp: client.client_id,
      jti: randomUUID(),
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.#key.jwk.kid })
      .setIssuer(this.#names.issuer(host))
      .setSubject(`${client.client_id}@clients`)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(this.#key.privateKey)
  }
}

/** The fields of a token request, from a form or a JSON body. */
export async function readTokenFields(request: Request): Promise<Record<string, string>> {
  const type = request.headers.get('content-type') ?? ''
  const text = await request.text()
  if (!type.includes('json')) return Object.fromEntries(new URLSearchParams(text))
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    throw new OAuthError(400, 'invalid_request', 'The request body is not valid JSON')
  }
}
