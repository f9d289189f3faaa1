import { type Connector, enteredScopes, kindsOf, type Manifest, type ObjectKind } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { assertHeld, enqueue, holdLease, type Task } from '../jobs/index.ts'
import { connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import * as failures from './failures.ts'
import type { AssignmentsParts } from './run.ts'
import * as store from './store-baseline.ts'

export const baselineTask = 'assignments.baseline'

/** Objects or grants per transaction. */
const batchSize = 5000
const leaseMs = 30_000

export interface PreviewedKind extends store.KindPreview {
  readonly kind: string
  readonly label: string
}

/** The kinds whose state can be a matter of intent. Pure. */
export function governable(kinds: Manifest['kinds']): readonly ObjectKind[] {
  return kinds.filter(({ yields, governed }) => yields === 'grant' || governed !== undefined)
}

export async function kindsOfConnection(
  { connectors }: AssignmentsParts,
  trx: TenantTx,
  connectionId: string,
): Promise<{ readonly name: string; readonly kinds: readonly ObjectKind[] } | null> {
  const connection = await store.findConnection(trx, connectionId)
  const connector: Connector | undefined = connection ? connectors.get(connection.connector) : undefined
  if (!connection || !connector) return null
  const read = kindsOf(connector.manifest, enteredScopes(connector, connection.config))
  return { name: connection.name, kinds: governable(read) }
}

export async function previewBaseline(
  parts: AssignmentsParts,
  trx: TenantTx,
  connectionId: string,
): Promise<readonly PreviewedKind[] | Refusal> {
  const connection = await kindsOfConnection(parts, trx, connectionId)
  if (!connection) return refuse(connectionNotFound())
  const previews: PreviewedKind[] = []
  for (const kind of connection.kinds)
    previews.push({
      kind: kind.name,
      label: kind.label,
      ...(await store.previewKind(trx, connectionId, kind)),
    })
  return previews
}

export async function startBaseline(
  parts: AssignmentsParts,
  trx: TenantTx,
  actor: Actor,
  { connectionId, kinds }: { readonly connectionId: string; readonly kinds: readonly string[] },
): Promise<store.Baseline | Refusal> {
  const connection = await kindsOfConnection(parts, trx, connectionId)
  if (!connection) return refuse(connectionNotFound())
  if (kinds.length === 0) return refuse(failures.nothingChosen)
  const chosen = connection.kinds.filter(({ name }) => kinds.includes(name))
  const unknown = kinds.filter((name) => !chosen.some((kind) => kind.name === name))
  const totals = []
  const incomplete = []
  for (const kind of chosen) {
    const { fresh, kept, completeAt } = await store.previewKind(trx, connectionId, kind)
    if (completeAt === null) incomplete.push(failures.kindIncomplete(kind.label))
    totals.push({ kind: kind.name, total: fresh + kept })
  }
  const [first, ...more] = [...unknown.map(failures.kindUnknown), ...incomplete]
  if (first) return refuse(first, ...more)
  const by = { actorName: actor.name, at: new Date(parts.clock.now()) }
  const id = await store.insertBaseline(trx, connectionId, totals, by)
  if (id === null) return refuse(failures.baselineRunning)
  await enqueue(trx, baselineTask, { baselineId: id }, { key: `baseline:${id}` })
  await record(trx, {
    actor,
    action: 'baseline.started',
    subject: { kind: 'baseline', id },
    detail: {
      connection: connection.name,
      connectionId,
      objectKind: chosen.map(({ name }) => name).join(' '),
      count: totals.reduce((sum, { total }) => sum + total, 0),
    },
  })
  return (await store.findBaseline(trx, id))!
}

export async function cancelBaseline(
  parts: AssignmentsParts,
  trx: TenantTx,
  actor: Actor,
  id: string,
): Promise<store.Baseline | Refusal> {
  const baseline = await store.findBaseline(trx, id, true)
  if (!baseline) return refuse(failures.baselineNotFound)
  if (baseline.finishedAt) return refuse(failures.baselineEnded)
  await end(parts, trx, baseline, 'cancelled', actor)
  return (await store.findBaseline(trx, id))!
}

/** Batch after batch, each with its place; after a crash it goes on behind the last one that was committed. */
export function baselineTurn(parts: AssignmentsParts): Task {
  return async ({ tenantId, baselineId = '' }, { signal, processId }) => {
    const lease = { tenantId, resource: `baseline:${baselineId}`, owner: processId, ttlMs: leaseMs }
    await holdLease(parts.database, lease, async (held) => {
      const stop = AbortSignal.any([signal, held.signal])
      let isOver = false
      while (!isOver && !stop.aborted)
        isOver = await parts.database.tenant(tenantId, async (trx) => {
          await assertHeld(trx, held.lease)
          return takeNext(parts, trx, tenantId, baselineId)
        })
    })
  }
}

/** True when nothing is left to do. */
async function takeNext(
  parts: AssignmentsParts,
  trx: TenantTx,
  tenantId: string,
  id: string,
): Promise<boolean> {
  const baseline = await store.findBaseline(trx, id, true)
  if (!baseline || baseline.finishedAt) return true
  const connection = await kindsOfConnection(parts, trx, baseline.connectionId)
  const next = baseline.kinds.find(({ finishedAt }) => finishedAt === null)
  const actor = { tenantId, id: 'baseline', name: baseline.actorName, kind: 'system' } as const
  if (!next) {
    await end(parts, trx, baseline, 'complete', actor)
    return true
  }
  const at = new Date(parts.clock.now())
  const kind = connection?.kinds.find(({ name }) => name === next.kind)
  // Its scopes were taken out of the connection meanwhile: there is nothing to take.
  if (!kind) {
    await store.moveOn(trx, id, next.kind, { read: 0, taken: 0, last: null }, at)
    return false
  }
  const { connectionId, actorName } = baseline
  const batch = { baselineId: id, connectionId, kind, after: next.cursor, size: batchSize, actorName, at }
  const taken = await store.takeBatch(trx, batch)
  const isLast = taken.read < batchSize
  await store.moveOn(trx, id, kind.name, taken, isLast ? at : null)
  if (isLast) await store.governKind(trx, batch)
  return false
}

async function end(
  { clock }: AssignmentsParts,
  trx: TenantTx,
  baseline: store.Baseline,
  status: 'complete' | 'cancelled',
  actor: Actor,
): Promise<void> {
  await store.finish(trx, baseline.id, status, new Date(clock.now()))
  // By name: whoever compares is a ring above.
  const { connectionId } = baseline
  await enqueue(trx, 'drift.compare', { connectionId }, { key: `drift:${connectionId}` })
  await record(trx, {
    actor,
    action: status === 'complete' ? 'baseline.taken' : 'baseline.cancelled',
    subject: { kind: 'baseline', id: baseline.id },
    detail: {
      connectionId,
      objectKind: baseline.kinds.map(({ kind }) => kind).join(' '),
      created: baseline.kinds.reduce((sum, { taken }) => sum + taken, 0),
      unchanged: baseline.kinds.reduce((sum, { kept }) => sum + kept, 0),
    },
  })
}
