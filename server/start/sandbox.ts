import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WriteStream } from 'node:fs'
import { type Child, startChild } from './child.ts'
import { isFree, nextFree } from './port.ts'
import { Stop } from './stop.ts'
import type { Application } from './words.ts'

const firstPort = 4443
const host = '127.0.0.1'

/** What the sandbox says when it is ready. */
export interface SandboxReady {
  /** `localhost:PORT`, as typed into the setup page. */
  readonly domain: string
  readonly caPath: string
  readonly applications: { readonly fullPlus: Application; readonly readOnly: Application }
  readonly sizes: { readonly users: number }
}

/**
 * Starts the sandbox tenant on the port it had before: its port is part of the tenant's domain, and connections that
 * were saved name that domain.
 */
export async function startSandbox(options: {
  script: string
  dataDirectory: string
  args: readonly string[]
  log: WriteStream
  spawned(child: Child): void
}): Promise<SandboxReady> {
  const directory = join(options.dataDirectory, 'sandbox')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const port = await choosePort(directory)
  return startChild<SandboxReady>({
    name: 'sandbox tenant',
    script: options.script,
    args: ['--directory', directory, '--port', String(port), '--host', host, ...options.args],
    env: process.env,
    log: options.log,
    spawned: options.spawned,
  })
}

async function choosePort(directory: string): Promise<number> {
  const file = join(directory, 'port')
  const before = Number(await readFile(file, 'utf8').catch(() => ''))
  if (Number.isInteger(before) && before > 0) {
    if (await isFree(before, host)) return before
    throw new Stop(
      `Port ${before} is taken by another program, and the sandbox tenant needs it: its domain is localhost:${before}.`,
      `End that program. Or delete ${file} to give the sandbox another port; a saved connection then needs the new domain.`,
    )
  }
  const port = await nextFree(firstPort, host)
  if (port === null) throw new Stop('No free port for the sandbox tenant.', 'End some programs that listen.')
  await writeFile(file, `${port}\n`)
  return port
}
