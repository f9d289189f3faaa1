import {
  type EntitlementObservation,
  FailureError,
  type GrantObservation,
  type HeldResult,
  type Holder,
  type Session,
} from '@owlie/connector-kit'
import { type ListAnswer, listOf } from './answer.ts'
import { call, requestOptions } from './client.ts'
import { advanceOffset, firstOffsetCursor, incomplete, type OffsetCursor } from './offset-list.ts'
import { idOf, memberOf, organizationRolesOf, type Raw, roleHolderOf, translateAll } from './translate.ts'

type Held = (session: Session, holder: Holder) => Promise<HeldResult>

/** `GET /users/{id}/roles`: at most 50 (https://auth0.com/docs/troubleshoot/customer-support/operational-policies/entity-limit-policy), so one page. */
export const heldRoles: Held = verb(async (session, { account }) => {
  const rows = await every('roles', (page) =>
    call(session, 'listUserRoles', 'read role holders', (client) =>
      client.users.roles
        .list(account, { page, per_page: 100, include_totals: true }, requestOptions(session))
        .then(({ response }): unknown => response),
    ),
  )
  return { grants: grantsOf(rows, (role) => roleHolderOf(role)({ user_id: account })) }
})

/** `GET /users/{id}/organizations`: at most 1,000 can be read. */
export const heldMemberships: Held = verb(async (session, { account }) => {
  const rows = await every('organizations', (page) =>
    call(session, 'listUserOrganizations', 'read organization members', (client) =>
      client.users.organizations
        .list(account, { page, per_page: 100, include_totals: true }, requestOptions(session))
        .then(({ response }): unknown => response),
    ),
  )
  return { grants: grantsOf(rows, (organization) => memberOf(organization)({ user_id: account })) }
})

/** `GET /organizations/{id}/members/{id}/roles`: there is no such list over all organizations. */
export const heldMemberRoles: Held = verb(async (session, { account, within }) => {
  if (within === undefined) throw new FailureError(noOrganization)
  const rows = await every('roles', (page) =>
    call(session, 'listMemberRoles', 'read roles inside organizations', (client) =>
      client.organizations.members.roles
        .list(within, account, { page, per_page: 100, include_totals: true }, requestOptions(session))
        .then(({ response }): unknown => response),
    ),
  )
  const covers = (entitlement: string) => entitlement.startsWith(`${within}:`)
  const roles = organizationRolesOf(within, [{ user_id: account, roles: rows }])
  if (!roles) throw new FailureError(incomplete('roles inside organizations', 'one of them has no id'))
  return { grants: roles.grants, carried: { organization_roles: roles.entitlements }, covers }
})

const noOrganization = {
  kind: 'defect',
  code: 'auth0.no_container',
  message: 'Roles inside an organization were asked for without saying of which.',
  remedy: 'This is a defect in Owlie: please report it.',
} as const

interface Holdings {
  readonly grants: readonly GrantObservation[]
  readonly carried?: Readonly<Record<string, readonly EntitlementObservation[]>>
  readonly covers?: (entitlement: string) => boolean
}

/** A failure is returned, never thrown. Who does not exist holds nothing. */
function verb(read: (session: Session, holder: Holder) => Promise<Holdings>): Held {
  return async (session, holder) => {
    try {
      return await read(session, holder)
    } catch (error) {
      if (!(error instanceof FailureError)) throw error
      return error.failure.kind === 'missing' ? { grants: [] } : { failure: error.failure }
    }
  }
}

/**
 * The whole list. One answer that is not full is one moment's truth; more than one page must come out the same twice,
 * because offsets shift when something is removed and Auth0's totals of these lists are wrong.
 * @throws FailureError
 */
export async function every(
  key: string,
  page: (at: number) => Promise<unknown>,
  idOfRow?: (row: Raw) => unknown,
): Promise<readonly Raw[]> {
  const rows: Raw[] = []
  let cursor: OffsetCursor = firstOffsetCursor
  for (;;) {
    const answer: ListAnswer = { ...listOf(await page(cursor.page), key), total: null }
    if (answer.broken > 0) throw new FailureError(incomplete(key, 'one of them is no record'))
    const isWhole = cursor.page === 0 && answer.items.length < (answer.limit ?? 100)
    const { fresh, end } = advanceOffset(cursor, answer, key, idOfRow)
    rows.push(...fresh)
    if (end.is === 'truncated') throw new FailureError(end.why)
    if (end.is === 'complete' || (isWhole && cursor.round === 0)) return rows
    cursor = end.cursor
  }
}

/** A grant that cannot be named would be taken for one that is gone. */
function grantsOf(
  rows: readonly Raw[],
  make: (entitlement: string) => GrantObservation,
): readonly GrantObservation[] {
  const { observations, quarantined } = translateAll(rows, ({ id }) => make(idOf(id, 'id')), 'id')
  if (quarantined.length > 0)
    throw new FailureError(incomplete('grants of an account', quarantined[0]!.reason))
  return observations
}
