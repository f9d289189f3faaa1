import type { Connection } from '../../connections/index.ts'
import { type GuardStop, personOf } from '../../guard/index.ts'
import { refusalAsOneOfTwo } from '../../model/index.ts'
import { reasonNotToSync, type SyncRun } from '../../sync/index.ts'
import type { ApiContext } from '../context.ts'
import type { Demand } from './builder.ts'
import type { ActionView } from './connections.ts'

type May = Pick<ApiContext, 'refusal'>
type MayAs = Pick<ApiContext, 'refusal' | 'actor'>

/** One row per button of a connection: what it takes of the caller, and what of the connection. */
const connectionTable: readonly {
  readonly name: string
  readonly demand: Demand
  readonly unless?: (connection: Connection, active: SyncRun | null) => string | null
}[] = [
  { name: 'edit', demand: 'connection.write' },
  { name: 'test', demand: 'connection.test', unless: testing },
  { name: 'sync', demand: 'sync.run', unless: notReady },
  { name: 'delete', demand: 'connection.write', unless: syncing },
]

function testing({ lastTest }: Connection): string | null {
  return lastTest?.status === 'running' ? 'A test is running; it ends within 15 seconds.' : null
}

function notReady(connection: Connection, active: SyncRun | null): string | null {
  if (active) return 'A sync is running.'
  return reasonNotToSync(connection)
}

function syncing(_connection: Connection, active: SyncRun | null): string | null {
  return active ? 'A sync is running. Cancel it first.' : null
}

/** What can be done with a connection now, by this caller; the console greys out the rest and says why. */
export function connectionActions(connection: Connection, active: SyncRun | null, may: May): ActionView[] {
  return connectionTable.map(({ name, demand, unless }) => ({
    name,
    disabledReason: may.refusal(demand)?.message ?? unless?.(connection, active) ?? null,
  }))
}

const activeStatuses: readonly SyncRun['status'][] = ['queued', 'running', 'paused']

export function runActions({ status }: Pick<SyncRun, 'status'>, may: May): ActionView[] {
  const not = may.refusal('sync.run')?.message ?? null
  const over = activeStatuses.includes(status) ? null : 'The run has ended.'
  const isPaused = status === 'paused'
  return [
    { name: 'pause', disabledReason: not ?? over ?? (isPaused ? 'The run is paused already.' : null) },
    { name: 'resume', disabledReason: not ?? over ?? (isPaused ? null : 'The run is not paused.') },
    { name: 'cancel', disabledReason: not ?? over },
  ]
}

export function stopActions(stop: GuardStop, { refusal, actor }: MayAs): ActionView[] {
  const over = stop.state === 'released' || stop.state === 'superseded' ? `It is ${stop.state}.` : null
  const unasked = stop.state === 'requested' ? null : 'An admin has to ask for the release first.'
  const asked = stop.state === 'requested' ? 'The release is asked for already.' : null
  const alone = refusalAsOneOfTwo(actor)?.refused[0]?.message ?? null
  const own = stop.request?.person === personOf(actor) ? 'Another admin has to confirm it.' : null
  return [
    { name: 'request', disabledReason: refusal('guard.request')?.message ?? over ?? asked ?? alone },
    { name: 'withdraw', disabledReason: refusal('guard.request')?.message ?? over ?? unasked },
    { name: 'release', disabledReason: refusal('guard.release')?.message ?? over ?? unasked ?? own ?? alone },
  ]
}
