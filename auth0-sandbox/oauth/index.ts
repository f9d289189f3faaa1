/**
 * Tokens: getting one at `/oauth/token`, and checking it at the API's door.
 *
 * Owns the tenant's RS256 key, the authentication of applications (client_secret_post, client_secret_basic,
 * private_key_jwt), client-credential grants with their scopes and quotas, and the bearer check.
 *
 * Promises: a token is a JWT in Auth0's own profile (iss, sub `{client}@clients`, aud, azp, iat, exp, scope,
 * gty), verifiable against /.well-known/jwks.json; `scope` in the reply says what was granted; lifetime and
 * expiry run on the tenant's clock.
 *
 * Fails with OAuthError at the token endpoint (`{error, error_description}`) and with ApiError 401 at the
 * API, as Auth0 uses two error models. Sources: https://auth0.com/docs/api/authentication/client-credential-flow/get-token,
 * ruby-auth0#610, ruby-auth0#190, node-auth0#357, node-auth0#831.
 */
export { BearerCheck, type Caller } from './bearer.ts'
export { OAuthError } from './errors.ts'
export { createSigningKey, type SigningKey } from './signing-key.ts'
export { readTokenFields, TokenEndpoint, type Names } from './token-endpoint.ts'
