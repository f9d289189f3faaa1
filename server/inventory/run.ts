import type { Clock, Connector, Manifest, ObjectKind, Observation } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import { isId } from '../model/index.ts'
import { exportRecords } from './export-records.ts'
import type {
  Account,
  AccountsInput,
  Entitlement,
  EntitlementCore,
  EntitlementsBy,
  EntitlementsInput,
  Grant,
  InventoryRecord,
  KindCount,
  Overview,
  Page,
  PageInput,
  Proving,
  Recording,
  StaleInput,
  StaleObject,
} from './inventory.ts'
import { originOf } from './origin.ts'
import { recordPage } from './record-page.ts'
import { findEntitlementsBy } from './store-by.ts'
import * as counting from './store-count.ts'
import * as granted from './store-grants.ts'
import { markGone, recordProof } from './record-proof.ts'
import { provenSince } from './store-own.ts'
import * as proof from './store-proof.ts'
import * as reading from './store-read.ts'
import { findHeld, findKnown, type Known } from './store-known.ts'
import { insertPage } from './store-record.ts'
import * as held from './store-held.ts'
import { listStale } from './store-stale.ts'
import * as removing from './store-remove.ts'
import * as sweeping from './store-sweep.ts'

export interface InventoryParts {
  readonly database: Database
  /** By manifest name; for the labels of kinds and the words of origins. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly clock: Pick<Clock, 'now'>
}

/** Reading. Ids that are none are simply not found; a wrong `after` throws `list.bad_cursor`. */
export interface Inventory extends Recording, Proving {
  accounts(tenantId: string, input: AccountsInput): Promise<Page<Account>>
  account(tenantId: string, id: string): Promise<Account | null>
  accountsById(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Account>>
  entitlements(tenantId: string, input: EntitlementsInput): Promise<Page<Entitlement>>
  entitlement(tenantId: string, id: string): Promise<Entitlement | null>
  entitlementsById(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Entitlement>>
  /** Those that are present, of one connection, in the order of their external ids. */
  entitlementsBy(
    tenantId: string,
    connectionId: string,
    by: EntitlementsBy,
  ): Promise<readonly EntitlementCore[]>
  /** What an account holds, stale grants included, by the entitlement's name. */
  grants(tenantId: string, accountId: string, input: PageInput): Promise<Page<Grant>>
  /** Who holds an entitlement, stale grants included, by the account's name. */
  holders(
    tenantId: string,
    entitlementId: string,
    input: PageInput & { readonly search?: string | null | undefined },
  ): Promise<Page<Grant>>
  /** What complete runs see no more, of every kind together, the latest marked first. */
  stale(tenantId: string, input: StaleInput): Promise<Page<StaleObject>>
  /** Per connection, one entry per kind of its manifest, in that order. */
  counts(
    tenantId: string,
    connectionIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly KindCount[]>>
  /** As `counts`, in the caller's transaction. */
  countsIn(
    trx: TenantTx,
    connectionIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly KindCount[]>>
  overview(tenantId: string): Promise<Overview>
  /** Names of objects of any sort, in the order asked for. */
  labelled(
    tenantId: string,
    ids: readonly string[],
  ): Promise<readonly { readonly id: string; readonly label: string; readonly externalId: string }[]>
  /** Accounts or entitlements of a kind by the target's own ids, in the caller's transaction. */
  known(
    trx: TenantTx,
    connectionId: string,
    kind: ObjectKind,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Known>>
  /** The grants of a kind these accounts were last seen to hold, by `account entitlement` (the target's ids). */
  heldBy(
    trx: TenantTx,
    connectionId: string,
    kind: ObjectKind,
    accounts: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Observation[]>>
  /** Everything present of a connection, one JSON object each, sorted (see export-records.ts). */
  records(
    tenantId: string,
    connectionId: string,
    input: PageInput,
  ): Promise<{ readonly records: readonly InventoryRecord[]; readonly next: string | null }>
}

export function createInventory({ database, connectors, clock }: InventoryParts): Inventory {
  const read = <T>(tenantId: string, work: (trx: TenantTx) => Promise<T>) => database.tenant(tenantId, work)
  const manifestOf = (connector: string): Manifest | undefined => connectors.get(connector)?.manifest
  const toGrants = (page: Page<granted.GrantRow>): Page<Grant> => ({
    ...page,
    nodes: page.nodes.map((row) => toGrant(row, manifestOf(row.connector))),
  })
  const accountsById = async (tenantId: string, ids: readonly string[]) =>
    byId(await read(tenantId, (trx) => reading.findAccounts(trx, ids)))
  const entitlementsById = async (tenantId: string, ids: readonly string[]) =>
    byId(await read(tenantId, (trx) => reading.findEntitlements(trx, ids)))

  return {
    accounts: (tenantId, input) => read(tenantId, (trx) => reading.listAccounts(trx, input)),
    account: async (tenantId, id) => (await accountsById(tenantId, [id])).get(id.toLowerCase()) ?? null,
    accountsById,
    entitlements: (tenantId, input) => read(tenantId, (trx) => reading.listEntitlements(trx, input)),
    entitlement: async (tenantId, id) =>
      (await entitlementsById(tenantId, [id])).get(id.toLowerCase()) ?? null,
    entitlementsById,
    entitlementsBy: (tenantId, connectionId, by) =>
      read(tenantId, (trx) => findEntitlementsBy(trx, connectionId, by)),
    grants: async (tenantId, accountId, input) =>
      toGrants(await read(tenantId, (trx) => granted.grantsOf(trx, accountId, input))),
    holders: async (tenantId, entitlementId, input) =>
      toGrants(await read(tenantId, (trx) => granted.holdersOf(trx, entitlementId, input))),
    stale: async (tenantId, input) => {
      const page = await read(tenantId, (trx) => listStale(trx, input))
      const labelOf = (connector: string, kind: string) =>
        manifestOf(connector)?.kinds.find(({ name }) => name === kind)?.label ?? kind
      const nodes = page.nodes.map((row) => ({ ...row, kindLabel: labelOf(row.connector, row.kind) }))
      return { ...page, nodes }
    },
    counts: (tenantId, ids) => read(tenantId, (trx) => countAll(trx, ids.filter(isId), manifestOf)),
    labelled: (tenantId, ids) => read(tenantId, (trx) => held.labelled(trx, ids)),
    countsIn: (trx, ids) => countAll(trx, ids.filter(isId), manifestOf),
    known: findKnown,
    heldBy: findHeld,
    overview: (tenantId) => read(tenantId, (trx) => overviewOf(trx, new Date(clock.now()))),
    records: (tenantId, connectionId, input) =>
      read(tenantId, (trx) => exportRecords(trx, connectionId, input)),
    ...recording,
    ...proving,
  }
}

const recording: Recording = {
  recordPage,
  recordVanished: (trx, page) => insertPage(trx, { ...page, seen: [], vanished: true }),
  countSeen: sweeping.countSeen,
  tallyKind: sweeping.tally,
  async sweepKind(trx, of) {
    await sweeping.keepUnseen(trx, of)
    const newlyStale = await sweeping.markMissed(trx, of, of.at)
    await held.believeSeen(trx, of)
    await sweeping.insertSweep(trx, of, newlyStale)
    return { newlyStale }
  },
  measureKind: async (trx, of, since) => ({
    ...(await sweeping.tally(trx, of)),
    ...(await held.countSince(trx, of, since)),
  }),
  missedIds: held.missedIds,
  async holdKind(trx, of) {
    await sweeping.keepUnseen(trx, of)
    await held.holdNew(trx, of)
  },
  async sweepHeld(trx, of) {
    const newlyStale = await held.markThese(trx, of)
    await held.believeHeld(trx, of)
    await held.insertSweep(trx, of, newlyStale)
    return { newlyStale }
  },
  staleBefore: removing.staleBefore,
  remove: removing.removeObjects,
  forgetPages: sweeping.deletePages,
  containers: sweeping.containersAfter,
}

const proving: Proving = {
  knownVersions: proof.findKnownVersions,
  grantsHeld: proof.findHeld,
  recordProof,
  provenSince,
  markGone,
  markGrants: proof.markGrants,
  measureProof: proof.measureProof,
}

function byId<Node extends { readonly id: string }>(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  return new Map(nodes.map((node) => [node.id, node]))
}

function toGrant(row: granted.GrantRow, manifest: Manifest | undefined): Grant {
  const kind = manifest?.kinds.find(
    ({ yields, entitlementType }) => yields === 'grant' && entitlementType === row.entitlement_type,
  )
  return {
    id: row.id,
    connectionId: row.connection_id,
    type: row.grant_type,
    origin: originOf(row.grant_type, row.entitlement_type, manifest?.label ?? row.connector, kind?.origin),
    accountId: row.account_id,
    accountExternalId: row.account_external_id,
    entitlementId: row.entitlement_id,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    staleSince: row.stale_since,
  }
}

async function countAll(
  trx: TenantTx,
  ids: readonly string[],
  manifestOf: (connector: string) => Manifest | undefined,
): Promise<ReadonlyMap<string, readonly KindCount[]>> {
  const connections = await counting.connectorsOf(trx, ids)
  const rows = await counting.countKinds(trx, ids)
  const sweeps = await counting.latestSweeps(trx, ids)
  const key = (connectionId: string, kind: string) => `${connectionId} ${kind}`
  const counted = new Map(rows.map((row) => [key(row.connection_id, row.kind), row]))
  const asOf = new Map(sweeps.map((row) => [key(row.connection_id, row.kind), row.at]))
  return new Map(
    connections.map(({ id, connector }) => {
      const kinds = manifestOf(connector)?.kinds ?? []
      // An optional kind is only mentioned where it has ever been read.
      const shown = kinds.filter(
        ({ name, optional }) => !optional || counted.has(key(id, name)) || asOf.has(key(id, name)),
      )
      const counts = shown.map(({ name, label }) => {
        const row = counted.get(key(id, name))
        const at = asOf.get(key(id, name)) ?? null
        return { kind: name, label, present: row?.present ?? 0, stale: row?.stale ?? 0, asOf: at }
      })
      return [id, counts]
    }),
  )
}

async function overviewOf(trx: TenantTx, now: Date): Promise<Overview> {
  const { blocked, ...counts } = await counting.overview(trx)
  return {
    ...counts,
    blockedAccounts: blocked,
    accountsByAge: await counting.firstSeenPerDay(trx, now, 30),
    largestEntitlements: await reading.findLargest(trx, 10),
  }
}
