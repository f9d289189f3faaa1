import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** What PostgreSQL wrote into `postmaster.pid`: line 1 the pid, line 4 the port (absent while starting). */
export function readPidFile(cluster: string): { pid: number; port: number | null } | null {
  const file = join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, port: Number.isInteger(port) && port > 0 ? port : null }
}

/** Whether that process lives and really is the PostgreSQL of this cluster, and not a later owner of the number. */
export function isPostmasterOf(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (process.platform !== 'linux') return true
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // A zombie has ended; only its parent has not looked yet.
    if (status.slice(status.lastIndexOf(')') + 2).startsWith('Z')) return false
    return readlinkSync(`/proc/${pid}/cwd`) === cluster
  } catch (error) {
    // Gone between the two looks. Without the right to look it may be ours: then its answer decides.
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}
