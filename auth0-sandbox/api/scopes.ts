import { ApiError } from './errors.ts'
import type { ScopeRule } from './operation.ts'

/** Auth0 writes one scope or a choice as "any of" and a conjunction as "all of". */
export function insufficientScope(rule: ScopeRule): ApiError {
  const wording = rule.all ? `all of: ${rule.all.join(', ')}` : `any of: ${(rule.any ?? []).join(', ')}`
  return new ApiError(403, `Insufficient scope, expected ${wording}`, 'insufficient_scope')
}

export function checkScopes(rule: ScopeRule, scopes: ReadonlySet<string>, strict: boolean): void {
  const named = rule.all ?? rule.any ?? []
  if (named.length === 0) return
  const enough =
    rule.all && strict ? named.every((scope) => scopes.has(scope)) : named.some((scope) => scopes.has(scope))
  if (!enough) throw insufficientScope(rule)
}
