import { chmodSync, mkdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure } from '@owlie/connector-kit'
import { withLock } from './lock.ts'
import { findPlace, type Place, preparePlace } from './place.ts'
import { readPidFile } from './pid-file.ts'
import { adopt, end, launch, type Running } from './postmaster.ts'
import { isKept, keep, makeDatabase, ownerUrl } from './talk.ts'

export interface EmbeddedOptions {
  /** `OWLIE_DATA_DIR`: everything lives in `postgres` below it. Made when absent. */
  readonly dataDirectory: string
  /** Only for tests: lose durability for speed. */
  readonly unsafeFast?: boolean
  /** Where things go that the server's account cannot reach in the data directory. Default /var/lib/owlie. */
  readonly outside?: string
  /** What an operator should know: files in another place, a server that was lost and is back. */
  readonly say?: (message: string) => void
}

export interface EmbeddedServer {
  /** The owner's address, password included: never to be logged. It stays the same when the server is restarted. */
  readonly url: string
  /** True when a server that outlived its Owlie, or of another one that runs, was taken over. */
  readonly adopted: boolean
  /** Of the server's first process; another one after a restart. */
  readonly pid: number
  /** Fast shutdown, everything committed kept; or nothing, while another Owlie uses it. Call it after the last use. */
  stop(): Promise<'stopped' | 'left running'>
}

interface Started extends Running {
  readonly place: Place
  readonly binaries: string
  readonly adopted: boolean
}

const OUTSIDE = '/var/lib/owlie'
const AGAIN_MS = 500

/**
 * Starts the server of this directory, or adopts the one that runs. Two callers at once get the same server. When the
 * server is killed later, it is started again on the same port, for as long as this process has not called `stop`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDirectory = makeDirectory(resolve(options.dataDirectory))
  const settings = { outside: OUTSIDE, say: () => undefined, ...options, dataDirectory }
  const guard = new Guard(settings)
  const { place, port, adopted } = await guard.begin()
  return {
    url: ownerUrl(place, port),
    adopted,
    get pid() {
      return guard.pid
    },
    stop: () => guard.stop(),
  }
}

/** Ends the server of this directory if one runs and nobody uses it: what a killed Owlie left behind. */
export async function stopEmbedded(dataDirectory: string): Promise<void> {
  const place = findPlace(dataDirectory)
  if (place === null) return
  await withLock(lockFile(dataDirectory), async () => {
    if (readPidFile(place.cluster) === null) return
    const running = await adopt(place)
    if (running && !(await isKept(place, running.port))) await end(place, running.pid)
  })
}

/** Keeps one server in use, brings it back when it is lost, and ends it when nobody needs it any more. */
class Guard {
  readonly #options: Required<Omit<EmbeddedOptions, 'unsafeFast'>> & Pick<EmbeddedOptions, 'unsafeFast'>
  #server: Started | null = null
  #keeper: { end(): Promise<void> } | null = null
  #stopping = false
  #returning: Promise<void> = Promise.resolve()

  constructor(options: Required<Omit<EmbeddedOptions, 'unsafeFast'>> & Pick<EmbeddedOptions, 'unsafeFast'>) {
    this.#options = options
  }

  get pid(): number {
    return this.#server!.pid
  }

  async begin(): Promise<Started> {
    await this.#locked(() => this.#start(null))
    return this.#server!
  }

  async stop(): Promise<'stopped' | 'left running'> {
    this.#stopping = true
    await this.#returning
    return this.#locked(async () => {
      const { place, pid, port, binaries } = this.#server!
      await this.#keeper?.end()
      if (await isKept(place, port)) return 'left running'
      await end(place, pid, binaries)
      return 'stopped'
    })
  }

  /** The keeper connects while the lock is held: whoever stops sees it, or has stopped before we looked. */
  async #start(port: number | null): Promise<void> {
    const { place, binaries } = preparePlace(this.#options)
    const running = await adopt(place)
    const wish = { port, unsafeFast: this.#options.unsafeFast === true }
    const server = running ?? (await launch(place, binaries, wish))
    await makeDatabase(place, server.port)
    this.#keeper = await keep(place, server.port, () => this.#lost())
    this.#server = { ...server, place, binaries: binaries.folder, adopted: running !== null }
  }

  #lost(): void {
    if (!this.#stopping) this.#returning = this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    const { port } = this.#server!
    this.#options.say('The embedded PostgreSQL ended unexpectedly; starting it again.')
    while (!this.#stopping) {
      try {
        await this.#locked(() => this.#start(port))
        return this.#options.say('The embedded PostgreSQL is back.')
      } catch (error) {
        const failure = (error as { failure?: unknown }).failure
        this.#options.say(isFailure(failure) ? failure.message : String(error))
        await sleep(AGAIN_MS, undefined, { ref: false })
      }
    }
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return withLock(lockFile(this.#options.dataDirectory), work)
  }
}

const lockFile = (dataDirectory: string) => join(dataDirectory, 'postgres.lock')

/** Made by us, it can be entered by the server's account but not listed; made by somebody else, it stays as it is. */
function makeDirectory(path: string): string {
  const made = mkdirSync(path, { recursive: true })
  if (made !== undefined) chmodSync(path, process.getuid?.() === 0 ? 0o711 : 0o700)
  return realpathSync(path)
}
