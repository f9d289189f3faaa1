import {
  FailureError,
  type Failure,
  type Json,
  type Observation,
  type Page,
  type PageEnd,
  type PageRequest,
  type ReadResult,
  type Session,
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
import {
  accountOf,
  memberOf,
  organizationOf,
  type Raw,
  roleHolderOf,
  roleOf,
  translateAll,
} from './translate.ts'
import { advanceUsers, countLimit, firstUserCursor, userQuery } from './user-walk.ts'
import type { UserRow } from './user-page.ts'

type Read = (session: Session, request: PageRequest) => Promise<ReadResult>

/** Every verb of this file: one request, one page; a failure is returned, never thrown. */
function verb(read: (session: Session, request: PageRequest) => Promise<Page>): Read {
  return async (session, request) => {
    try {
      return { page: await read(session, request) }
    } catch (error) {
      if (error instanceof FailureError) return { failure: error.failure }
      throw error
    }
  }
}

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

export const readOrganizationMembers: Read = verb(async (session, request) => {
  const organization = containerOf(request)
  const page = (from: string | null) =>
    call(session, 'listMembers', 'read organization members', async (client) => {
      const parameters = {
        take: 100,
        include_totals: false,
        fields: 'user_id',
        ...(from === null ? {} : { from }),
      }
      return (await client.organizations.members.list(organization, parameters, requestOptions(session)))
        .response as unknown
    })
  return checkpointPage(request, page, 'members', 'organization members', memberOf(organization), 'user_id')
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
    const again = failure && isRefusedCursor(failure) ? restartCheckpoint(cursor) : null
    if (again === null) throw error
    return { observations: [], end: { is: 'more', cursor: json(again) } }
  }
  const end = advanceCheckpoint(cursor, answer, noun)
  return { ...translated(answer.items, translate, idField, answer.broken), end: end as PageEnd }
}

function isRefusedCursor(failure: Failure): boolean {
  return failure.kind === 'rejected' && failure.status === 400
}

function translated(
  rows: readonly Raw[],
  translate: (raw: Raw) => Observation,
  idField: string,
  broken: number,
) {
  const { observations, quarantined } = translateAll(rows, translate, idField)
  const nothing = Array.from({ length: broken }, () => ({ id: null, reason: 'not an object' }))
  return { observations, quarantined: [...quarantined, ...nothing] }
}

function containerOf({ container }: PageRequest): string {
  if (container) return container
  throw new FailureError({
    kind: 'defect',
    code: 'auth0.no_container',
    message: 'Holders were asked for without saying of what.',
    remedy: 'This is a defect in Owlie: please report it.',
  })
}

/** A stored cursor of this version, or the beginning. Another version means an upgrade: begin again. */
function startOr<T extends { readonly v: number }>(cursor: Json, first: T): T {
  const stored = cursor as unknown as T | null
  return typeof stored === 'object' && stored !== null && stored.v === first.v ? stored : first
}

function json(value: object): Json {
  return value as unknown as Json
}
