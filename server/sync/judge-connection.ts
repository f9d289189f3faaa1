import type { Connection } from '../connections/index.ts'

/**
 * Why this connection cannot be synced now, or null. An untested one can: the run finds out the same things in the
 * same words, and automation need not test first. One whose test has failed, or that has no secret, cannot: a person
 * has to mend it, and running would only spend the tenant's requests. Pure.
 */
export function reasonNotToSync(
  connection: Pick<Connection, 'state' | 'stateReason' | 'secrets' | 'lastTest'>,
): string | null {
  if (connection.state === 'ready') return null
  const mendFirst =
    connection.secrets.some((secret) => !secret.configured) || connection.lastTest?.status === 'failed'
  return mendFirst ? (connection.stateReason ?? 'The connection is incomplete.') : null
}
