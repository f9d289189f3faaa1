import { randomUUID } from 'node:crypto'
import type { Connector, Failure, Secret } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { TenantTx } from '../db/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import { checkEntered, inFormOrder } from './check-entered.ts'
import { type RateSetting, savedRate, standardRate } from './check-rate.ts'
import type { ConnectionTest } from './connection.ts'
import { decideUpdate, isChanged, type Material } from './decide-update.ts'
import type { EditParts } from './edit.ts'
import {
  credentialLabel,
  noConnectorNamed,
  nothingToReplace,
  otherConnector,
  tooManyTests,
  unknownConnector,
} from './failures.ts'
import { type EntryWithKey, withKey } from './keys.ts'
import { toTest } from './present.ts'
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
  /** A waiting key pair, instead of the secret. */
  readonly keyId?: string | null
}

/** A new credential for a saved connection: it is tested, and only when it works it takes the old one's place. */
export interface ReplaceInput {
  readonly connectionId: string
  readonly secrets?: Readonly<Record<string, Secret>> | null
  readonly keyId?: string | null
}

/** A credential that waits for the end of its test. */
export interface Candidate {
  /** The secret it is stored as. */
  readonly field: string
  readonly label: string
  readonly keyId: string | null
  readonly publicKeys: Readonly<Record<string, string>>
  /** What goes when it comes. */
  readonly drops: readonly string[]
  /** The connection's version it was tested on. */
  readonly version: number
}

/** A test that was let in: what to run, and the row that says so. */
export interface StartedTest {
  readonly test: ConnectionTest
  readonly actor: Actor
  readonly connector: Connector
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
  /** Set when a test that works shall put the tested credential into use. */
  readonly candidate: Candidate | null
  /** Of the saved connection; a draft has the usual one. */
  readonly rate: RateSetting
}

interface Tried {
  readonly connector: Connector
  readonly row: store.ConnectionRow | null
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
  /** Exactly what is saved, so the end changes the connection's state. */
  readonly isSaved: boolean
  readonly entry: EntryWithKey
  readonly material: Material
}

/** Checks everything that can be checked without a request, counts the start, and stores the running test. */
export async function startTest(
  parts: EditParts,
  actor: Actor,
  input: TestInput,
  purpose: 'try' | 'replace' = 'try',
): Promise<StartedTest | Refusal> {
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const tried = await gather(parts, trx, actor, input)
    if ('refused' in tried) return tried
    const candidate = purpose === 'replace' ? candidateOf(tried) : null
    if (candidate && 'refused' in candidate) return candidate
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
    const detail = {
      ...{ connector: connector.manifest.name, domain, clientId, testId: id },
      ...(candidate ? { secretSet: candidate.field } : {}),
    }
    await record(trx, { actor, action: 'connection.test_started', subject, detail })
    const rate = row ? savedRate(row) : standardRate
    const shown = toTest({ ...test, interrupted: false })
    return { test: shown, actor, connector, config, secrets, candidate, rate }
  })
}

function candidateOf({ row, entry, material, connector }: Tried): Candidate | Refusal {
  const [field] = material.set
  if (!row || !field) return refuse(nothingToReplace())
  return {
    field,
    label: credentialLabel(connector.manifest.fields, field),
    keyId: entry.keyId,
    publicKeys: entry.publicKeys,
    drops: material.dropped,
    version: row.version,
  }
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
  if (input.connectionId && !row) return refuse(connectionNotFound())
  if (row && input.connector && input.connector !== row.connector) return refuse(otherConnector())
  const name = row?.connector ?? input.connector
  if (!name) return refuse(noConnectorNamed())
  const connector = parts.connectors.get(name)
  if (!connector) return refuse(unknownConnector(name, [...parts.connectors.keys()]))
  const entered = { config: input.config ?? {}, secrets: input.secrets ?? {} }
  const checked = checkEntered(connector, parts.hostPolicy.extra, row?.config ?? {}, entered)
  const chosen = { connector, connectionId: row?.id ?? null, entry: checked, keyId: input.keyId }
  const entry = await withKey(trx, parts, actor, chosen)
  const secretRows = row ? await store.secretsOf(trx, [row.id]) : []
  const saved = row ? { config: row.config, secretFields: secretRows.map((secret) => secret.field) } : null
  const material = decideUpdate(connector.manifest.fields, saved, entry.config, Object.keys(entry.secrets))
  const problems: Failure[] = [...entry.failures]
  const seen = new Set(problems.map((failure) => failure.field))
  for (const field of material.missing)
    if (!seen.has(field.name)) problems.push(secretMissing(field, material))
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
    entry,
    material,
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
