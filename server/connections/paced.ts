import type { Connector, RateLedger, RateOptions } from '@owlie/connector-kit'
import type { Database } from '../db/index.ts'
import { rateLedger } from '../rate/index.ts'
import type { RateSetting } from './check-rate.ts'

export interface PacedParts {
  readonly database: Database
  /** Told when the place the limits are kept in is away. */
  readonly onDefect: (error: unknown) => void
  /** Where the limits of a target are kept. Default: in the database. */
  readonly ledgerOf?: (tenantId: string, target: string) => RateLedger
}

/** How a door to this target keeps its rate limits: with everybody else who works on the same host. */
export function pacedWith(
  { database, onDefect, ledgerOf = (...target) => rateLedger(database, ...target) }: PacedParts,
  tenantId: string,
  connector: Connector,
  config: Readonly<Record<string, string>>,
  { ratePlan, reserve }: RateSetting,
): RateOptions {
  const host = config['domain'] ?? ''
  return {
    ...(connector.rate ? { rules: connector.rate } : {}),
    ...(host === '' ? {} : { ledger: ledgerOf(tenantId, `${connector.manifest.name}:${host}`) }),
    plan: ratePlan,
    reserve,
    onDefect,
  }
}
