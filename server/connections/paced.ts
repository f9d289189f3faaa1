import type { Connector, RateOptions } from '@owlie/connector-kit'
import type { Database } from '../db/index.ts'
import { rateLedger } from '../rate/index.ts'
import type { RateSetting } from './check-rate.ts'

export interface PacedParts {
  readonly database: Database
  /** Told when the place the limits are kept in is away. */
  readonly onDefect: (error: unknown) => void
}

/** How a door to this target keeps its rate limits: with everybody else who works on the same host. */
export function pacedWith(
  { database, onDefect }: PacedParts,
  tenantId: string,
  connector: Connector,
  config: Readonly<Record<string, string>>,
  { ratePlan, reserve }: RateSetting,
): RateOptions {
  const host = config['domain'] ?? ''
  return {
    ...(connector.rate ? { rules: connector.rate } : {}),
    ...(host === '' ? {} : { ledger: rateLedger(database, tenantId, `${connector.manifest.name}:${host}`) }),
    plan: ratePlan,
    reserve,
    onDefect,
  }
}
