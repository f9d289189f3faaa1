import { randomUUID } from 'node:crypto'
import type { Connector, Failure, HostPolicy, Secret } from '@owlie/connector-kit'
import { type AuditDetail, record } from '../audit/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { isId, connectionNotFound, type Actor, type Refusal, refuse } from '../model/index.ts'
import type { Keyring } from '../secrets/index.ts'
import { checkEntered, type CheckedEntry, inFormOrder } from './check-entered.ts'
import { checkName, nameTaken } from './check-name.ts'
import {
  checkRate,
  type EnteredRate,
  rateInWords,
  type RateSetting,
  savedRate,
  standardRate,
} from './check-rate.ts'
import type { Connection } from './connection.ts'
import { decideState, type Evidence, replacesUntested, type StateVerdict } from './decide-state.ts'
import { decideUpdate, isChanged, type Material } from './decide-update.ts'
import { changedElsewhere, nameNotConfirmed, unknownConnector, untestedCredential } from './failures.ts'
import { type EntryWithKey, takeKey, withKey } from './keys.ts'
import { readConnection } from './read.ts'
import { digestMatches, openSecrets, secretMissing, storeSecrets } from './secrets.ts'
import * as store from './store.ts'

export interface CreateInput extends EnteredRate {
  readonly name: string
  readonly connector: string
  readonly config: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, Secret>>
  /** A waiting key pair, instead of the secret. */
  readonly keyId?: string | null
  /** A finished test of exactly these values; when it worked the connection is ready at once. */
  readonly testId?: string | null
}

export interface UpdateInput extends EnteredRate {
  readonly id: string
  /** The version the edit was made on. */
  readonly version: number
  readonly name?: string | null
  /** Only the fields to change. */
  readonly config?: Readonly<Record<string, string>> | null
  readonly secrets?: Readonly<Record<string, Secret>> | null
  /** A waiting key pair, in place of what is used now. */
  readonly keyId?: string | null
  readonly testId?: string | null
}

export interface EditParts {
  readonly database: Database
  readonly keyring: Keyring
  readonly connectors: ReadonlyMap<string, Connector>
  /** The hosts the operator listed; those of each kind of target come with its connector. */
  readonly hostPolicy: Pick<HostPolicy, 'extra'>
}

export async function createConnection(
  parts: EditParts,
  actor: Actor,
  input: CreateInput,
): Promise<Connection | Refusal> {
  const connector = parts.connectors.get(input.connector)
  if (!connector) return refuse(unknownConnector(input.connector, [...parts.connectors.keys()]))
  const { name, failures } = checkName(input.name)
  const checked = checkEntered(connector, parts.hostPolicy.extra, {}, input)
  const rate = checkRate(connector, standardRate, input)
  const id = randomUUID()
  return parts.database.tenant(actor.tenantId, async (trx) => {
    await store.lockNames(trx)
    const chosen = { connector, connectionId: null, entry: checked, keyId: input.keyId }
    const entry = await withKey(trx, parts, actor, chosen)
    const given = Object.keys(entry.secrets)
    const material = decideUpdate(connector.manifest.fields, null, entry.config, given)
    const problems = [...failures, ...(await takenFailures(trx, name, null))]
    const entryFailures = [...entry.failures, ...missingFailures(material, entry)]
    problems.push(...inFormOrder(connector.manifest.fields, entryFailures), ...rate.failures)
    if (problems[0]) return refuse(problems[0], ...problems.slice(1))
    const evidence = await evidenceOf(parts, trx, actor, input, { connector, entry, kept: {} })
    const verdict = decideState(material, null, evidence)
    await store.insertConnection(trx, id, {
      name,
      connector: input.connector,
      config: material.config,
      rate,
      ...verdict,
      by: actor.name,
    })
    const place = { tenantId: actor.tenantId, connectionId: id }
    const { secrets, publicKeys } = entry
    const what = { config: material.config, secrets, publicKeys, version: 1, by: actor.name }
    await storeSecrets(trx, parts.keyring, place, what)
    await takeKey(trx, entry.keyId)
    if (input.testId && evidence.is === 'test') await store.adoptTest(trx, input.testId, id)
    const detail = { ...shownDetail(input.connector, material, verdict), rate: rateInWords(rate), version: 1 }
    const created = await readConnection(trx, parts.connectors, { id })
    await record(trx, {
      actor,
      action: 'connection.created',
      subject: { kind: 'connection', id, name },
      detail,
    })
    return created!
  })
}

export async function updateConnection(
  parts: EditParts,
  actor: Actor,
  input: UpdateInput,
): Promise<Connection | Refusal> {
  if (!isId(input.id)) return refuse(connectionNotFound())
  return parts.database.tenant(actor.tenantId, async (trx) => {
    await store.lockNames(trx)
    const row = await store.findConnection(trx, { id: input.id }, true)
    if (!row) return refuse(connectionNotFound())
    const connector = parts.connectors.get(row.connector)
    if (!connector) return refuse(unknownConnector(row.connector, [...parts.connectors.keys()]))
    const renamed = checkName(input.name ?? row.name)
    const entered = { config: input.config ?? {}, secrets: input.secrets ?? {} }
    const checked = checkEntered(connector, parts.hostPolicy.extra, row.config, entered)
    const chosen = { connector, connectionId: row.id, entry: checked, keyId: input.keyId }
    const entry = await withKey(trx, parts, actor, chosen)
    const problems: Failure[] =
      row.version === input.version ? [] : [changedElsewhere(row.updated_by, row.updated_at)]
    const rate = checkRate(connector, savedRate(row), input)
    problems.push(...renamed.failures, ...(await takenFailures(trx, renamed.name, row.id)))
    problems.push(...entry.failures, ...rate.failures)
    if (problems[0]) return refuse(problems[0], ...problems.slice(1))
    const refused = await saveUpdate(parts, trx, actor, {
      row,
      connector,
      name: renamed.name,
      entry,
      rate,
      testId: input.testId ?? null,
    })
    if (refused) return refused
    return (await readConnection(trx, parts.connectors, { id: row.id }))!
  })
}

interface Update {
  readonly row: store.ConnectionRow
  readonly connector: Connector
  readonly name: string
  readonly entry: EntryWithKey
  readonly rate: RateSetting
  readonly testId: string | null
}

async function saveUpdate(
  parts: EditParts,
  trx: TenantTx,
  actor: Actor,
  update: Update,
): Promise<Refusal | null> {
  const { row, connector, name, entry, rate, testId } = update
  const place = { tenantId: actor.tenantId, connectionId: row.id }
  const secretRows = await store.secretsOf(trx, [row.id])
  const saved = { config: row.config, secretFields: secretRows.map((secret) => secret.field) }
  const material = decideUpdate(connector.manifest.fields, saved, entry.config, Object.keys(entry.secrets))
  const keptRows = secretRows.filter((secret) => material.kept.includes(secret.field))
  const kept = testId ? await openSecrets(parts.keyring, place, row.config, keptRows) : { secrets: {} }
  const evidence: Evidence =
    'failure' in kept
      ? { is: 'unfit' }
      : await evidenceOf(parts, trx, actor, { testId }, { connector, entry, kept: kept.secrets })
  const before: StateVerdict = { state: row.state, stateReason: row.state_reason }
  if (replacesUntested(material, before, evidence))
    return refuse(untestedCredential(connector.manifest.fields, material.set))
  const verdict = decideState(material, before, evidence)
  const isPacedAnew = rateInWords(rate) !== rateInWords(savedRate(row))
  const edited = isChanged(material) || name !== row.name || isPacedAnew
  const settled = verdict.state === before.state && verdict.stateReason === before.stateReason
  if (testId && evidence.is === 'test') await store.adoptTest(trx, testId, row.id)
  if (!edited && settled) return null
  const version = edited ? row.version + 1 : row.version
  if (edited) {
    const by = actor.name
    await store.updateConnection(trx, row.id, { name, config: material.config, rate, ...verdict, by })
    await store.deleteSecrets(trx, row.id, material.dropped)
    await storeSecrets(trx, parts.keyring, place, {
      config: material.config,
      secrets: entry.secrets,
      publicKeys: entry.publicKeys,
      version,
      by,
    })
    await takeKey(trx, entry.keyId)
  } else await store.setState(trx, row.id, verdict.state, verdict.stateReason)
  const detail = {
    ...shownDetail(row.connector, material, verdict),
    ...(name === row.name ? {} : { from: row.name, to: name }),
    ...(isPacedAnew ? { rate: rateInWords(rate) } : {}),
    changed: [
      ...material.changed,
      ...(name === row.name ? [] : ['name']),
      ...(isPacedAnew ? ['rate'] : []),
    ].join(' '),
    version,
  }
  const subject = { kind: 'connection', id: row.id, name }
  await record(trx, { actor, action: 'connection.updated', subject, detail })
  return null
}

/** The name is typed again, because what was seen through the connection goes with it. */
export async function removeConnection(
  parts: EditParts,
  actor: Actor,
  id: string,
  confirmName: string,
): Promise<{ readonly id: string } | Refusal> {
  if (!isId(id)) return refuse(connectionNotFound())
  return parts.database.tenant(actor.tenantId, async (trx) => {
    const row = await store.findConnection(trx, { id }, true)
    if (!row) return refuse(connectionNotFound())
    if (checkName(confirmName).name !== row.name) return refuse(nameNotConfirmed(row.name))
    await store.deleteConnection(trx, id)
    const subject = { kind: 'connection', id, name: row.name }
    const { domain, clientId } = row.config
    const detail = { connector: row.connector, domain, clientId, version: row.version }
    await record(trx, { actor, action: 'connection.removed', subject, detail })
    return { id }
  })
}

async function takenFailures(
  trx: TenantTx,
  name: string,
  except: string | null,
): Promise<readonly Failure[]> {
  const taken = await store.namesInUse(trx, except)
  const isTaken = taken.some((other) => other.toLowerCase() === name.toLowerCase())
  return isTaken ? [nameTaken(name, taken)] : []
}

/** For a new connection an empty secret is an oversight; an edit may leave one out and is then incomplete. */
function missingFailures(material: Material, entry: CheckedEntry): readonly Failure[] {
  const seen = new Set(entry.failures.map((failure) => failure.field))
  return material.missing.filter((field) => !seen.has(field.name)).map((field) => secretMissing(field, null))
}

/** What the named test says, when it was of exactly the values that are about to be saved. */
async function evidenceOf(
  parts: EditParts,
  trx: TenantTx,
  actor: Actor,
  input: { readonly testId?: string | null },
  values: { connector: Connector; entry: CheckedEntry; kept: Readonly<Record<string, Secret>> },
): Promise<Evidence> {
  if (!input.testId) return { is: 'none' }
  const test = isId(input.testId) ? await store.findRecentTest(trx, input.testId) : undefined
  if (!test || test.status === 'running') return { is: 'unfit' }
  const matches = await digestMatches(parts.keyring, test.config_digest, {
    tenantId: actor.tenantId,
    testId: test.id,
    connector: values.connector.manifest.name,
    config: values.entry.config,
    secrets: { ...values.kept, ...values.entry.secrets },
  })
  return matches ? { is: 'test', status: test.status, summary: test.summary } : { is: 'unfit' }
}

function shownDetail(connector: string, material: Material, verdict: StateVerdict): AuditDetail {
  const { domain, clientId, scopes } = material.config
  return {
    connector,
    ...(domain === undefined ? {} : { domain }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(scopes === undefined ? {} : { scopes }),
    state: verdict.state,
    ...(material.set.length > 0 ? { secretSet: material.set.join(' ') } : {}),
    ...(material.dropped.length > 0 ? { deleted: material.dropped.join(' ') } : {}),
  }
}
