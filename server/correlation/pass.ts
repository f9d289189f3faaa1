import { randomUUID } from 'node:crypto'
import type { Connector } from '@owlie/connector-kit'
import { record } from '../audit/index.ts'
import type { Database, TenantTx } from '../db/index.ts'
import { findApart, type Identities, ruleActor } from '../identities/index.ts'
import { assertHeld, type Lease } from '../jobs/index.ts'
import type { Actor } from '../model/index.ts'
import type { Undecided } from './decide.ts'
import { decideBatch, type Decided } from './decide-batch.ts'
import { type Key, keysOf, pathsOf } from './keys-of.ts'
import { compareCandidates, compareKeys } from './compare.ts'
import { fingerprint, noFacts, unset } from './setting.ts'
import * as keys from './store-keys.ts'
import * as match from './store-match.ts'

export interface PassParts {
  readonly database: Database
  readonly connectors: ReadonlyMap<string, Connector>
  readonly identities: Identities
  readonly now: () => Date
}

export interface PassOptions {
  readonly tenantId: string
  readonly lease: Lease
  /** Between two batches the pass may be left; what it did stays, the next one goes on. */
  readonly signal: AbortSignal
}

export interface PassReport {
  /** Accounts whose keys were read. */
  readonly read: number
  readonly linked: number
  readonly created: number
  /** False: it was left before the end. */
  readonly isDone: boolean
}

/** Accounts per transaction. */
const batch = 500

/** So many new rows that nobody's statistics know of them. */
const manyNew = 2_000

/** What one round found may be what another account waits for; the next one looks only at those still open. */
const mostRounds = 4

type Connections = readonly keys.ConnectionRow[]

/**
 * One look at everything that is new or changed: first the keys of changed accounts, then a decision about whoever is
 * open. Every batch is one transaction under the lease, and may be repeated; where nothing changed nothing is written.
 */
export async function runPass(parts: PassParts, options: PassOptions): Promise<PassReport> {
  const { database } = parts
  const { tenantId, lease, signal } = options
  const tally = { read: 0, linked: 0, created: 0 }
  const keysGrew = growth()
  const linksGrew = growth()
  const step = <T>(work: (trx: TenantTx) => Promise<T>) =>
    database.tenant(tenantId, async (trx) => {
      await assertHeld(trx, lease)
      return work(trx)
    })
  const connections = await step(keys.findConnections)
  /** From batch to batch; false when the pass is to be left. */
  const walk = async (work: (trx: TenantTx, after: string | null) => Promise<Batch>): Promise<boolean> => {
    for (let after: string | null = null; ;) {
      if (signal.aborted) return false
      const from: string | null = after
      const done: Batch = await step((trx) => work(trx, from))
      tally.read += done.read ?? 0
      tally.linked += done.linked ?? 0
      tally.created += done.created ?? 0
      if (keysGrew(tally.read) || linksGrew(tally.linked + tally.created)) await step(keys.analyze)
      after = done.last
      if (after === null) return true
    }
  }
  for (const connection of connections) {
    const isDone = await walk((trx, after) => readKeys(parts, trx, connection, after))
    if (!isDone) return { ...tally, isDone }
  }
  await step(match.reopenTaken)
  for (let round = 0, found = -1; round < mostRounds && found !== tally.linked + tally.created; round++) {
    found = tally.linked + tally.created
    // Who is proven first: an unproven account must not make the identity that a proven one would then have to doubt.
    for (const isProven of [true, false]) {
      const of = { tenantId, connections, isProven }
      const isDone = await walk((trx, after) => decideOpen(parts, trx, of, after))
      if (!isDone) return { ...tally, isDone }
    }
  }
  return { ...tally, isDone: true }
}

/** True each time a count has grown fourfold, from `manyNew` on: statistics from before would be worse than none. */
function growth(): (count: number) => boolean {
  let next = manyNew
  return (count) => {
    if (count < next) return false
    next = count * 4
    return true
  }
}

interface Batch {
  /** Where the next batch goes on; null when this was the last. */
  readonly last: string | null
  readonly read?: number
  readonly linked?: number
  readonly created?: number
}

async function readKeys(
  parts: PassParts,
  trx: TenantTx,
  connection: keys.ConnectionRow,
  after: string | null,
): Promise<Batch> {
  const facts = parts.connectors.get(connection.connector)?.manifest.accountFacts ?? noFacts
  const setting = settingOf(connection)
  const reading = fingerprint(facts, setting)
  const of = { connectionId: connection.id, fingerprint: reading, paths: pathsOf(facts, setting) }
  const accounts = await keys.findChanged(trx, of, after, batch)
  if (accounts.length === 0) return { last: null }
  const ids = accounts.map(({ id }) => id)
  const stored = Map.groupBy(await keys.findKeys(trx, ids), ({ accountId }) => accountId)
  const compared = accounts.map((account) => ({
    account,
    ...compareKeys(account.id, stored.get(account.id) ?? [], keysOf(account, facts, setting)),
  }))
  await keys.deleteKeys(
    trx,
    compared.flatMap(({ removed }) => removed),
  )
  await keys.putKeys(
    trx,
    compared.flatMap(({ put }) => put),
  )
  const rows = compared.map(({ account, removed, put }) => ({
    accountId: account.id,
    contentHash: account.contentHash,
    isStale: account.isStale,
    isPending: removed.length > 0 || put.length > 0,
  }))
  await keys.putRead(trx, rows, reading, parts.now())
  await parts.identities.refresh(trx, await keys.identitiesOf(trx, ids), parts.now())
  return { read: ids.length, last: ids.length === batch ? ids.at(-1)! : null }
}

export function settingOf(row: keys.ConnectionRow) {
  return {
    createIdentities: row.createIdentities ?? unset.createIdentities,
    emailTrust: row.emailTrust ?? unset.emailTrust,
    keys: row.keys ?? unset.keys,
    version: row.version ?? unset.version,
  }
}

async function decideOpen(
  parts: PassParts,
  trx: TenantTx,
  of: { readonly tenantId: string; readonly connections: Connections; readonly isProven: boolean },
  after: string | null,
): Promise<Batch> {
  const creating = new Set(
    of.connections.filter((each) => settingOf(each).createIdentities).map(({ id }) => id),
  )
  const { accounts: found, last } = await match.findOpen(trx, after, batch)
  const own = Map.groupBy(
    await keys.findKeys(
      trx,
      found.map(({ id }) => id),
    ),
    ({ accountId }) => accountId,
  )
  const isOfTurn = ({ id }: match.OpenAccount) =>
    (own.get(id) ?? []).some(({ trusted }) => trusted) === of.isProven
  const open = await findDue(trx, found.filter(isOfTurn), creating)
  if (open.length === 0) return { last }
  const ids = open.map(({ id }) => id)
  const apart = await findApart(trx, ids)
  const holders = await match.findHolders(trx, ids)
  const exclusive = await match.findExclusive(trx, [...new Set(holders.map((each) => each.identityId))])
  const accounts = open.map((each) => undecided(each, own.get(each.id) ?? [], apart, creating))
  const decided = decideBatch(accounts, holders, exclusive, randomUUID)
  const outcomes = new Map(open.map(({ id, outcome }) => [id, outcome]))
  const done = await carryOut(parts, trx, decided, outcomes)
  if (done.linked + done.created > 0) {
    await record(trx, {
      actor: ruleActorOf(of.tenantId),
      action: 'correlation.applied',
      subject: { kind: 'correlation', id: 'rules' },
      detail: { ...done, read: open.length },
    })
  }
  return { linked: done.linked, created: done.created, last }
}

/** Without those of which nothing new can come: gone, or marked, or without an identity while nobody has their values. */
async function findDue(
  trx: TenantTx,
  accounts: readonly match.OpenAccount[],
  creating: ReadonlySet<string>,
): Promise<readonly match.OpenAccount[]> {
  const isSurelyDue = (each: match.OpenAccount) =>
    each.outcome !== 'orphan' ||
    each.identityId !== null ||
    (!each.hasLink && creating.has(each.connectionId))
  const isAble = ({ isStale, isService, outcome, identityId }: match.OpenAccount) =>
    outcome !== 'orphan' || identityId !== null || (!isStale && !isService)
  const able = accounts.filter(isAble)
  const doubtful = able.filter((each) => !isSurelyDue(each)).map(({ id }) => id)
  const shared = await match.findShared(trx, doubtful)
  return able.filter((each) => isSurelyDue(each) || shared.has(each.id))
}

function ruleActorOf(tenantId: string): Actor {
  return { tenantId, id: 'correlation', name: ruleActor, kind: 'system' }
}

function undecided(
  row: match.OpenAccount,
  own: readonly Key[],
  apart: ReadonlyMap<string, ReadonlySet<string>>,
  creating: ReadonlySet<string>,
): Undecided {
  const { id, connectionId, isStale, isService, identityId, hasLink } = row
  return {
    accountId: id,
    ...{ connectionId, isStale, isService, identityId },
    keys: own,
    isHeldApart: hasLink && identityId === null,
    apart: apart.get(id) ?? new Set(),
    mayCreate: creating.has(connectionId),
  }
}

/** Writes what differs from what is stored, set by set. */
async function carryOut(
  { identities, now }: PassParts,
  trx: TenantTx,
  decided: readonly Decided[],
  before: ReadonlyMap<string, match.Outcome>,
): Promise<{ readonly linked: number; readonly created: number; readonly review: number }> {
  const at = now()
  const links = decided.flatMap(({ account, decision }) => {
    if (decision.is !== 'link') return []
    return [{ accountId: account.accountId, ...decision.candidate }]
  })
  const created = decided.flatMap(({ account, decision, identityId }) =>
    decision.is === 'create' ? [{ accountId: account.accountId, identityId: identityId! }] : [],
  )
  const linked = await identities.linkByRule(trx, { links, created, at })
  const ids = decided.map(({ account }) => account.accountId)
  const wanted = decided.flatMap(({ account, decision }) =>
    'candidates' in decision
      ? decision.candidates.map((each) => ({ accountId: account.accountId, ...each }))
      : [],
  )
  const { removed, put } = compareCandidates(await match.findCandidates(trx, ids), wanted)
  await match.deleteCandidates(trx, removed)
  await match.putCandidates(trx, put, at)
  const outcomes = decided.map((each) => ({
    accountId: each.account.accountId,
    outcome: outcomeOf(each, linked),
  }))
  await match.setOutcomes(
    trx,
    outcomes.filter(({ accountId, outcome }) => before.get(accountId) !== outcome),
    at,
  )
  const founded = created.filter(({ accountId }) => linked.has(accountId)).length
  const review = outcomes.filter(({ outcome }) => outcome === 'review').length
  return { linked: linked.size - founded, created: founded, review }
}

/** What somebody decided meanwhile is looked at again next time. */
function outcomeOf({ account, decision }: Decided, linked: ReadonlySet<string>): match.Outcome {
  switch (decision.is) {
    case 'link':
    case 'create':
      return linked.has(account.accountId) ? 'linked' : 'pending'
    case 'linked':
      return decision.candidates.length > 0 ? 'review' : 'linked'
    case 'review':
    case 'orphan':
      return decision.is
  }
}
