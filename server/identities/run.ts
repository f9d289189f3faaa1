import type { Clock, Connector } from '@owlie/connector-kit'
import type { Database, TenantTx } from '../db/index.ts'
import type { Tasks } from '../jobs/index.ts'
import { type Actor, isId, type Refusal } from '../model/index.ts'
import { resolve } from './attributes.ts'
import { create, type CreateIdentity, edit, type EditIdentity } from './edit.ts'
import { linkByRule, type RuleDecisions } from './by-rule.ts'
import type {
  AccountLink,
  AccountNature,
  IdentitiesInput,
  Identity,
  IdentityMerge,
  Page,
  ResolvedAttribute,
} from './identity.ts'
import * as linking from './link.ts'
import { merge, type MergeIdentities, unmerge, type Unmerged } from './merge.ts'
import { readSpoken, resolveAll } from './resolve-all.ts'
import * as sources from './sources.ts'
import * as links from './store-links.ts'
import { mergesOf } from './store-merges.ts'
import * as store from './store.ts'
import { type TimelineEntry, timelineOf } from './timeline.ts'

export interface IdentitiesParts {
  readonly database: Database
  /** By manifest name; for what accounts' attributes mean. */
  readonly connectors: ReadonlyMap<string, Connector>
  readonly clock: Pick<Clock, 'now'>
  /** Called in the transaction of every decision: for whoever has to look again. */
  readonly onChange?: (trx: TenantTx, tenantId: string) => Promise<void>
}

/** What the effects of this feature share. */
export interface Hand {
  readonly database: Database
  readonly connectors: ReadonlyMap<string, Connector>
  readonly now: () => Date
  readonly changed: (trx: TenantTx, actor: Actor) => Promise<void>
}

/** Ids that are none are simply not found; a wrong `after` throws `list.bad_cursor`. */
export interface IdentityReaders {
  get(tenantId: string, id: string): Promise<Identity | null>
  byId(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Identity>>
  list(tenantId: string, input: IdentitiesInput): Promise<Page<Identity>>
  counts(tenantId: string): Promise<store.IdentityCounts>
  /** Links by account id; none for an account nobody and no rule has decided about. */
  linksByAccount(tenantId: string, accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountLink>>
  /** The accounts of an identity, by name. */
  accountsOf(tenantId: string, identityId: string): Promise<readonly AccountLink[]>
  /** Its attributes, each with where it comes from and what lost. */
  attributesOf(tenantId: string, identityId: string): Promise<readonly ResolvedAttribute[]>
  /** Newest first; undone ones too. */
  mergesOf(tenantId: string, identityId: string): Promise<readonly IdentityMerge[]>
  timeline(tenantId: string, identityId: string, first: number): Promise<readonly TimelineEntry[]>
  /** The identities of accounts, in the caller's transaction. */
  findByAccount(trx: TenantTx, accountIds: readonly string[]): Promise<ReadonlyMap<string, Identity>>
  find(trx: TenantTx, ids: readonly string[]): Promise<ReadonlyMap<string, Identity>>
}

export interface Identities extends IdentityReaders {
  create(actor: Actor, input: CreateIdentity): Promise<Identity | Refusal>
  /** A new identity for an account that has none; `apartFrom` are never suggested for it again. */
  createFor(actor: Actor, accountId: string, apartFrom?: readonly string[]): Promise<Identity | Refusal>
  edit(actor: Actor, input: EditIdentity): Promise<Identity | Refusal>
  link(actor: Actor, input: linking.LinkAccount): Promise<Identity | Refusal>
  unlink(actor: Actor, accountId: string, identityId: string): Promise<Identity | Refusal>
  /** The account is not this identity's; returns the identity. */
  setApart(actor: Actor, accountId: string, identityId: string): Promise<Identity | Refusal>
  setNature(
    actor: Actor,
    accountId: string,
    nature: AccountNature,
  ): Promise<{ readonly accountId: string } | Refusal>
  merge(actor: Actor, input: MergeIdentities): Promise<Identity | Refusal>
  /** `id`: the identity that was merged away. */
  unmerge(actor: Actor, id: string): Promise<Unmerged | Refusal>
  sources(tenantId: string): Promise<readonly sources.AttributeSources[]>
  setSources(actor: Actor, input: sources.SetSources): Promise<sources.AttributeSources | Refusal>
  previewSources(
    tenantId: string,
    attribute: string,
    order: readonly string[],
  ): Promise<sources.SourcesPreview | Refusal>
  /** Brings what is stored of identities up to what their accounts say, in the caller's transaction. Returns the changed. */
  refresh(trx: TenantTx, ids: readonly string[], at: Date): Promise<readonly string[]>
  /** Carries out what rules found, in the caller's transaction; returns the accounts that are linked now. */
  linkByRule(trx: TenantTx, decisions: RuleDecisions): Promise<ReadonlySet<string>>
  readonly tasks: Tasks
}

export function createIdentities(parts: IdentitiesParts): Identities {
  const { database, connectors, clock, onChange } = parts
  const hand: Hand = {
    ...{ database, connectors },
    now: () => new Date(clock.now()),
    changed: async (trx, { tenantId }) => onChange?.(trx, tenantId),
  }
  const within = <T extends object>(actor: Actor, work: (trx: TenantTx) => Promise<T | Refusal>) =>
    database.tenant(actor.tenantId, work)
  return {
    ...readers(hand),
    create: (actor, input) => within(actor, (trx) => create(hand, trx, actor, input)),
    createFor: (actor, accountId, apartFrom = []) =>
      within(actor, (trx) => linking.createFor(hand, trx, actor, accountId, apartFrom)),
    edit: (actor, input) => within(actor, (trx) => edit(hand, trx, actor, input)),
    link: (actor, input) => within(actor, (trx) => linking.link(hand, trx, actor, input)),
    unlink: (actor, accountId, identityId) =>
      within(actor, (trx) => linking.unlink(hand, trx, actor, accountId, identityId)),
    setApart: (actor, accountId, identityId) =>
      within(actor, (trx) => linking.setApart(hand, trx, actor, accountId, identityId)),
    setNature: (actor, accountId, nature) =>
      within(actor, (trx) => linking.setNature(hand, trx, actor, accountId, nature)),
    merge: (actor, input) => within(actor, (trx) => merge(hand, trx, actor, input)),
    unmerge: (actor, id) => within(actor, (trx) => unmerge(hand, trx, actor, id)),
    sources: (tenantId) => database.tenant(tenantId, sources.list),
    setSources: (actor, input) => within(actor, (trx) => sources.set(hand, trx, actor, input)),
    previewSources: (tenantId, attribute, order) => sources.preview(hand, tenantId, attribute, order),
    refresh: (trx, ids, at) => resolveAll(trx, connectors, ids, at),
    linkByRule: (trx, decisions) => linkByRule(trx, connectors, decisions),
    tasks: {
      [sources.resolveTask]: ({ tenantId }, { signal }) => sources.resolveContested(hand, tenantId, signal),
    },
  }
}

function readers(hand: Hand): IdentityReaders {
  const { database } = hand
  const read = <T>(tenantId: string, work: (trx: TenantTx) => Promise<T>) => database.tenant(tenantId, work)
  const find = async (trx: TenantTx, ids: readonly string[]) =>
    new Map((await store.findIdentities(trx, ids)).map((identity) => [identity.id, identity]))
  return {
    get: async (tenantId, id) =>
      (await read(tenantId, (trx) => find(trx, [id]))).get(id.toLowerCase()) ?? null,
    byId: (tenantId, ids) => read(tenantId, (trx) => find(trx, ids)),
    list: (tenantId, input) => read(tenantId, (trx) => store.listIdentities(trx, input)),
    counts: (tenantId) => read(tenantId, store.countIdentities),
    linksByAccount: async (tenantId, accountIds) => {
      const found = await read(tenantId, (trx) => links.findLinks(trx, accountIds))
      return new Map(found.map((link) => [link.accountId, link]))
    },
    accountsOf: (tenantId, id) => read(tenantId, (trx) => links.linksOf(trx, [id])),
    attributesOf: (tenantId, id) => read(tenantId, (trx) => attributesOf(hand, trx, id)),
    mergesOf: (tenantId, id) => read(tenantId, (trx) => mergesOf(trx, id)),
    timeline: async (tenantId, id, first) =>
      isId(id)
        ? read(tenantId, (trx) => timelineOf(trx, id.toLowerCase(), Math.min(Math.max(first, 1), 500)))
        : [],
    async findByAccount(trx, accountIds) {
      const linked = (await links.findLinks(trx, accountIds)).filter(({ identityId }) => identityId !== null)
      const found = await find(
        trx,
        linked.map(({ identityId }) => identityId!),
      )
      return new Map(linked.map(({ accountId, identityId }) => [accountId, found.get(identityId!)!]))
    },
    find,
  }
}

async function attributesOf(hand: Hand, trx: TenantTx, id: string): Promise<readonly ResolvedAttribute[]> {
  const { spoken, order } = await readSpoken(trx, hand.connectors, isId(id) ? [id] : [])
  return spoken.flatMap(({ manual, statements }) => resolve(manual, statements, order))
}
