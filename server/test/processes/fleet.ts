import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineOptions } from './engine.ts'
import type { SelfArm } from './end-myself.ts'
import type { WorkerOptions } from './worker.ts'

/** Where a worker ends: by itself, or so many ms after it has come up by our hand. */
export type Arm = SelfArm | { readonly afterMs: number } | null

export interface Worker {
  readonly arm: Arm
  readonly process: ChildProcess
  isDead(): boolean
  /** Resolves with its death: the signal, or null when it ended by itself. */
  readonly gone: Promise<NodeJS.Signals | null>
}

/**
 * Worker processes that are there to be killed. One is always loaded ahead and waits for its word, so that a kill
 * costs a connect and no load.
 */
export interface Fleet {
  start(arm?: Arm): Promise<Worker>
  /** Has one that lives already end itself. */
  arm(worker: Worker, arm: SelfArm): Promise<void>
  living(): readonly Worker[]
  /** Kills all that live, and waits until they are gone. */
  killAll(): Promise<void>
  close(): Promise<void>
}

const file = new URL('./worker.ts', import.meta.url)

export interface FleetOptions {
  readonly worker: Omit<WorkerOptions, 'arm'>
  /** Of Node, such as `--max-old-space-size=64`. */
  readonly nodeOptions?: readonly string[]
  /** Called with each death before the end. */
  readonly onDeath?: (arm: Arm, signal: NodeJS.Signals | null) => void
}

export function openFleet({ worker: options, nodeOptions = [], onDeath }: FleetOptions): Fleet {
  const workers = new Set<Worker>()
  let isClosing = false
  const load = () =>
    fork(file, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...nodeOptions],
      // Loading is most of what a worker costs: what was parsed once is kept.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'owlie-worker-cache') },
    })
  let spare = load()
  const killAll = async () => {
    const all = [...workers]
    for (const each of all) each.process.kill('SIGKILL')
    await Promise.all(all.map(({ gone }) => gone))
  }
  return {
    async start(arm = null) {
      const child = spare
      spare = load()
      let dead = false
      const gone = once(child, 'exit').then(([, signal]) => {
        dead = true
        workers.delete(worker)
        if (!isClosing) onDeath?.(arm, signal as NodeJS.Signals | null)
        return signal as NodeJS.Signals | null
      })
      const worker: Worker = { arm, process: child, isDead: () => dead, gone }
      workers.add(worker)
      const isSelf = arm !== null && !('afterMs' in arm)
      child.send({ ...options, ...(isSelf ? { arm } : {}) } satisfies WorkerOptions)
      // It may die on its way up.
      await Promise.race([once(child, 'message'), gone])
      if (arm && 'afterMs' in arm) setTimeout(() => child.kill('SIGKILL'), arm.afterMs).unref()
      return worker
    },
    async arm({ process: child }, arm) {
      const confirmed = once(child, 'message')
      child.send(arm)
      await confirmed
    },
    living: () => [...workers],
    killAll,
    async close() {
      isClosing = true
      const ended = once(spare, 'exit')
      spare.kill('SIGKILL')
      await Promise.all([ended, killAll()])
    },
  }
}

/** What a worker needs to work for this engine. */
export function workerOptions(
  { masterKeys }: Pick<Engine, 'masterKeys'>,
  target: EngineOptions['target'],
  url: string,
  limits: Pick<WorkerOptions, 'sync' | 'provisioning'> = {},
): Omit<WorkerOptions, 'arm'> {
  const masterKey = Buffer.from(masterKeys[0]!.key).toString('base64')
  return { url, masterKey, domain: target.domain, ca: target.caPem, ...limits }
}
