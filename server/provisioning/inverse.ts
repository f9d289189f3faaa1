import { actionOf, type Json, type Manifest } from '@owlie/connector-kit'
import type { Item, Step } from './operation.ts'

/** What would undo the steps that were carried out, last one first, and the sentences of those nothing undoes. Pure. */
export function inverseOf(
  manifest: Manifest,
  steps: readonly Step[],
): { readonly items: readonly Item[]; readonly lasting: readonly string[] } {
  const items: Item[] = []
  const lasting: string[] = []
  for (const step of steps.filter(({ state }) => state === 'applied').toReversed()) {
    const action = actionOf(manifest, step.action)
    const inverse = action?.inverse ? actionOf(manifest, action.inverse) : null
    if (!action || !inverse) {
      if (action?.effect.does !== 'happen') lasting.push(step.sentence)
      continue
    }
    if (action.effect.does === 'create') {
      const [target] = inverse.targets
      if (target && step.externalId)
        items.push({ action: inverse.name, target: { [target.name]: [step.externalId] }, input: {} })
      continue
    }
    const input = inverse.name === action.name ? formerOf(step) : step.input
    items.push({ action: inverse.name, target: step.target, input })
  }
  return { items, lasting }
}

/** The values of before. */
function formerOf({ differences }: Step): { readonly [key: string]: Json } {
  return Object.fromEntries(differences.map(({ what, from }) => [what, from]))
}
