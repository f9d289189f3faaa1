import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from '@owlie/auth0-sandbox'
import { auth0 } from '@owlie/connector-auth0'
import { type Connector, Secret, systemClock } from '@owlie/connector-kit'
import { type Assignments, createAssignments } from '../../assignments/index.ts'
import { type Connection, type Connections, createConnections } from '../../connections/index.ts'
import { createInventory } from '../../inventory/index.ts'
import { type Actor, isRefusal, type Refusal } from '../../model/index.ts'
import { createKeyring } from '../../secrets/index.ts'
import { testDatabase, type TestDatabase } from '../../test/database.ts'
import {
  createProvisioning,
  type Item,
  type Operation,
  type Provisioning,
  type ProvisioningLimits,
} from '../index.ts'

export const ada: Actor = { tenantId: 'default', id: 'ada', name: 'Ada', kind: 'operator', personId: 'ada' }
export const bob: Actor = { tenantId: 'default', id: 'bob', name: 'Bob', kind: 'operator', personId: 'bob' }

export interface Bench {
  readonly database: TestDatabase
  readonly sandbox: Sandbox
  readonly assignments: Assignments
  readonly provisioning: Provisioning
  readonly defects: unknown[]
  connect(application: keyof Sandbox['applications'], called?: string): Promise<Connection>
  /** Another server on the same database. */
  another(connector?: Connector): Provisioning
  /** Submits and plans. */
  wish(connection: Connection, items: readonly Item[], key?: string): Promise<Operation>
  approve(
    operation: Operation,
    more?: { readonly tryOne?: boolean; readonly actor?: Actor },
  ): Promise<Operation>
  /** One turn, without the job system. */
  turn(operation: Operation, on?: Provisioning): Promise<void>
  /** Turn after turn, without the job system, until it ends, waits, or needs a person. */
  drive(operation: Operation, on?: Provisioning): Promise<Operation>
  /** Wish, plan, approve, carry out. */
  run(connection: Connection, items: readonly Item[]): Promise<Operation>
  close(): Promise<void>
}

export function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer))
    throw new Error(answer.refused.map(({ code, message }) => `${code}: ${message}`).join('\n'))
  return answer
}

export function codes(answer: object): readonly string[] {
  return isRefusal(answer) ? answer.refused.map(({ code }) => code) : []
}

export async function openBench(
  sandboxOptions: SandboxOptions = {},
  limits: Partial<ProvisioningLimits> = {},
): Promise<Bench> {
  const sandbox = await startSandbox({
    users: 30,
    roles: 6,
    organizations: 4,
    indexLagMs: 60_000,
    quirks: { memberRoleNeedsVisibleMember: false },
    ...sandboxOptions,
  })
  const database = await testDatabase()
  const keyring = createKeyring([{ kid: 'k1', key: randomBytes(32) }])
  const clock = systemClock
  const defects: unknown[] = []
  const base = { database, keyring, clock, hostPolicy: { extra: [sandbox.domain] }, ca: [sandbox.caPem] }
  const connectors = new Map([[auth0.manifest.name, auth0]])
  const connections = createConnections({ ...base, connectors })
  const another = (connector: Connector = auth0) => {
    const own = new Map([[auth0.manifest.name, connector]])
    return createProvisioning({
      ...{ database, clock, connectors: own },
      connections: connector === auth0 ? connections : createConnections({ ...base, connectors: own }),
      inventory: createInventory({ database, clock, connectors: own }),
      limits: { settleMs: 5, backoffMs: 5, ...limits },
      log: (level, _message, fields) => {
        if (level === 'error') defects.push(fields?.['error'])
      },
    })
  }
  return benchOf({ sandbox, database, connections, connectors, another, defects })
}

interface Parts {
  readonly sandbox: Sandbox
  readonly database: TestDatabase
  readonly connections: Connections
  readonly connectors: ReadonlyMap<string, Connector>
  readonly another: (connector?: Connector) => Provisioning
  readonly defects: unknown[]
}

function benchOf({ sandbox, database, connections, connectors, another, defects }: Parts): Bench {
  const clock = systemClock
  const provisioning = another()
  const context = { signal: new AbortController().signal, processId: 'bench', attempt: 1 }
  const turn = async ({ id: operationId }: Operation, on = provisioning): Promise<void> =>
    on.tasks['provisioning.turn']!({ tenantId: ada.tenantId, operationId }, context)
  const drive = async (operation: Operation, on = provisioning): Promise<Operation> => {
    for (let turns = 0; turns < 200; turns++) {
      await turn(operation, on)
      const now = (await on.get(ada.tenantId, operation.id))!
      if (!['planning', 'approved', 'applying'].includes(now.state)) return now
      if (now.waiting) {
        const ms = now.waiting.until.getTime() - clock.now()
        if (ms > 3000) return now
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms) + 1))
      }
    }
    throw new Error('the operation does not end')
  }
  const wish = async (connection: Connection, items: readonly Item[], key?: string) =>
    drive(
      granted(
        await provisioning.submit(ada, {
          connectionId: connection.id,
          items,
          ...(key ? { idempotencyKey: key } : {}),
        }),
      ),
    )
  const approve: Bench['approve'] = async ({ id, plan }, { tryOne = false, actor = ada } = {}) =>
    granted(
      await provisioning.approve(actor, {
        ...{ id, hash: plan!.hash, tryOne },
        confirmCount: plan!.summary.guard.count,
      }),
    )
  return {
    ...{ database, sandbox, provisioning, defects, another, turn, drive, wish, approve },
    assignments: createAssignments({ database, clock, connectors }),
    async connect(name, called) {
      const application = sandbox.applications[name]
      return granted(
        await connections.create(ada, {
          name: called ?? application.name,
          connector: 'auth0',
          config: {
            domain: sandbox.domain,
            clientId: application.clientId,
            scopes: application.scopes.join(' '),
          },
          secrets: { clientSecret: new Secret(application.clientSecret) },
        }),
      )
    },
    async run(connection, items) {
      const planned = await wish(connection, items)
      if (planned.state !== 'planned') return planned
      return drive(await approve(planned))
    },
    async close() {
      await connections.close()
      await database.close()
      await sandbox.close()
    },
  }
}

export const item = (action: string, target: Item['target'], input: Item['input'] = {}): Item => ({
  action,
  target,
  input,
})

/** A bench for a whole file, with the words its tests share. */
export function useBench() {
  let bench: Bench
  let connection: Connection
  let made = 0
  beforeAll(async () => {
    bench = await openBench()
    connection = await bench.connect('everything')
  }, 60_000)
  afterEach(() => {
    bench.sandbox.faults.clear()
    bench.sandbox.writes.reset()
    expect(bench.defects).toEqual([])
  })
  afterAll(() => bench.close())
  return {
    /** Once it is open. */
    opened: () => ({ bench, connection }),
    /** In every name once. */
    next: () => ++made,
    person: () => bench.sandbox.tenant.addUser({ email: `p${++made}@prov.example`, name: 'Before' }).user_id,
    role: () => bench.sandbox.tenant.addRole({ name: `Role ${++made}` }).id,
    organization: () => bench.sandbox.tenant.addOrganization({ name: `prov-${++made}` }).id,
    newUser: (email = `new${++made}@prov.example`) =>
      item('user.create', {}, { connection: 'Username-Password-Authentication', email, name: 'New' }),
    wrote: () => bench.sandbox.writes.entries.map(({ kind }) => kind),
    states: async ({ id }: Operation) =>
      (await bench.provisioning.steps(ada.tenantId, id)).map(({ state }) => state),
    entries: async ({ id }: Operation) =>
      (await bench.provisioning.journal(ada.tenantId, id)).map(
        ({ entry, detail }) => `${entry} ${String(detail['is'] ?? detail['action'])}`,
      ),
  }
}
