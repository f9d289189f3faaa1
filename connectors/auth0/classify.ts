import { type Failure, FailureError, failureOfStatus, type Outcome } from '@owlie/connector-kit'
import { type OperationName, operations } from './operations.ts'
import { limitLabel } from './rate-buckets.ts'

export interface CallContext {
  readonly operation: OperationName
  /** In words, for messages: `read role holders`. */
  readonly capability: string
  readonly domain: string
  /** The scopes of the token in use; null when there was none yet. */
  readonly granted: readonly string[] | null
  /** Our clock, ms. */
  readonly now: number
  readonly aborted: boolean
}

/** What an answer of the Management API looked like, as far as decisions may look at it. */
interface Answer {
  readonly status: number
  readonly errorCode: string | null
  /** The body has the shape of Auth0's own errors, so it is not a proxy's. */
  readonly own: boolean
  readonly headers: Headers
}

/**
 * The failure behind anything that was thrown while calling the Management API. Decides on status and `errorCode`
 * (https://auth0.com/docs/api/management/v2), never on text.
 */
export function failureOf(error: unknown, context: CallContext): Failure {
  if (context.aborted)
    return {
      kind: 'unavailable',
      code: 'owlie.cancelled',
      message: 'This was stopped before it was finished.',
      remedy: 'Start it again when you are ready.',
    }
  const carried = carriedFailure(error)
  if (carried) return carried
  const answer = answerOf(error)
  if (answer === null)
    return {
      kind: 'defect',
      code: 'auth0.unexpected_error',
      message: `Owlie failed to ${context.capability}.`,
      why: error instanceof Error ? error.name : typeof error,
      remedy: 'This is a defect in Owlie: please report it.',
    }
  return failureOfAnswer(answer, context)
}

/**
 * What is known after a write that did not end well. `left`: the request may have reached Auth0. Only an answer that is
 * Auth0's own, or the rate limit's, and that says no is a refusal: a proxy's 4xx, a 5xx, a timeout or half an answer
 * may each come after the effect.
 */
export function outcomeOf(error: unknown, context: CallContext, left: boolean): Outcome {
  const failure = failureOf(error, context)
  return { is: left && !saysNo(answerOf(error)) ? 'unknown' : 'refused', failure }
}

/** Whether an error is an answer in the shape of Auth0's own. */
export function isAuth0Own(error: unknown): boolean {
  return answerOf(error)?.own ?? false
}

function saysNo(answer: Answer | null): boolean {
  if (answer === null) return false
  const { status, own } = answer
  // 408 means that the request was not read to its end, which is nobody's promise that it was not carried out.
  return status === 429 || (own && status >= 400 && status < 500 && status !== 408)
}

function carriedFailure(error: unknown): Failure | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++)
    if (at instanceof FailureError) return at.failure
  return null
}

function answerOf(error: unknown): Answer | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return null
  const { body, rawResponse } = error as { body?: unknown; rawResponse?: { headers?: Headers } }
  const { statusCode, errorCode } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  return {
    status: error.statusCode,
    errorCode: typeof errorCode === 'string' && /^[a-z0-9_]{1,60}$/i.test(errorCode) ? errorCode : null,
    own: statusCode === error.statusCode,
    headers: rawResponse?.headers instanceof Headers ? rawResponse.headers : new Headers(),
  }
}

function failureOfAnswer(answer: Answer, context: CallContext): Failure {
  const { status, headers } = answer
  const limit = limitLabel(context.operation)
  const general = failureOfStatus(status, headers, context.domain, context.now, limit)
  if (general) return general
  if (!answer.own)
    return {
      kind: 'unavailable',
      code: 'auth0.foreign_answer',
      message: `Something other than Auth0 answered with status ${status}.`,
      remedy: 'Check for a proxy or firewall between Owlie and Auth0, and the domain.',
      status,
    }
  if (status === 401)
    return {
      kind: 'credential',
      code: 'auth0.token_refused',
      message: 'Auth0 refused a token it had just given.',
      remedy:
        "Check the tenant domain (the canonical one, not a custom domain), the clock of Owlie's host, and whether the application still exists.",
      field: 'domain',
      status,
    }
  if (status === 403) return forbidden(answer, context)
  return refused(answer, context)
}

function forbidden({ errorCode, status }: Answer, { operation, granted, capability }: CallContext): Failure {
  if (errorCode === 'insufficient_scope') return insufficientScope(operation, granted ?? [], capability)
  if (errorCode === 'insufficient_entitlement') return planLacks(capability, status)
  return {
    kind: 'permission',
    code: 'auth0.forbidden',
    message: `Auth0 does not allow Owlie to ${capability}.`,
    ...(errorCode ? { why: errorCode } : {}),
    remedy: "Check the tenant's policies for this application, then retry.",
    capability,
    status,
  }
}

/** Computed from what the operation needs and what was granted. */
function insufficientScope(
  operation: OperationName,
  granted: readonly string[],
  capability: string,
): Failure {
  const needs: readonly string[] = operations[operation].scopes
  const absent = needs.filter((scope) => !granted.includes(scope))
  return missingScopes(absent.length > 0 ? absent : needs, capability)
}

export function missingScopes(scopes: readonly string[], capability: string): Failure {
  const list = scopes.join(', ')
  return {
    kind: 'permission',
    code: 'auth0.insufficient_scope',
    message: `To ${capability}, the application needs ${list}, which Auth0 has not granted (403 insufficient_scope).`,
    remedy: `Grant ${list} to the application for the Auth0 Management API: add it, then retry.`,
    field: 'scopes',
    scopes,
    capability,
    status: 403,
  }
}

function planLacks(capability: string, status: number): Failure {
  return {
    kind: 'unsupported',
    code: 'auth0.insufficient_entitlement',
    message: `The plan of this Auth0 tenant does not include what it takes to ${capability}.`,
    remedy: 'Nothing to do in Owlie: everything else works. Ask Auth0 to change the plan if you need it.',
    capability,
    status,
  }
}

function refused({ status, errorCode }: Answer, { capability, operation }: CallContext): Failure {
  const why = errorCode ? { why: errorCode } : {}
  const limit = limits[operation]
  if (errorCode === 'operation_not_supported' || errorCode === 'feature_not_enabled')
    return { ...planLacks(capability, status), code: `auth0.${errorCode}`, ...why }
  if (status === 404)
    return {
      kind: 'missing',
      code: `auth0.${errorCode ?? 'not_found'}`,
      message: `Auth0 does not know the object this was about (${capability}).`,
      remedy: 'It was probably deleted meanwhile. Run the sync again.',
      status,
    }
  if (status === 409)
    return {
      kind: 'conflict',
      code: `auth0.${errorCode ?? 'conflict'}`,
      message: 'Auth0 reports a conflict with something that exists already.',
      remedy: 'Plan again from the present state.',
      status,
    }
  return {
    kind: 'rejected',
    code: `auth0.${errorCode ?? 'rejected'}`,
    message: `Auth0 rejected the request to ${capability} (status ${status}).`,
    ...why,
    remedy:
      operations[operation].method === 'GET'
        ? 'Trying the same again will not help. Report this to Owlie with the code.'
        : `Trying the same again will not help. Compare the values with the rules of the tenant${limit ? ` (${limit})` : ''}.`,
    status,
  }
}

/** https://auth0.com/docs/troubleshoot/customer-support/operational-policies/entity-limit-policy */
const limits: Readonly<Partial<Record<OperationName, string>>> = {
  assignUserRoles: 'a user can hold 50 roles',
  assignRoleUsers: 'a user can hold 50 roles',
  assignMemberRoles: 'a member can hold 50 roles in an organization',
  createRole: 'a tenant can have 1,000 roles',
  addRolePermissions: 'a role can have 1,000 permissions',
  createUser: "the connection's password policy, whether it takes usernames, and whether it is a database",
  updateUser: "the connection's password policy, and whether its users' profiles may be changed",
}
