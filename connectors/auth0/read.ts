import type { PageEnd } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { checkpointPage } from './checkpoint-page.ts'
import { call, requestOptions } from './client.ts'
import { advanceOffset, firstOffsetCursor, type OffsetCursor } from './offset-list.ts'
import { containerOf, type Read, startOr, translated, verb } from './page-verb.ts'
import { organizationOf, roleHolderOf, roleOf } from './translate.ts'

export const readRoles: Read = verb(async (session, request) => {
  const cursor = startOr<OffsetCursor>(request.cursor, firstOffsetCursor)
  const body = await call(session, 'listRoles', 'read roles', async (client) => {
    const parameters = { page: cursor.page, per_page: 100, include_totals: true }
    return (await client.roles.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'roles')
  const { fresh, end } = advanceOffset(cursor, answer, 'roles')
  const total = answer.total === null ? {} : { total: { count: answer.total, exact: false } }
  return { ...translated(fresh, roleOf, 'id', answer.broken), end: end as PageEnd, ...total }
})

export const readRoleMembers: Read = verb(async (session, request) => {
  const role = containerOf(request)
  const page = (from: string | null) =>
    call(session, 'listRoleUsers', 'read role holders', async (client) => {
      const parameters = { take: 100, include_totals: false, ...(from === null ? {} : { from }) }
      return (await client.roles.users.list(role, parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'users', noun: 'role holders' },
    make: (rows, broken) => translated(rows, roleHolderOf(role), 'user_id', broken),
  })
})

export const readOrganizations: Read = verb(async (session, request) => {
  const page = (from: string | null) =>
    call(session, 'listOrganizations', 'read organizations', async (client) => {
      const parameters = { take: 100, include_totals: false, ...(from === null ? {} : { from }) }
      return (await client.organizations.list(parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, {
    ...{ key: 'organizations', noun: 'organizations' },
    make: (rows, broken) => translated(rows, organizationOf, 'id', broken),
  })
})
