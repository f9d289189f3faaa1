import { isId } from '../model/index.ts'
import type { Connector } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import type { Connection } from './connection.ts'
import { toConnection } from './present.ts'
import * as store from './store.ts'

type Connectors = ReadonlyMap<string, Connector>

/** Anything else would make PostgreSQL refuse the whole statement instead of finding nothing. */

export async function readConnection(
  trx: TenantTx,
  connectors: Connectors,
  by: { readonly id: string } | { readonly name: string },
): Promise<Connection | null> {
  if ('id' in by && !isId(by.id)) return null
  const row = await store.findConnection(trx, by)
  return row ? (await present(trx, connectors, [row]))[0]! : null
}

/** By name. */
export async function readConnections(trx: TenantTx, connectors: Connectors): Promise<readonly Connection[]> {
  return present(trx, connectors, await store.listConnections(trx))
}

async function present(
  trx: TenantTx,
  connectors: Connectors,
  rows: readonly store.ConnectionRow[],
): Promise<readonly Connection[]> {
  const ids = rows.map((row) => row.id)
  const secrets = await store.secretsOf(trx, ids)
  const tests = await store.lastTests(trx, ids)
  return rows.map((row) =>
    toConnection(
      row,
      secrets.filter((secret) => secret.connection_id === row.id),
      tests.find((test) => test.connection_id === row.id),
      connectors.get(row.connector)?.manifest,
    ),
  )
}
