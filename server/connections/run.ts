import type { Clock, Connector, Failure, HostPolicy } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import { isId, type Actor, isRefusal, type Refusal, refuse } from '../model/index.ts'
import type { Keyring } from '../secrets/index.ts'
import type { Connection, ConnectionTest } from './connection.ts'
import {
  createConnection,
  type CreateInput,
  type EditParts,
  removeConnection,
  updateConnection,
  type UpdateInput,
} from './edit.ts'
import { testNotFound } from './failures.ts'
import type { PacedParts } from './paced.ts'
import { type DoorLimits, openSession, type OpenSession, type SessionOptions } from './open-session.ts'
import { toTest } from './present.ts'
import { readConnection, readConnections } from './read.ts'
import { createKey, type NewKey, removeKey, type WaitingKey, waitingKeys } from './keys.ts'
import { type RunningTest, runTest } from './run-test.ts'
import { boundFields } from './secrets.ts'
import { type ReplaceInput, type StartedTest, startTest, type TestInput } from './start-test.ts'
import * as store from './store.ts'

interface ConnectionsParts extends Pick<PacedParts, 'ledgerOf'> {
  readonly database: Database
  readonly keyring: Keyring
  /** By manifest name. */
  readonly connectors: ReadonlyMap<string, Connector>
  /** The hosts the operator listed; those of each kind of target come with its connector. */
  readonly hostPolicy: Pick<HostPolicy, 'extra'>
  /** Certificate authorities trusted beside the usual ones, PEM. */
  readonly ca?: readonly string[]
  readonly door?: DoorLimits
  readonly clock: Clock
  /** Told when a test ended by a fault of ours, for the log. Never a failure of the target. */
  readonly onDefect?: (error: unknown) => void
}

export interface Connections {
  create(actor: Actor, input: CreateInput): Promise<Connection | Refusal>
  update(actor: Actor, input: UpdateInput): Promise<Connection | Refusal>
  remove(actor: Actor, id: string, confirmName: string): Promise<{ readonly id: string } | Refusal>
  /** By name. */
  list(tenantId: string): Promise<readonly Connection[]>
  /** The id wins when both are given; capital and small letters of a name count as the same. */
  get(
    tenantId: string,
    by: { readonly id?: string | null; readonly name?: string | null },
  ): Promise<Connection | null>
  /** Returns at once with status `running`; the rows come with `getTest`. */
  startTest(actor: Actor, input: TestInput): Promise<ConnectionTest | Refusal>
  /**
   * Tests a new credential of a saved connection; when it works, it takes the old one's place. Returns at once; the
   * old one stays in use until the test has ended well, and if it does not.
   */
  replaceCredential(actor: Actor, input: ReplaceInput): Promise<ConnectionTest | Refusal>
  /** Makes a key pair that waits to be used instead of a secret. Its private half is never shown. */
  createKey(actor: Actor, input: NewKey): Promise<WaitingKey | Refusal>
  removeKey(actor: Actor, id: string): Promise<{ readonly id: string } | Refusal>
  /** Newest first: those made for this connection, or (null) for one of this connector that is not saved yet. */
  listKeys(tenantId: string, connector: string, connectionId: string | null): Promise<readonly WaitingKey[]>
  /** Cancelling a test that has ended changes nothing. */
  cancelTest(actor: Actor, id: string): Promise<ConnectionTest | Refusal>
  getTest(tenantId: string, id: string): Promise<ConnectionTest | null>
  /** Newest first, at most 50. */
  listTests(tenantId: string, connectionId: string, first: number): Promise<readonly ConnectionTest[]>
  openSession(
    tenantId: string,
    connectionId: string,
    options: SessionOptions,
  ): Promise<OpenSession | { readonly failure: Failure }>
  /** Ends the tests that run in this process, as interrupted by a restart, and waits until that is stored. */
  close(): Promise<void>
}

/** @throws TypeError when a connector binds its secrets to a field that sealing does not cover. */
export function createConnections(given: ConnectionsParts): Connections {
  const parts = {
    ...given,
    ca: given.ca ?? [],
    door: given.door ?? {},
    onDefect: given.onDefect ?? (() => {}),
  }
  for (const [name, connector] of parts.connectors) assertBound(name, connector)
  const { database, connectors } = parts
  const running = new Map<string, RunningTest>()
  const inTenant = <T>(tenantId: string, id: string, read: () => Promise<T>, none: T) =>
    tenantId !== '' && isId(id) ? read() : Promise.resolve(none)
  const getTest = (tenantId: string, id: string) =>
    inTenant<ConnectionTest | null>(
      tenantId,
      id,
      async () => {
        const row = await database.tenant(tenantId, (trx) => store.findTest(trx, id))
        return row ? toTest(row) : null
      },
      null,
    )
  /** Runs what was let in; nobody waits for its end. */
  const follow = (started: StartedTest | Refusal): ConnectionTest | Refusal => {
    if (isRefusal(started)) return started
    const run = runTest(parts, started)
    running.set(run.id, run)
    void run.ended.then(() => running.delete(run.id))
    return started.test
  }
  return {
    create: (actor, input) => createConnection(parts, actor, input),
    update: (actor, input) => updateConnection(parts, actor, input),
    remove: (actor, id, confirmName) => removeConnection(parts, actor, id, confirmName),
    list: (tenantId) => database.tenant(tenantId, (trx) => readConnections(trx, connectors)),
    get: async (tenantId, { id, name }) => {
      const by = id ? { id } : name ? { name: name.normalize('NFC').trim() } : null
      return by && database.tenant(tenantId, (trx) => readConnection(trx, connectors, by))
    },
    startTest: async (actor, input) => follow(await startTest(parts, actor, input)),
    replaceCredential: async (actor, { connectionId, secrets = null, keyId = null }) =>
      follow(await startTest(parts, actor, { connectionId, secrets, keyId }, 'replace')),
    ...keyVerbs(parts),
    async cancelTest(actor, id) {
      const asked = await inTenant(actor.tenantId, id, () => askToCancel(parts.database, actor, id), false)
      if (!asked) return refuse(testNotFound())
      // In another process it ends with that process's next beat, within a second.
      const run = running.get(id)
      run?.stop({ why: 'cancelled', by: actor.name })
      await run?.ended
      return (await getTest(actor.tenantId, id)) ?? refuse(testNotFound())
    },
    getTest,
    listTests: (tenantId, connectionId, first) =>
      inTenant<readonly ConnectionTest[]>(
        tenantId,
        connectionId,
        async () => {
          const most = Math.min(Math.max(Math.trunc(first), 1), 50)
          const rows = await database.tenant(tenantId, (trx) => store.listTests(trx, connectionId, most))
          return rows.map(toTest)
        },
        [],
      ),
    openSession: (tenantId, connectionId, options) => openSession(parts, tenantId, connectionId, options),
    async close() {
      for (const run of running.values()) run.stop({ why: 'restart' })
      await Promise.all([...running.values()].map((run) => run.ended))
    },
  }
}

function keyVerbs(parts: EditParts): Pick<Connections, 'createKey' | 'removeKey' | 'listKeys'> {
  return {
    createKey: (actor, input) => createKey(parts, actor, input),
    removeKey: (actor, id) => removeKey(parts, actor, id),
    listKeys: (tenantId, connector, connectionId) =>
      parts.database.tenant(tenantId, (trx) => waitingKeys(trx, { connector, connectionId })),
  }
}

/** @returns whether there is such a test. */
async function askToCancel(database: Database, actor: Actor, id: string): Promise<boolean> {
  return database.tenant(actor.tenantId, async (trx) => {
    const row = await store.findTest(trx, id)
    if (!row) return false
    if (row.status !== 'running') return true
    await store.requestCancel(trx, id, actor.name)
    const subject = { kind: 'connection_test', id }
    await record(trx, {
      actor,
      action: 'connection.test_cancelled',
      subject,
      detail: { connector: row.connector },
    })
    return true
  })
}

function assertBound(name: string, connector: Connector): void {
  const others = connector.manifest.fields.filter(
    (field) => field.bindsSecrets && !boundFields.includes(field.name),
  )
  if (others[0])
    throw new TypeError(`connector ${name} binds secrets to ${others[0].name}, which sealing does not cover`)
  if (connector.manifest.name !== name)
    throw new TypeError(`connector ${connector.manifest.name} is listed as ${name}`)
}
