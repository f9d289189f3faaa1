import type { Client } from 'pg'
import { dbFailure } from './failure.ts'

/** The role the product acts as. It owns nothing and bypasses nothing; the name is the same in every database. */
export const APP_ROLE = 'owlie_app'

const REMEDY =
  'As an administrator of the database run: create role owlie_app nologin; grant owlie_app to "<the user of DATABASE_URL>";'

interface State {
  readonly exists: boolean
  /** We may act as it. */
  readonly ours: boolean
  /** It may do more than its own grants. */
  readonly tooStrong: boolean
}

/**
 * Makes the role where the database's user may, and proves that it holds the product back: row-level security is
 * worth nothing for a role that bypasses it or can become the owner.
 */
export async function prepareAppRole(client: Client): Promise<void> {
  if (!(await stateOf(client)).exists) await create(client)
  if (!(await stateOf(client)).ours) await grant(client)
  const { ours, tooStrong } = await stateOf(client)
  if (!ours) throw missing()
  if (!tooStrong) return
  throw dbFailure(
    'config',
    'db.app_role_too_strong',
    `The role ${APP_ROLE} may bypass row-level security, or become the user of DATABASE_URL: tenants would not be apart.`,
    `As an administrator of the database run: alter role ${APP_ROLE} nosuperuser nobypassrls nocreaterole; and revoke every role it is a member of.`,
  )
}

async function stateOf(client: Client): Promise<State> {
  // PostgreSQL 16 tells "may become" (SET) from "is a member"; 15 knows the second only, and means both.
  const { rows } = await client.query<State>(`
    select count(*) > 0 as exists,
      coalesce(bool_or(pg_has_role(current_user, oid,
        case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end)), false) as ours,
      coalesce(bool_or(rolsuper or rolbypassrls or rolcreaterole or pg_has_role(oid, current_user, 'member')), false)
        as "tooStrong"
    from pg_roles where rolname = '${APP_ROLE}'`)
  return rows[0]!
}

/** Somebody else may make it at the same moment: roles belong to all databases of the server. */
const DUPLICATES = ['42710', '23505']
const NOT_ALLOWED = '42501'

async function create(client: Client): Promise<void> {
  try {
    await client.query(`create role ${APP_ROLE} nologin nosuperuser nobypassrls nocreaterole`)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (code === NOT_ALLOWED) throw missing(error)
    if (!DUPLICATES.includes(code)) throw error
  }
}

async function grant(client: Client): Promise<void> {
  try {
    await client.query(`grant ${APP_ROLE} to current_user`)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (code === NOT_ALLOWED) throw missing(error)
    // Two at once update the same row; either way it is granted.
    if (code !== 'XX000' && !DUPLICATES.includes(code)) throw error
  }
}

function missing(cause?: unknown) {
  return dbFailure(
    'config',
    'db.no_app_role',
    `The user of DATABASE_URL can neither act as the role ${APP_ROLE} nor create it.`,
    REMEDY,
    cause,
  )
}
