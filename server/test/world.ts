import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, type SandboxOptions, startSandbox } from '@owlie/auth0-sandbox'
import { type TestDatabase, testDatabase } from './database.ts'

export const admin = { email: 'admin@owlie.local', password: 'correct horse battery staple' }

const mainFile = new URL('../main.ts', import.meta.url).pathname
const localFile = new URL('../local.ts', import.meta.url).pathname

/** What GraphQL answered, and how. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly data: Record<string, any> | null // eslint-disable-line @typescript-eslint/no-explicit-any
  readonly errors?: readonly { message: string; extensions?: Record<string, any> }[] // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** Headers that say who asks. */
export type Credential = Readonly<Record<string, string>>

/** A sandbox tenant, a database, and the real server as a process of its own. */
export interface World {
  readonly sandbox: Sandbox
  readonly database: TestDatabase
  readonly environment: NodeJS.ProcessEnv
  /** Everything every server process of this world has printed. */
  readonly output: () => string
  url(): string
  process(): ChildProcess
  /** Kills the server as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts the server again on the same database, with other settings where given. */
  restart(settings?: NodeJS.ProcessEnv): Promise<void>
  /** One more process on the same database; it ends with this world. */
  beside(settings: NodeJS.ProcessEnv): Promise<ChildProcess>
  signIn(email?: string, password?: string): Promise<Credential>
  key(scopes: string): Promise<Credential>
  ask(credential: Credential, query: string, variables?: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

export async function startWorld(sandboxOptions: SandboxOptions = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'owlie-world-'))
  const [sandbox, database] = await Promise.all([
    startSandbox({ indexLagMs: 0, caDirectory: directory, ...sandboxOptions }),
    testDatabase(),
  ])
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    PORT: '0',
    DATABASE_URL: database.url,
    OWLIE_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    OWLIE_AUTH0_HOSTS: sandbox.domain,
    OWLIE_ADMIN_EMAIL: admin.email,
    OWLIE_ADMIN_PASSWORD: admin.password,
    NODE_EXTRA_CA_CERTS: sandbox.caPath,
    LOG_LEVEL: 'debug',
  }
  let output = ''
  const listen = (text: string) => (output += text)
  let server = await startServer(environment, listen)
  const others: ChildProcess[] = []
  const ask = (credential: Credential, query: string, variables: Record<string, unknown> = {}) =>
    post(server.url, credential, { query, variables })
  return {
    sandbox,
    database,
    environment,
    output: () => output,
    url: () => server.url,
    process: () => server.child,
    kill: () => end(server.child, 'SIGKILL'),
    async restart(settings) {
      server = await startServer({ ...environment, ...settings }, listen)
    },
    async beside(settings) {
      const { child } = await startServer({ ...environment, ...settings }, listen)
      others.push(child)
      return child
    },
    signIn: (email = admin.email, password = admin.password) => signIn(server.url, email, password),
    key: (scopes) => localKey(environment, scopes),
    ask,
    async close() {
      for (const child of [server.child, ...others]) await end(child, 'SIGTERM')
      await sandbox.close()
      await database.close()
      await rm(directory, { recursive: true })
    },
  }
}

async function startServer(
  environment: NodeJS.ProcessEnv,
  listen: (text: string) => void,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [mainFile], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8')
      listen(chunk.toString('utf8'))
    })
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { type?: string; url?: string }) => {
      if (message.type === 'ready') resolve(message.url!)
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)))
  })
  return { child, url }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

export async function post(url: string, credential: Credential, body: unknown): Promise<Answer> {
  const response = await fetch(`${url}/api/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...credential,
    },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Pick<Answer, 'data' | 'errors'>
  return { status: response.status, headers: response.headers, ...answer }
}

async function signIn(url: string, email: string, password: string): Promise<Credential> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  })
  if (!response.ok) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`)
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0]!)
    .join('; ')
  return { cookie, origin: url }
}

/** A key made by the command on the host, beside the running server. */
async function localKey(environment: NodeJS.ProcessEnv, scopes: string): Promise<Credential> {
  const args = [localFile, 'api-key', 'create', '--name', 'story', '--scopes', scopes, '--json']
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  let talk = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString('utf8')))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`api-key create ended with ${String(code)}: ${talk}`)
  return { authorization: `Owlie ${(JSON.parse(text) as { key: string }).key}` }
}

/** Asks again until `done` says so; fails loudly when the time is over. */
export async function until<T>(
  what: string,
  read: () => Promise<T>,
  done: (value: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const value = await read()
    if (done(value)) return value
    if (Date.now() > deadline)
      throw new Error(`not within ${limitMs} ms: ${what}; last: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
