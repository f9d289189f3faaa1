import pg from 'pg'
import { dbFailure } from './failure.ts'

export const CONNECT_TIMEOUT_MS = 10_000
const MAJOR_MIN = 15

/** One connection of the owner, to a database that Owlie can work with; whatever is wrong is said in one sentence. */
export async function connectOwner(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'owlie-migrate',
  })
  // Whoever awaits the connection hears of its end there.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw cannotConnect(url, error)
  }
  try {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    )
    refuseOldVersion(rows[0]!.version)
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

export function refuseOldVersion(major: number): void {
  if (major >= MAJOR_MIN) return
  throw dbFailure(
    'config',
    'db.too_old',
    `PostgreSQL ${major} is too old: Owlie needs ${MAJOR_MIN} or newer.`,
    'Upgrade it, or leave DATABASE_URL unset to use the PostgreSQL that Owlie brings.',
  )
}

/** Decided on the codes of PostgreSQL and the system; the address is told, the password never. */
function cannotConnect(url: string, error: unknown) {
  const { hostname, port, pathname, username } = new URL(url)
  const at = `${hostname}:${port || 5432}`
  switch ((error as { code?: string }).code) {
    case '28P01':
    case '28000':
      return dbFailure(
        'credential',
        'db.sign_in_refused',
        `The database at ${at} does not let ${username || 'this user'} in.`,
        'Check user and password in DATABASE_URL, and the server’s pg_hba.conf.',
        error,
      )
    case '3D000':
      return dbFailure(
        'config',
        'db.no_such_database',
        `The database server at ${at} has no database ${decodeURIComponent(pathname.slice(1))}.`,
        'Create it with the user of DATABASE_URL as its owner, or correct DATABASE_URL.',
        error,
      )
    default:
      return dbFailure(
        'unavailable',
        'db.unreachable',
        `The database at ${at} cannot be reached: ${(error as Error).message || (error as { code?: string }).code}`,
        'Check host, port and TLS settings in DATABASE_URL, and that the server runs.',
        error,
      )
  }
}
