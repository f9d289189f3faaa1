import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { startEmbedded, type EmbeddedServer } from './launch.ts'
import { isPostmasterOf, readPidFile } from './pid-file.ts'

const directories: string[] = []

function newDirectory(mode = 0o755): string {
  const directory = mkdtempSync(join(tmpdir(), 'owlie-launch-'))
  chmodSync(directory, mode)
  directories.push(directory)
  return directory
}

afterEach(async () => {
  for (const directory of directories.splice(0)) {
    const server = await startEmbedded({ dataDirectory: directory })
    await server.stop()
    rmSync(server.cluster, { recursive: true, force: true })
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

/** Another process that starts the server of this directory and then stays. */
async function launcher(
  directory: string,
): Promise<{ child: ChildProcess; server: Omit<EmbeddedServer, 'stop'> }> {
  const module = JSON.stringify(new URL('./launch.ts', import.meta.url).href)
  const script = `
    const { startEmbedded } = await import(${module})
    const { url, adopted, pid } = await startEmbedded({ dataDirectory: process.env.DIRECTORY })
    console.log(JSON.stringify({ url, adopted, pid }))
    setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  return { child, server: JSON.parse(line) as Omit<EmbeddedServer, 'stop'> }
}

describe('the embedded PostgreSQL', () => {
  it('starts cold, keeps what was committed over a stop, and starts warm', async () => {
    const directory = newDirectory()
    const first = await startEmbedded({ dataDirectory: directory })
    expect(first.adopted).toBe(false)
    await query(first, 'create table kept (n int); insert into kept values (1)')
    await first.stop()
    const second = await startEmbedded({ dataDirectory: directory })
    expect(await query(second, 'select n from kept')).toEqual([{ n: 1 }])
    await second.stop()
    expect(second.cluster).toBe(join(directory, 'postgres'))
    expect(isPostmasterOf(second.pid, second.cluster)).toBe(false)
    expect(readPidFile(second.cluster)).toBeNull()
  })

  it('runs from a data directory that only its owner may enter', async () => {
    const server = await startEmbedded({ dataDirectory: newDirectory(0o700) })
    expect(await query(server, 'select 1 as n')).toEqual([{ n: 1 }])
  })

  it('is adopted when its Owlie was killed', async () => {
    const directory = newDirectory()
    const { child, server } = await launcher(directory)
    await query(server, 'create table kept (n int); insert into kept values (2)')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = await startEmbedded({ dataDirectory: directory })
    expect(next).toMatchObject({ adopted: true, pid: server.pid, url: server.url })
    expect(await query(next, 'select n from kept')).toEqual([{ n: 2 }])
  })

  it('starts again when it was killed itself, with everything that was committed', async () => {
    const directory = newDirectory()
    const first = await startEmbedded({ dataDirectory: directory })
    await query(first, 'create table kept (n int); insert into kept values (3)')
    process.kill(first.pid, 'SIGKILL')
    const second = await startEmbedded({ dataDirectory: directory })
    expect(second.adopted).toBe(false)
    expect(second.pid).not.toBe(first.pid)
    expect(await query(second, 'select n from kept')).toEqual([{ n: 3 }])
  })

  it('is one server for two starters at once', async () => {
    const directory = newDirectory()
    const [a, b] = await Promise.all([launcher(directory), launcher(directory)])
    try {
      expect(a.server.pid).toBe(b.server.pid)
      expect([a.server.adopted, b.server.adopted].sort()).toEqual([false, true])
    } finally {
      a.child.kill('SIGKILL')
      b.child.kill('SIGKILL')
    }
  })

  it('does not believe a pid file whose number now belongs to something else', async () => {
    const directory = newDirectory()
    await (await startEmbedded({ dataDirectory: directory })).stop()
    const file = join(directory, 'postgres', 'postmaster.pid')
    // This very test process: alive, and no PostgreSQL.
    writeFileSync(file, `${process.pid}\n${join(directory, 'postgres')}\n0\n5432\n`)
    const server = await startEmbedded({ dataDirectory: directory })
    expect(server.adopted).toBe(false)
    expect(Number(readFileSync(file, 'utf8').split('\n')[0])).toBe(server.pid)
  })

  it('passes over the lock of a starter that was killed', async () => {
    const directory = newDirectory()
    const dead = spawn(process.execPath, ['-e', ''])
    await once(dead, 'exit')
    writeFileSync(join(directory, 'postgres.lock'), String(dead.pid))
    expect((await startEmbedded({ dataDirectory: directory })).adopted).toBe(false)
  })

  it('listens on this machine only, and wants its password', async () => {
    const server = await startEmbedded({ dataDirectory: newDirectory() })
    expect(await query(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    const stranger = new URL(server.url)
    stranger.password = 'guess'
    await expect(query({ url: stranger.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    expect(await query(server, 'show fsync')).toEqual([{ fsync: 'on' }])
  })
})
