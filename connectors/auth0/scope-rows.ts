import type { Failure } from '@owlie/connector-kit'
import type { Verdict } from './check-board.ts'
import { missingScopes } from './classify.ts'
import { catalogue } from './scope-catalogue.ts'
import { dangerousAmong } from './scope-danger.ts'
import { adviseScopes, isNeverNeeded, nearestScope, splitScopes, wantedBy } from './scopes.ts'

export interface ScopeRow {
  readonly scope: string
  readonly verdict: Verdict
}

/** One row per scope entered or granted: what was asked for against what Auth0 really gave. Pure. */
export function scopeRows(enteredText: string, granted: readonly string[]): readonly ScopeRow[] {
  const entered = splitScopes(enteredText)
  const more = granted.filter((scope) => !entered.includes(scope))
  return [
    ...entered.map((scope) => ({ scope, verdict: enteredVerdict(scope, granted) })),
    ...more.map((scope) => ({ scope, verdict: unenteredVerdict(scope) })),
  ]
}

function enteredVerdict(scope: string, granted: readonly string[]): Verdict {
  const uses = wantedBy(scope)
  if (granted.includes(scope)) {
    const danger = dangerousAmong([scope])[0]
    if (danger) return overScoped(scope, `it ${danger.reason}`)
    if (isNeverNeeded(scope)) return overScoped(scope, 'no capability of Owlie uses it')
    return { status: 'passed', sentence: `Granted. Used to: ${uses.join(', ')}.` }
  }
  if (!catalogue.has(scope)) return unknown(scope)
  if (uses.length === 0) return notNeeded(scope)
  const works = adviseScopes(granted.join(' ')).capabilities.filter(({ enabled }) => enabled)
  const failure: Failure = {
    ...missingScopes([scope], uses[0]!.toLowerCase()),
    message: `${scope} is entered, but Auth0 has not granted it (insufficient_scope). It is needed to: ${uses.join(', ')}.`,
    why: works.length === 0 ? 'Nothing works yet.' : `${works.length} capabilities still work.`,
  }
  return { status: 'failed', sentence: failure.message, failure }
}

function unenteredVerdict(scope: string): Verdict {
  const danger = dangerousAmong([scope])[0]
  if (danger) return overScoped(scope, `it ${danger.reason}`)
  if (isNeverNeeded(scope)) return overScoped(scope, 'no capability of Owlie uses it')
  const failure: Failure = {
    kind: 'config',
    code: 'scopes.granted_not_entered',
    message: `${scope} is granted, but not entered here.`,
    remedy: `Add ${scope} to the scopes if Owlie shall use it; otherwise take it from the application in Auth0.`,
    field: 'scopes',
    scopes: [scope],
  }
  return { status: 'warning', sentence: failure.message, failure }
}

function overScoped(scope: string, reason: string): Verdict {
  const failure: Failure = {
    kind: 'config',
    code: 'scopes.never_needed',
    message: `${scope} is granted but never needed: ${reason}.`,
    remedy: `Take ${scope} from the application in Auth0: a leaked secret then does less damage.`,
    field: 'scopes',
    scopes: [scope],
  }
  return { status: 'warning', sentence: failure.message, failure }
}

function notNeeded(scope: string): Verdict {
  const failure: Failure = {
    kind: 'config',
    code: 'scopes.never_needed',
    message: `${scope} is not granted, and Owlie never needs it.`,
    remedy: `Remove ${scope} from the scopes.`,
    field: 'scopes',
    scopes: [scope],
  }
  return { status: 'warning', sentence: failure.message, failure }
}

function unknown(scope: string): Verdict {
  const nearest = nearestScope(scope)
  const failure: Failure = {
    kind: 'config',
    code: 'scopes.unknown',
    message: `Auth0 has no permission ${scope}${nearest ? `; ${nearest} was probably meant` : ''}.`,
    remedy: nearest ? `Write ${nearest} instead.` : `Remove ${scope} from the scopes.`,
    field: 'scopes',
    ...(nearest ? { suggestion: nearest } : {}),
  }
  return { status: 'failed', sentence: failure.message, failure }
}
