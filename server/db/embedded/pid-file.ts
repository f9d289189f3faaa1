import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export interface PidFile {
  readonly pid: number
  /** Null while it is starting and has not chosen yet. */
  readonly port: number | null
}

/** What PostgreSQL wrote into `postmaster.pid`: line 1 the pid, line 4 the port. Null: no server, or no sense in it. */
export function readPidFile(cluster: string): PidFile | null {
  const text = readIfThere(join(cluster, 'postmaster.pid'))
  if (text === null) return null
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, port: Number.isInteger(port) && port > 0 ? port : null }
}

/**
 * Whether that process lives and is the server of this cluster, and not a later owner of the number: we always start
 * it with the cluster's path as an argument. (Its working directory would say the same, but in a container root may
 * not look at that of another user.) On Windows every living process may be it, and its answer decides.
 */
export function isPostmasterOf(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'win32') return true
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
    return stdout.includes(` ${cluster} `)
  }
  return readIfThere(`/proc/${pid}/cmdline`)?.split('\0').includes(cluster) ?? false
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const stat = process.platform === 'linux' ? readIfThere(`/proc/${pid}/stat`) : null
  // A zombie has ended; only its parent has not looked yet.
  return stat === null || !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
}

/** Processes that work in this cluster: after a kill, children that have not noticed yet. Empty where unknown. */
export function processesOf(cluster: string): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && workingDirectory(pid) === cluster)
}

function workingDirectory(pid: number): string | null {
  return unlessGone(() => readlinkSync(`/proc/${pid}/cwd`))
}

function readIfThere(file: string): string | null {
  return unlessGone(() => readFileSync(file, 'utf8'))
}

/** ENOENT and ESRCH: gone between two looks. EACCES and EPERM: another user's, so none that we started. */
function unlessGone(look: () => string): string | null {
  try {
    return look()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return null
    throw error
  }
}
