import {
  actionOf,
  type Connector,
  enteredScopes,
  type Failure,
  type ObjectKind,
  type Observation,
} from '@owlie/connector-kit'
import { randomUUID } from 'node:crypto'
import { record } from '../audit/index.ts'
import type { Connection } from '../connections/index.ts'
import { enqueue } from '../jobs/index.ts'
import type { TenantTx } from '../db/index.ts'
import { connectionNotFound, type Actor, isId, type Refusal, refuse } from '../model/index.ts'
import * as failures from './failures.ts'
import type { Item } from './operation.ts'
import type { ProvisioningParts } from './parts.ts'
import { operationTask } from './parts.ts'
import * as store from './store.ts'
import { changeOf, hashOf, type Unit, unitsOf } from './unit.ts'
import { count } from './words.ts'

export interface SubmitInput {
  readonly connectionId: string
  readonly items: readonly Item[]
  /** The same key with the same wish is the same operation. Default: a new one each time. */
  readonly idempotencyKey?: string | null
  readonly reason?: string | null
  /** The drift or operation it comes from. */
  readonly sourceId?: string | null
}

const mostUnits = 20_000
/** Characters of values, counted once per change: each step keeps its own. */
const mostText = 20_000_000
const mostProblems = 50

/** Checks a wish as far as it can be without asking the target, stores it, and has it planned. */
export async function submit(
  parts: ProvisioningParts,
  actor: Actor,
  input: SubmitInput,
): Promise<store.OperationRow | Refusal> {
  const { connections, connectors, database } = parts
  const connection = isId(input.connectionId)
    ? await connections.get(actor.tenantId, { id: input.connectionId })
    : null
  if (!connection) return refuse(connectionNotFound())
  const connector = connectors.get(connection.connector)
  if (!connector?.manifest.actions)
    return refuse(failures.readsOnly(connector?.manifest.label ?? connection.connector))
  const idempotencyKey = input.idempotencyKey ?? randomUUID()
  // eslint-disable-next-line no-control-regex
  if (!/^[^\u0000-\u001f\u007f]{1,200}$/u.test(idempotencyKey)) return refuse(failures.badKey)
  const items = input.items.map(({ action, target, input: values }) => ({ action, target, input: values }))
  const payloadHash = hashOf([connection.id, items])
  return database.tenant(actor.tenantId, async (trx) => {
    const before = await store.findByKey(trx, idempotencyKey)
    if (before) return before.payloadHash === payloadHash ? before : refuse(failures.keyReused)
    const problems = await checkItems(parts, trx, connector, connection, items)
    if (problems[0]) return refuse(problems[0], ...problems.slice(1, mostProblems))
    const { reason = null, sourceId = null } = input
    const row = await store.insertOperation(trx, {
      ...{ connectionId: connection.id, idempotencyKey, payloadHash, items, reason, sourceId, actor },
      title: titleOf(connector, items),
      createdAt: new Date(parts.clock.now()),
    })
    // Somebody else's call with the same key committed between the look and the insert.
    if (!row) {
      const other = (await store.findByKey(trx, idempotencyKey))!
      return other.payloadHash === payloadHash ? other : refuse(failures.keyReused)
    }
    await enqueue(trx, operationTask, { operationId: row.id }, { key: `operation:${row.id}` })
    await record(trx, {
      actor,
      action: 'operation.submitted',
      subject: { kind: 'operation', id: row.id, name: row.title },
      detail: { connection: connection.name, count: items.length, ...(reason ? { reason } : {}) },
    })
    return row
  })
}

function titleOf({ manifest }: Connector, items: readonly Item[]): string {
  const units = items.reduce((sum, item) => sum + sizeOf(item), 0)
  const labels = [...new Set(items.map(({ action }) => actionOf(manifest, action)?.label ?? action))]
  const [first = '', ...more] = labels
  const rest = more.length > 0 ? ` and ${count(more.length, 'other action')}` : ''
  return `${first}${rest}${units > 1 ? ` (${units})` : ''}`
}

function sizeOf({ target }: Item): number {
  return Object.values(target).reduce((product, ids) => product * Math.max(1, ids.length), 1)
}

/** What is wrong with the items, each problem with the number of its item, the first `most` of them. */
export async function checkItems(
  parts: ProvisioningParts,
  trx: TenantTx,
  connector: Connector,
  connection: Connection,
  items: readonly Item[],
  most = mostProblems,
): Promise<readonly Failure[]> {
  if (items.length === 0) return [failures.nothingWished]
  const size = items.reduce((sum, item) => sum + sizeOf(item), 0)
  if (size > mostUnits) return [failures.tooLarge(mostUnits)]
  const text = items.reduce((sum, item) => sum + sizeOf(item) * JSON.stringify(item.input).length, 0)
  if (text > mostText) return [failures.tooMuchText]
  const scopes = connection.lastTest?.grantedScopes ?? enteredScopes(connector, connection.config)
  const units = items.flatMap((item, at) => unitsOf(item, at + 1))
  const catalog = await catalogOf(parts, trx, connector, connection, units)
  const problems: Failure[] = []
  for (const [at, item] of items.entries()) {
    const action = actionOf(connector.manifest, item.action)
    for (const { name, kind, label } of action?.targets ?? []) {
      const unknown = (item.target[name] ?? []).filter((id) => catalog.isUnknown(kind, id))
      if (unknown.length > 0) problems.push(failures.unknownObject(label, unknown, at + 1, name))
    }
  }
  const seen = new Set<string>()
  for (const unit of units) {
    const action = actionOf(connector.manifest, unit.action)
    const own = action?.targets[0]
    const observed = own ? catalog.observed(own.kind, unit.target[own.name] ?? '') : null
    for (const failure of connector.checkChange?.(changeOf(unit, 'check'), observed, scopes) ?? []) {
      const field = `items.${unit.item}.${failure.field ?? ''}`
      if (seen.has(`${field} ${failure.code}`)) continue
      seen.add(`${field} ${failure.code}`)
      problems.push({ ...failure, field: failure.kind === 'permission' ? (failure.field ?? field) : field })
    }
    if (problems.length >= most) break
  }
  return problems
}

interface Catalog {
  /** Read completely before, and not there: then an id is none. Where nothing was read, nothing is known. */
  isUnknown(kind: string, id: string): boolean
  observed(kind: string, id: string): Observation | null
}

async function catalogOf(
  { inventory }: ProvisioningParts,
  trx: TenantTx,
  { manifest }: Connector,
  connection: Connection,
  units: readonly Unit[],
): Promise<Catalog> {
  const wanted = new Map<string, Set<string>>()
  for (const unit of units)
    for (const { name, kind } of actionOf(manifest, unit.action)?.targets ?? [])
      wanted.set(kind, (wanted.get(kind) ?? new Set()).add(unit.target[name] ?? ''))
  const counts = (await inventory.countsIn(trx, [connection.id])).get(connection.id) ?? []
  const complete = new Set(counts.filter(({ asOf }) => asOf !== null).map(({ kind }) => kind))
  const known = new Map<string, Awaited<ReturnType<typeof inventory.known>>>()
  for (const [name, ids] of wanted) {
    const kind = manifest.kinds.find((one): one is ObjectKind => one.name === name)
    if (kind) known.set(name, await inventory.known(trx, connection.id, kind, [...ids]))
  }
  return {
    // Accounts come and go between syncs; what can be held is a catalog.
    isUnknown: (kind, id) =>
      complete.has(kind) &&
      manifest.kinds.find(({ name }) => name === kind)?.yields === 'entitlement' &&
      known.get(kind)?.get(id) === undefined,
    observed: (kind, id) => known.get(kind)?.get(id)?.observation ?? null,
  }
}
