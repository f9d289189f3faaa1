import { isId, connectionNotFound } from '../model/index.ts'
import {
  type Clock,
  type Connector,
  type DoorOptions,
  type DoorStats,
  type Failure,
  openDoor,
  type Session,
} from '@owlie/connector-kit'
import { checkEntered, policyFor } from './check-entered.ts'
import type { Connection } from './connection.ts'
import { missingSecrets } from './decide-update.ts'
import type { EditParts } from './edit.ts'
import { unknownConnector } from './failures.ts'
import { type PacedParts, pacedWith } from './paced.ts'
import { readConnection } from './read.ts'
import { openSecrets, secretMissing } from './secrets.ts'
import * as store from './store.ts'

export interface SessionOptions {
  /** Ends every request of the session. */
  readonly signal: AbortSignal
  readonly onWait?: DoorOptions['onWait']
  readonly onRequest?: DoorOptions['onRequest']
  /** Told once, when the session is closed. */
  readonly recordStats?: (stats: DoorStats) => void
}

/** What a door is held to; its defaults are what the product runs with. */
export type DoorLimits = Pick<DoorOptions, 'lookup' | 'resolveMs' | 'deadlineMs' | 'maxBytes'>

export interface OpenSession {
  readonly connector: Connector
  readonly session: Session
  readonly connection: Connection
  /** Closes the connections to the target and forgets the token. May be called twice. */
  close(): Promise<void>
}

export interface OpenParts extends EditParts, PacedParts {
  readonly ca: readonly string[]
  readonly door: DoorLimits
  readonly clock: Clock
}

/**
 * Opens a saved connection for one turn or one step. It asks whether it *can* be opened, not whether it was tested:
 * an untested connection opens and the target itself then says what is wrong.
 * Failures: `connection.not_found`, `connection.unknown_connector`, `connection.required` (no secret),
 * `secrets.*`, and what the connector says of settings that are no longer allowed.
 */
export async function openSession(
  parts: OpenParts,
  tenantId: string,
  connectionId: string,
  options: SessionOptions,
): Promise<OpenSession | { readonly failure: Failure }> {
  const found = await parts.database.tenant(tenantId, async (trx) => {
    if (!isId(connectionId)) return null
    const connection = await readConnection(trx, parts.connectors, { id: connectionId })
    return connection && { connection, rows: await store.secretsOf(trx, [connectionId]) }
  })
  if (!found) return { failure: connectionNotFound() }
  const { connection, rows } = found
  const connector = parts.connectors.get(connection.connector)
  if (!connector) return { failure: unknownConnector(connection.connector, [...parts.connectors.keys()]) }
  // Checked again: what the operator allows may have changed since it was saved.
  const { failures } = checkEntered(connector, parts.hostPolicy.extra, connection.config, {
    config: {},
    secrets: {},
  })
  if (failures[0]) return { failure: failures[0] }
  const stored = rows.map((row) => row.field)
  const [missing] = missingSecrets(connector.manifest.fields, stored)
  if (missing) return { failure: secretMissing(missing, null) }
  const opened = await openSecrets(parts.keyring, { tenantId, connectionId }, connection.config, rows)
  if ('failure' in opened) return opened
  const rate = pacedWith(parts, tenantId, connector, connection.config, connection)
  return openedSession(parts, connector, connection, opened.secrets, { ...options, rate })
}

function openedSession(
  parts: OpenParts,
  connector: Connector,
  connection: Connection,
  secrets: Session['secrets'],
  options: SessionOptions & Pick<DoorOptions, 'rate'>,
): OpenSession {
  const { onWait, onRequest, rate } = options
  const http = openDoor({
    policy: policyFor(connector, parts.hostPolicy.extra),
    route: (method, path) => connector.route(method, path),
    ca: parts.ca,
    clock: parts.clock,
    ...parts.door,
    ...(rate ? { rate } : {}),
    ...(onWait ? { onWait } : {}),
    ...(onRequest ? { onRequest } : {}),
  })
  const memo = new Map<string, unknown>()
  const { clock } = parts
  const session: Session = { config: connection.config, secrets, http, clock, signal: options.signal, memo }
  let closed = false
  return {
    connector,
    session,
    connection,
    async close() {
      if (closed) return
      closed = true
      memo.clear()
      options.recordStats?.(http.stats)
      await http.close()
    },
  }
}
