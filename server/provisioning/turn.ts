import type { Connector, Failure, Session } from '@owlie/connector-kit'
import { assertHeld, enqueue, type Lease } from '../jobs/index.ts'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import type { Actor } from '../model/index.ts'
import { operationTask, type ProvisioningParts } from './parts.ts'
import * as store from './store.ts'
import type { Unit } from './unit.ts'

/** One turn's hold on an operation. */
export interface Turn {
  readonly parts: ProvisioningParts
  readonly tenantId: string
  readonly operation: store.OperationRow
  readonly lease: Lease
  /** Before a touch, which no token can fence. @throws FailureError `jobs.lease_lost` */
  readonly assertInTime: () => void
  readonly connector: Connector
  readonly session: Session
  /** The permissions the target granted to the session. */
  readonly granted: readonly string[]
  /** The operation's items taken apart, by key. */
  readonly units: ReadonlyMap<string, Unit>
  /** Monotonic, ms. */
  readonly startedAt: number
  readonly signal: AbortSignal
}

/** `again`: there is more to do at once. `done`: ended, or waiting for a time or a person. */
export type TurnEnd = 'again' | 'done'

export function owlie(tenantId: string): Actor {
  return { tenantId, id: 'provisioning', name: 'Owlie', kind: 'system' }
}

export function isTurnOver({ parts, startedAt }: Turn): boolean {
  return parts.clock.monotonic() - startedAt > parts.limits.turnMs
}

/** Runs while the lease is ours. @throws FailureError `jobs.lease_lost` */
export async function guarded<T>(turn: Turn, work: (trx: TenantTx, at: Date) => Promise<T>): Promise<T> {
  return turn.parts.database.tenant(turn.tenantId, async (trx) => {
    await assertHeld(trx, turn.lease)
    return work(trx, new Date(turn.parts.clock.now()))
  })
}

const longestWaitMs = 15 * 60_000

/** What passes by itself waits; everything else ends the operation with its reason. */
export async function parkFor(turn: Turn, failure: Failure): Promise<TurnEnd> {
  const { parts, operation } = turn
  const now = parts.clock.now()
  const waits = failure.kind === 'throttled' || failure.kind === 'unavailable'
  const tries = operation.interruptions + 1
  if (!waits || (failure.kind === 'unavailable' && tries > 10)) return fail(turn, failure)
  const backoff = Math.min(parts.limits.backoffMs * 2 ** Math.min(tries - 1, 10), longestWaitMs)
  const until = new Date(Math.min(Math.max(failure.notBefore ?? now + backoff, now), now + longestWaitMs))
  await parts.database.tenant(turn.tenantId, async (trx) => {
    await assertHeld(trx, turn.lease)
    // Only tries in a row count; a step that works sets them back.
    const interruptions = failure.kind === 'unavailable' ? tries : operation.interruptions
    await store.setTurn(trx, operation.id, {
      inTurn: false,
      interruptions,
      wait: { until, reason: failure.message },
    })
    await enqueue(
      trx,
      operationTask,
      { operationId: operation.id },
      { key: `operation:${operation.id}`, runAt: until },
    )
  })
  return 'done'
}

/** Ends the operation; what was done stays and can be gone on with. */
export async function fail(
  turn: Pick<Turn, 'parts' | 'tenantId' | 'operation' | 'lease'>,
  failure: Failure,
): Promise<TurnEnd> {
  const { parts, operation } = turn
  await parts.database.tenant(turn.tenantId, async (trx) => {
    await assertHeld(trx, turn.lease)
    const moved = await store.moveTo(trx, operation.id, {
      to: 'failed',
      at: new Date(parts.clock.now()),
      failure,
    })
    if (!moved) return
    await parts.onShort?.(trx, operation.id, failure.message)
    await store.addEntry(trx, operation.id, {
      ...{ at: new Date(parts.clock.now()), stepId: null, entry: 'note', changeId: null, attempt: null },
      detail: { is: 'failed', code: failure.code },
    })
    await record(trx, {
      actor: owlie(turn.tenantId),
      action: 'operation.failed',
      subject: { kind: 'operation', id: operation.id, name: operation.title },
      detail: { code: failure.code },
    })
  })
  return 'done'
}
