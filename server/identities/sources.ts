import { record } from '../audit/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { enqueue } from '../jobs/index.ts'
import { type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import {
  type AttributeName,
  attributes,
  isAttribute,
  manualSource,
  orderOf,
  resolve,
  type SourceOrder,
} from './attributes.ts'
import { changedMeanwhile, unknownAttribute, unknownSource } from './failures.ts'
import { readSpoken, resolveAll } from './resolve-all.ts'
import type { Hand } from './run.ts'
import * as store from './store-sources.ts'

/** The job that brings identities up to a new order. */
export const resolveTask = 'identities.resolve'

/** Whose word counts first for one attribute. */
export interface AttributeSources {
  readonly name: AttributeName
  readonly label: string
  /** Ids of connections and `manual`: all there are, the first that has a value wins. */
  readonly sources: readonly string[]
  /** Somebody has chosen this order. */
  readonly isChosen: boolean
  /** 0 while nobody has chosen. */
  readonly version: number
  readonly updatedAt: Date | null
  readonly updatedBy: string | null
}

export interface SetSources {
  readonly attribute: string
  readonly sources: readonly string[]
  /** The one that was looked at. */
  readonly version: number
}

export interface SourcesPreview {
  /** Identities more than one source speaks for; for no other can an order change anything. */
  readonly examined: number
  readonly changed: number
  /** There were more to examine than a preview does. */
  readonly isPartial: boolean
  readonly samples: readonly {
    readonly identityId: string
    readonly displayName: string
    readonly before: string | null
    readonly after: string | null
  }[]
}

const batch = 500
const previewMost = 10_000
const samplesShown = 20

export async function list(trx: TenantTx): Promise<readonly AttributeSources[]> {
  const order = await store.findOrder(trx)
  const chosen = new Map((await store.findChosen(trx)).map((each) => [each.attribute, each]))
  return attributes.map(({ name, label }) => {
    const own = chosen.get(name)
    return {
      ...{ name, label, sources: orderOf(name, order) },
      isChosen: own !== undefined,
      version: own?.version ?? 0,
      updatedAt: own?.updatedAt ?? null,
      updatedBy: own?.updatedBy ?? null,
    }
  })
}

export async function set(
  hand: Hand,
  trx: TenantTx,
  actor: Actor,
  { attribute, sources, version }: SetSources,
): Promise<AttributeSources | Refusal> {
  const checked = await check(trx, attribute, sources)
  if (isRefusal(checked)) return checked
  if (!(await store.putSources(trx, attribute, sources, version, actor.name, hand.now())))
    return refuse(changedMeanwhile())
  await enqueue(trx, resolveTask, {}, { key: `${resolveTask}:${actor.tenantId}` })
  await record(trx, {
    actor,
    action: 'attribute.sources_set',
    subject: { kind: 'attribute', id: attribute },
    detail: { attribute, fields: sources.join(' ') },
  })
  return (await list(trx)).find(({ name }) => name === attribute)!
}

async function check(
  trx: TenantTx,
  attribute: string,
  sources: readonly string[],
): Promise<SourceOrder | Refusal> {
  if (!isAttribute(attribute))
    return refuse(
      unknownAttribute(
        attribute,
        attributes.map(({ name }) => name),
      ),
    )
  const order = await store.findOrder(trx)
  const [first, ...more] = sources.filter(
    (source) => source !== manualSource && !order.connections.includes(source),
  )
  return first === undefined ? order : refuse(unknownSource(first), ...more.map(unknownSource))
}

/** What another order would change, without changing it. */
export async function preview(
  hand: Hand,
  tenantId: string,
  attribute: string,
  sources: readonly string[],
): Promise<SourcesPreview | Refusal> {
  const refused = await hand.database.tenant(tenantId, (trx) => check(trx, attribute, sources))
  if (isRefusal(refused)) return refused
  const samples: SourcesPreview['samples'][number][] = []
  let examined = 0
  let changed = 0
  let isPartial = false
  await eachContested(hand.database, tenantId, async (trx, ids) => {
    const { spoken, order } = await readSpoken(trx, hand.connectors, ids)
    const other = { ...order, chosen: new Map([...order.chosen, [attribute, sources] as const]) }
    for (const { id, displayName, manual, statements } of spoken) {
      const valueBy = (by: SourceOrder) =>
        resolve(manual, statements, by).find(({ name }) => name === attribute)?.value ?? null
      const [before, after] = [valueBy(order), valueBy(other)]
      examined += 1
      if (before === after) continue
      changed += 1
      if (samples.length < samplesShown) samples.push({ identityId: id, displayName, before, after })
    }
    isPartial = examined >= previewMost
    return !isPartial
  })
  return { examined, changed, isPartial, samples }
}

/** After a change of order: every identity that more than one source speaks for. May be done twice, or begun anew. */
export async function resolveContested(hand: Hand, tenantId: string, signal: AbortSignal): Promise<void> {
  await eachContested(hand.database, tenantId, async (trx, ids) => {
    signal.throwIfAborted()
    await resolveAll(trx, hand.connectors, ids, hand.now())
    return true
  })
}

/** One transaction per batch, until `work` says no. */
async function eachContested(
  database: Database,
  tenantId: string,
  work: (trx: TenantTx, ids: readonly string[]) => Promise<boolean>,
): Promise<void> {
  let after: string | null = null
  for (;;) {
    const last: string | null = await database.tenant(tenantId, async (trx) => {
      const ids = await store.findContested(trx, after, batch)
      const goesOn = ids.length > 0 && (await work(trx, ids))
      return goesOn && ids.length === batch ? ids.at(-1)! : null
    })
    if (last === null) return
    after = last
  }
}
