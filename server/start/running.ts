import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Running {
  readonly pid: number
  readonly url: string
}

const fileIn = (directory: string): string => join(directory, 'running.json')

/**
 * The address of an Owlie that was started on this directory and still answers, or null. A file left by a process
 * that was killed is no obstacle: its number must live and its address must answer.
 */
export async function alreadyRunning(directory: string): Promise<Running | null> {
  const text = await readFile(fileIn(directory), 'utf8').catch(() => null)
  const running = text === null ? null : parse(text)
  if (!running || running.pid === process.pid || !isAlive(running.pid)) return null
  const answers = await fetch(`${running.url}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
  return answers ? running : null
}

export async function noteRunning(directory: string, url: string): Promise<void> {
  await writeFile(fileIn(directory), `${JSON.stringify({ pid: process.pid, url } satisfies Running)}\n`)
}

export async function forgetRunning(directory: string): Promise<void> {
  await rm(fileIn(directory), { force: true })
}

function parse(text: string): Running | null {
  try {
    const value = JSON.parse(text) as Partial<Running>
    return typeof value.pid === 'number' && typeof value.url === 'string' ? (value as Running) : null
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
