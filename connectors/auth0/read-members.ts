import { FailureError, type Page, type PageEnd, type Session } from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import { call, requestOptions } from './client.ts'
import {
  advanceMembers,
  firstMemberCursor,
  type MemberCursor,
  type MemberQuery,
  memberQuery,
  restartMembers,
} from './member-list.ts'
import { containerOf, isRefusedPaging, json, type Read, startOr, translated, verb } from './page-verb.ts'
import { memberOf } from './translate.ts'

/** One page of an organization's members. */
export const readOrganizationMembers: Read = verb(async (session, request) => {
  const organization = containerOf(request)
  const cursor = startOr<MemberCursor>(request.cursor, firstMemberCursor)
  let answer: ListAnswer
  try {
    answer = listOf(await fetchMembers(session, organization, memberQuery(cursor), 'user_id'), 'members')
  } catch (error) {
    return afterFailure(cursor, error)
  }
  const { fresh, end } = advanceMembers(cursor, answer, 'organization members')
  return { ...translated(fresh, memberOf(organization), 'user_id', answer.broken), end: end as PageEnd }
})

function afterFailure(cursor: MemberCursor, error: unknown): Page {
  const failure = error instanceof FailureError ? error.failure : null
  // The organization was deleted after it was listed: nobody is its member any more. By-id reads do not lag.
  if (failure?.kind === 'missing') return { observations: [], end: { is: 'complete' } }
  const again = failure && isRefusedPaging(failure) ? restartMembers(cursor) : null
  if (again === null) throw error
  return { observations: [], end: { is: 'more', cursor: json(again) } }
}

async function fetchMembers(
  session: Session,
  organization: string,
  query: MemberQuery,
  fields: string,
): Promise<unknown> {
  return call(session, 'listMembers', 'read organization members', async (client) => {
    const options = requestOptions(session)
    // The SDK knows only the checkpoint parameters here and sends `take` unless it is null.
    const page =
      'from' in query
        ? await client.organizations.members.list(
            organization,
            {
              take: query.take,
              include_totals: false,
              fields,
              ...(query.from === null ? {} : { from: query.from }),
            },
            options,
          )
        : await client.organizations.members.list(
            organization,
            { take: null, include_totals: true, fields },
            { ...options, queryParams: { page: query.page, per_page: query.perPage } },
          )
    return page.response as unknown
  })
}
