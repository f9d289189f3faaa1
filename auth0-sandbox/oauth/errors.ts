/** An answer of the token endpoint that is an error: OAuth's form, not the Management API's. */
export class OAuthError extends Error {
  readonly status: number
  readonly code: string
  readonly errorUri: string | undefined
  readonly headers: Record<string, string>

  constructor(
    status: number,
    code: string,
    description: string,
    more: { errorUri?: string; headers?: Record<string, string> } = {},
  ) {
    super(description)
    this.status = status
    this.code = code
    this.errorUri = more.errorUri
    this.headers = more.headers ?? {}
  }

  body(): Record<string, string> {
    return {
      error: this.code,
      error_description: this.message,
      ...(this.errorUri ? { error_uri: this.errorUri } : {}),
    }
  }
}

/** A wrong secret and an unknown client look the same from outside. */
export const unauthorized = (): OAuthError => new OAuthError(401, 'access_denied', 'Unauthorized')
