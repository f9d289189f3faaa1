import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dbFailure } from '../failure.ts'

/** Who runs the server. Empty: the user Owlie runs as. */
export interface RunAs {
  readonly uid?: number
  readonly gid?: number
}

const NOBODY = 65534

/**
 * PostgreSQL refuses to be root. A cluster that exists already is run by its owner, so that one made by `npm start`
 * of a user goes on under root; a new one is given to `nobody`, who is on every Unix machine (initdb wants an account
 * with a name).
 */
export function runAs(cluster: string | null): RunAs {
  if (process.getuid?.() !== 0) return {}
  const owner = cluster === null ? undefined : statSync(cluster, { throwIfNoEntry: false })
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody()
}

function nobody(): RunAs {
  try {
    const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
    // macOS writes -2 for the largest but one.
    return line ? { uid: Number(line[1]) >>> 0, gid: Number(line[2]) >>> 0 } : { uid: NOBODY, gid: NOBODY }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { uid: NOBODY, gid: NOBODY }
    throw error
  }
}

/** Whether that account can go into the folder, through all folders above it: tried, not worked out from mode bits. */
export function canEnter(folder: string, as: RunAs): boolean {
  if (as.uid === undefined) return true
  const tried = runBriefly('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], as)
  // No shell in this image: initdb will say whether it can.
  return code(tried) === 'ENOENT' || tried.status === 0
}

/** Runs a command of a moment as that account. */
export function runBriefly(command: string, args: readonly string[], as: RunAs): SpawnSyncReturns<string> {
  const done = spawnSync(command, args, {
    ...as,
    cwd: '/',
    env: plainEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  // EPERM and EINVAL come from setuid/setgid: a container whose root is root of nothing.
  if (as.uid !== undefined && (code(done) === 'EPERM' || code(done) === 'EINVAL')) {
    throw dbFailure(
      'config',
      'db.cannot_change_user',
      'PostgreSQL may not run as root, and this root may not start it as another user.',
      'Run Owlie as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
      done.error,
    )
  }
  return done
}

const code = (done: SpawnSyncReturns<string>) => (done.error as NodeJS.ErrnoException | undefined)?.code

/** Nothing of ours: the environment of Owlie holds secrets, and anybody of that account could read them. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'LD_LIBRARY_PATH']
  const given = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { ...(Object.fromEntries(given) as NodeJS.ProcessEnv), LC_ALL: 'C', TZ: 'UTC' }
}
