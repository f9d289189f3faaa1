/** The closed list of failure kinds. A new kind needs a decision record and a program that must tell it apart. */
export const failureKinds = [
  'config',
  'credential',
  'permission',
  'missing',
  'conflict',
  'rejected',
  'throttled',
  'unavailable',
  'unsupported',
  'defect',
] as const

export type FailureKind = (typeof failureKinds)[number]

/**
 * Why something did not work, as a value. The same failure has the same `code` and `remedy` in the console, the
 * API and the CLI. It never holds a secret or a raw answer of the target; of an answer that is not the target's at all,
 * the first words, with all that could be more than words blacked out (http-json.ts).
 */
export interface Failure {
  readonly kind: FailureKind
  /** Stable, dotted, lower case, e.g. `auth0.insufficient_scope`, `dns.not_found`. Programs compare this. */
  readonly code: string
  /** What happened, one sentence for a person. */
  readonly message: string
  /** Why we think so, when that adds anything. */
  readonly why?: string
  /** What to do next, one or two sentences. Always present: a failure without a next step is a defect. */
  readonly remedy: string
  /** The form field this belongs to: `domain`, `clientId`, `clientSecret`, `scopes`, … */
  readonly field?: string
  /** The corrected value for `field`, where there is one. */
  readonly suggestion?: string
  /** The target's permissions that are missing, e.g. `['read:roles']`. */
  readonly scopes?: readonly string[]
  /** The capability that wanted them, e.g. `read role holders`. */
  readonly capability?: string
  /** For `throttled` and `unavailable`: not before this time, milliseconds since the epoch. */
  readonly notBefore?: number
  /** The target's HTTP status, when there was one. */
  readonly status?: number
}

export interface FailureRule {
  readonly actor: 'operator' | 'author' | 'system' | 'owlie' | 'nobody'
  readonly again: 'after-edit' | 'after-replan' | 'at' | 'backoff' | 'never'
}

/** Who acts, and when the same thing may be tried again. Only this table decides retry or stop. */
export const failureRules: Readonly<Record<FailureKind, FailureRule>> = {
  config: { actor: 'operator', again: 'after-edit' },
  credential: { actor: 'operator', again: 'after-edit' },
  permission: { actor: 'operator', again: 'after-edit' },
  missing: { actor: 'nobody', again: 'never' },
  conflict: { actor: 'system', again: 'after-replan' },
  rejected: { actor: 'author', again: 'never' },
  throttled: { actor: 'system', again: 'at' },
  unavailable: { actor: 'system', again: 'backoff' },
  unsupported: { actor: 'nobody', again: 'never' },
  defect: { actor: 'owlie', again: 'never' },
}

/** Carries a `Failure` across code that can only throw (an SDK's fetch). Caught at the connector's verbs. */
export class FailureError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options)
    this.name = 'FailureError'
    this.failure = failure
  }
}

export function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null) return false
  const { kind, code, remedy } = value as Partial<Failure>
  return (
    typeof code === 'string' &&
    typeof remedy === 'string' &&
    (failureKinds as readonly string[]).includes(String(kind))
  )
}
