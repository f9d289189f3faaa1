import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { binaries, runAs, type RunAs } from './binaries.ts'
import { withLock } from './lock.ts'
import { isPostmasterOf, readPidFile } from './pid-file.ts'

export interface EmbeddedOptions {
  /** Everything lives below it: cluster, password, log. Made when absent. */
  readonly dataDirectory: string
  /** Only for tests: lose durability for speed. */
  readonly unsafeFast?: boolean
}

export interface EmbeddedServer {
  /** The owner's address, password included: never to be logged. */
  readonly url: string
  /** True when a server that outlived its Owlie was taken over. */
  readonly adopted: boolean
  readonly pid: number
  /** Fast shutdown: sessions are ended, everything committed is kept. */
  stop(): Promise<void>
}

interface Place {
  readonly cluster: string
  readonly passwordFile: string
  readonly logFile: string
  readonly as: RunAs
}

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 15_000
const OWNER = 'owlie'
const DATABASE = 'owlie'

/** Starts the server of this directory, or adopts the one that is running. Two callers at once get the same server. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const place = choosePlace(resolve(options.dataDirectory))
  return withLock(join(resolve(options.dataDirectory), 'postgres.lock'), async () => {
    const running = await adopt(place)
    if (running !== null) return running
    const native = binaries(place.as)
    if (!existsSync(join(place.cluster, 'PG_VERSION'))) initialise(native, place)
    const port = await launch(native, place, options.unsafeFast === true)
    await createDatabase(place, port)
    return describe(place, port, false)
  })
}

function choosePlace(dataDirectory: string): Place {
  const as = runAs()
  mkdirSync(dataDirectory, { recursive: true, mode: 0o755 })
  const inside = join(dataDirectory, 'postgres')
  const cluster = as.uid === undefined || canTraverse(dataDirectory, as) ? inside : outsideOf(dataDirectory)
  return {
    cluster,
    passwordFile: join(dataDirectory, 'postgres-password'),
    logFile: join(dataDirectory, 'postgres.log'),
    as,
  }
}

/** A data directory below a folder that only root may enter keeps its cluster where `nobody` can reach it. */
function outsideOf(dataDirectory: string): string {
  mkdirSync('/var/lib/owlie', { recursive: true, mode: 0o755 })
  const name = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16)
  return `/var/lib/owlie/cluster-${name}`
}

function canTraverse(folder: string, as: RunAs): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...as, cwd: '/' }).status === 0
}

async function adopt(place: Place): Promise<EmbeddedServer | null> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const found = readPidFile(place.cluster)
    if (found === null) return null
    if (!isPostmasterOf(found.pid, place.cluster)) {
      // Its process is gone, or the number now belongs to something else.
      rmSync(join(place.cluster, 'postmaster.pid'), { force: true })
      return null
    }
    if (found.port !== null && (await answers(place, found.port))) return describe(place, found.port, true)
    if (Date.now() > deadline) {
      throw new Error(
        `A PostgreSQL (pid ${found.pid}) holds ${place.cluster} but does not answer. End it, then start again.`,
      )
    }
    await sleep(100)
  }
}

function initialise(native: string, place: Place): void {
  rmSync(place.cluster, { recursive: true, force: true })
  mkdirSync(place.cluster, { recursive: true, mode: 0o700 })
  own(place.cluster, place.as)
  const password = randomBytes(24).toString('base64url')
  writeFileSync(place.passwordFile, password, { mode: 0o600 })
  // initdb runs as another user and must read it; the copy lives for a second in the cluster's own 0700 folder's twin.
  const copy = `${place.cluster}.initial-password`
  writeFileSync(copy, password, { mode: 0o600 })
  own(copy, place.as)
  try {
    const args = ['-D', place.cluster, '-U', OWNER, '-A', 'scram-sha-256', `--pwfile=${copy}`, '-E', 'UTF8']
    const done = spawnSync(join(native, 'bin', 'initdb'), [...args, '--locale=C.UTF-8', '--data-checksums'], {
      ...place.as,
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    })
    if (done.status !== 0) {
      rmSync(place.cluster, { recursive: true, force: true })
      throw new Error(
        `PostgreSQL could not make its cluster in ${place.cluster}:\n${done.stderr || String(done.error)}`,
      )
    }
  } finally {
    rmSync(copy, { force: true })
  }
}

function own(path: string, as: RunAs): void {
  if (as.uid !== undefined && as.gid !== undefined) chownSync(path, as.uid, as.gid)
}

async function launch(native: string, place: Place, unsafeFast: boolean): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const port = await freePort()
    const child = spawnServer(native, place, port, unsafeFast)
    const died = new Promise<void>((ended) => child.once('exit', () => ended()))
    let dead = false
    void died.then(() => (dead = true))
    while (!dead && Date.now() < deadline) {
      if (await answers(place, port)) {
        child.unref()
        return port
      }
      await sleep(25)
    }
    // The children of a killed server may hold its shared memory for a moment; then it starts.
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start. The end of ${place.logFile}:\n${logEnd(place.logFile)}`)
    }
    await sleep(250)
  }
}

function spawnServer(native: string, place: Place, port: number, unsafeFast: boolean) {
  const log = openSync(place.logFile, 'a', 0o600)
  chmodSync(place.logFile, 0o600)
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '100',
    shared_buffers: '64MB',
    max_wal_size: '1GB',
    ...(unsafeFast
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
      : {}),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // Detached: a killed Owlie must not take committed work's server with it; the next start adopts it.
  return spawn(join(native, 'bin', 'postgres'), ['-D', place.cluster, ...args], {
    ...place.as,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  })
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? found(address.port) : failed(new Error('no port')),
      )
    })
  })
}

function urlOf(place: Place, port: number, database: string): string {
  const password = readFileSync(place.passwordFile, 'utf8').trim()
  return `postgres://${OWNER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
}

async function answers(place: Place, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(place, port, 'postgres'),
    connectionTimeoutMillis: 2_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch (error) {
    // Not there yet, or still starting; the caller's deadline decides. A wrong password will never become right.
    if ((error as { code?: string }).code === '28P01') throw error
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function createDatabase(place: Place, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(place, port, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

function describe(place: Place, port: number, adopted: boolean): EmbeddedServer {
  const pid = readPidFile(place.cluster)?.pid
  if (pid === undefined) throw new Error(`PostgreSQL in ${place.cluster} ended while it was being looked at.`)
  return { url: urlOf(place, port, DATABASE), adopted, pid, stop: () => stop(place, pid) }
}

async function stop(place: Place, pid: number): Promise<void> {
  if (!isPostmasterOf(pid, place.cluster)) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (isPostmasterOf(pid, place.cluster)) {
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL (pid ${pid}) did not stop within ${STOP_TIMEOUT_MS} ms.`)
    await sleep(25)
  }
}

function logEnd(file: string): string {
  if (!existsSync(file) || statSync(file).size === 0) return '(empty)'
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')
}
