import type { Failure } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { assertHeld, enqueue, holdLease, type Held, type Task, type Tasks, type Wake } from '../jobs/index.ts'
import { type Actor, isId, isRefusal, type Refusal, refuse } from '../model/index.ts'
import { applyPlan, cancelInside } from './apply.ts'
import { approve, type ApproveInput } from './approve.ts'
import { correct, type Correction } from './correct.ts'
import * as failures from './failures.ts'
import { makePlan } from './make-plan.ts'
import type { Operation } from './operation.ts'
import { defaultLimits, operationTask, type ProvisioningLimits, type ProvisioningParts } from './parts.ts'
import { connectorOf, type OperationReaders, operationReaders } from './read-operations.ts'
import { type RuleInput, rulesOf, setRule } from './rules.ts'
import * as store from './store.ts'
import type { KeptRule } from './store-policy.ts'
import { submit, type SubmitInput } from './submit.ts'
import { reasonNotTo } from './transitions.ts'
import { unitsOf } from './unit.ts'
import { fail, parkFor, type Turn, type TurnEnd } from './turn.ts'
import type { WishText } from './read-wishes.ts'
import { readWishFile, type WishFile } from './wish-file.ts'

export interface Provisioning extends OperationReaders {
  /**
   * Takes a wish: an operation in state `planning`, or the one the key already names. Refused: malformed, immutable or
   * unknown values, permissions that lack, a key used for another wish (`operation.key_reused`).
   */
  submit(actor: Actor, input: SubmitInput): Promise<Operation | Refusal>
  /** Reads a file of wishes and says what is wrong with which line; stores nothing. */
  readFile(tenantId: string, connectionId: string, file: WishText): Promise<WishFile>
  /** The actions of a connection that need no person's approval. */
  rules(tenantId: string, connectionId: string): Promise<readonly KeptRule[]>
  /** Sets one of them, or takes it away; see approval-policy.ts. */
  setRule(actor: Actor, input: RuleInput): Promise<readonly KeptRule[] | Refusal>
  /** Approves exactly the plan with this hash; see approve.ts. */
  approve(actor: Actor, input: ApproveInput): Promise<Operation | Refusal>
  /** Stops after the step in hand; what was not begun is no longer wished. */
  cancel(actor: Actor, id: string): Promise<Operation | Refusal>
  /**
   * Plans what is left of one that ended short. `carryOn`: and does it, if nothing in it is new; what somebody has
   * cancelled wants new approvals.
   */
  recover(actor: Actor, id: string, options?: { readonly carryOn?: boolean }): Promise<Operation | Refusal>
  /** Looks again and plans anew. */
  replan(actor: Actor, id: string): Promise<Operation | Refusal>
  /** What drift wants put back becomes operations in the caller's transaction; see correct.ts. */
  correct(trx: TenantTx, corrections: readonly Correction[]): Promise<ReadonlyMap<string, string>>
  readonly tasks: Tasks
  readonly wake: Wake
}

export type ProvisioningGiven = Omit<ProvisioningParts, 'limits' | 'log'> & {
  readonly limits?: Partial<ProvisioningLimits>
  readonly log?: ProvisioningParts['log']
}

export function createProvisioning(given: ProvisioningGiven): Provisioning {
  const parts: ProvisioningParts = {
    ...given,
    limits: { ...defaultLimits, ...given.limits },
    log: given.log ?? (() => {}),
  }
  const { database } = parts
  const inTenant = <T>(tenantId: string, work: (trx: TenantTx) => Promise<T>) =>
    database.tenant(tenantId, work)
  const readers = operationReaders(parts)
  const { get } = readers
  const answer = async (tenantId: string, id: string) =>
    (await get(tenantId, id)) ?? refuse(failures.operationNotFound)
  return {
    async submit(actor, input) {
      const row = await submit(parts, actor, input)
      return isRefusal(row) ? row : answer(actor.tenantId, row.id)
    },
    rules: (tenantId, connectionId) => rulesOf(parts, tenantId, connectionId),
    setRule: (actor, input) => setRule(parts, actor, input),
    readFile: (tenantId, connectionId, file) => readWishFile(parts, tenantId, connectionId, file),
    async approve(actor, input) {
      if (!isId(input.id)) return refuse(failures.operationNotFound)
      const connector = await connectorOf(parts, actor.tenantId, input.id)
      if (!connector) return refuse(failures.operationNotFound)
      const { manifest } = connector
      const refusal = await inTenant(actor.tenantId, (trx) =>
        approve(parts, trx, actor, { ...input, manifest }),
      )
      return refusal ?? answer(actor.tenantId, input.id)
    },
    cancel: async (actor, id) => (await cancel(parts, actor, id)) ?? answer(actor.tenantId, id),
    recover: async (actor, id, options = {}) =>
      (await goOn(parts, actor, id, 'recover', options.carryOn ?? false)) ?? answer(actor.tenantId, id),
    replan: async (actor, id) =>
      (await goOn(parts, actor, id, 'replan', false)) ?? answer(actor.tenantId, id),
    ...readers,
    correct: (trx, corrections) => correct(parts, trx, corrections),
    tasks: { [operationTask]: turnTask(parts) },
    async wake(trx) {
      const due = await store.findDue(trx)
      return due.map((operationId) => ({
        ...{ task: operationTask, ids: { operationId }, key: `operation:${operationId}` },
      }))
    },
  }
}

async function cancel(parts: ProvisioningParts, actor: Actor, id: string): Promise<Refusal | null> {
  const connector = isId(id) ? await connectorOf(parts, actor.tenantId, id) : null
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const row = connector && (await store.lockOperation(trx, id))
    if (!row) return refuse(failures.operationNotFound)
    const why = reasonNotTo('cancel', row.state)
    if (why) return refuse(failures.notNow(row.state, why))
    // While a step is in hand its worker ends it; a step that is not begun is nobody's.
    if (row.inTurn) {
      await store.askToCancel(trx, id, actor.name)
      await enqueue(trx, operationTask, { operationId: id }, { key: `operation:${id}` })
    } else
      await cancelInside(
        trx,
        { parts, operation: row, connector, tenantId: actor.tenantId },
        actor.name,
        new Date(parts.clock.now()),
      )
    await record(trx, {
      actor,
      action: 'operation.cancel_requested',
      subject: { kind: 'operation', id, name: row.title },
      detail: { state: row.state },
    })
    return null
  })
}

async function goOn(
  parts: ProvisioningParts,
  actor: Actor,
  id: string,
  verb: 'recover' | 'replan',
  carryOn: boolean,
): Promise<Refusal | null> {
  if (!isId(id)) return refuse(failures.operationNotFound)
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const row = await store.lockOperation(trx, id)
    if (!row) return refuse(failures.operationNotFound)
    const why = reasonNotTo(verb, row.state)
    if (why) return refuse(failures.notNow(row.state, why))
    const at = new Date(parts.clock.now())
    await store.moveTo(trx, id, { to: 'planning', at, carryOn: carryOn && row.state === 'failed' })
    await enqueue(trx, operationTask, { operationId: id }, { key: `operation:${id}` })
    await record(trx, {
      actor,
      action: verb === 'recover' ? 'operation.recovered' : 'operation.replanned',
      subject: { kind: 'operation', id, name: row.title },
      detail: { state: row.state },
    })
    return null
  })
}

function turnTask(parts: ProvisioningParts): Task {
  const { database, limits } = parts
  return async ({ tenantId, operationId = '' }, { signal, processId }) => {
    const [row] = await database.tenant(tenantId, (trx) => store.findOperations(trx, [operationId]))
    if (!row || !['planning', 'approved', 'applying'].includes(row.state)) return
    // One at a time per connection: touches of the same target never cross.
    const resource = `provision:${row.connectionId}`
    const result = await holdLease(
      database,
      { tenantId, resource, owner: processId, ttlMs: limits.leaseMs },
      (held) => runTurn(parts, tenantId, operationId, held, AbortSignal.any([signal, held.signal])),
    )
    if (result.held && result.value === 'again')
      await database.tenant(tenantId, (trx) =>
        enqueue(trx, operationTask, { operationId }, { key: `operation:${operationId}` }),
      )
  }
}

async function runTurn(
  parts: ProvisioningParts,
  tenantId: string,
  operationId: string,
  { lease, assertInTime }: Held,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const operation = await openTurn(parts, tenantId, operationId, lease)
  if (!operation) return 'done'
  const base = { parts, tenantId, operation, lease }
  const opened = await parts.connections.openSession(tenantId, operation.connectionId, { signal })
  if ('failure' in opened) return fail(base, opened.failure)
  const { connector, session } = opened
  try {
    const answer = await connector.grantedScopes(session)
    const granted = 'scopes' in answer ? answer.scopes : []
    const units = new Map(
      operation.items.flatMap((item, at) => unitsOf(item, at + 1)).map((unit) => [unit.key, unit]),
    )
    const turn: Turn = {
      units,
      ...base,
      connector,
      session,
      granted,
      signal,
      assertInTime,
      startedAt: parts.clock.monotonic(),
    }
    if ('failure' in answer) return signal.aborted ? 'done' : await parkFor(turn, answer.failure)
    const end = operation.state === 'planning' ? await makePlan(turn) : await applyPlan(turn)
    await leaveTurn(base)
    return end
  } catch (error) {
    // A turn cut short is taken up again: by the next worker, or after a wait when the fault is ours.
    if (!signal.aborted && !isLeaseLost(error)) await recordFault(base, error)
    return 'done'
  } finally {
    await opened.close()
  }
}

async function openTurn(
  parts: ProvisioningParts,
  tenantId: string,
  operationId: string,
  lease: Turn['lease'],
): Promise<store.OperationRow | null> {
  return parts.database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease)
    const row = await store.lockOperation(trx, operationId)
    if (!row || !['planning', 'approved', 'applying'].includes(row.state)) return null
    if (row.waitingUntil && row.waitingUntil.getTime() > parts.clock.now() && !row.cancelRequestedBy)
      return null
    const interruptions = row.interruptions + (row.inTurn ? 1 : 0)
    if (row.inTurn && interruptions > parts.limits.mostInterruptions) {
      const at = new Date(parts.clock.now())
      await store.moveTo(trx, operationId, { to: 'failed', at, failure: failures.ownDefect })
      return null
    }
    await store.setTurn(trx, operationId, { inTurn: true, interruptions, wait: null })
    return { ...row, interruptions }
  })
}

type Base = Pick<Turn, 'parts' | 'tenantId' | 'operation' | 'lease'>

async function leaveTurn({ parts, tenantId, operation, lease }: Base): Promise<void> {
  await parts.database.tenant(tenantId, async (trx) => {
    await assertHeld(trx, lease)
    await store.setTurn(trx, operation.id, { inTurn: false })
  })
}

async function recordFault({ parts, tenantId, operation }: Base, error: unknown): Promise<void> {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  parts.log('error', 'a turn of an operation ended by a defect', {
    operationId: operation.id,
    error,
    name,
    code,
  })
  const tries = operation.interruptions + 1
  const until = new Date(parts.clock.now() + parts.limits.backoffMs * 2 ** Math.min(tries, 8))
  await parts.database.tenant(tenantId, async (trx) => {
    // Still in its turn: the next one counts it as cut short.
    await store.setTurn(trx, operation.id, {
      inTurn: true,
      wait: { until, reason: 'Owlie had a fault and tries again.' },
    })
    await enqueue(
      trx,
      operationTask,
      { operationId: operation.id },
      { key: `operation:${operation.id}`, runAt: until },
    )
  })
}

function isLeaseLost(error: unknown): boolean {
  const { failure } = (error ?? {}) as { failure?: Failure }
  return failure?.code === 'jobs.lease_lost'
}
