import { randomUUID } from 'node:crypto'
import type { Connector, Failure, Secret } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { type Actor, type Refusal, refuse } from '../model/index.ts'
import { checkEntered, inFormOrder } from './check-entered.ts'
import type { ConnectionTest } from './connection.ts'
import { decideUpdate, isChanged } from './decide-update.ts'
import type { EditParts } from './edit.ts'
import {
  connectionNotFound,
  noConnectorNamed,
  otherConnector,
  tooManyTests,
  unknownConnector,
} from './failures.ts'
import { toTest } from './present.ts'
import { isId } from './read.ts'
import { openSecrets, sealDigest, secretMissing } from './secrets.ts'
import * as store from './store.ts'
import { summariseTest } from './summarise-test.ts'

/** Starts of a tenant within a minute. */
const mostPerMinute = 6
/** Tests kept per connection. */
const history = 50

export interface TestInput {
  readonly connectionId?: string | null
  /** For a draft; with `connectionId` it may be left out. */
  readonly connector?: string | null
  /** Over the saved values, where there are any. */
  readonly config?: Readonly<Record<string, string>> | null
  readonly secrets?: Readonly<Record<string, Secret>> | null
}

/** A test that was let in: what to run, and the row that says so. */
export interface StartedTest {
  readonly test: ConnectionTest
  readonly actor: Actor
  readonly connector: Connector
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
}

interface Tried {
  readonly connector: Connector
  readonly row: store.ConnectionRow | null
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
  /** Exactly what is saved, so the end changes the connection's state. */
  readonly isSaved: boolean
}

/** Checks everything that can be checked without a request, counts the start, and stores the running test. */
export async function startTest(
  parts: EditParts,
  actor: Actor,
  input: TestInput,
): Promise<StartedTest | Refusal> {
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const tried = await gather(parts, trx, actor, input)
    if ('refused' in tried) return tried
    const { now, starts } = await store.recentStarts(trx)
    if (starts.length >= mostPerMinute) {
      const notBefore = starts[starts.length - mostPerMinute]! + 60_000
      return refuse(tooManyTests(mostPerMinute, now, notBefore))
    }
    const id = randomUUID()
    const { connector, config, secrets, row } = tried
    const values = {
      tenantId: actor.tenantId,
      testId: id,
      connector: connector.manifest.name,
      config,
      secrets,
    }
    await store.pruneTests(trx, row?.id ?? null, history - 1)
    const test = await store.insertTest(trx, {
      id,
      connectionId: row?.id ?? null,
      connectionVersion: row && tried.isSaved ? row.version : null,
      connector: connector.manifest.name,
      configDigest: await sealDigest(parts.keyring, values),
      actorName: actor.name,
    })
    const { domain, clientId } = config
    const subject = row ? { kind: 'connection', id: row.id, name: row.name } : { kind: 'connection_test', id }
    const detail = { connector: connector.manifest.name, domain, clientId, testId: id }
    await record(trx, { actor, action: 'connection.test_started', subject, detail })
    return { test: toTest({ ...test, interrupted: false }), actor, connector, config, secrets }
  })
}

/** What is to be tried: saved values, typed ones, or typed over saved. The rule for secrets is the one for saving. */
async function gather(
  parts: EditParts,
  trx: TenantTx,
  actor: Actor,
  input: TestInput,
): Promise<Tried | Refusal> {
  const row =
    input.connectionId && isId(input.connectionId)
      ? await store.findConnection(trx, { id: input.connectionId })
      : undefined
  if (input.connectionId && !row) return refuse(connectionNotFound('with this id'))
  if (row && input.connector && input.connector !== row.connector) return refuse(otherConnector())
  const name = row?.connector ?? input.connector
  if (!name) return refuse(noConnectorNamed())
  const connector = parts.connectors.get(name)
  if (!connector) return refuse(unknownConnector(name, [...parts.connectors.keys()]))
  const entered = { config: input.config ?? {}, secrets: input.secrets ?? {} }
  const entry = checkEntered(connector, parts.hostPolicy.extra, row?.config ?? {}, entered)
  const secretRows = row ? await store.secretsOf(trx, [row.id]) : []
  const saved = row ? { config: row.config, secretFields: secretRows.map((secret) => secret.field) } : null
  const material = decideUpdate(connector.manifest.fields, saved, entry.config, Object.keys(entry.secrets))
  const problems: Failure[] = [...entry.failures]
  const seen = new Set(problems.map((failure) => failure.field))
  for (const field of material.missing)
    if (!seen.has(field.name))
      problems.push(secretMissing(field, material.dropped.includes(field.name) ? material.rebound : []))
  const [first, ...more] = inFormOrder(connector.manifest.fields, problems)
  if (first) return refuse(first, ...more)
  const keptRows = secretRows.filter((secret) => material.kept.includes(secret.field))
  const place = { tenantId: actor.tenantId, connectionId: row?.id ?? '' }
  const kept = await openSecrets(parts.keyring, place, row?.config ?? {}, keptRows)
  if ('failure' in kept) return refuse(kept.failure)
  const secrets = { ...kept.secrets, ...entry.secrets }
  return {
    connector,
    row: row ?? null,
    config: material.config,
    secrets,
    isSaved: row !== undefined && !isChanged(material),
  }
}

/**
 * Writes down the end of tests whose process is gone. Until then they are only shown as ended (present.ts). In a
 * transaction of its own: it takes rows of other tests, and their ends take the connection first.
 */
export async function closeInterrupted(trx: TenantTx): Promise<void> {
  for (const row of await store.interruptedTests(trx)) {
    await store.finishTest(trx, row.id, {
      ...summariseTest(row.checks, { why: 'restart' }),
      grantedScopes: null,
    })
  }
}
