import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { type Clock, Secret, systemClock } from '@owlie/connector-kit'
import { type Connection, type Connections, createConnections } from '../../connections/index.ts'
import type { Database } from '../../db/index.ts'
import { createGuard, type Guard, metrics } from '../../guard/index.ts'
import { createInventory, type Inventory } from '../../inventory/index.ts'
import { type Actor, isRefusal, type Refusal } from '../../model/index.ts'
import { createProvisioning, type Provisioning, type ProvisioningLimits } from '../../provisioning/index.ts'
import { createKeyring, type Keyring, type MasterKey } from '../../secrets/index.ts'
import { createSync, type Sync, type SyncLimits } from '../../sync/index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator', personId: 'ada' }
export const bob: Actor = { tenantId: 'default', id: 'bob', name: 'Bob', kind: 'operator', personId: 'bob' }

export interface EngineOptions {
  readonly database: Database
  /** The sandbox tenant. */
  readonly target: { readonly domain: string; readonly caPem: string }
  /** Active first. Default: one made here. */
  readonly masterKeys?: readonly MasterKey[]
  readonly clock?: Clock
  readonly sync?: Partial<SyncLimits>
  readonly provisioning?: Partial<ProvisioningLimits>
}

/** What works on a target, as the server builds it and without the server's API. */
export interface Engine {
  readonly database: Database
  readonly masterKeys: readonly MasterKey[]
  readonly keyring: Keyring
  readonly connectors: ReadonlyMap<string, typeof auth0>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly guard: Guard
  readonly sync: Sync
  readonly provisioning: Provisioning
  /** Saves a connection and tests it. */
  connect(application: Application, actor?: Actor): Promise<Connection>
  close(): Promise<void>
}

export function createEngine({ database, target, clock = systemClock, ...given }: EngineOptions): Engine {
  const masterKeys = given.masterKeys ?? [{ kid: 'k1', key: randomBytes(32) }]
  const keyring = createKeyring(masterKeys)
  const connectors = new Map([[auth0.manifest.name, auth0]])
  const connections = createConnections({
    ...{ database, keyring, connectors, clock },
    ...{ hostPolicy: { extra: [target.domain] }, ca: [target.caPem] },
  })
  const inventory = createInventory({ database, connectors, clock })
  const guard = createGuard({ database, clock })
  const acting = { database, connectors, connections, inventory, clock }
  const sync = createSync({ ...acting, guard, limits: given.sync ?? {} })
  const provisioning = createProvisioning({ ...acting, limits: given.provisioning ?? {} })
  return {
    ...{ database, masterKeys, keyring, connectors, connections, inventory, guard, sync, provisioning },
    async connect({ name, clientId, clientSecret, scopes }, actor = ada) {
      const connection = granted(
        await connections.create(actor, {
          ...{ name, connector: 'auth0', secrets: { clientSecret: new Secret(clientSecret) } },
          config: { domain: target.domain, clientId, scopes: scopes.join(' ') },
        }),
      )
      const test = granted(await connections.startTest(actor, { connectionId: connection.id }))
      while ((await connections.getTest(actor.tenantId, test.id))?.status === 'running') await sleep(10)
      return (await connections.get(actor.tenantId, { id: connection.id }))!
    },
    async close() {
      await sync.close()
      await connections.close()
    },
  }
}

export function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`refused: ${JSON.stringify(answer.refused)}`)
  return answer
}

/** Everything within limits is believed, so that one run's changes do not stop the next; the empty answer never is. */
export async function believe({ guard }: Engine, { id }: Connection): Promise<void> {
  for (const { name, yields } of auth0.manifest.kinds)
    for (const metric of metrics)
      granted(
        await guard.setLimit(
          ada,
          { connectionId: id, kind: { name, yields } },
          { metric, free: 1_000_000, absolute: null, percent: null },
        ),
      )
}
