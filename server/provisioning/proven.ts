import type { ActionKind, Change, Look, Observation } from '@owlie/connector-kit'
import type { ProvenChange } from '../inventory/index.ts'

/**
 * What the inventory can learn from the look that proved a change: what each place looked at holds now. Null where a look
 * shows no object of the kind, as with permissions inside a role. Pure.
 */
export function provenBy(
  action: ActionKind,
  change: Change,
  looks: readonly Look[],
  found: readonly (readonly Observation[])[],
): Pick<ProvenChange, 'present' | 'gone' | 'taken'> | null {
  const { effect } = action
  switch (effect.does) {
    case 'create':
    case 'set':
    case 'grant':
      return { present: found.flat(), gone: [], taken: [] }
    case 'delete':
      return { present: [], gone: change.target[action.targets[0]!.name] ?? [], taken: [] }
    case 'revoke': {
      const taken = looks.flatMap(({ reference }) => {
        if (!('account' in reference) || reference.entitlement === undefined) return []
        return [{ account: reference.account, entitlement: reference.entitlement }]
      })
      return { present: [], gone: [], taken }
    }
    case 'include':
    case 'exclude':
    case 'happen':
      return null
  }
}
