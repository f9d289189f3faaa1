import type { ScopeAdvice } from '@owlie/connector-kit'
import { capabilities } from './capabilities.ts'
import { leastPrivilege } from './least-privilege.ts'
import { catalogue } from './scope-catalogue.ts'
import { dangerousAmong } from './scope-danger.ts'

const everNeeded = new Set(capabilities.flatMap(({ scopes }) => scopes))

/** Splits what was typed: blanks and commas separate, repetitions fall away, the order stays. */
export function splitScopes(scopes: string): readonly string[] {
  return [...new Set(scopes.split(/[\s,]+/).filter((scope) => scope !== ''))]
}

/** What the entered permissions mean for Owlie. Pure; no request. `wanted` are names of capabilities. */
export function adviseScopes(scopes: string, wanted?: readonly string[]): ScopeAdvice {
  const entered = splitScopes(scopes)
  const has = new Set(entered)
  const rows = capabilities.map(({ name, scopes: needs }) => {
    const missing = needs.filter((scope) => !has.has(scope))
    return { name, enabled: missing.length === 0, missing }
  })
  const enabled = rows.filter((row) => row.enabled).map(({ name }) => name)
  const goal = new Set(wanted ?? enabled)
  const minimal = unique(capabilities.filter(({ name }) => goal.has(name)).flatMap((row) => row.scopes))
  return {
    entered,
    unknown: entered
      .filter((scope) => !catalogue.has(scope))
      .map((scope) => ({ scope, nearest: nearestScope(scope) })),
    neverNeeded: entered.filter((scope) => catalogue.has(scope) && !everNeeded.has(scope)),
    dangerous: dangerousAmong(entered),
    capabilities: rows,
    minimal,
    missing: minimal.filter((scope) => !has.has(scope)),
    leastPrivilege: leastPrivilege(entered, minimal),
  }
}

/** Granted, but no capability of Owlie ever uses it. */
export function isNeverNeeded(scope: string): boolean {
  return !everNeeded.has(scope)
}

/** The capabilities that use a permission, by label, reads first. */
export function wantedBy(scope: string): readonly string[] {
  return capabilities.filter(({ scopes }) => scopes.includes(scope)).map(({ label }) => label)
}

/** The known permission most likely meant, or null when nothing is near. `users:read` finds `read:users`. */
export function nearestScope(scope: string): string | null {
  const typed = scope.toLowerCase().replaceAll('-', '_')
  const spellings = [typed, typed.split(':').reverse().join(':')]
  let best = null as { scope: string; distance: number } | null
  for (const known of catalogue) {
    for (const spelling of spellings) {
      const distance = editDistance(spelling, known)
      // Of equally near ones, one Owlie can use is the likelier wish.
      const better = best === null || distance < best.distance
      const likelier = best?.distance === distance && everNeeded.has(known) && !everNeeded.has(best.scope)
      if (better || likelier) best = { scope: known, distance }
    }
  }
  return best !== null && best.distance <= Math.max(2, Math.floor(scope.length / 4)) ? best.scope : null
}

// Levenshtein, one row at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
