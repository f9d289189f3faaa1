import type { PageEnd } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { checkpointPage } from './checkpoint-page.ts'
import { call, requestOptions } from './client.ts'
import { advanceCounted, type CountedCursor, countedQuery, firstCountedCursor } from './counted-list.ts'
import { containerOf, type Read, startOr, translated, verb } from './page-verb.ts'
import { proven, userProof } from './proofs.ts'
import { accountOf, organizationOf, roleHolderOf, roleOf } from './translate.ts'
import { advanceUsers, countLimit, firstUserCursor, userQuery } from './user-walk.ts'
import type { UserRow } from './user-page.ts'

export const readUsers: Read = verb(async (session, request) => {
  const cursor = startOr(request.cursor, firstUserCursor)
  const query = userQuery(cursor)
  const body = await call(session, 'listUsers', 'read users', async (client) => {
    const { perPage, ...rest } = query
    const parameters = { ...rest, per_page: perPage, include_totals: true, search_engine: 'v3' as const }
    return (await client.users.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'users')
  const usable = answer.items.filter((item) => typeof item.user_id === 'string') as unknown as UserRow[]
  const broken = answer.broken + answer.items.length - usable.length
  const step = advanceUsers(cursor, {
    rows: usable,
    // Records without an id fill their page all the same.
    limit: Math.max(1, (answer.limit ?? query.perPage) - broken),
    total: answer.total === null ? null : Math.max(0, answer.total - broken),
  })
  const unusable = answer.items.filter((item) => typeof item.user_id !== 'string')
  const count = cursor.count ?? (cursor.from === null ? answer.total : null)
  const total =
    count !== null && count < countLimit ? { count, exact: true } : { count: countLimit, exact: false }
  return {
    ...translated([...step.rows, ...unusable], accountOf, 'user_id', broken - unusable.length),
    end: proven(step.end as PageEnd, userProof(count)),
    total,
  }
})

export const readRoles: Read = verb(async (session, request) => {
  const cursor = startOr<CountedCursor>(request.cursor, firstCountedCursor)
  const { page, perPage } = countedQuery(cursor)
  const body = await call(session, 'listRoles', 'read roles', async (client) => {
    const parameters = { page, per_page: perPage, include_totals: true }
    return (await client.roles.list(parameters, requestOptions(session))).response as unknown
  })
  const answer = listOf(body, 'roles')
  const { fresh, end } = advanceCounted(cursor, answer, 'roles')
  const total = answer.total === null ? {} : { total: { count: answer.total, exact: false } }
  return {
    ...translated(fresh, roleOf, 'id', answer.broken),
    end: end as PageEnd,
    ...total,
  }
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
