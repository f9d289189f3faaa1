import type { EntitlementObservation, GrantObservation } from '@owlie/connector-kit'
import { canonical } from './canonical.ts'
import { redact } from './redact.ts'
import { idOf, type Raw, textOf } from './translate.ts'

export function groupOf(raw: Raw): EntitlementObservation {
  const id = idOf(raw.id, 'id')
  const fields = Object.fromEntries(Object.entries(raw).filter(([key]) => key !== 'id'))
  return {
    type: 'entitlement',
    entitlementType: 'group',
    id,
    displayName: textOf(raw.name) ?? id,
    description: textOf(raw.description),
    attributes: redact(canonical(fields)) as EntitlementObservation['attributes'],
  }
}

export function groupMemberOf(group: string) {
  return (raw: Raw): GrantObservation => ({
    type: 'grant',
    account: idOf(raw.id, 'id'),
    entitlement: group,
    grantType: 'member',
  })
}

/** That one group is inside another one: its members are the other's too. */
export function groupNestingOf(group: string) {
  return (raw: Raw): EntitlementObservation => link('group_nesting', group, idOf(raw.id, 'id'), 'member', raw)
}

/** That a group holds a role: its members hold it because of the group. */
export function groupRoleOf(group: string) {
  return (raw: Raw): EntitlementObservation => link('group_role', group, idOf(raw.id, 'id'), 'role', raw)
}

/** A tie between two things that can be held. Who holds what by it follows from the ties and the grants. */
function link(
  entitlementType: string,
  group: string,
  id: string,
  as: 'member' | 'role',
  raw: Raw,
): EntitlementObservation {
  const name = textOf(raw.name)
  return {
    type: 'entitlement',
    entitlementType,
    id: `${group}:${id}`,
    displayName: as === 'role' ? `${name ?? id} for ${group}` : `${id} in ${group}`,
    description: null,
    attributes: { group, [as]: id, ...(name === null ? {} : { name }) },
  }
}
