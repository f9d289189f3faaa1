import type { Account, Entitlement, Grant, KindCount, Overview, StaleObject } from '../../inventory/index.ts'
import { builder, needs } from './builder.ts'
import { ConnectionType } from './connections.ts'

const own = needs('inventory.read')

interface Page<Node> {
  readonly nodes: readonly Node[]
  readonly next: string | null
  readonly total: number
}

const AccountStatusType = builder.enumType('AccountStatus', { values: ['active', 'blocked'] as const })

export const AccountType = builder.objectRef<Account>('Account').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    externalId: t.exposeString('externalId'),
    displayName: t.exposeString('displayName'),
    email: t.exposeString('email', { nullable: true }),
    status: t.expose('status', { type: AccountStatusType }),
    attributes: t.expose('attributes', { ...own, type: 'JSON' }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'When a sync run last read this account.',
    }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
    staleSince: t.expose('staleSince', { type: 'DateTime', nullable: true }),
    grantCount: t.exposeInt('grantCount'),
  }),
})

export const EntitlementType = builder.objectRef<Entitlement>('Entitlement').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    type: t.exposeString('type'),
    externalId: t.exposeString('externalId'),
    displayName: t.exposeString('displayName'),
    description: t.exposeString('description', { nullable: true }),
    attributes: t.expose('attributes', { type: 'JSON' }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    staleSince: t.expose('staleSince', { type: 'DateTime', nullable: true }),
    holderCount: t.exposeInt('holderCount'),
  }),
})

const GrantType = builder.objectRef<Grant>('Grant').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    account: t.field({
      type: AccountType,
      nullable: true,
      description: 'Null when the account was named by the target but never listed.',
      resolve: async ({ accountId }, _args, { load }) =>
        accountId === null ? null : ((await load.account(accountId)) ?? null),
    }),
    accountExternalId: t.exposeString('accountExternalId'),
    entitlement: t.field({
      type: EntitlementType,
      resolve: async ({ entitlementId }, _args, { load }) => (await load.entitlement(entitlementId))!,
    }),
    type: t.exposeString('type'),
    origin: t.exposeString('origin', {
      description:
        'Where the grant comes from, in words: `assigned directly in Auth0`, `member of the organization`.',
    }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    staleSince: t.expose('staleSince', { type: 'DateTime', nullable: true }),
  }),
})

export const AccountPageType = builder.objectRef<Page<Account>>('AccountPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [AccountType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

const EntitlementPageType = builder.objectRef<Page<Entitlement>>('EntitlementPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [EntitlementType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

const GrantPageType = builder.objectRef<Page<Grant>>('GrantPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [GrantType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

builder.objectField(AccountType, 'grants', (t) =>
  t.field({
    // An identity shows its accounts, not what they hold.
    ...own,
    type: GrantPageType,
    args: { first: t.arg.int({ defaultValue: 100 }), after: t.arg.string() },
    resolve: ({ id }, { first, after }, { doors, tenantId }) =>
      doors.inventory.grants(tenantId, id, { first: first ?? 100, after: after ?? null }),
  }),
)

builder.objectField(EntitlementType, 'holders', (t) =>
  t.field({
    type: GrantPageType,
    args: { first: t.arg.int({ defaultValue: 50 }), after: t.arg.string(), search: t.arg.string() },
    resolve: ({ id }, { first, after, search }, { doors, tenantId }) =>
      doors.inventory.holders(tenantId, id, {
        first: first ?? 50,
        after: after ?? null,
        search: search ?? null,
      }),
  }),
)

const KindCountType = builder.objectRef<KindCount>('KindCount').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    present: t.exposeInt('present'),
    stale: t.exposeInt('stale'),
    asOf: t.expose('asOf', { type: 'DateTime', nullable: true }),
  }),
})

builder.objectField(ConnectionType, 'counts', (t) =>
  t.field({
    ...needs('connection.read'),
    type: [KindCountType],
    resolve: async ({ id }, _args, { load }) => [...((await load.counts(id)) ?? [])],
  }),
)

const DayCountType = builder.objectRef<{ day: string; count: number }>('DayCount').implement({
  fields: (t) => ({ day: t.exposeString('day'), count: t.exposeInt('count') }),
})

const OverviewType = builder.objectRef<Overview>('Overview').implement({
  fields: (t) => ({
    connections: t.int({
      resolve: async (_overview, _args, { load }) => (await load.connections()).length,
    }),
    accounts: t.exposeInt('accounts'),
    blockedAccounts: t.exposeInt('blockedAccounts'),
    roles: t.exposeInt('roles'),
    organizations: t.exposeInt('organizations'),
    grants: t.exposeInt('grants'),
    stale: t.exposeInt('stale'),
    accountsByAge: t.field({
      type: [DayCountType],
      description: 'Accounts first seen per day, newest last, at most 30 days.',
      resolve: ({ accountsByAge }) => [...accountsByAge],
    }),
    largestEntitlements: t.field({
      type: [EntitlementType],
      description: 'The entitlements with the most holders.',
      resolve: ({ largestEntitlements }) => [...largestEntitlements],
    }),
  }),
})

const AccountFilter = builder.inputType('AccountFilter', {
  fields: (t) => ({
    connectionId: t.id(),
    entitlementId: t.id(),
    search: t.string(),
    stale: t.boolean(),
    status: t.field({ type: AccountStatusType }),
  }),
})

const EntitlementFilter = builder.inputType('EntitlementFilter', {
  fields: (t) => ({ connectionId: t.id(), search: t.string(), stale: t.boolean(), type: t.string() }),
})

const InventoryRecordPageType = builder
  .objectRef<{ records: readonly unknown[]; next: string | null }>('InventoryRecordPage')
  .implement({
    description: 'One JSON object each, sorted: kind account | role | organization | grant.',
    fields: (t) => ({
      records: t.field({ type: ['JSON'], resolve: ({ records }) => [...records] }),
      next: t.exposeString('next', { nullable: true }),
    }),
  })

const StaleObjectType = builder.objectRef<StaleObject>('StaleObject').implement({
  description:
    'An account, an entitlement or a grant that a complete run did not see any more. Nothing was removed.',
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    kind: t.exposeString('kind'),
    kindLabel: t.exposeString('kindLabel'),
    label: t.exposeString('label', { description: 'Its name; of a grant `who in what`.' }),
    externalId: t.exposeString('externalId'),
    accountId: t.exposeID('accountId', { nullable: true }),
    entitlementId: t.exposeID('entitlementId', { nullable: true }),
    entitlementType: t.exposeString('entitlementType', { nullable: true }),
    missedFirstAt: t.expose('missedFirstAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    staleSince: t.expose('staleSince', { type: 'DateTime' }),
  }),
})

const StaleObjectPageType = builder.objectRef<Page<StaleObject>>('StaleObjectPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [StaleObjectType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

builder.queryFields((t) => ({
  staleObjects: t.field({
    ...own,
    type: StaleObjectPageType,
    description: 'What complete runs see no more, of every kind together, the latest marked first.',
    args: {
      connectionId: t.arg.id(),
      kind: t.arg.string(),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { first, ...input }, { doors, tenantId }) =>
      doors.inventory.stale(tenantId, { ...input, first: first ?? 50 }),
  }),
  overview: t.field({
    ...own,
    type: OverviewType,
    resolve: (_root, _args, { doors, tenantId }) => doors.inventory.overview(tenantId),
  }),
  account: t.field({
    ...own,
    type: AccountType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.inventory.account(tenantId, id),
  }),
  accounts: t.field({
    ...own,
    type: AccountPageType,
    args: {
      filter: t.arg({ type: AccountFilter }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { filter, first, after }, { doors, tenantId }) =>
      doors.inventory.accounts(tenantId, { ...filter, first: first ?? 50, after: after ?? null }),
  }),
  entitlement: t.field({
    ...own,
    type: EntitlementType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.inventory.entitlement(tenantId, id),
  }),
  entitlements: t.field({
    ...own,
    type: EntitlementPageType,
    args: {
      filter: t.arg({ type: EntitlementFilter, required: true }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { filter, first, after }, { doors, tenantId }) =>
      doors.inventory.entitlements(tenantId, { ...filter, first: first ?? 50, after: after ?? null }),
  }),
  inventoryRecords: t.field({
    ...needs('inventory.export'),
    type: InventoryRecordPageType,
    args: {
      connectionId: t.arg.id({ required: true }),
      first: t.arg.int({ defaultValue: 1000 }),
      after: t.arg.string(),
    },
    resolve: (_root, { connectionId, first, after }, { doors, tenantId }) =>
      doors.inventory.records(tenantId, connectionId, { first: first ?? 1000, after: after ?? null }),
  }),
}))
