import { type ChildProcess, spawn } from 'node:child_process'
import type { WriteStream } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/** How long a child may take to end by itself before it is killed. */
const stopLimitMs = 12_000

export interface Child {
  readonly name: string
  /** Resolves when the process has ended, with why. */
  readonly ended: Promise<string>
  /** Asks the process to end and waits until it has. */
  stop(): Promise<void>
}

/** Said when a child ended before it was ready: its own last words are more use than a stack. */
export class EarlyEnd extends Error {
  readonly lastWords: string

  constructor(name: string, how: string, lastWords: string) {
    super(`The ${name} ended before it was ready (${how}).`)
    this.lastWords = lastWords
  }
}

/**
 * Starts one program of ours and waits for its ready message over IPC. Its output goes to `log`. It is not in our
 * process group, so a Ctrl-C reaches only us and we decide the order of stopping; when we die without stopping it,
 * it sees the IPC channel close and ends by itself.
 */
export async function startChild<Ready>(options: {
  name: string
  script: string
  args: readonly string[]
  /** For Node, before the script. */
  nodeFlags?: readonly string[]
  env: NodeJS.ProcessEnv
  log: WriteStream
  /** Told at once, so that it can be stopped before it is ready. */
  spawned(child: Child): void
}): Promise<Ready> {
  const { name, script, args, nodeFlags = [], env, log } = options
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const words = lastWords(child, log)
  const ended = endOf(child)
  options.spawned({ name, ended, stop: () => stop(child, ended) })
  return new Promise<Ready>((resolve, reject) => {
    child.on('message', (message) => {
      if ((message as { type?: unknown } | null)?.type === 'ready') resolve(message as Ready)
    })
    void ended.then((how) => setImmediate(() => reject(new EarlyEnd(name, how, words()))))
  })
}

/** A program that does one thing and ends; its output is kept for when that goes wrong. */
export async function runOnce(options: {
  name: string
  script: string
  args: readonly string[]
  directory: string
  env: NodeJS.ProcessEnv
  spawned(child: Child): void
}): Promise<{ how: string; output: string }> {
  const { name, script, args, directory: cwd, env } = options
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const words = lastWords(child)
  const ended = endOf(child)
  options.spawned({ name, ended, stop: () => stop(child, ended) })
  return { how: await ended, output: words() }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
  })
}

function lastWords(child: ChildProcess, log?: WriteStream): () => string {
  let tail = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log?.write(chunk)
      tail = (tail + chunk.toString('utf8')).slice(-4_000)
    })
  // Frames of a stack help nobody at a terminal; they are in the log.
  const telling = (line: string) => !/^\s+at /.test(line)
  return () => stripVTControlCharacters(tail).trimEnd().split('\n').filter(telling).slice(-20).join('\n')
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
  await ended
  clearTimeout(timer)
}
