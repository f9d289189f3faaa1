import { type Failure, FailureError, type ObjectKind, type Session } from '@owlie/connector-kit'
import { listOf } from './answer.ts'
import { type Board, passed, skipped, type Verdict } from './check-board.ts'
import { missingScopes } from './classify.ts'
import { call, requestOptions } from './client.ts'
import { manifest } from './manifest.ts'

interface Sampled {
  /** The id of the one object read, where it can be a container. */
  readonly id: string | null
  readonly headers: Headers | null
}

interface SampleRow extends Sampled {
  readonly verdict: Verdict
}

/** Reads one object of every kind the scopes allow, side by side. Returns the headers of the user read. */
export async function sampleKinds(
  session: Session,
  board: Board,
  entered: readonly string[],
  granted: readonly string[],
): Promise<Headers | null> {
  const kind = (name: string) => manifest.kinds.find((one) => one.name === name)!
  const sample = (name: string, read: () => Promise<SampleRow>) =>
    sampleKind(board, kind(name), entered, granted, read)
  const [users] = await Promise.all([
    sample('users', () => oneUser(session)),
    sample('roles', () => oneRole(session)).then((roles) =>
      sample('role_members', () => oneHolder(session, roles?.id ?? null)),
    ),
    sample('organizations', () => oneOrganization(session)).then((organizations) =>
      sample('organization_members', () => oneMember(session, organizations?.id ?? null)),
    ),
  ])
  return users?.headers ?? null
}

async function sampleKind(
  board: Board,
  kind: ObjectKind,
  entered: readonly string[],
  granted: readonly string[],
  read: () => Promise<SampleRow>,
): Promise<Sampled | null> {
  const name = `sample:${kind.name}`
  const label = `Sample of ${kind.label.toLowerCase()}`
  const missing = kind.scopes.filter((scope) => !entered.includes(scope) || !granted.includes(scope))
  if (missing.length > 0) {
    const list = missing.join(', ')
    const verb = missing.every((scope) => entered.includes(scope)) ? 'granted' : 'entered and granted'
    const failure: Failure = missingScopes(missing, kind.capability)
    board.put(name, label, skipped(`Not tried: to ${kind.capability}, ${list} must be ${verb}.`, failure))
    return null
  }
  return board.run(name, label, async () => {
    try {
      const { verdict, ...value } = await read()
      return { verdict, value }
    } catch (error) {
      const failure = error instanceof FailureError ? error.failure : null
      // Not a fault of the connection: the tenant's plan has no organizations, everything else works.
      if (failure?.kind !== 'unsupported') throw error
      return {
        verdict: { status: 'warning', sentence: failure.message, failure },
        value: { id: null, headers: null },
      }
    }
  })
}

async function oneUser(session: Session): Promise<SampleRow> {
  const page = await call(session, 'listUsers', 'read users', (client) =>
    client.users.list(
      { page: 0, per_page: 1, include_totals: true, search_engine: 'v3' },
      requestOptions(session),
    ),
  )
  const { items, total } = listOf(page.response, 'users')
  const found = items.length === 0 ? 'The tenant has no users yet.' : `${countOf(total, 'user')} can be read.`
  return { verdict: passed(found), id: null, headers: page.rawResponse.headers }
}

async function oneRole(session: Session): Promise<SampleRow> {
  const page = await call(session, 'listRoles', 'read roles', (client) =>
    client.roles.list({ page: 0, per_page: 1, include_totals: true }, requestOptions(session)),
  )
  const { items, total } = listOf(page.response, 'roles')
  const found = items.length === 0 ? 'The tenant has no roles yet.' : `${countOf(total, 'role')} can be read.`
  return { verdict: passed(found), id: idOf(items[0]), headers: page.rawResponse.headers }
}

async function oneHolder(session: Session, role: string | null): Promise<SampleRow> {
  if (role === null) return nothingInside('role')
  const page = await call(session, 'listRoleUsers', 'read role holders', (client) =>
    client.roles.users.list(role, { take: 1 }, requestOptions(session)),
  )
  listOf(page.response, 'users')
  return {
    verdict: passed('The holders of a role can be read.'),
    id: null,
    headers: page.rawResponse.headers,
  }
}

async function oneOrganization(session: Session): Promise<SampleRow> {
  const page = await call(session, 'listOrganizations', 'read organizations', (client) =>
    client.organizations.list({ take: 1 }, requestOptions(session)),
  )
  const { items } = listOf(page.response, 'organizations')
  const found = items.length === 0 ? 'The tenant has no organizations yet.' : 'Organizations can be read.'
  return { verdict: passed(found), id: idOf(items[0]), headers: page.rawResponse.headers }
}

async function oneMember(session: Session, organization: string | null): Promise<SampleRow> {
  if (organization === null) return nothingInside('organization')
  const page = await call(session, 'listMembers', 'read organization members', (client) =>
    client.organizations.members.list(organization, { take: 1, fields: 'user_id' }, requestOptions(session)),
  )
  listOf(page.response, 'members')
  return {
    verdict: passed('The members of an organization can be read.'),
    id: null,
    headers: page.rawResponse.headers,
  }
}

function nothingInside(container: string): SampleRow {
  return {
    verdict: skipped(`Not tried: no ${container} could be read to look into.`),
    id: null,
    headers: null,
  }
}

// Auth0 counts users to 1,000 only: https://auth0.com/docs/manage-users/user-search
function countOf(total: number | null, noun: string): string {
  if (total === null) return `The first ${noun}`
  return total >= 1000 ? `1,000 or more ${noun}s` : `${total} ${noun}${total === 1 ? '' : 's'}`
}

function idOf(item: Readonly<Record<string, unknown>> | undefined): string | null {
  return typeof item?.id === 'string' ? item.id : null
}
