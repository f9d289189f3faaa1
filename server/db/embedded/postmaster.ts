import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fchmodSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dbFailure } from '../failure.ts'
import { plainEnvironment } from './account.ts'
import type { Binaries } from './binaries.ts'
import { isPostmasterOf, processesOf, readPidFile } from './pid-file.ts'
import { give, type Place } from './place.ts'
import { answers } from './talk.ts'

/** A living server may take its time: after a kill it first replays what was committed. */
const READY_LIMIT_MS = 300_000
const DYING_LIMIT_MS = 10_000
const ATTEMPTS = 3
const FAST_STOP_MS = 20_000
const IMMEDIATE_STOP_MS = 5_000
const LOG_LIMIT_BYTES = 10 * 1024 * 1024

export interface Running {
  readonly pid: number
  readonly port: number
}

/** The server that already works in this cluster, once it answers. Null: there is none, and none in its way. */
export async function adopt(place: Place): Promise<Running | null> {
  const deadline = Date.now() + READY_LIMIT_MS
  for (;;) {
    const found = readPidFile(place.cluster)
    if (found === null) return null
    if (!isPostmasterOf(found.pid, place.cluster)) {
      // Its process is gone, or the number now belongs to something else, which PostgreSQL would take for a server.
      // Should children of the old one live on, PostgreSQL still sees their shared memory and refuses to start.
      rmSync(join(place.cluster, 'postmaster.pid'), { force: true })
      return null
    }
    if (found.port !== null && (await answers(place, found.port))) return { pid: found.pid, port: found.port }
    if (Date.now() > deadline) {
      throw dbFailure(
        'unavailable',
        'db.does_not_answer',
        `A PostgreSQL (process ${found.pid}) works in ${place.cluster} but does not answer.`,
        `See ${place.logFile}. End that process, then start Owlie again.`,
      )
    }
    await sleep(30)
  }
}

/** Starts the server and waits until it answers. `port`: exactly this one; null: the last one, or another if taken. */
export async function launch(
  place: Place,
  binaries: Binaries,
  wish: { readonly port: number | null; readonly unsafeFast: boolean },
): Promise<Running> {
  let last = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await waitForTheDying(place)
    const port = wish.port ?? (await choosePort(place))
    const from = logSize(place)
    const ended = await startAndWait(place, binaries, { port, unsafeFast: wish.unsafeFast })
    if (typeof ended !== 'string') return ended
    last = `${ended}\n${logSince(place, from)}`
    await sleep(200 * attempt)
  }
  throw dbFailure(
    'unavailable',
    'db.does_not_start',
    `PostgreSQL did not start: ${last}`,
    `The whole log is ${place.logFile}. Or set DATABASE_URL to a PostgreSQL of your own.`,
  )
}

/** Children of a killed server hold its shared memory until they notice, and then a new one refuses to start. */
async function waitForTheDying(place: Place): Promise<void> {
  const deadline = Date.now() + DYING_LIMIT_MS
  while (processesOf(place.cluster).length > 0 && Date.now() < deadline) await sleep(30)
}

/** The running server, or in words how its process ended. */
async function startAndWait(
  place: Place,
  { folder }: Binaries,
  wish: { readonly port: number; readonly unsafeFast: boolean },
): Promise<Running | string> {
  const child = spawnServer(place, join(folder, 'bin', 'postgres'), wish)
  let ended: string | null = null
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, signal) => (ended = `its process ended with ${signal ?? `code ${code}`}.`))
  const deadline = Date.now() + READY_LIMIT_MS
  while (ended === null) {
    const { pid } = child
    if (pid !== undefined && readPidFile(place.cluster)?.pid === pid && (await answers(place, wish.port))) {
      child.removeAllListeners()
      child.unref()
      remember(place, wish.port)
      return { pid, port: wish.port }
    }
    if (Date.now() > deadline) {
      if (pid !== undefined) process.kill(pid, 'SIGQUIT')
      return `it did not answer within ${READY_LIMIT_MS / 1000} s.`
    }
    await sleep(15)
  }
  return ended
}

function spawnServer(
  place: Place,
  postgres: string,
  { port, unsafeFast }: { readonly port: number; readonly unsafeFast: boolean },
): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // TCP with a password only: one way in, the same on every system.
    unix_socket_directories: '',
    max_connections: unsafeFast ? '300' : '100',
    shared_buffers: '64MB',
    // A statement whose client was killed ends, with its locks, instead of working on for nobody.
    ...(process.platform === 'linux' ? { client_connection_check_interval: '1s' } : {}),
    ...(unsafeFast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openLog(place)
  try {
    // Detached: a signal to Owlie's process group must not reach it, and it outlives a killed Owlie; the next start
    // adopts it.
    return spawn(postgres, ['-D', place.cluster, ...args], {
      ...place.as,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
      env: plainEnvironment(),
    })
  } finally {
    closeSync(log)
  }
}

/** The port of last time, so that addresses written down somewhere stay right; otherwise any free one. */
async function choosePort(place: Place): Promise<number> {
  const remembered = existsSync(place.portFile) ? Number(readFileSync(place.portFile, 'utf8')) : 0
  const usable = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536
  return (usable ? await freePort(remembered) : null) ?? (await freePort(0))!
}

function remember(place: Place, port: number): void {
  writeFileSync(place.portFile, `${port}\n`)
  give(place.portFile, place.as)
}

/** The port if it is free (0: any), or null. */
function freePort(wanted: number): Promise<number | null> {
  return new Promise((found) => {
    const probe = createServer()
    probe.once('error', () => found(null))
    probe.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}

/** Fast shutdown: sessions are ended, everything committed is kept. True: its process is gone. */
export async function end(place: Place, pid: number, binaries?: string): Promise<void> {
  const limits = [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const
  for (const [signal, limit] of limits) {
    if (!isPostmasterOf(pid, place.cluster)) return
    if (process.platform === 'win32' && binaries !== undefined) {
      // There a signal kills; pg_ctl knows how to ask.
      const mode = signal === 'SIGINT' ? 'fast' : 'immediate'
      spawnSync(join(binaries, 'bin', 'pg_ctl'), ['stop', '-D', place.cluster, '-m', mode])
    } else send(pid, signal)
    const deadline = Date.now() + limit
    while (Date.now() < deadline) {
      const gone = !isPostmasterOf(pid, place.cluster) || readPidFile(place.cluster)?.pid !== pid
      if (gone && processesOf(place.cluster).length === 0) return
      await sleep(15)
    }
  }
  throw dbFailure(
    'unavailable',
    'db.does_not_stop',
    `PostgreSQL (process ${pid}) does not stop.`,
    `See ${place.logFile}. What was committed is safe; its process may be killed.`,
  )
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function openLog(place: Place): number {
  if (logSize(place) > LOG_LIMIT_BYTES) renameSync(place.logFile, `${place.logFile}.1`)
  const log = openSync(place.logFile, 'a', 0o600)
  fchmodSync(log, 0o600)
  give(place.logFile, place.as)
  return log
}

const logSize = (place: Place) => statSync(place.logFile, { throwIfNoEntry: false })?.size ?? 0

function logSince(place: Place, from: number): string {
  if (!existsSync(place.logFile)) return '(no log)'
  const text = readFileSync(place.logFile)
    .subarray(from > logSize(place) ? 0 : from)
    .toString('utf8')
  return text.trim().split('\n').slice(-12).join('\n') || '(nothing in the log)'
}
