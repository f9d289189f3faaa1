import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application, Sandbox } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { type Clock, Secret, systemClock } from '@owlie/connector-kit'
import { type Connection, type Connections, createConnections } from '../../connections/index.ts'
import type { Database } from '../../db/index.ts'
import { createGuard, type Guard } from '../../guard/index.ts'
import { createInventory, type Inventory } from '../../inventory/index.ts'
import { type Actor, isRefusal, type Refusal } from '../../model/index.ts'
import { createKeyring, type Keyring } from '../../secrets/index.ts'
import { createSync, type Sync } from '../../sync/index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator', personId: 'ada' }
export const bob: Actor = { tenantId: 'default', id: 'bob', name: 'Bob', kind: 'operator', personId: 'bob' }

/** What both kinds of chaos need of the server, without its processes. */
export interface Engine {
  readonly database: Database
  readonly masterKey: Uint8Array
  readonly keyring: Keyring
  readonly connectors: ReadonlyMap<string, typeof auth0>
  readonly connections: Connections
  readonly inventory: Inventory
  readonly guard: Guard
  readonly sync: Sync
  connect(application: Application): Promise<Connection>
  close(): Promise<void>
}

export function createEngine(database: Database, sandbox: Sandbox, clock: Clock = systemClock): Engine {
  const masterKey = randomBytes(32)
  const keyring = createKeyring([{ kid: 'k1', key: masterKey }])
  const connectors = new Map([[auth0.manifest.name, auth0]])
  const connections = createConnections({
    ...{ database, keyring, connectors, clock },
    ...{ hostPolicy: { extra: [sandbox.domain] }, ca: [sandbox.caPem] },
  })
  const inventory = createInventory({ database, connectors, clock })
  const guard = createGuard({ database, clock })
  const sync = createSync({ database, connectors, connections, inventory, guard, clock })
  return {
    ...{ database, masterKey, keyring, connectors, connections, inventory, guard, sync },
    async connect({ name, clientId, clientSecret, scopes }) {
      const connection = granted(
        await connections.create(ada, {
          ...{ name, connector: 'auth0', secrets: { clientSecret: new Secret(clientSecret) } },
          config: { domain: sandbox.domain, clientId, scopes: scopes.join(' ') },
        }),
      )
      const test = granted(await connections.startTest(ada, { connectionId: connection.id }))
      while ((await connections.getTest(ada.tenantId, test.id))?.status === 'running') await sleep(10)
      return (await connections.get(ada.tenantId, { id: connection.id }))!
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
