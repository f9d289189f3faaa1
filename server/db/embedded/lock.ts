import { randomUUID } from 'node:crypto'
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { dbFailure } from '../failure.ts'
import { isAlive } from './pid-file.ts'

const TOUCH_MS = 1_000
/** A holder touches its file every second; one that has not for this long is stopped, or its number is another's. */
const STALE_MS = 15_000
const WAIT_MS = 330_000

/**
 * One starter at a time per directory: the second waits, and then adopts what the first started.
 *
 * This lock spares work and failures; it is not what keeps the data safe. Two holders at once (a process that was
 * stopped for long and goes on) still end with one server: a cluster appears by one rename, and PostgreSQL itself
 * refuses a second server on it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${randomUUID()}`
  await take(file, mine)
  const touching = setInterval(() => touch(file), TOUCH_MS)
  touching.unref()
  try {
    return await work()
  } finally {
    clearInterval(touching)
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

async function take(file: string, mine: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  while (!create(file, mine)) {
    const holder = read(file)
    if (holder === null) continue
    if (isStale(file, holder)) setAside(file, holder)
    else if (Date.now() > deadline) {
      throw dbFailure(
        'conflict',
        'db.start_locked',
        `Another Owlie (process ${Number.parseInt(holder, 10)}) has been starting PostgreSQL for minutes.`,
        `End that process, or remove ${file} if it is none of Owlie's.`,
      )
    } else await sleep(30)
  }
}

function create(file: string, content: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600)
    writeSync(handle, content)
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Of several that find it stale, one moves it; a fresh lock that was moved by mistake is put back unless replaced. */
function setAside(file: string, stale: string): void {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = read(aside)
  if (moved !== null && moved !== stale) create(file, moved)
  rmSync(aside, { force: true })
}

function isStale(file: string, holder: string): boolean {
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (touched === undefined) return false
  if (Date.now() - touched > STALE_MS) return true
  // Created, but its writer has not come to the next line yet.
  const pid = Number.parseInt(holder, 10)
  return Number.isInteger(pid) && pid > 0 && !isAlive(pid)
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date())
  } catch (error) {
    // Set aside by somebody who thought us dead; nothing to keep fresh any more.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
