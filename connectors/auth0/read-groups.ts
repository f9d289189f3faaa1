import { checkpointPage } from './checkpoint-page.ts'
import { call, requestOptions } from './client.ts'
import { containerOf, type Read, translated, verb } from './page-verb.ts'
import { type Raw } from './translate.ts'
import { groupMemberOf, groupNestingOf, groupOf, groupRoleOf } from './translate-groups.ts'

/** Groups that enterprise connections bring (https://auth0.com/docs/api/management/v2/groups). */

export const readGroups: Read = verb(async (session, request) => {
  const page = (from: string | null) =>
    call(session, 'listGroups', 'read groups', async (client) => {
      const parameters = { take: 100, include_totals: false, ...(from === null ? {} : { from }) }
      return (await client.groups.list(parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'groups', noun: 'groups' },
    make: (rows, broken) => translated(rows, groupOf, 'id', broken),
  })
})

/** One page of a group's members: people are grants, groups inside it come along as a kind of their own. */
export const readGroupMembers: Read = verb(async (session, request) => {
  const group = containerOf(request)
  const page = (from: string | null) =>
    call(session, 'listGroupMembers', 'read group members', async (client) => {
      const parameters = { take: 100, ...(from === null ? {} : { from }) }
      return (await client.groups.members.get(group, parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'members', noun: 'group members' },
    make: (rows, broken) => {
      const nested = rows.filter(isGroup)
      const people = rows.filter((row) => !isGroup(row))
      const nestings = translated(nested, groupNestingOf(group), 'id', 0)
      const { observations, quarantined } = translated(people, groupMemberOf(group), 'id', broken)
      const all = [...quarantined, ...nestings.quarantined]
      return { observations, quarantined: all, carried: { group_nestings: nestings.observations } }
    },
  })
})

function isGroup(row: Raw): boolean {
  return row.member_type === 'group'
}

export const readGroupRoles: Read = verb(async (session, request) => {
  const group = containerOf(request)
  const page = (from: string | null) =>
    call(session, 'listGroupRoles', 'read roles of groups', async (client) => {
      const parameters = { take: 100, ...(from === null ? {} : { from }) }
      return (await client.groups.roles.list(group, parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'roles', noun: 'roles of groups' },
    make: (rows, broken) => translated(rows, groupRoleOf(group), 'id', broken),
  })
})
