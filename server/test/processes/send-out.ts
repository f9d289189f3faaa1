import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Errand } from './errand.ts'

/** Has a process of its own do it: the number of its writes, or null when it was killed before it could say. */
export async function sendOut(errand: Errand): Promise<number | null> {
  const child = fork(new URL('./errand.ts', import.meta.url), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'owlie-worker-cache') },
  })
  let writes: number | null = null
  child.once('message', (message) => (writes = Number(message)))
  child.send(errand)
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the errand failed with ${code ?? signal}`)
  return writes
}
