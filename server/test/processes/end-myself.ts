import { Socket } from 'node:net'
import { armFailPoints, type FailPoint } from '../../fail-point.ts'

/** Where a process ends itself as `kill -9` does, or stops itself as a debugger or a full machine does. */
export type SelfArm =
  /** The `nth` time it comes by a named moment. */
  | { readonly at: FailPoint; readonly nth: number; readonly signal?: 'SIGKILL' | 'SIGSTOP' }
  /** At its nth write to any socket, whatever code makes it: before the bytes are out, or right after. */
  | { readonly write: number; readonly isSent: boolean }

export function endMyself(arm: SelfArm): void {
  if ('write' in arm) return endAtWrite(arm)
  let left = arm.nth
  armFailPoints((point) => {
    if (point === arm.at && --left === 0) process.kill(process.pid, arm.signal ?? 'SIGKILL')
  })
}

type Write = (this: Socket, ...given: unknown[]) => void

/** All that leaves the process, to PostgreSQL and to the target, goes through these two. */
function endAtWrite({ write, isSent }: { readonly write: number; readonly isSent: boolean }): void {
  aroundWrites((nth, send) => {
    if (nth === write && !isSent) process.kill(process.pid, 'SIGKILL')
    send()
    if (nth === write) process.kill(process.pid, 'SIGKILL')
  })
}

/** How many writes to any socket there have been since it was called. */
export function countWrites(): () => number {
  let count = 0
  aroundWrites((nth, send) => {
    count = nth
    send()
  })
  return () => count
}

function aroundWrites(around: (nth: number, send: () => void) => void): void {
  const socket = Socket.prototype as unknown as Record<'_write' | '_writev', Write>
  let nth = 0
  for (const name of ['_write', '_writev'] as const) {
    const original = socket[name]
    socket[name] = function (...given) {
      around(++nth, () => original.apply(this, given))
    }
  }
}
