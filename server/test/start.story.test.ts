import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { nextFree } from '../start/port.ts'
import { post, until } from './world.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const startFile = new URL('../start.ts', import.meta.url).pathname
let directory: string
let port: number
const started: ChildProcess[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'owlie-start-'))
  // Open to look into, so that PostgreSQL (which is not root) keeps its files here, where the test can search them.
  await chmod(directory, 0o755)
  port = (await nextFree(23_000 + Math.floor(Math.random() * 5_000), '127.0.0.1'))!
})
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await until('nothing is left', ours, (pids) => pids.length === 0, 30_000)
  await rm(directory, { recursive: true, force: true })
})

/** `npm start`, with all it says; resolves when it is ready or has ended. */
async function start(): Promise<{ child: ChildProcess; said: () => string; ended: Promise<number | null> }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: String(port),
    OWLIE_DATA_DIR: directory,
  }
  const child = spawn(process.execPath, [startFile, '--users', '150', '--organizations', '4'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let over = false
  void ended.then(() => (over = true))
  await until(
    'it is ready',
    async () => text,
    () => over || text.includes('Stop with Ctrl-C'),
    170_000,
  )
  return { child, said: () => text, ended }
}

/** Processes that work on our directory, without this one. */
async function ours(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const parts = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return parts.some((part) => part.includes(directory)) ? pid : null
    }),
  )
  return found.filter((pid): pid is number => pid !== null && pid !== process.pid)
}

/** Files of the data directory that hold this text; the sandbox tenant's own are not Owlie's. */
async function filesHolding(text: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found: string[] = []
  for (const file of files.filter((each) => !each.startsWith(join(directory, 'sandbox'))))
    if ((await readFile(file)).includes(text)) found.push(file)
  return found
}

/** The value behind a label, as a person reads it. */
const valueOf = (said: string, label: string) =>
  new RegExp(`${label}\\s{2,}(.+)`).exec(said)?.[1]?.trim() ?? ''

it('the first start says what to open, how to sign in and what to paste, and all of it works', async () => {
  const { child, said, ended } = await start()
  expect(said()).toContain('Owlie is ready')
  const url = valueOf(said(), 'Open')
  expect(url).toBe(`http://localhost:${port}`)
  expect((await fetch(`${url}/admin/integrations/auth0`)).headers.get('content-type')).toContain('text/html')

  const password = valueOf(said(), 'Password').split(' ')[0]!
  const signIn = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email: valueOf(said(), 'Sign in'), password }),
  })
  expect(signIn.status).toBe(200)
  const session = {
    cookie: signIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0]!)
      .join('; '),
    origin: url,
  }

  const input = {
    connector: 'auth0',
    config: [
      { name: 'domain', value: valueOf(said(), 'Auth0 Domain') },
      { name: 'clientId', value: valueOf(said(), 'Client ID') },
      { name: 'scopes', value: valueOf(said(), 'Scopes') },
    ],
    secrets: [{ name: 'clientSecret', value: valueOf(said(), 'Client Secret') }],
  }
  const begun = await post(url, session, {
    query:
      'mutation ($input: TestConnectionInput!) { testConnection(input: $input) { ... on ConnectionTest { id } } }',
    variables: { input },
  })
  const read = () =>
    post(url, session, {
      query: 'query ($id: ID!) { connectionTest(id: $id) { status summary } }',
      variables: begun.data!['testConnection'],
    })
  const tested = await until(
    'the test ends',
    read,
    ({ data }) => data!['connectionTest'].status !== 'running',
  )
  expect(tested.data!['connectionTest'].status).toBe('passed')

  const saved = await post(url, session, {
    query: 'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }',
    variables: { input: { ...input, name: 'Sandbox' } },
  })
  expect(saved.data!['createConnection'].__typename).toBe('Connection')

  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(await ours()).toEqual([])
  expect(await readFile(join(directory, 'server.log'), 'utf8')).toContain('Owlie is ready.')
  // Logs, keys, and the whole cluster with its write-ahead log.
  const holding = await filesHolding(valueOf(said(), 'Client ID'))
  expect(holding.some((file) => file.includes('postgres'))).toBe(true)
  for (const secret of [password, valueOf(said(), 'Client Secret')])
    expect(await filesHolding(secret)).toEqual([])
})

it('the next start is the same tenant and shows no password; a second beside it is refused', async () => {
  const before = await readFile(join(directory, 'sandbox', 'port'), 'utf8')
  const { child, said, ended } = await start()
  expect(valueOf(said(), 'Auth0 Domain')).toBe(`localhost:${before.trim()}`)
  expect(said()).not.toContain('Password')
  const second = await start()
  expect(await second.ended).toBe(1)
  expect(second.said()).toContain(`already running here: http://localhost:${port}`)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(await ours()).toEqual([])
})

it('a server that dies by itself ends all, and it is said', async () => {
  const { said, ended } = await start()
  const server = await serverProcess()
  process.kill(server, 'SIGKILL')
  expect(await ended).toBe(1)
  expect(said()).toContain('The server ended by itself (signal SIGKILL)')
})

it('what was left by a kill -9 of everything is taken up again', async () => {
  const { child, ended } = await start()
  child.kill('SIGKILL')
  await ended
  // The children see that nobody is there and end by themselves.
  await until('the children end', ours, (pids) => pids.length === 0, 20_000)
  const again = await start()
  expect(again.said()).toContain('Owlie is ready')
  again.child.kill('SIGINT')
  expect(await again.ended).toBe(0)
})

it('a port that is taken, and was asked for, is said with what to do', async () => {
  const { createServer } = await import('node:net')
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  try {
    const { said, ended } = await start()
    expect(await ended).toBe(1)
    expect(said()).toContain(`Port ${port} is taken`)
    expect(said()).toContain('PORT=')
  } finally {
    other.close()
  }
})

async function serverProcess(): Promise<number> {
  for (const pid of await ours())
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('server/main.ts')) return pid
  throw new Error('no server process')
}
