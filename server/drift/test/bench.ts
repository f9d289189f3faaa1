import type { Connector } from '@owlie/connector-kit'
import { type Assignments, createAssignments } from '../../assignments/index.ts'
import type { TestDatabase } from '../../test/database.ts'
import { ada, granted } from '../../sync/test/bench.ts'
import { createDrift, type DriftDoor, type DriftParts } from '../index.ts'
import type { DriftFilter, Drift } from '../store-list.ts'

const context = { signal: new AbortController().signal, processId: 'drift bench', attempt: 1 }

/** Intent and drift beside a bench of sync, driven by hand. */
export interface DriftBench {
  readonly assignments: Assignments
  readonly drift: DriftDoor
  compare(connectionId: string): Promise<void>
  /** Takes what is now as intent; all kinds that were read completely when none are named. */
  baseline(connectionId: string, kinds?: readonly string[]): Promise<void>
  /** What is not over, oldest first. */
  open(filter?: DriftFilter): Promise<readonly Drift[]>
  /** Every row of drift's and assignments' tables with the transaction that wrote it last. */
  rows(): Promise<readonly unknown[]>
}

export function driftBench(
  database: TestDatabase,
  connectors: readonly Connector[],
  requestOperation?: DriftParts['requestOperation'],
): DriftBench {
  const clock = { now: Date.now }
  const byName = new Map(connectors.map((each) => [each.manifest.name, each]))
  const assignments = createAssignments({ database, connectors: byName, clock })
  const drift = createDrift({
    ...{ database, assignments, clock },
    ...(requestOperation ? { requestOperation } : {}),
  })
  const { tenantId } = ada
  return {
    assignments,
    drift,
    compare: (connectionId) => drift.tasks['drift.compare']!({ tenantId, connectionId }, context),
    async baseline(connectionId, kinds) {
      const preview = granted(await assignments.previewBaseline(tenantId, connectionId))
      const chosen = kinds ?? preview.filter(({ completeAt }) => completeAt).map(({ kind }) => kind)
      const { id: baselineId } = granted(await assignments.takeBaseline(ada, { connectionId, kinds: chosen }))
      await assignments.tasks['assignments.baseline']!({ tenantId, baselineId }, context)
    },
    async open(filter = {}) {
      const { nodes } = await drift.list(tenantId, filter, { first: 500 })
      return [...nodes].reverse()
    },
    async rows() {
      const { rows } = await database.pool.query(
        `select 'drift' as of, id, xmin::text from drift
         union all select 'decision', id, xmin::text from drift_decision
         union all select 'assignment', id, xmin::text from assignment
         union all select 'object', id, xmin::text from desired_object order by 1, 2`,
      )
      return rows
    },
  }
}

/** One line per drift, for readable assertions. */
export function line(drift: Drift): string {
  const about = [drift.accountName ?? drift.account, drift.entitlementName ?? drift.entitlement]
  const values =
    drift.type === 'different' ? ` ${JSON.stringify(drift.intended)} → ${JSON.stringify(drift.observed)}` : ''
  return `${drift.kind} ${drift.type} ${about.filter(Boolean).join(' / ')}${values} [${drift.state}]`
}
