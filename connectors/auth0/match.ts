import { FailureError, type FindResult, type NaturalKey, type Session } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { call, requestOptions } from './client.ts'
import { accountOf, organizationOf, type Raw, roleOf } from './translate.ts'

type Match = (session: Session, key: NaturalKey) => Promise<FindResult>

/**
 * By e-mail address, which is unique within one Auth0 connection only. This lookup is immediately consistent, unlike
 * the search: https://auth0.com/docs/manage-users/user-search.
 */
export const matchUser: Match = verb(async (session, key) => {
  if (!('email' in key)) throw unsupported('users')
  const { email, within } = key
  // Auth0's own databases keep addresses in lower case, others as they came, and the lookup tells them apart.
  const found = new Map<unknown, Raw>()
  for (const spelling of new Set([email.toLowerCase(), email])) {
    const body: unknown = await call(session, 'listUsersByEmail', 'read users', (client) =>
      client.users.listUsersByEmail({ email: spelling }, requestOptions(session)),
    )
    for (const raw of listOf(body, 'users').items)
      if (within === undefined || isWithin(raw, within)) found.set(raw.user_id, raw)
  }
  if (found.size > 1) throw ambiguous()
  const [raw] = found.values()
  return raw ? accountOf(raw) : null
})

function isWithin({ identities }: Raw, connection: string): boolean {
  return Array.isArray(identities) && identities.some((one: Raw | null) => one?.connection === connection)
}

export const matchRole: Match = verb(async (session, key) => {
  if (!('name' in key)) throw unsupported('roles')
  // A tenant has 1,000 roles at most, as many as offsets reach. The filter also lets longer names through.
  for (let page = 0; page < 10; page++) {
    const body: unknown = await call(session, 'listRoles', 'read roles', async (client) => {
      const parameters = { page, per_page: 100, include_totals: true, name_filter: key.name }
      return (await client.roles.list(parameters, requestOptions(session))).response
    })
    const { items, broken, limit } = listOf(body, 'roles')
    const role = items.find(({ name }) => name === key.name)
    if (role) return roleOf(role)
    if (items.length + broken < (limit ?? 100)) return null
  }
  throw new FailureError({
    kind: 'unsupported',
    code: 'auth0.list_too_long',
    message: 'Auth0 shows only the first 1,000 roles, and the one looked for is not among them.',
    remedy: 'Look for the role in the Auth0 dashboard.',
  })
})

export const matchOrganization: Match = verb(async (session, key) => {
  if (!('name' in key)) throw unsupported('organizations')
  const body = await call(session, 'getOrganizationByName', 'read organizations', (client) =>
    client.organizations.getByName(key.name, requestOptions(session)),
  )
  return organizationOf(body as unknown as Raw)
})

type Found = Extract<FindResult, { found: unknown }>['found']

/** Auth0's own 404 is the positive statement that there is nothing. */
function verb(match: (session: Session, key: NaturalKey) => Promise<Found>): Match {
  return async (session, key) => {
    try {
      return { found: await match(session, key) }
    } catch (error) {
      if (!(error instanceof FailureError)) throw error
      return error.failure.kind === 'missing' ? { found: null } : { failure: error.failure }
    }
  }
}

function unsupported(kind: string): FailureError {
  return new FailureError({
    kind: 'unsupported',
    code: 'look.unsupported',
    message: `Auth0 cannot look up ${kind} like this without delay.`,
    remedy: 'Name the object by its id.',
  })
}

function ambiguous(): FailureError {
  return new FailureError({
    kind: 'conflict',
    code: 'auth0.ambiguous',
    message: 'More than one account has this address.',
    remedy: 'Say which Auth0 connection is meant, or name the account by its id.',
  })
}
