import { type Failure, FailureError } from '@owlie/connector-kit'

/** A list as Auth0 may send it: a bare array, an offset envelope, or a checkpoint envelope. */
export interface ListAnswer {
  readonly items: readonly Record<string, unknown>[]
  /** Items that are not objects, which nothing can be made of. */
  readonly broken: number
  readonly limit: number | null
  readonly total: number | null
  readonly next: string | null
}

/**
 * Reads an envelope. The SDK takes a missing array for an empty list, which would make a fault look like the end;
 * here it is a failure.
 * @throws FailureError `auth0.unexpected_answer`
 */
export function listOf(body: unknown, key: string): ListAnswer {
  const envelope = Array.isArray(body) ? { [key]: body as unknown[] } : body
  if (typeof envelope !== 'object' || envelope === null) throw new FailureError(unexpected(key))
  const { [key]: list, limit, total, next } = envelope as Record<string, unknown>
  if (!Array.isArray(list)) throw new FailureError(unexpected(key))
  const items = list.filter((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  return {
    items: items as Record<string, unknown>[],
    broken: list.length - items.length,
    limit: count(limit),
    total: count(total),
    next: typeof next === 'string' && next !== '' ? next : null,
  }
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}

function unexpected(key: string): Failure {
  return {
    kind: 'unavailable',
    code: 'auth0.unexpected_answer',
    message: `Auth0 answered, but without the list of ${key.replaceAll('_', ' ')}.`,
    remedy: 'Check that the domain is the tenant itself and not a proxy; otherwise try again later.',
  }
}
