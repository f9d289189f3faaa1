import {
  FailureError,
  type Observation,
  type Page,
  type PageEnd,
  type PageRequest,
} from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import {
  advanceCheckpoint,
  type CheckpointCursor,
  firstCheckpointCursor,
  restartCheckpoint,
} from './checkpoint-list.ts'
import { call, requestOptions } from './client.ts'
import { advanceOffset, firstOffsetCursor, type OffsetCursor } from './offset-list.ts'
import { containerOf, isRefusedPaging, json, type Read, startOr, translated, verb } from './page-verb.ts'
import { accountOf, organizationOf, type Raw, roleHolderOf, roleOf } from './translate.ts'
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
    end: step.end as PageEnd,
    total,
  }
})

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
  return checkpointPage(request, page, 'users', 'role holders', roleHolderOf(role), 'user_id')
})

export const readOrganizations: Read = verb(async (session, request) => {
  const page = (from: string | null) =>
    call(session, 'listOrganizations', 'read organizations', async (client) => {
      const parameters = { take: 100, include_totals: false, ...(from === null ? {} : { from }) }
      return (await client.organizations.list(parameters, requestOptions(session))).response as unknown
    })
  return checkpointPage(request, page, 'organizations', 'organizations', organizationOf, 'id')
})

async function checkpointPage(
  request: PageRequest,
  fetchPage: (from: string | null) => Promise<unknown>,
  key: string,
  noun: string,
  translate: (raw: Raw) => Observation,
  idField: string,
): Promise<Page> {
  const cursor = startOr<CheckpointCursor>(request.cursor, firstCheckpointCursor)
  let answer: ListAnswer
  try {
    answer = listOf(await fetchPage(cursor.from), key)
  } catch (error) {
    const failure = error instanceof FailureError ? error.failure : null
    // The role or organization was deleted after it was listed: nobody holds it any more. By-id reads do not lag.
    if (failure?.kind === 'missing' && request.container !== undefined)
      return { observations: [], end: { is: 'complete' } }
    const again = failure && isRefusedPaging(failure) ? restartCheckpoint(cursor) : null
    if (again === null) throw error
    return { observations: [], end: { is: 'more', cursor: json(again) } }
  }
  const end = advanceCheckpoint(cursor, answer, noun)
  return { ...translated(answer.items, translate, idField, answer.broken), end: end as PageEnd }
}
