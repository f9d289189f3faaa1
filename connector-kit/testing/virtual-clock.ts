import { setTimeout as realSleep } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** A clock on which waiting takes no time: it jumps to the next sleeper when nothing else is going on. */
export interface VirtualClock extends Clock {
  /**
   * Lets time pass until `work` has ended. `quietMs`: how long, of real time, nothing may have happened before time
   * jumps; 0 where everything that happens is sleeping, more where real requests are under way.
   */
  run<T>(work: Promise<T>, quietMs?: number): Promise<T>
}

interface Sleeper {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

export function virtualClock(start = Date.UTC(2026, 10, 23, 12)): VirtualClock {
  let now = start
  let order = 0
  let asked = 0
  const sleepers = new Set<Sleeper>()
  return {
    now: () => now,
    monotonic: () => now - start,
    sleep(ms, signal) {
      asked += 1
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error)
        const sleeper = { at: now + ms, order: order++, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          if (sleepers.delete(sleeper)) reject(signal.reason as Error)
        })
      })
    },
    async run(work, quietMs = 0) {
      let ended = false
      const end = () => (ended = true)
      work.then(end, end)
      for (;;) {
        const before = asked
        // A turn of the event loop: whatever can go on without time has gone on.
        await (quietMs > 0 ? realSleep(quietMs) : new Promise((resolve) => setImmediate(resolve)))
        if (ended) return work
        if (asked !== before) continue
        const next = [...sleepers].sort((a, b) => a.at - b.at || a.order - b.order)[0]
        if (!next) continue
        sleepers.delete(next)
        now = Math.max(now, next.at)
        next.wake()
      }
    },
  }
}
