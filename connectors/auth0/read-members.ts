import { FailureError, type Page, type PageEnd, type Session } from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import { scopesOf } from './capabilities.ts'
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
import { checkpointProof, goneProof, overlapProof, proven } from './proofs.ts'
import { splitScopes } from './scopes.ts'
import { tokenOf } from './token.ts'
import { memberOf, organizationRolesOf, type Raw } from './translate.ts'

/**
 * One page of an organization's members. With `read:organization_member_roles` entered and granted, the same answer
 * also brings the roles they hold inside the organization, as observations of two kinds of their own.
 */
export const readOrganizationMembers: Read = verb(async (session, request) => {
  const organization = containerOf(request)
  const cursor = startOr<MemberCursor>(request.cursor, firstMemberCursor)
  const withRoles = cursor.withoutRoles !== true && (await mayReadRoles(session))
  let answer: ListAnswer
  try {
    answer = listOf(await fetchMembers(session, organization, memberQuery(cursor), withRoles), 'members')
  } catch (error) {
    return afterFailure(session, cursor, withRoles, error)
  }
  const { fresh, end } = advanceMembers(cursor, answer, 'organization members')
  const proof = cursor.by === 'offset' ? overlapProof : checkpointProof
  const page = {
    ...translated(fresh, memberOf(organization), 'user_id', answer.broken),
    end: proven(end as PageEnd, proof),
  }
  const carried = withRoles ? carriedOf(organization, fresh) : null
  return carried ? { ...page, carried } : page
})

function carriedOf(organization: string, rows: readonly Raw[]): Page['carried'] | null {
  const roles = organizationRolesOf(organization, rows)
  return roles && { organization_roles: roles.entitlements, organization_member_roles: roles.grants }
}

const refusedKey = 'auth0.member_roles_refused'

async function mayReadRoles(session: Session): Promise<boolean> {
  const needs = scopesOf('read_organization_member_roles')
  const entered = splitScopes(session.config.scopes ?? '')
  if (session.memo.has(refusedKey) || !needs.every((scope) => entered.includes(scope))) return false
  const { scopes } = await tokenOfSession(session)
  return needs.every((scope) => scopes.includes(scope))
}

/** A token that cannot be got is told by the request itself, with what it was for. */
async function tokenOfSession(session: Session): Promise<{ readonly scopes: readonly string[] }> {
  if (session.signal.aborted) return { scopes: [] }
  return tokenOf(session).catch((error: unknown) => {
    if (error instanceof FailureError || session.signal.aborted) return { scopes: [] }
    throw error
  })
}

function afterFailure(session: Session, cursor: MemberCursor, withRoles: boolean, error: unknown): Page {
  const failure = error instanceof FailureError ? error.failure : null
  // The organization was deleted after it was listed: nobody is its member any more. By-id reads do not lag.
  if (failure?.kind === 'missing') {
    const nothing = { organization_roles: [], organization_member_roles: [] }
    return {
      observations: [],
      end: { is: 'complete', proof: goneProof },
      ...(withRoles ? { carried: nothing } : {}),
    }
  }
  // Granted, and refused all the same: the members can be read without their roles.
  if (withRoles && (failure?.kind === 'permission' || failure?.kind === 'unsupported')) {
    session.memo.set(refusedKey, true)
    return { observations: [], end: { is: 'more', cursor: json({ ...cursor, withoutRoles: true }) } }
  }
  const again = failure && isRefusedPaging(failure) ? restartMembers(cursor) : null
  if (again === null) throw error
  const carried = withRoles ? { carried: { organization_roles: [], organization_member_roles: [] } } : {}
  return { observations: [], end: { is: 'more', cursor: json(again) }, ...carried }
}

async function fetchMembers(
  session: Session,
  organization: string,
  query: MemberQuery,
  withRoles: boolean,
): Promise<unknown> {
  const operation = withRoles ? 'listMembersWithRoles' : 'listMembers'
  const fields = withRoles ? 'user_id,roles' : 'user_id'
  return call(session, operation, 'read organization members', async (client) => {
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
