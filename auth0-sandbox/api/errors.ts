const reasons: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Payload Too Large',
  414: 'Request-URI Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

export interface ApiErrorBody {
  statusCode: number
  error: string
  message: string
  errorCode?: string
  attributes?: Record<string, unknown>
}

/** An answer of the Management API that is an error; thrown by operations, sent by the pipeline. */
export class ApiError extends Error {
  readonly status: number
  readonly errorCode: string | undefined
  readonly headers: Record<string, string>
  readonly attributes: Record<string, unknown> | undefined

  constructor(
    status: number,
    message: string,
    errorCode?: string,
    more: { headers?: Record<string, string>; attributes?: Record<string, unknown> } = {},
  ) {
    super(message)
    this.status = status
    this.errorCode = errorCode
    this.headers = more.headers ?? {}
    this.attributes = more.attributes
  }

  /** Auth0's order of keys; `errorCode` is left out where Auth0 has none. */
  body(): ApiErrorBody {
    return {
      statusCode: this.status,
      error: reasons[this.status] ?? 'Error',
      message: this.message,
      ...(this.attributes ? { attributes: this.attributes } : {}),
      ...(this.errorCode ? { errorCode: this.errorCode } : {}),
    }
  }
}

export const badBody = (problem: string): ApiError =>
  new ApiError(400, `Payload validation error: ${problem}`, 'invalid_body')

export const badQuery = (problem: string): ApiError =>
  new ApiError(400, `Query validation error: ${problem}`, 'invalid_query_string')

export const badPath = (problem: string): ApiError =>
  new ApiError(400, `Path validation error: ${problem}`, 'invalid_uri')

/** A rule of the business broken by an otherwise well-formed body. */
export const refused = (message: string, code = 'invalid_body'): ApiError => new ApiError(400, message, code)

export const noUser = (): ApiError => new ApiError(404, 'The user does not exist.', 'inexistent_user')
export const noRole = (): ApiError => new ApiError(404, 'The role does not exist.')
export const noOrganization = (): ApiError => new ApiError(404, 'No organization found by that id or name')
export const noAuth0Connection = (): ApiError => new ApiError(404, 'No connection found by that id')
