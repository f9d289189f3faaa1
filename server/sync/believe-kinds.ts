import type { Connector, ObjectKind } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import { dayMs, type Guard } from '../guard/index.ts'
import type { Inventory, KindOfRun } from '../inventory/index.ts'
import { heldWith } from './failures.ts'
import { sparedBy } from './spared.ts'
import * as progress from './store-progress.ts'
import type { KindRow, RunRow } from './sync-run.ts'

export interface Believing {
  readonly tenantId: string
  readonly connector: Connector
  readonly inventory: Inventory
  readonly guard: Guard
  readonly run: Pick<RunRow, 'id' | 'connectionId' | 'generation'>
  /** See `SyncLimits.listLagMs`. */
  readonly listLagMs: number
  readonly at: Date
}

/**
 * Every kind of a run has ended: marks what the complete ones missed, unless the guard stops it. A kind that builds on
 * one that is held is held with it. In the transaction that closes the run.
 */
export async function believeKinds(trx: TenantTx, of: Believing, rows: readonly KindRow[]): Promise<void> {
  const held = new Set<string>()
  for (const row of rows) {
    const kind = of.connector.manifest.kinds.find(({ name }) => name === row.kind)
    if (!kind || !isWholeOrEmpty(row)) continue
    const target = await targetOf(trx, of, kind)
    const judged = await judge(trx, of, target)
    const under = buildsOn(kind).find((name) => held.has(name))
    const failure =
      judged?.failure ??
      (under === undefined || row.end !== 'complete' ? null : heldWith(row.label, labelOf(of, under)))
    if (failure) {
      held.add(kind.name)
      await of.inventory.holdKind(trx, target)
      await progress.holdKind(trx, of.run.id, kind.name, failure)
    } else if (row.end === 'complete') {
      await sweep(trx, of, target)
    }
  }
}

/** An empty answer is the one doubt that people may overrule: everything else that is truncated stays so. */
function isWholeOrEmpty({ end, failure }: KindRow): boolean {
  return end === 'complete' || (end === 'truncated' && failure?.code === 'sync.guard_empty')
}

async function judge(trx: TenantTx, of: Believing, target: KindOfRun) {
  const { run, at, tenantId, inventory } = of
  const { kind } = target
  const { seen, created, changed, present, missed, day, presentBefore } = await inventory.measureKind(
    trx,
    target,
    new Date(at.getTime() - dayMs),
  )
  return of.guard.judgeKind(trx, tenantId, {
    ...{ connectionId: run.connectionId, runId: run.id, generation: run.generation, at },
    ...{ kind: kind.name, label: kind.label, missed: () => inventory.missedIds(trx, target) },
    measure: {
      ...{ yields: kind.yields, seen, present, day, presentDayAgo: presentBefore },
      run: { created, changed, missed },
    },
  })
}

async function sweep(trx: TenantTx, of: Believing, target: KindOfRun): Promise<void> {
  const { generation } = of.run
  const { newlyStale } = await of.inventory.sweepKind(trx, { ...target, generation, at: of.at })
  if (newlyStale > 0) await progress.setStale(trx, of.run.id, target.kind.name, newlyStale)
}

async function targetOf(
  trx: TenantTx,
  { run, inventory, listLagMs }: Believing,
  kind: ObjectKind,
): Promise<KindOfRun> {
  const spared = await sparedBy(trx, inventory, run, kind.name, listLagMs)
  return { runId: run.id, connectionId: run.connectionId, kind, spared }
}

function buildsOn({ prerequisites, container, carriedBy }: ObjectKind): readonly string[] {
  return [...prerequisites, container, carriedBy].filter((name) => name !== undefined)
}

function labelOf({ connector }: Believing, name: string): string {
  return connector.manifest.kinds.find((kind) => kind.name === name)?.label ?? name
}
