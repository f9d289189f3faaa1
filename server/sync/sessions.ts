import type { DoorStats, Failure, ReadResult, WaitListener } from '@owlie/connector-kit'
import type { Connections, OpenSession } from '../connections/index.ts'
import type { RequestCounts } from './sync-run.ts'

/** A session that outlives its turn, so that a run does not spend a token per turn. */
export interface HeldSession {
  readonly open: OpenSession
  /** Ends every request of the session. */
  readonly stop: AbortController
  /** Told of waits while a turn has it. */
  onWait: WaitListener
  /**
   * Pages asked for and not yet taken, by what was asked. A turn that ends leaves them to the next one, because requests
   * are the scarcest resource; whoever takes one removes it.
   */
  readonly underWay: Map<string, Promise<ReadResult>>
  /** What was spent since the last call, to be written down. Two callers at the same time never get the same. */
  takeSpent(): RequestCounts
  /** It could not be written down: the next one takes it too. */
  giveBack(spent: RequestCounts): void
}

export interface Sessions {
  /** The run's session, opened if there is none; it belongs to the caller until given back. */
  take(
    tenantId: string,
    runId: string,
    connectionId: string,
  ): Promise<HeldSession | { readonly failure: Failure }>
  /** Keeps it for the next turn, for a while. */
  give(runId: string, held: HeldSession): void
  drop(held: HeldSession): Promise<void>
  close(): Promise<void>
}

export function createSessions(connections: Connections, idleMs: number): Sessions {
  const idle = new Map<string, { readonly held: HeldSession; readonly timer: NodeJS.Timeout }>()

  async function drop(held: HeldSession): Promise<void> {
    held.stop.abort(new Error('the session is closed'))
    await held.open.close()
  }

  /** The session kept for a run, unless the connection was edited or removed since. */
  async function kept(tenantId: string, runId: string): Promise<HeldSession | null> {
    const found = idle.get(runId)
    if (!found) return null
    clearTimeout(found.timer)
    idle.delete(runId)
    const { id, version } = found.held.open.connection
    const now = await connections.get(tenantId, { id })
    if (now?.version === version) return found.held
    await drop(found.held)
    return null
  }

  return {
    async take(tenantId, runId, connectionId) {
      const held = await kept(tenantId, runId)
      return held ?? openHeld(connections, tenantId, connectionId)
    },
    give(runId, held) {
      const timer = setTimeout(() => {
        idle.delete(runId)
        void drop(held)
      }, idleMs)
      timer.unref()
      held.onWait = () => {}
      idle.set(runId, { held, timer })
    },
    drop,
    async close() {
      const all = [...idle.values()]
      idle.clear()
      for (const { timer } of all) clearTimeout(timer)
      await Promise.all(all.map(({ held }) => drop(held)))
    },
  }
}

async function openHeld(
  connections: Connections,
  tenantId: string,
  connectionId: string,
): Promise<HeldSession | { readonly failure: Failure }> {
  const stop = new AbortController()
  const waits: { listener: WaitListener } = { listener: () => {} }
  const open = await connections.openSession(tenantId, connectionId, {
    signal: stop.signal,
    onWait: (reason, ms, limit) => waits.listener(reason, ms, limit),
  })
  if ('failure' in open) return open
  let taken: DoorStats = { ...open.session.http.stats, byRoute: {}, total: 0, throttled: 0, waitedMs: 0 }
  return {
    open,
    stop,
    underWay: new Map(),
    get onWait() {
      return waits.listener
    },
    set onWait(listener) {
      waits.listener = listener
    },
    takeSpent() {
      const mark = open.session.http.stats
      const spent = since(taken, mark)
      taken = mark
      return spent
    },
    giveBack(spent) {
      taken = { ...taken, ...since(spent, taken) }
    },
  }
}

function since(before: RequestCounts, now: RequestCounts): RequestCounts {
  const routes = Object.entries(now.byRoute).map(
    ([route, count]) => [route, count - (before.byRoute[route] ?? 0)] as const,
  )
  return {
    total: now.total - before.total,
    byRoute: Object.fromEntries(routes.filter(([, count]) => count > 0)),
    throttled: now.throttled - before.throttled,
    waitedMs: now.waitedMs - before.waitedMs,
  }
}
