import type { Connection } from '../connections/index.ts'
import type { AccountLink, Identity } from '../identities/index.ts'
import type { Account, Entitlement, KindCount } from '../inventory/index.ts'
import type { SyncRun } from '../sync/index.ts'
import { batch } from './batch.ts'
import type { Doors } from './context.ts'

/** Reads that one request needs again and again, asked for once. */
export interface Loaders {
  connections(): Promise<readonly Connection[]>
  connection(id: string): Promise<Connection | null>
  activeRun(connectionId: string): Promise<SyncRun | null>
  lastRun(connectionId: string): Promise<SyncRun | null>
  counts(connectionId: string): Promise<readonly KindCount[] | undefined>
  account(id: string): Promise<Account | undefined>
  entitlement(id: string): Promise<Entitlement | undefined>
  identity(id: string): Promise<Identity | undefined>
  /** Whose an account is; none when nobody and no rule has decided. */
  link(accountId: string): Promise<AccountLink | undefined>
}

export function createLoaders(
  doors: Pick<Doors, 'connections' | 'identities' | 'inventory' | 'sync'>,
  tenantId: string,
): Loaders {
  const { connections, identities, inventory, sync } = doors
  const all = once(() => connections.list(tenantId))
  const lastRun = perKey((id: string) => sync.lastRun(tenantId, id))
  return {
    connections: all,
    connection: async (id) => (await all()).find((connection) => connection.id === id) ?? null,
    lastRun,
    // A connection has at most one active run, and it is the newest.
    activeRun: async (id) => {
      const run = await lastRun(id)
      return run?.finishedAt === null ? run : null
    },
    counts: batch((ids) => inventory.counts(tenantId, ids)),
    account: batch((ids) => inventory.accountsById(tenantId, ids)),
    entitlement: batch((ids) => inventory.entitlementsById(tenantId, ids)),
    identity: batch((ids) => identities.byId(tenantId, ids)),
    link: batch((ids) => identities.linksByAccount(tenantId, ids)),
  }
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | null = null
  return () => (value ??= read())
}

function perKey<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>()
  return (key) => {
    const value = known.get(key) ?? read(key)
    known.set(key, value)
    return value
  }
}
