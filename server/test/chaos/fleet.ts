import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FailPoint } from '../../fail-point.ts'
import type { ChildOptions } from '../../sync/test/sync-child.ts'

/** Where a worker ends: at the `nth` time it comes by a point, or so many ms after it has come up. */
export type Arm = { readonly at: FailPoint; readonly nth: number } | { readonly afterMs: number } | null

export interface Worker {
  readonly arm: Arm
  readonly process: ChildProcess
  /** Killed with SIGKILL, by itself or by us. */
  isDead(): boolean
  readonly gone: Promise<void>
}

/**
 * Worker processes that are there to be killed. One is always loaded ahead and waits for its word, so that a kill
 * costs a connect and no load.
 */
export interface Fleet {
  start(arm: Arm): Promise<Worker>
  living(): readonly Worker[]
  /** Called with each death; one that is nobody's kill is an error. */
  close(): Promise<void>
}

const file = new URL('../../sync/test/sync-child.ts', import.meta.url)

export function openFleet(
  options: Omit<ChildOptions, 'arm'>,
  onDeath: (arm: Arm, isKill: boolean) => void,
): Fleet {
  const workers = new Set<Worker>()
  let isClosing = false
  const load = () =>
    fork(file, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Loading is most of what a worker costs: what was parsed once is kept.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'owlie-chaos-cache') },
    })
  let spare = load()
  return {
    async start(arm) {
      const child = spare
      spare = load()
      let dead = false
      const gone = once(child, 'exit').then(([, signal]) => {
        dead = true
        workers.delete(worker)
        if (!isClosing) onDeath(arm, signal === 'SIGKILL')
      })
      const worker: Worker = { arm, process: child, isDead: () => dead, gone }
      workers.add(worker)
      child.send({ ...options, ...(arm && 'at' in arm ? { arm } : {}) } satisfies ChildOptions)
      // It may die on its way up.
      await Promise.race([once(child, 'message'), gone])
      if (arm && 'afterMs' in arm) setTimeout(() => child.kill('SIGKILL'), arm.afterMs).unref()
      return worker
    },
    living: () => [...workers],
    async close() {
      isClosing = true
      const all = [spare, ...[...workers].map((each) => each.process)]
      await Promise.all(
        all.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const ended = once(child, 'exit')
          child.kill('SIGKILL')
          await ended
        }),
      )
    },
  }
}
