import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { dbFailure } from '../failure.ts'
import { canEnter, type RunAs, runAs, runBriefly } from './account.ts'
import { type Binaries, binaries } from './binaries.ts'

/** Everything of one embedded server. */
export interface Place {
  /** PostgreSQL's own directory, as a path without links. */
  readonly cluster: string
  readonly logFile: string
  readonly portFile: string
  /** Passwords of this cluster's roles. */
  readonly access: Access
  readonly as: RunAs
}

interface Access {
  readonly superuser: string
  readonly owner: string
}

export interface PlaceOptions {
  /** The directory of the installation (`OWLIE_DATA_DIR`). */
  readonly dataDirectory: string
  /** Where things go that another account must reach and cannot in the data directory. */
  readonly outside: string
  readonly say: (message: string) => void
  /** Only for tests: files that may be lost when the machine stops. */
  readonly unsafeFast?: boolean | undefined
}

export const SUPERUSER = 'postgres'

/**
 * The place below `<data>/postgres`, made when there is none. That is a folder, or a link to one in `outside`: a data
 * directory below a folder that only root may enter (root's home) keeps its cluster where `nobody` reaches it. The
 * permissions of folders that we did not make are never changed.
 *
 * A new place is built beside and comes into being by one rename, whole, with its passwords; a start that is killed
 * half-way leaves only a folder that the next one removes.
 */
export function preparePlace(options: PlaceOptions): { readonly place: Place; readonly binaries: Binaries } {
  const home = join(options.dataDirectory, 'postgres')
  if (lstatSync(home, { throwIfNoEntry: false })) return openPlace(home, options)
  const as = runAs(null)
  const tools = binaries(as, options.outside)
  makePlace(home, as, tools, options)
  return { place: readPlace(home), binaries: tools }
}

/** The place that is there, or null. */
export function findPlace(dataDirectory: string): Place | null {
  const home = join(dataDirectory, 'postgres')
  return lstatSync(home, { throwIfNoEntry: false }) ? readPlace(home) : null
}

function openPlace(home: string, { outside }: PlaceOptions) {
  const place = readPlace(home)
  if (!canEnter(place.cluster, place.as)) {
    throw dbFailure(
      'config',
      'db.directory_out_of_reach',
      `PostgreSQL may not run as root, and the account it runs as (uid ${place.as.uid}) cannot enter ${place.cluster}.`,
      'Move the data directory to where everybody may enter the folders above it (for example /var/lib/owlie), or run Owlie as an ordinary user.',
    )
  }
  const tools = binaries(place.as, outside)
  const made = Number.parseInt(readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8'), 10)
  if (made !== tools.major) {
    throw dbFailure(
      'config',
      'db.cluster_of_another_version',
      `The data in ${place.cluster} was made by PostgreSQL ${made}; this Owlie brings PostgreSQL ${tools.major}.`,
      `Start the Owlie that made it and move the data with pg_dump, or run a PostgreSQL ${made} on it and set DATABASE_URL.`,
    )
  }
  return { place, binaries: tools }
}

function readPlace(home: string): Place {
  if (!existsSync(join(home, 'access.json')) || !existsSync(join(home, 'cluster', 'PG_VERSION'))) {
    throw dbFailure(
      'config',
      'db.not_our_cluster',
      `${home} exists, but it is not (or no longer) a database of Owlie.`,
      `Put back what it pointed at or held. To begin with an empty database, move ${home} away.`,
    )
  }
  const folder = realpathSync(home)
  const cluster = join(folder, 'cluster')
  try {
    const access = JSON.parse(readFileSync(join(folder, 'access.json'), 'utf8')) as Access
    const paths = { cluster, logFile: join(folder, 'server.log'), portFile: join(folder, 'port') }
    return { ...paths, access, as: runAs(cluster) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw dbFailure(
      'config',
      'db.cluster_of_another_user',
      `The database in ${folder} belongs to another user of this machine.`,
      'Start Owlie as that user or as root, or choose another OWLIE_DATA_DIR.',
      error,
    )
  }
}

function makePlace(home: string, as: RunAs, tools: Binaries, options: PlaceOptions): void {
  const { dataDirectory, outside, say, unsafeFast } = options
  for (const name of readdirSync(dataDirectory)) {
    if (name.startsWith('postgres.new-')) rmSync(join(dataDirectory, name), { recursive: true, force: true })
  }
  const id = randomBytes(6).toString('hex')
  if (canEnter(dataDirectory, as)) {
    const part = join(dataDirectory, `postgres.new-${id}`)
    fill(part, as, tools, unsafeFast === true)
    appear(part, () => renameSync(part, home))
    return
  }
  mkdirSync(outside, { recursive: true, mode: 0o755 })
  const elsewhere = join(outside, `cluster-${id}`)
  fill(elsewhere, as, tools, unsafeFast === true)
  appear(elsewhere, () => symlinkSync(elsewhere, home))
  say(
    `PostgreSQL may not run as root, and no other account can enter ${dataDirectory}: its files are in ${elsewhere}, and ${home} points there.`,
  )
}

/** Somebody else's place may have appeared first (see the lock): then it is the place, and ours goes. */
function appear(made: string, name: () => void): void {
  try {
    name()
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error
  }
}

function fill(folder: string, as: RunAs, tools: Binaries, unsafeFast: boolean): void {
  try {
    mkdirSync(folder)
    // Entered by the server's account, read by nobody but us; mkdir's own mode is cut by the umask.
    chmodSync(folder, as.uid === undefined ? 0o700 : 0o711)
    const cluster = join(folder, 'cluster')
    mkdirSync(cluster, { mode: 0o700 })
    give(cluster, as)
    const access: Access = { superuser: newPassword(), owner: newPassword() }
    const initdb = (args: readonly string[]) => runBriefly(join(tools.folder, 'bin', 'initdb'), args, as)
    const options = unsafeFast ? ['--no-sync'] : []
    initialise(cluster, access.superuser, as, (args) => initdb([...args, ...options]))
    writeFileSync(join(folder, 'access.json'), `${JSON.stringify(access)}\n`, { mode: 0o600 })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** PostgreSQL's own C.UTF-8: the same order on every machine, whatever locales that has. */
const collation = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

type Initdb = (args: readonly string[]) => ReturnType<typeof runBriefly>

function initialise(cluster: string, password: string, as: RunAs, initdb: Initdb): void {
  // By a file, because arguments are seen by every process. It lies there for the second that initdb takes.
  const passwordFile = `${cluster}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  give(passwordFile, as)
  const args = ['-D', cluster, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  args.push('-E', 'UTF8', '--no-instructions', ...collation)
  // What counts as a letter (trigram search) is still asked of the system; a system without UTF-8 knows ASCII only.
  const letters = [process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8', 'C']
  let done = initdb([...args, `--lc-ctype=${letters[0]}`])
  if (done.status !== 0) done = initdb([...args, `--lc-ctype=${letters[1]}`])
  rmSync(passwordFile, { force: true })
  if (done.status === 0) return
  const said = done.error?.message ?? (done.stderr || done.stdout).trim().split('\n').slice(-8).join('\n')
  throw dbFailure(
    'unavailable',
    'db.cannot_initialise',
    `PostgreSQL could not make its files in ${cluster}: ${said}`,
    'Check free space and permissions there, choose another OWLIE_DATA_DIR, or set DATABASE_URL.',
  )
}

/** Files of the server's account; nothing to do when that is ours. */
export function give(path: string, as: RunAs): void {
  if (as.uid === undefined || as.gid === undefined) return
  try {
    chownSync(path, as.uid, as.gid)
  } catch (error) {
    throw dbFailure(
      'config',
      'db.cannot_give_away',
      `PostgreSQL may not run as root, and ${path} cannot be given to the account it runs as (uid ${as.uid}).`,
      'Run Owlie as an ordinary user, put OWLIE_DATA_DIR on an ordinary file system, or set DATABASE_URL.',
      error,
    )
  }
}

const newPassword = () => randomBytes(24).toString('base64url')
