import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FailureError } from '@owlie/connector-kit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { binaries, installedPackage } from './binaries.ts'
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded, stopEmbedded } from './index.ts'
import { isAlive, isPostmasterOf, processesOf, readPidFile } from './pid-file.ts'

// Real processes, and a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const asRoot = process.getuid?.() === 0
const directories: string[] = []
const children: ChildProcess[] = []
const started: EmbeddedServer[] = []

function newDirectory(mode = 0o755): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'owlie-launch-')))
  chmodSync(directory, mode)
  directories.push(directory)
  return directory
}

async function start(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = await startEmbedded(options)
  started.push(server)
  return server
}

/** Where the test is not about what survives. */
const startFast = (dataDirectory: string) => start({ dataDirectory, unsafeFast: true })

/** A data directory whose cluster is made already and stopped: a copy, because making one is most of the time here. */
let model: string

beforeAll(async () => {
  model = newDirectory()
  directories.splice(0)
  await (await startEmbedded({ dataDirectory: model, unsafeFast: true })).stop()
})

afterAll(() => rmSync(model, { recursive: true, force: true }))

function madeDirectory(): string {
  const directory = newDirectory()
  const copied = spawnSync('cp', ['-a', join(model, 'postgres'), directory])
  expect(copied.status).toBe(0)
  // Each its own; the model's may be taken by another copy.
  rmSync(join(directory, 'postgres', 'port'))
  return directory
}

const clusterOf = (directory: string) => join(realpathSync(join(directory, 'postgres')), 'cluster')

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  for (const server of started.splice(0)) await server.stop()
  for (const directory of directories.splice(0)) {
    if (existsSync(join(directory, 'postgres', 'access.json'))) {
      await stopEmbedded(directory)
      expect(processesOf(clusterOf(directory))).toEqual([])
    }
    rmSync(directory, { recursive: true, force: true })
  }
})

async function query(server: { url: string }, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

interface Told {
  readonly url: string
  readonly adopted: boolean
  readonly pid: number
}

/** Another process that starts the server of this directory, or adopts it, and then stays. */
async function launcher(directory: string, unsafeFast = false): Promise<Told & { child: ChildProcess }> {
  const child = fork(fileURLToPath(new URL('./test/launcher.ts', import.meta.url)), {
    env: { ...process.env, DIRECTORY: directory, UNSAFE_FAST: String(unsafeFast) },
    execArgv: [],
  })
  children.push(child)
  const [told] = (await once(child, 'message')) as [Told]
  return { ...told, child }
}

async function stopped(child: ChildProcess): Promise<unknown> {
  child.send('stop')
  const [told] = (await once(child, 'message')) as [{ result: unknown }]
  return told.result
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
}

describe('the embedded PostgreSQL', () => {
  it('starts cold, keeps what was committed over a stop, and starts warm at the same address', async () => {
    const directory = newDirectory()
    const first = await start({ dataDirectory: directory })
    expect(first.adopted).toBe(false)
    await query(first, 'create table kept (n int); insert into kept values (1)')
    expect(await first.stop()).toBe('stopped')
    const second = await start({ dataDirectory: directory })
    expect(second).toMatchObject({ adopted: false, url: first.url })
    expect(await query(second, 'select n from kept')).toEqual([{ n: 1 }])
    await second.stop()
    expect(isPostmasterOf(second.pid, clusterOf(directory))).toBe(false)
    expect(readPidFile(clusterOf(directory))).toBeNull()
  })

  it('is adopted when its Owlie was killed', async () => {
    const directory = madeDirectory()
    const killed = await launcher(directory)
    await query(killed, 'create table kept (n int); insert into kept values (2)')
    await kill(killed.child.pid!)
    const next = await startFast(directory)
    expect(next).toMatchObject({ adopted: true, pid: killed.pid, url: killed.url })
    expect(await query(next, 'select n from kept')).toEqual([{ n: 2 }])
    expect(await next.stop()).toBe('stopped')
  })

  it('recovers everything committed when it and its Owlie were killed', async () => {
    const directory = madeDirectory()
    const killed = await launcher(directory)
    await query(killed, 'create table kept as select generate_series(1, 5000) as n')
    await kill(killed.child.pid!)
    await kill(killed.pid)
    const next = await start({ dataDirectory: directory })
    expect(next.adopted).toBe(false)
    expect(await query(next, 'select count(*)::int as n from kept')).toEqual([{ n: 5000 }])
    await next.stop()
  })

  it('comes back at the same address when it is killed while Owlie runs', async () => {
    const said: string[] = []
    const server = await start({ dataDirectory: madeDirectory(), say: (text) => said.push(text) })
    await query(server, 'create table kept (n int); insert into kept values (3)')
    const killed = server.pid
    process.kill(killed, 'SIGKILL')
    await vi.waitFor(
      async () => expect(await query(server, 'select n from kept')).toEqual([{ n: 3 }]),
      20_000,
    )
    await vi.waitFor(() => expect(said.at(-1)).toBe('The embedded PostgreSQL is back.'))
    expect(server.pid).not.toBe(killed)
    expect(await server.stop()).toBe('stopped')
  })

  it('is one server for four starters at once, and ends with the last', async () => {
    const directory = newDirectory()
    const all = await Promise.all([1, 2, 3, 4].map(() => launcher(directory, true)))
    expect(new Set(all.map(({ pid, url }) => `${pid} ${url}`)).size).toBe(1)
    expect(all.map(({ adopted }) => adopted).sort()).toEqual([false, true, true, true])
    expect(readdirSync(directory).sort()).toEqual(['postgres'])
    for (const { child } of all.slice(1)) expect(await stopped(child)).toBe('left running')
    expect(await query(all[0]!, 'select 1 as n')).toEqual([{ n: 1 }])
    expect(await stopped(all[0]!.child)).toBe('stopped')
    expect(processesOf(clusterOf(directory))).toEqual([])
  })

  it('does not believe a pid file whose number now belongs to something else', async () => {
    const directory = madeDirectory()
    const file = join(clusterOf(directory), 'postmaster.pid')
    // This very test process: alive, and no PostgreSQL.
    writeFileSync(file, `${process.pid}\n${clusterOf(directory)}\n0\n5432\n\n127.0.0.1\n1 1\nready\n`)
    const server = await startFast(directory)
    expect(server.adopted).toBe(false)
    expect(readPidFile(clusterOf(directory))?.pid).toBe(server.pid)
    await server.stop()
  })

  it('removes what a starter left that was killed: its lock, its half-made files', async () => {
    const directory = newDirectory()
    const dead = spawn(process.execPath, ['-e', ''])
    await once(dead, 'exit')
    writeFileSync(join(directory, 'postgres.lock'), `${dead.pid} some-starter`)
    mkdirSync(join(directory, 'postgres.new-0123', 'cluster'), { recursive: true })
    const server = await startFast(directory)
    expect(server.adopted).toBe(false)
    expect(readdirSync(directory)).toEqual(['postgres'])
    await server.stop()
  })

  it('takes another port when the one of last time is taken', async () => {
    const directory = madeDirectory()
    const first = await startFast(directory)
    await first.stop()
    const other = madeDirectory()
    const taken = await startFast(other)
    writeFileSync(join(directory, 'postgres', 'port'), new URL(taken.url).port)
    const second = await startFast(directory)
    expect(new URL(second.url).port).not.toBe(new URL(taken.url).port)
    expect(await query(second, 'select 1 as n')).toEqual([{ n: 1 }])
    await Promise.all([second.stop(), taken.stop()])
  })
})

describe('the embedded PostgreSQL and the people of the machine', () => {
  const kept: string[] = []
  let server: EmbeddedServer
  let directory: string

  beforeAll(async () => {
    directory = madeDirectory()
    kept.push(...directories.splice(0))
    process.env['OWLIE_MASTER_KEYS'] = 'main:canary-1c4f'
    server = await startEmbedded({ dataDirectory: directory })
    delete process.env['OWLIE_MASTER_KEYS']
  })

  afterAll(async () => {
    await server.stop()
    for (const each of kept) rmSync(each, { recursive: true, force: true })
  })

  it('listens on this machine only, wants its password, and its owner is no superuser', async () => {
    const rows = await query(
      server,
      `select current_setting('listen_addresses') as listens, current_setting('fsync') as fsync,
              rolsuper as super, rolbypassrls as bypass
       from pg_roles where rolname = current_user`,
    )
    expect(rows).toEqual([{ listens: '127.0.0.1', fsync: 'on', super: false, bypass: false }])
    const stranger = new URL(server.url)
    stranger.password = 'guess'
    await expect(query({ url: stranger.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('keeps its passwords in a file of mode 0600, and hands nothing secret on', () => {
    const file = join(directory, 'postgres', 'access.json')
    const secrets = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
    expect(secrets).toContain(new URL(server.url).password)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const seen = ['cmdline', 'environ']
      .map((name) => readFileSync(`/proc/${server.pid}/${name}`, 'utf8'))
      .concat(readFileSync(join(directory, 'postgres', 'server.log'), 'utf8'))
      .join('\n')
    expect([...secrets, 'canary-1c4f'].filter((secret) => seen.includes(secret))).toEqual([])
  })

  it('knows letters beyond ASCII, so that search finds them', async () => {
    await query(server, 'create extension pg_trgm')
    const rows = await query(server, `select similarity('ŁÓDŹ', 'łódź') as same, lower('ŁÓDŹ Ö') as lower`)
    expect(rows).toEqual([{ same: 1, lower: 'łódź ö' }])
  })

  it.runIf(asRoot)('runs as the account that owns its files, never as root', () => {
    expect(statSync(`/proc/${server.pid}`).uid).toBe(65534)
    expect(statSync(clusterOf(directory)).uid).toBe(65534)
  })

  it.runIf(asRoot)('works in a directory that only root may enter, whose permissions stay', async () => {
    const locked = newDirectory(0o700)
    const outside = newDirectory()
    const said: string[] = []
    const options = {
      dataDirectory: join(locked, 'data'),
      unsafeFast: true,
      outside,
      say: (text: string) => said.push(text),
    }
    const first = await start(options)
    await query(first, 'create table kept (n int); insert into kept values (4)')
    await first.stop()
    expect(lstatSync(join(locked, 'data', 'postgres')).isSymbolicLink()).toBe(true)
    expect(clusterOf(join(locked, 'data'))).toContain(`${outside}/cluster-`)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(outside)
    const again = await start(options)
    expect(await query(again, 'select n from kept')).toEqual([{ n: 4 }])
    await again.stop()
    expect(statSync(locked).mode & 0o777).toBe(0o700)
  })

  it.runIf(asRoot)('runs a copy of binaries that lie where only root may enter', () => {
    const home = newDirectory(0o700)
    const outside = newDirectory()
    const installed = { ...installedPackage(), folder: join(home, 'package') }
    cpSync(installedPackage().folder, installed.folder, { recursive: true, verbatimSymlinks: true })
    // As after `npm install --ignore-scripts`.
    rmSync(join(installed.folder, 'native', 'lib', 'libpq.so.5'))
    const found = binaries({ uid: 65534, gid: 65534 }, outside, installed)
    expect(found).toEqual({ folder: join(outside, `postgresql-${installed.version}`), major: 18 })
    expect(existsSync(join(found.folder, 'lib', 'libpq.so.5'))).toBe(true)
    expect(binaries({ uid: 65534, gid: 65534 }, outside, installed)).toEqual(found)
    expect(statSync(home).mode & 0o777).toBe(0o700)
  })
})

describe('the embedded PostgreSQL says what is wrong', () => {
  const failureOf = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(FailureError)
    return (error as FailureError).failure
  }

  it('with the end of the log, when it does not start', async () => {
    const directory = madeDirectory()
    writeFileSync(join(clusterOf(directory), 'postgresql.conf'), 'no_such_setting = 1\n')
    const failure = await failureOf(startFast(directory))
    expect(failure.code).toBe('db.does_not_start')
    expect(failure.message).toContain('no_such_setting')
    expect(failure.remedy).toContain(join(directory, 'postgres', 'server.log'))
  })

  it('when the cluster was made by another major version', async () => {
    const directory = madeDirectory()
    writeFileSync(join(clusterOf(directory), 'PG_VERSION'), '15\n')
    const failure = await failureOf(startFast(directory))
    expect(failure.code).toBe('db.cluster_of_another_version')
  })

  it('when something else lies in its place, which stays untouched', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'postgres'))
    writeFileSync(join(directory, 'postgres', 'precious'), 'x')
    const failure = await failureOf(startFast(directory))
    expect(failure.code).toBe('db.not_our_cluster')
    expect(readdirSync(join(directory, 'postgres'))).toEqual(['precious'])
  })
})
