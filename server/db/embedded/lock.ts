import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MS = 60_000

/**
 * One starter at a time per directory. The file holds the holder's pid; a holder that was killed is found out by its
 * pid and passed over. PostgreSQL itself refuses a second server on one cluster, so this lock only spares the second
 * starter a failure: it waits, and then adopts.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WAIT_MS
  while (!take(file)) {
    const holder = readHolder(file)
    if (holder === null || !isAlive(holder)) {
      rmSync(file, { force: true })
      continue
    }
    if (Date.now() > deadline) {
      throw new Error(
        `Another Owlie (pid ${holder}) has been starting for a minute. End it, or remove ${file}.`,
      )
    }
    await sleep(50)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600)
    writeSync(handle, String(process.pid))
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
