import type { Clock, Connector } from '@owlie/connector-kit'
import type { Connections } from '../connections/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { Inventory } from '../inventory/index.ts'
import type { GuardLimit } from './plan.ts'

export const operationTask = 'provisioning.turn'

export interface ProvisioningLimits {
  /** How long others wait for a worker that hangs, ms. */
  readonly leaseMs: number
  /** A turn ends after the step in hand once it has taken this long, ms. */
  readonly turnMs: number
  /** Between an outcome nobody knows and the look that settles it, ms. */
  readonly settleMs: number
  /** Touches of one step, the repeated ones included. */
  readonly mostAttempts: number
  /** Turns in a row that were interrupted or threw. */
  readonly mostInterruptions: number
  /** The first wait after the target was away, ms; doubled each time. */
  readonly backoffMs: number
  /** Up to so many grants are looked up one by one before; more are taken from the inventory. */
  readonly freshLooks: number
  readonly guard: GuardLimit
}

export const defaultLimits: ProvisioningLimits = {
  leaseMs: 30_000,
  turnMs: 20_000,
  settleMs: 1_500,
  mostAttempts: 4,
  mostInterruptions: 5,
  backoffMs: 1_000,
  freshLooks: 200,
  guard: { free: 5, absolute: 100, percent: 10 },
}

export interface ProvisioningParts {
  readonly database: Database
  /** By manifest name. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly clock: Clock
  readonly limits: ProvisioningLimits
  /** Told, in the same transaction, when an operation ends without all of it done. */
  readonly onShort?: (trx: TenantTx, operationId: string, reason: string) => Promise<void>
  readonly log: (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void
}
