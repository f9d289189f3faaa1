import type { LeastPrivilege } from '@owlie/connector-kit'
import { capabilities } from './capabilities.ts'
import { catalogue } from './scope-catalogue.ts'
import { dangerousAmong, weightOf } from './scope-danger.ts'

type Beyond = LeastPrivilege['beyond'][number]

/**
 * How close `entered` is to `needed`: the weight of what is needed over the weight of everything entered, in percent.
 * A permission that opens everything else weighs as much as all that is needed, so with one the score is 50 at most.
 * What Auth0 does not know cannot be granted and weighs nothing. Pure.
 */
export function leastPrivilege(entered: readonly string[], needed: readonly string[]): LeastPrivilege {
  const granted = entered.filter((scope) => catalogue.has(scope))
  const useful = granted.filter((scope) => needed.includes(scope))
  const neededWeight = useful.reduce((sum, scope) => sum + (weightOf(scope) ?? 0), 0)
  const weighed = granted
    .filter((scope) => !needed.includes(scope))
    .map((scope) => ({ scope, weight: weightOf(scope) ?? Math.max(50, neededWeight) }))
    .sort((a, b) => b.weight - a.weight)
  const beyondWeight = weighed.reduce((sum, { weight }) => sum + weight, 0)
  const share = beyondWeight === 0 ? 1 : neededWeight / (neededWeight + beyondWeight)
  const beyond = weighed.map(({ scope }) => explain(scope, granted))
  const score = beyond.length === 0 ? 100 : Math.min(99, Math.round(share * 100))
  return { score, sentence: sentenceOf(score, beyond), beyond }
}

function explain(scope: string, granted: readonly string[]): Beyond {
  const weight = weightOf(scope)
  const danger = weight === null ? 'takeover' : weight >= 8 ? 'high' : weight >= 4 ? 'medium' : 'low'
  const [dangerous] = dangerousAmong([scope])
  if (dangerous) return { scope, danger, reason: `It ${dangerous.reason}.` }
  const users = capabilities.filter(({ scopes }) => scopes.includes(scope))
  if (users.length === 0) return { scope, danger, reason: 'No capability of Owlie uses it.' }
  const lacks = (needs: readonly string[]) => needs.filter((each) => !granted.includes(each))
  const complete = users.find(({ scopes }) => lacks(scopes).length === 0)
  if (complete) return { scope, danger, reason: `It serves “${complete.label}”, which is not wanted.` }
  const missing = lacks(users[0]!.scopes).join(' ')
  return { scope, danger, reason: `It serves “${users[0]!.label}” only together with ${missing}.` }
}

function sentenceOf(score: number, beyond: readonly Beyond[]): string {
  const [first] = beyond
  if (!first) return 'Nothing is granted beyond what is wanted.'
  const more = beyond.length === 1 ? '' : `, and ${beyond.length - 1} more`
  if (first.danger === 'takeover')
    return `${score} of 100: ${first.scope} opens everything else to whoever gets the credential${more}.`
  return `${score} of 100: ${first.scope} goes beyond what is wanted${more}.`
}
