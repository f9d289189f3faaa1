import {
  type AccountLink,
  type Evidence,
  type Identity,
  type IdentityMerge,
  manualSource,
  type ResolvedAttribute,
  type SourcedValue,
  type TimelineEntry,
} from '../../identities/index.ts'
import { type OpenCounts, type Rule, rules } from '../../correlation/index.ts'
import type { IdentityCounts } from '../../identities/index.ts'
import { builder, needs } from './builder.ts'
import { ConnectionType } from './connections.ts'
import { AccountType } from './inventory.ts'

/** Identities as they are shown; what is done with them is in identity-work.ts. */

const own = needs('identity.read')

export const IdentityKindType = builder.enumType('IdentityKind', { values: ['person', 'machine'] as const })
export const IdentityStatusType = builder.enumType('IdentityStatus', {
  values: ['active', 'disabled'] as const,
})
export const AccountNatureType = builder.enumType('AccountNature', {
  values: ['personal', 'service'] as const,
})
const LinkOriginType = builder.enumType('LinkOrigin', { values: ['rule', 'manual'] as const })

export const EvidenceType = builder.objectRef<Evidence>('CorrelationEvidence').implement({
  fields: (t) => ({
    rule: t.exposeString('rule'),
    sentence: t.exposeString('sentence'),
    value: t.exposeString('value', { description: 'What was equal.' }),
  }),
})

export const IdentityType = builder.objectRef<Identity>('Identity')

const AccountLinkType = builder.objectRef<AccountLink>('AccountLink').implement({
  description: 'Whose an account is, and who says so.',
  fields: (t) => ({
    account: t.field({
      type: AccountType,
      resolve: async ({ accountId }, _args, { load }) => (await load.account(accountId))!,
    }),
    identity: t.field({
      type: IdentityType,
      nullable: true,
      description: 'Null when an admin has taken the account from its identity.',
      resolve: async ({ identityId }, _args, { load }) =>
        identityId === null ? null : ((await load.identity(identityId)) ?? null),
    }),
    nature: t.expose('nature', { type: AccountNatureType }),
    origin: t.expose('origin', { type: LinkOriginType }),
    rule: t.exposeString('rule', { nullable: true }),
    score: t.exposeInt('score', { nullable: true }),
    evidence: t.field({ type: [EvidenceType], resolve: ({ evidence }) => [...evidence] }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime' }),
    decidedBy: t.exposeString('decidedBy'),
  }),
})

export const AttributeSourceType = builder.objectRef<string>('AttributeSource').implement({
  description: 'Who can say what an attribute is: a connection, or what was entered by hand.',
  fields: (t) => ({
    id: t.id({ description: 'The id of the connection, or `manual`.', resolve: (source) => source }),
    connection: t.field({
      type: ConnectionType,
      nullable: true,
      resolve: (source, _args, { load }) => (source === manualSource ? null : load.connection(source)),
    }),
  }),
})

const SourcedValueType = builder.objectRef<SourcedValue>('SourcedValue').implement({
  fields: (t) => ({
    value: t.exposeString('value'),
    source: t.expose('source', { type: AttributeSourceType }),
    accountId: t.exposeID('accountId', { nullable: true }),
    isStale: t.exposeBoolean('isStale', { description: 'The account that says so is gone from its target.' }),
  }),
})

const ResolvedAttributeType = builder.objectRef<ResolvedAttribute>('ResolvedAttribute').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    value: t.exposeString('value'),
    source: t.expose('source', { type: AttributeSourceType }),
    accountId: t.exposeID('accountId', { nullable: true }),
    isStale: t.exposeBoolean('isStale'),
    lost: t.field({
      type: [SourcedValueType],
      description: 'Other values, in the order in which they would have won.',
      resolve: ({ lost }) => [...lost],
    }),
  }),
})

const IdentityMergeType = builder.objectRef<IdentityMerge>('IdentityMerge').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    from: t.field({
      type: IdentityType,
      resolve: async ({ fromId }, _args, { load }) => (await load.identity(fromId))!,
    }),
    into: t.field({
      type: IdentityType,
      resolve: async ({ intoId }, _args, { load }) => (await load.identity(intoId))!,
    }),
    reason: t.exposeString('reason', { nullable: true }),
    accounts: t.int({ description: 'Accounts that moved.', resolve: ({ accountIds }) => accountIds.length }),
    mergedAt: t.expose('mergedAt', { type: 'DateTime' }),
    mergedBy: t.exposeString('mergedBy'),
    undoneAt: t.expose('undoneAt', { type: 'DateTime', nullable: true }),
    undoneBy: t.exposeString('undoneBy', { nullable: true }),
  }),
})

const TimelineEntryType = builder.objectRef<TimelineEntry>('IdentityTimelineEntry').implement({
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action'),
    actor: t.exposeString('actor', { nullable: true, description: 'Null for what was seen.' }),
    accountId: t.exposeID('accountId', { nullable: true }),
    accountName: t.exposeString('accountName', { nullable: true }),
    otherIdentity: t.field({
      type: IdentityType,
      nullable: true,
      resolve: async ({ otherIdentityId }, _args, { load }) =>
        otherIdentityId === null ? null : ((await load.identity(otherIdentityId)) ?? null),
    }),
    detail: t.exposeString('detail', { nullable: true }),
  }),
})

IdentityType.implement({
  description: 'A person or machine. Its accounts are its profiles in the targets.',
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.expose('kind', { type: IdentityKindType }),
    status: t.expose('status', { type: IdentityStatusType }),
    displayName: t.exposeString('displayName'),
    email: t.exposeString('email', { nullable: true }),
    profile: t.expose('profile', { type: 'JSON', description: 'What won, by attribute.' }),
    manual: t.expose('manual', { type: 'JSON', description: 'What admins have entered, by attribute.' }),
    version: t.exposeInt('version', { description: 'Counts edits by people.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy'),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    accountCount: t.exposeInt('accountCount'),
    mergedInto: t.field({
      type: IdentityType,
      nullable: true,
      resolve: async ({ mergedInto }, _args, { load }) =>
        mergedInto === null ? null : ((await load.identity(mergedInto)) ?? null),
    }),
    accounts: t.field({
      type: [AccountLinkType],
      resolve: async ({ id }, _args, { doors, tenantId }) => [
        ...(await doors.identities.accountsOf(tenantId, id)),
      ],
    }),
    attributes: t.field({
      type: [ResolvedAttributeType],
      resolve: async ({ id }, _args, { doors, tenantId }) => [
        ...(await doors.identities.attributesOf(tenantId, id)),
      ],
    }),
    merges: t.field({
      type: [IdentityMergeType],
      description: 'Newest first; undone ones too.',
      resolve: async ({ id }, _args, { doors, tenantId }) => [
        ...(await doors.identities.mergesOf(tenantId, id)),
      ],
    }),
    timeline: t.field({
      ...needs('audit.read'),
      type: [TimelineEntryType],
      description: 'Decisions from the audit and what was seen of the accounts, newest first.',
      args: { first: t.arg.int({ defaultValue: 50 }) },
      resolve: async ({ id }, { first }, { doors, tenantId }) => [
        ...(await doors.identities.timeline(tenantId, id, first ?? 50)),
      ],
    }),
  }),
})

builder.objectFields(AccountType, (t) => ({
  identity: t.field({
    ...own,
    type: IdentityType,
    nullable: true,
    resolve: async ({ id }, _args, { load }) => {
      const link = await load.link(id)
      return link?.identityId ? ((await load.identity(link.identityId)) ?? null) : null
    },
  }),
  link: t.field({
    ...own,
    type: AccountLinkType,
    nullable: true,
    description: 'Null when nobody and no rule has decided whose it is.',
    resolve: async ({ id }, _args, { load }) => (await load.link(id)) ?? null,
  }),
}))

interface IdentityPage {
  readonly nodes: readonly Identity[]
  readonly next: string | null
  readonly total: number
}

const IdentityPageType = builder.objectRef<IdentityPage>('IdentityPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [IdentityType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

const IdentityFilter = builder.inputType('IdentityFilter', {
  fields: (t) => ({
    search: t.string(),
    kind: t.field({ type: IdentityKindType }),
    status: t.field({ type: IdentityStatusType }),
    connectionId: t.id({ description: 'Only those with an account there.' }),
    withoutAccounts: t.boolean(),
    minAccounts: t.int(),
  }),
})

const IdentityOverviewType = builder.objectRef<IdentityCounts & OpenCounts>('IdentityOverview').implement({
  fields: (t) => ({
    identities: t.exposeInt('identities'),
    machines: t.exposeInt('machines'),
    disabled: t.exposeInt('disabled'),
    review: t.exposeInt('review', { description: 'Accounts that wait in the queue.' }),
    orphans: t.exposeInt('orphans', { description: 'Present accounts without an identity.' }),
    serviceAccounts: t.exposeInt('serviceAccounts'),
  }),
})

const CorrelationRuleType = builder.objectRef<Rule>('CorrelationRule').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    sentence: t.exposeString('sentence'),
    score: t.exposeInt('score'),
    isSure: t.exposeBoolean('isSure', {
      description: 'Links without asking, where nothing speaks against it.',
    }),
  }),
})

builder.queryFields((t) => ({
  identity: t.field({
    ...own,
    type: IdentityType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.identities.get(tenantId, id),
  }),
  identities: t.field({
    ...own,
    type: IdentityPageType,
    description: 'By name. Merged ones are not listed.',
    args: {
      filter: t.arg({ type: IdentityFilter }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { filter, first, after }, { doors, tenantId }) =>
      doors.identities.list(tenantId, { ...filter, first: first ?? 50, after: after ?? null }),
  }),
  identityOverview: t.field({
    ...own,
    type: IdentityOverviewType,
    resolve: async (_root, _args, { doors, tenantId }) => ({
      ...(await doors.identities.counts(tenantId)),
      ...(await doors.correlation.counts(tenantId)),
    }),
  }),
  correlationRules: t.field({
    ...own,
    type: [CorrelationRuleType],
    description: 'Every rule by which accounts find their identities, the strongest first.',
    resolve: () => [...rules],
  }),
}))
