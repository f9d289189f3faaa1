import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Running {
  readonly pid: number
  /** Null while it is starting. */
  readonly url: string | null
}

/** A start that takes longer than this has been killed, and its number belongs to another program. */
const longestStartMs = 5 * 60_000

const fileIn = (directory: string): string => join(directory, 'running.json')

/**
 * The Owlie that was started on this directory and is still there, or null. A file left by a process that was killed
 * is no obstacle: its number must live, and its address must answer (or it must have begun to start just now).
 */
export async function alreadyRunning(directory: string): Promise<Running | null> {
  const file = fileIn(directory)
  const text = await readFile(file, 'utf8').catch(() => null)
  const running = text === null ? null : parse(text)
  if (!running || running.pid === process.pid || !isAlive(running.pid)) return null
  const here = running.url === null ? await isFresh(file) : await answers(running.url)
  return here ? running : null
}

async function isFresh(file: string): Promise<boolean> {
  const noted = await stat(file).catch(() => null)
  return noted !== null && Date.now() - noted.mtimeMs < longestStartMs
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
}

export async function noteRunning(directory: string, url: string | null): Promise<void> {
  await writeFile(fileIn(directory), `${JSON.stringify({ pid: process.pid, url } satisfies Running)}\n`)
}

/** Only what we noted ourselves: the file may be that of the instance we found running. */
export async function forgetRunning(directory: string): Promise<void> {
  const text = await readFile(fileIn(directory), 'utf8').catch(() => null)
  if (text !== null && parse(text)?.pid === process.pid) await rm(fileIn(directory), { force: true })
}

function parse(text: string): Running | null {
  try {
    const value = JSON.parse(text) as Partial<Running>
    const isUrl = value.url === null || typeof value.url === 'string'
    return typeof value.pid === 'number' && isUrl ? (value as Running) : null
  } catch {
    return null // a half-written file says nothing
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
