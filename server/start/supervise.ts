import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Child, EarlyEnd, startChild } from './child.ts'
import { buildConsole, consoleIsBuilt, consoleIsFresh } from './console-build.ts'
import { nodeFlags } from './node-flags.ts'
import { isFree, nextFree } from './port.ts'
import { alreadyRunning, forgetRunning, noteRunning } from './running.ts'
import { type SandboxReady, startSandbox } from './sandbox.ts'
import { Stop } from './stop.ts'
import { readyWords } from './words.ts'

export interface SuperviseOptions {
  readonly root: string
  readonly dataDirectory: string
  readonly host: string
  /** The wished port, and whether a person asked for exactly this one. */
  readonly port: { readonly number: number; readonly asked: boolean }
  readonly adminEmail: string
  readonly env: NodeJS.ProcessEnv
  /** Flags for the sandbox tenant, e.g. `--users 20000`. */
  readonly sandboxArgs: readonly string[]
  say(line: string): void
}

/** What the server says when it is ready. */
interface ServerReady {
  readonly url: string
  readonly firstAdmin: { readonly email: string; readonly password: string | null } | null
}

/**
 * Brings everything up, says what a person needs, and stays until it is told to stop or a child ends by itself.
 * Resolves with the exit code.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const children: Child[] = []
  const lived = bringUp(options, (child) => void children.push(child))
  try {
    const why = await Promise.race([stopSignal(), lived])
    if (why === null) {
      options.say('Stopping …')
      return 0
    }
    options.say(`\n${why}`)
    return 1
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof EarlyEnd)) throw error
    options.say(`\n${error.message}`)
    options.say(error instanceof Stop ? error.remedy : `Its last words:\n${error.lastWords}`)
    return 1
  } finally {
    lived.catch(() => null) // what was still starting when we were told to stop
    // The last one first: the server may be in the middle of a page from the sandbox.
    for (const child of children.reverse()) await child.stop()
    await forgetRunning(options.dataDirectory)
  }
}

/** Null when a person (or the system) asked us to stop. */
function stopSignal(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(null))
    process.once('disconnect', () => resolve(null))
  })
}

/** Brings all up, then resolves with what happened when the first child ends by itself. */
async function bringUp(options: SuperviseOptions, register: (child: Child) => void): Promise<string> {
  const { root, dataDirectory, host, say } = options
  const startedAt = performance.now()
  await writable(dataDirectory)
  const running = await alreadyRunning(dataDirectory)
  if (running)
    throw new Stop(
      `Owlie is already ${running.url ? `running here: ${running.url}` : 'being started here'} (process ${running.pid}).`,
      'Use that one, stop it first, or start another with its own OWLIE_DATA_DIR and PORT.',
    )
  await noteRunning(dataDirectory, null)
  const port = await choosePort(options)
  const log = await openLog(dataDirectory)
  const ends: Promise<string>[] = []
  const spawned = (child: Child) => {
    register(child)
    ends.push(child.ended.then((how) => `The ${child.name} ended by itself (${how}).`))
  }
  const [sandbox] = await Promise.all([
    bringSandbox(options, spawned, log),
    bringConsole(root, say, register),
  ])
  say('Starting PostgreSQL and the server …')
  const ready = await startChild<ServerReady>({
    name: 'server',
    script: join(root, 'server', 'main.ts'),
    args: [],
    nodeFlags,
    env: serverEnv(options, port, sandbox),
    log,
    spawned,
  })
  await noteRunning(dataDirectory, ready.url)
  say(wordsFor(options, sandbox, ready, (performance.now() - startedAt) / 1000))
  if (host !== '127.0.0.1' && host !== 'localhost') say(`It listens on ${host}: others can reach it.\n`)
  return `${await Promise.race(ends)} Everything is stopped; see ${shown(join(dataDirectory, 'server.log'))}.`
}

function wordsFor(
  options: SuperviseOptions,
  sandbox: SandboxReady,
  server: ServerReady,
  seconds: number,
): string {
  return readyWords({
    seconds,
    url: server.url,
    firstAdmin: server.firstAdmin,
    adminEmail: options.adminEmail,
    sandboxDomain: sandbox.domain,
    sandboxPeople: sandbox.sizes.users,
    full: sandbox.applications.fullPlus,
    readOnly: sandbox.applications.readOnly,
    dataDirectory: shown(options.dataDirectory),
    log: shown(join(options.dataDirectory, 'server.log')),
  })
}

async function bringSandbox(
  options: SuperviseOptions,
  spawned: (child: Child) => void,
  log: WriteStream,
): Promise<SandboxReady> {
  options.say('Starting the sandbox tenant …')
  const script = join(options.root, 'auth0-sandbox', 'main.ts')
  const { dataDirectory, sandboxArgs: args } = options
  return startSandbox({ script, dataDirectory, args, log, spawned })
}

async function bringConsole(
  root: string,
  say: (line: string) => void,
  register: (child: Child) => void,
): Promise<void> {
  const directory = join(root, 'console')
  if (await consoleIsFresh(directory, join(root, 'schema.graphql'))) return
  say('Building the console (only when it changed) …')
  const older = await consoleIsBuilt(directory)
  const fault = await buildConsole(directory, register)
  if (fault && !older) throw new Stop(fault, 'The server alone runs without the console: npm run serve.')
  if (fault) say(`${fault}\nGoing on with the console that was built before.`)
}

function serverEnv(options: SuperviseOptions, port: number, sandbox: SandboxReady): NodeJS.ProcessEnv {
  const { env, dataDirectory, host } = options
  const hosts = [env['OWLIE_AUTH0_HOSTS'], sandbox.domain].filter(Boolean).join(',')
  return {
    ...env,
    PORT: String(port),
    HOST: host,
    OWLIE_DATA_DIR: dataDirectory,
    OWLIE_AUTH0_HOSTS: hosts,
    NODE_EXTRA_CA_CERTS: sandbox.caPath,
  }
}

async function choosePort(options: SuperviseOptions): Promise<number> {
  const { port, host, say } = options
  if (await isFree(port.number, host)) return port.number
  if (port.asked)
    throw new Stop(
      `Port ${port.number} is taken by another program.`,
      `End that program, or choose another port: PORT=${port.number + 1} npm start`,
    )
  const free = await nextFree(port.number + 1, host)
  if (free === null) throw new Stop('No free port for the server.', 'Choose one: PORT=8080 npm start')
  say(`Port ${port.number} is taken; using ${free}.`)
  return free
}

async function writable(directory: string): Promise<void> {
  try {
    // Not closed to others: when we are root, PostgreSQL runs as another user and must get in. Files in it are.
    await mkdir(directory, { recursive: true })
    const probe = createWriteStream(join(directory, 'server.log'), { flags: 'a', mode: 0o600 })
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.end(resolve)
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new Stop(
      `Cannot write to ${directory} (${code}).`,
      'Make it writable for you, or choose another place: OWLIE_DATA_DIR=/path npm start',
    )
  }
}

/** The log of this start; that of the one before is kept beside it. */
async function openLog(directory: string): Promise<WriteStream> {
  const file = join(directory, 'server.log')
  await rename(file, `${file}.1`)
  return createWriteStream(file, { flags: 'a', mode: 0o600 })
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
