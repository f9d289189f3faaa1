import type { ProvenChange } from './record-proof.ts'
import type { Json, ObjectKind, Observation } from '@owlie/connector-kit'
import type { TenantTx } from '../db/index.ts'
import type { Quarantined } from './prepare.ts'
import type { GoneObject } from './store-remove.ts'

export interface Account {
  readonly id: string
  readonly connectionId: string
  readonly externalId: string
  readonly displayName: string
  readonly email: string | null
  readonly status: 'active' | 'blocked'
  readonly attributes: Readonly<Record<string, unknown>>
  readonly firstSeenAt: Date
  /** The end of the last complete run that read it, or a later moment at which it was read. */
  readonly lastSeenAt: Date
  readonly changedAt: Date
  /** When the first complete run that did not see it ended; null while it is there. */
  readonly staleSince: Date | null
  /** Grants it holds now; stale ones do not count. */
  readonly grantCount: number
}

export interface Entitlement {
  readonly id: string
  readonly connectionId: string
  /** `role`, `organization`, … */
  readonly type: string
  readonly externalId: string
  readonly displayName: string
  readonly description: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly changedAt: Date
  readonly staleSince: Date | null
  /** Accounts that hold it now. */
  readonly holderCount: number
}

/** Entitlements of one type by their external ids, or by one of their attributes. */
export interface EntitlementsBy {
  readonly type: string
  /** Null: the external id. */
  readonly attribute: string | null
  readonly values: readonly string[]
}

/** What is needed to follow an entitlement to others. */
export type EntitlementCore = Pick<
  Entitlement,
  'id' | 'type' | 'externalId' | 'displayName' | 'description' | 'attributes'
>

export interface Grant {
  readonly id: string
  readonly connectionId: string
  /** How it is held: `role`, `member`, … */
  readonly type: string
  /** The same in words: `assigned directly in Auth0`. */
  readonly origin: string
  /** Null when the account was named by the target but never listed. */
  readonly accountId: string | null
  readonly accountExternalId: string
  readonly entitlementId: string
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly staleSince: Date | null
}

export interface KindCount {
  readonly kind: string
  readonly label: string
  readonly present: number
  readonly stale: number
  /** The end of the last run that read this kind completely. */
  readonly asOf: Date | null
}

export interface Overview {
  readonly accounts: number
  readonly blockedAccounts: number
  readonly roles: number
  readonly organizations: number
  readonly grants: number
  /** Stale accounts, entitlements and grants together. */
  readonly stale: number
  /** Accounts first seen per day (UTC), oldest first, the last 30 days. `day` is YYYY-MM-DD. */
  readonly accountsByAge: readonly { readonly day: string; readonly count: number }[]
  /** At most 10. */
  readonly largestEntitlements: readonly Entitlement[]
}

/** One line of the export. */
export type InventoryRecord =
  | {
      readonly kind: string
      readonly id: string
      readonly attributes: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'grant'; readonly account: string; readonly entitlement: string; readonly type: string }

export interface Page<Node> {
  readonly nodes: readonly Node[]
  /** For `after`; null on the last page. */
  readonly next: string | null
  /** Of all pages. */
  readonly total: number
}

export interface PageInput {
  /** 1–1000. */
  readonly first: number
  readonly after?: string | null | undefined
}

export interface AccountsInput extends PageInput {
  readonly connectionId?: string | null | undefined
  /** Only its holders. */
  readonly entitlementId?: string | null | undefined
  /** Part of the name, e-mail or id; case and accents do not count. */
  readonly search?: string | null | undefined
  /** True: only stale ones; false: only present ones. */
  readonly stale?: boolean | null | undefined
  readonly status?: 'active' | 'blocked' | null | undefined
}

export interface EntitlementsInput extends PageInput {
  readonly connectionId?: string | null | undefined
  readonly search?: string | null | undefined
  readonly stale?: boolean | null | undefined
  readonly type?: string | null | undefined
}

export interface StaleInput extends PageInput {
  readonly connectionId?: string | null | undefined
  /** The manifest's name of a kind. */
  readonly kind?: string | null | undefined
}

/** An account, an entitlement or a grant that a complete run did not see any more. Kept; nothing was removed. */
export interface StaleObject {
  readonly id: string
  readonly connectionId: string
  readonly kind: string
  readonly kindLabel: string
  /** Its name; of a grant `who in what`. */
  readonly label: string
  readonly externalId: string
  /** The account it is, or that of the grant where it was ever listed. */
  readonly accountId: string | null
  readonly entitlementId: string | null
  readonly entitlementType: string | null
  readonly missedFirstAt: Date
  readonly lastSeenAt: Date
  readonly staleSince: Date
}

/** A page to be recorded. */
export interface PageToRecord {
  readonly connectionId: string
  readonly runId: string
  readonly kind: ObjectKind
  /** Counts the pages of the kind in this run, from 1. */
  readonly sequence: number
  /** The container's external id, for kinds that have containers. */
  readonly container: string | null
  readonly observations: readonly Observation[]
  /** Records the connector itself could not understand. */
  readonly quarantined: readonly Quarantined[]
  readonly at: Date
  /** Runs whose looks at single objects this page may lag behind: an older version replaces none of theirs. */
  readonly spared?: readonly string[]
}

export interface Recorded {
  readonly created: number
  /** Content changed, or it was stale and is back. Counted once per run. */
  readonly changed: number
  readonly unchanged: number
  readonly quarantined: readonly Quarantined[]
}

/** What a run has read of one kind, against what was there. */
export interface KindTally {
  /** Distinct objects read. */
  readonly seen: number
  readonly created: number
  readonly changed: number
  /** Objects that were present before the run. */
  readonly present: number
  /** Of those, the ones the run did not see. */
  readonly missed: number
}

/** What a run did to a kind, and what a time that ends with it did. */
export interface KindMeasure extends KindTally {
  /** In that time: objects that came, changed, went. */
  readonly day: { readonly created: number; readonly changed: number; readonly missed: number }
  /** Objects that were present when that time began. */
  readonly presentBefore: number
}

export interface KindOfRun {
  readonly connectionId: string
  readonly runId: string
  readonly kind: ObjectKind
  /** Runs whose looks at single objects a list may lag behind: what they brought is not missed where a list lacks it. */
  readonly spared?: readonly string[]
}

/** An object that, known with this value of the attribute, is as it was. */
export interface SeenVersion {
  readonly id: string
  readonly attribute: string
  readonly value: Json
}

/** A grant an account is known to hold: its row, and what names it. */
export interface GrantKey {
  readonly id: string
  readonly entitlement: string
  readonly grantType: string
}

export interface ProofMeasure {
  readonly run: { readonly created: number; readonly changed: number; readonly missed: number }
  readonly day: ProofMeasure['run']
  /** Objects that were present before the run. */
  readonly present: number
  readonly presentBefore: number
}

/** Single objects, for runs that read only what has changed and for changes of ours. Each in the caller's transaction. */
export interface Proving {
  /** External ids of those that are present and known with this value. */
  knownVersions(
    trx: TenantTx,
    of: Pick<KindOfRun, 'connectionId' | 'kind'>,
    versions: readonly SeenVersion[],
  ): Promise<ReadonlySet<string>>
  /** What an account is known to hold of a kind of grants. */
  grantsHeld(
    trx: TenantTx,
    of: Pick<KindOfRun, 'connectionId' | 'kind'>,
    account: string,
  ): Promise<readonly GrantKey[]>
  /**
   * Marks accounts or entitlements stale that the target has proven not to exist, and with them what was held by or in
   * them, of these kinds. Returns how many of which kind.
   */
  markGone(
    trx: TenantTx,
    of: KindOfRun,
    kinds: readonly ObjectKind[],
    externalIds: readonly string[],
    at: Date,
  ): Promise<ReadonlyMap<ObjectKind, number>>
  /** The same for grants, by their rows' ids. */
  markGrants(trx: TenantTx, of: KindOfRun, ids: readonly string[], at: Date): Promise<number>
  /** What the run has done to a kind so far, this transaction's marks included, and the time since `since`. */
  measureProof(trx: TenantTx, of: KindOfRun, since: Date): Promise<ProofMeasure>
  /** A change of Owlie's own, read back: see `ProvenChange`. `kinds` are all of the connector's. */
  recordProof(trx: TenantTx, change: ProvenChange, kinds: readonly ObjectKind[]): Promise<void>
  /** Operations that have read something back since. */
  provenSince(trx: TenantTx, connectionId: string, since: Date): Promise<readonly string[]>
}

/** The writes of a sync, each in the sync's own transaction. */
export interface Recording {
  /**
   * Stores a page: reads the hashes first and writes only what is new or changed, and one row that says what was
   * seen. With `careful`, row by row: after PostgreSQL refused a value (SQLSTATE class 22 or 54), to quarantine it.
   */
  recordPage(trx: TenantTx, page: PageToRecord, careful?: boolean): Promise<Recorded>
  /** Says that a container was gone when it was to be read: what it held is neither seen nor missed. */
  recordVanished(trx: TenantTx, page: Omit<PageToRecord, 'observations' | 'quarantined'>): Promise<void>
  /** Distinct objects seen on the pages of one container (of the kind, where it has none), up to a page. */
  countSeen(trx: TenantTx, of: KindOfRun, container: string | null, upTo: number): Promise<number>
  tallyKind(trx: TenantTx, of: KindOfRun): Promise<KindTally>
  /** Marks what this run did not see as stale and closes the kind. Only for kinds that were read completely. */
  sweepKind(
    trx: TenantTx,
    of: KindOfRun & { readonly generation: number; readonly at: Date },
  ): Promise<{ readonly newlyStale: number }>
  /** Counts what the run did to a kind, and what the time since `since` did with it. Before the sweep. */
  measureKind(trx: TenantTx, of: KindOfRun, since: Date): Promise<KindMeasure>
  /** Ids of what this run did not see of a kind, in no order. Before the sweep. */
  missedIds(trx: TenantTx, of: KindOfRun): Promise<readonly string[]>
  /**
   * The kind is not swept (yet): what a vanished container held keeps when it was last seen, and what the run brought is
   * not to be built on (`believedSql`) until a later run is believed or this one released.
   */
  holdKind(trx: TenantTx, of: KindOfRun): Promise<void>
  /** Sweeps a kind that was held: marks these objects and no others, those that were seen since excepted. */
  sweepHeld(
    trx: TenantTx,
    of: KindOfRun & {
      readonly generation: number
      readonly at: Date
      readonly missed: readonly string[]
      readonly seen: number
    },
  ): Promise<{ readonly newlyStale: number }>
  /** Objects of all sorts that have been stale since before that time, by id, after one of them. */
  staleBefore(
    trx: TenantTx,
    connectionId: string,
    before: Date,
    limit: number,
    after: string | null,
  ): Promise<readonly GoneObject[]>
  /** Removes stale objects for good. Only for what nobody wants; see server/retention. */
  remove(trx: TenantTx, connectionId: string, ids: readonly string[]): Promise<void>
  /** Forgets what the run saw page by page, once it is closed. */
  forgetPages(trx: TenantTx, runId: string): Promise<void>
  /** External ids of the objects of `kind` this run has seen, in byte order. */
  containers(trx: TenantTx, of: KindOfRun, after: string | null, limit: number): Promise<readonly string[]>
}
