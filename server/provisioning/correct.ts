import { type ActionKind, type Json, type Manifest } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import type { Item } from './operation.ts'
import { operationTask, type ProvisioningParts } from './parts.ts'
import * as store from './store.ts'
import { owlie } from './turn.ts'
import { hashOf } from './unit.ts'
import { count } from './words.ts'

/** One disagreement that is to be put right in the target. */
export interface Correction {
  readonly driftId: string
  readonly connectionId: string
  readonly kind: string
  readonly yields: 'account' | 'entitlement' | 'grant'
  /** The target's ids; an object is named by the one its kind yields. */
  readonly account: string
  readonly entitlement: string
  /** What ought to be. */
  readonly wanted: boolean
  readonly intended: Readonly<Record<string, Json>> | null
  readonly observed: Readonly<Record<string, Json>> | null
}

/**
 * What would put it right, or null where no action does: an object that is gone has no place to be made in again, and
 * people should say where. Pure.
 */
export function itemsOf(manifest: Manifest, correction: Correction): readonly Item[] | null {
  const { kind, wanted, yields } = correction
  const actions = (manifest.actions ?? []).filter(({ effect }) => 'kind' in effect && effect.kind === kind)
  if (yields === 'grant') return grantItems(actions, correction)
  const id = yields === 'account' ? correction.account : correction.entitlement
  const targeted = ({ name, targets }: ActionKind, input: Item['input']): Item => ({
    action: name,
    target: { [targets[0]!.name]: [id] },
    input,
  })
  if (!wanted) {
    const remove = actions.find(({ effect }) => effect.does === 'delete')
    return remove ? [targeted(remove, {})] : null
  }
  if (correction.observed === null) return null
  const { observed, intended } = correction
  const differing = Object.entries(intended ?? {}).filter(
    ([name, value]) => JSON.stringify(observed[name] ?? null) !== JSON.stringify(value ?? null),
  )
  const fields = Object.fromEntries(differing.filter(([name]) => name !== 'status'))
  const items: Item[] = []
  const status = differing.find(([name]) => name === 'status')
  if (status) {
    const isBlocked = status[1] === 'blocked'
    const flip = actions.find(({ effect }) => effect.does === 'set' && effect.fixed?.blocked === isBlocked)
    if (!flip) return null
    items.push(targeted(flip, {}))
  }
  if (Object.keys(fields).length > 0) {
    const update = actions.find(({ effect }) => effect.does === 'set' && effect.fixed === undefined)
    if (!update) return null
    items.push(targeted(update, fields))
  }
  return items.length > 0 ? items : null
}

function grantItems(actions: readonly ActionKind[], correction: Correction): readonly Item[] | null {
  const does = correction.wanted ? 'grant' : 'revoke'
  const action = actions.find(({ effect }) => effect.does === does)
  if (!action || (action.effect.does !== 'grant' && action.effect.does !== 'revoke')) return null
  const { account, entitlement } = action.effect
  const parts = entitlement.length === 1 ? [correction.entitlement] : correction.entitlement.split(':')
  if (parts.length !== entitlement.length) return null
  const held = entitlement.map((name, at) => [name, [parts[at]!]] as const)
  return [
    {
      action: action.name,
      target: { [account]: [correction.account], ...Object.fromEntries(held) },
      input: {},
    },
  ]
}

/**
 * Makes one operation per connection of what drift wants put back, in the caller's transaction; answers with its id by
 * drift. Planned and approved like any other. What no action puts right is left out of the answer.
 */
export async function correct(
  parts: Pick<ProvisioningParts, 'connectors' | 'clock'>,
  trx: TenantTx,
  corrections: readonly Correction[],
): Promise<ReadonlyMap<string, string>> {
  const operations = new Map<string, string>()
  for (const connectionId of new Set(corrections.map((one) => one.connectionId))) {
    const manifest = parts.connectors.get((await store.findConnector(trx, connectionId)) ?? '')?.manifest
    if (!manifest) continue
    const own = corrections
      .filter((one) => one.connectionId === connectionId)
      .flatMap(({ driftId, ...one }) => {
        const items = itemsOf(manifest, { driftId, ...one })
        return items ? [{ driftId, items }] : []
      })
    if (own.length === 0) continue
    const items = own.flatMap((one) => one.items)
    const row = await store.insertOperation(trx, {
      ...{ connectionId, items, reason: 'Owlie’s value is to be kept (drift).', sourceId: own[0]!.driftId },
      idempotencyKey: `drift:${hashOf(own.map(({ driftId }) => driftId))}:${parts.clock.now()}`,
      payloadHash: hashOf([connectionId, items]),
      title: `Put right ${count(own.length, 'disagreement')}`,
      createdAt: new Date(parts.clock.now()),
      actor: owlie(await store.tenantOf(trx)),
    })
    if (!row) continue
    for (const { driftId } of own) operations.set(driftId, row.id)
    await enqueue(trx, operationTask, { operationId: row.id }, { key: `operation:${row.id}` })
    await record(trx, {
      actor: owlie(await store.tenantOf(trx)),
      action: 'operation.submitted',
      subject: { kind: 'operation', id: row.id, name: row.title },
      detail: { connectionId, count: items.length, source: 'drift' },
    })
  }
  return operations
}
