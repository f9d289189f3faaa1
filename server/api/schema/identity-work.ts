import { FailureError } from '@owlie/connector-kit'
import type { AttributeSources, SourcesPreview, Unmerged } from '../../identities/index.ts'
import type { CorrelationSetting, CustomKey, ReviewCandidate, ReviewItem } from '../../correlation/index.ts'
import { isRefusal } from '../../model/index.ts'
import { builder, needs } from './builder.ts'
import { ConnectionType } from './connections.ts'
import { RefusalType, refusalOr } from './failure.ts'
import {
  AccountNatureType,
  AttributeSourceType,
  EvidenceType,
  IdentityKindType,
  IdentityStatusType,
  IdentityType,
} from './identities.ts'
import { AccountPageType, AccountType } from './inventory.ts'

/** What waits for an admin, and what admins do about identities. */

const own = needs('identity.read')
const write = needs('identity.write')

const ReviewCandidateType = builder.objectRef<ReviewCandidate>('ReviewCandidate').implement({
  fields: (t) => ({
    identity: t.field({
      type: IdentityType,
      resolve: async ({ identityId }, _args, { load }) => (await load.identity(identityId))!,
    }),
    rule: t.exposeString('rule'),
    score: t.exposeInt('score'),
    evidence: t.field({ type: [EvidenceType], resolve: ({ evidence }) => [...evidence] }),
    foundAt: t.expose('foundAt', { type: 'DateTime' }),
  }),
})

const ReviewItemType = builder.objectRef<ReviewItem>('ReviewItem').implement({
  description: 'An account that may be somebody’s.',
  fields: (t) => ({
    account: t.field({
      type: AccountType,
      resolve: async ({ accountId }, _args, { load }) => (await load.account(accountId))!,
    }),
    identity: t.field({
      type: IdentityType,
      nullable: true,
      description: 'It has one already: then the candidates are likely duplicates of that.',
      resolve: async ({ identityId }, _args, { load }) =>
        identityId === null ? null : ((await load.identity(identityId)) ?? null),
    }),
    score: t.exposeInt('score'),
    candidates: t.field({
      type: [ReviewCandidateType],
      description: 'The likeliest first, at most 5.',
      resolve: ({ candidates }) => [...candidates],
    }),
  }),
})

interface ReviewPage {
  readonly nodes: readonly ReviewItem[]
  readonly next: string | null
  readonly total: number
}

const ReviewPageType = builder.objectRef<ReviewPage>('ReviewPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [ReviewItemType], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

const AttributeSourcesType = builder.objectRef<AttributeSources>('AttributeSources').implement({
  description: 'Whose word counts first for one attribute.',
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    sources: t.field({
      type: [AttributeSourceType],
      description: 'All there are; the first that has a value wins.',
      resolve: ({ sources }) => [...sources],
    }),
    isChosen: t.exposeBoolean('isChosen', { description: 'Somebody has chosen this order.' }),
    version: t.exposeInt('version'),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
    updatedBy: t.exposeString('updatedBy', { nullable: true }),
  }),
})

const SourcesSampleType = builder
  .objectRef<SourcesPreview['samples'][number]>('AttributeSourcesSample')
  .implement({
    fields: (t) => ({
      identityId: t.exposeID('identityId'),
      displayName: t.exposeString('displayName'),
      before: t.exposeString('before', { nullable: true }),
      after: t.exposeString('after', { nullable: true }),
    }),
  })

const SourcesPreviewType = builder.objectRef<SourcesPreview>('AttributeSourcesPreview').implement({
  description: 'What another order would change. Nothing is changed.',
  fields: (t) => ({
    examined: t.exposeInt('examined', {
      description: 'Identities more than one source speaks for; for no other can an order change anything.',
    }),
    changed: t.exposeInt('changed'),
    isPartial: t.exposeBoolean('isPartial', {
      description: 'There are more than a preview examines; all of them follow when it is saved.',
    }),
    samples: t.field({ type: [SourcesSampleType], resolve: ({ samples }) => [...samples] }),
  }),
})

const EmailTrustType = builder.enumType('EmailTrust', { values: ['attribute', 'always', 'never'] as const })

const CustomKeyType = builder.objectRef<CustomKey>('CorrelationKey').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.exposeString('path'),
    trusted: t.exposeBoolean('trusted'),
  }),
})

const CorrelationSettingType = builder.objectRef<CorrelationSetting>('CorrelationSetting').implement({
  description: 'How the accounts of a connection find their identities.',
  fields: (t) => ({
    createIdentities: t.exposeBoolean('createIdentities', {
      description: 'An account nothing matches makes an identity; else it is an orphan.',
    }),
    emailTrust: t.expose('emailTrust', {
      type: EmailTrustType,
      description: 'Whether its addresses are proven: by an attribute that says so, all of them, or none.',
    }),
    keys: t.field({ type: [CustomKeyType], resolve: ({ keys }) => [...keys] }),
    version: t.exposeInt('version'),
  }),
})

builder.objectField(ConnectionType, 'correlation', (t) =>
  t.field({
    ...own,
    type: CorrelationSettingType,
    resolve: async ({ id }, _args, { doors, tenantId }) => (await doors.correlation.setting(tenantId, id))!,
  }),
)

builder.queryFields((t) => ({
  identityReview: t.field({
    ...own,
    type: ReviewPageType,
    description: 'Doubtful matches that wait for an admin, the likeliest first.',
    args: {
      connectionId: t.arg.id(),
      rule: t.arg.string(),
      first: t.arg.int({ defaultValue: 20 }),
      after: t.arg.string(),
    },
    resolve: (_root, { connectionId, rule, first, after }, { doors, tenantId }) =>
      doors.correlation.queue(tenantId, { connectionId, rule, first: first ?? 20, after: after ?? null }),
  }),
  orphanAccounts: t.field({
    ...own,
    type: AccountPageType,
    description: 'Present accounts without an identity; with `nature: service` the accounts marked so.',
    args: {
      connectionId: t.arg.id(),
      search: t.arg.string(),
      nature: t.arg({ type: AccountNatureType }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: async (_root, args, { doors, tenantId }) => {
      const { connectionId, search, nature, first, after } = args
      const page = await doors.correlation.orphans(tenantId, {
        ...{ connectionId, search, nature },
        ...{ first: first ?? 50, after: after ?? null },
      })
      const found = await doors.inventory.accountsById(tenantId, page.nodes)
      return { ...page, nodes: page.nodes.flatMap((id) => found.get(id) ?? []) }
    },
  }),
  attributeSources: t.field({
    ...own,
    type: [AttributeSourcesType],
    resolve: async (_root, _args, { doors, tenantId }) => [...(await doors.identities.sources(tenantId))],
  }),
  attributeSourcesPreview: t.field({
    ...own,
    type: SourcesPreviewType,
    args: {
      attribute: t.arg.string({ required: true }),
      sources: t.arg.idList({ required: true }),
    },
    resolve: async (_root, { attribute, sources }, { doors, tenantId }) => {
      const preview = await doors.identities.previewSources(tenantId, attribute, sources)
      if (isRefusal(preview)) throw new FailureError(preview.refused[0]!)
      return preview
    },
  }),
}))

const IdentityResult = builder.unionType('IdentityResult', {
  types: [IdentityType, RefusalType],
  resolveType: refusalOr('Identity'),
})

const UnmergedType = builder.objectRef<Unmerged>('Unmerged').implement({
  fields: (t) => ({
    identity: t.expose('identity', { type: IdentityType, description: 'As it was before it was merged.' }),
    from: t.expose('from', { type: IdentityType, description: 'The identity it had been merged into.' }),
    stayed: t.idList({
      description: 'Accounts that somebody has moved on since: they stay where they are.',
      resolve: ({ stayed }) => [...stayed],
    }),
  }),
})

const UnmergeResult = builder.unionType('UnmergeResult', {
  types: [UnmergedType, RefusalType],
  resolveType: refusalOr('Unmerged'),
})

const MarkedType = builder.objectRef<{ readonly accountId: string }>('MarkedAccount').implement({
  fields: (t) => ({
    account: t.field({
      type: AccountType,
      resolve: async ({ accountId }, _args, { load }) => (await load.account(accountId))!,
    }),
  }),
})

const MarkResult = builder.unionType('MarkAccountResult', {
  types: [MarkedType, RefusalType],
  resolveType: refusalOr('MarkedAccount'),
})

const SourcesResult = builder.unionType('AttributeSourcesResult', {
  types: [AttributeSourcesType, RefusalType],
  resolveType: refusalOr('AttributeSources'),
})

const CorrelationResult = builder.unionType('CorrelationSettingResult', {
  types: [CorrelationSettingType, RefusalType],
  resolveType: refusalOr('CorrelationSetting'),
})

const AttributeValueInput = builder.inputType('AttributeValueInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    value: t.string({ required: true, description: 'Empty: take the entered value away.' }),
  }),
})

const CustomKeyInput = builder.inputType('CorrelationKeyInput', {
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Equal values of the same name in two connections match.',
    }),
    path: t.string({
      required: true,
      description: 'Dotted, e.g. app_metadata.badge; $id: the account’s own id.',
    }),
    trusted: t.boolean({ required: true, description: 'Only the target’s admins can set it.' }),
  }),
})

builder.mutationFields((t) => ({
  createIdentity: t.field({
    ...write,
    type: IdentityResult,
    args: {
      kind: t.arg({ type: IdentityKindType }),
      values: t.arg({ type: [AttributeValueInput], required: true }),
    },
    resolve: (_root, input, { doors, actor }) => doors.identities.create(actor, input),
  }),
  createIdentityFor: t.field({
    ...write,
    type: IdentityResult,
    description: 'A new identity for an account that has none; `apartFrom` are never suggested for it again.',
    args: { accountId: t.arg.id({ required: true }), apartFrom: t.arg.idList() },
    resolve: (_root, { accountId, apartFrom }, { doors, actor }) =>
      doors.identities.createFor(actor, accountId, apartFrom ?? []),
  }),
  editIdentity: t.field({
    ...write,
    type: IdentityResult,
    args: {
      id: t.arg.id({ required: true }),
      version: t.arg.int({ required: true, description: 'The one that was looked at.' }),
      kind: t.arg({ type: IdentityKindType }),
      status: t.arg({ type: IdentityStatusType }),
      values: t.arg({ type: [AttributeValueInput] }),
    },
    resolve: (_root, input, { doors, actor }) => doors.identities.edit(actor, input),
  }),
  linkAccount: t.field({
    ...write,
    type: IdentityResult,
    args: {
      accountId: t.arg.id({ required: true }),
      identityId: t.arg.id({ required: true }),
      moveFrom: t.arg.id({ description: 'The identity it is taken from, when it is linked to another.' }),
    },
    resolve: (_root, input, { doors, actor }) => doors.identities.link(actor, input),
  }),
  unlinkAccount: t.field({
    ...write,
    type: IdentityResult,
    description: 'Takes an account from its identity: no rule links it again.',
    args: { accountId: t.arg.id({ required: true }), identityId: t.arg.id({ required: true }) },
    resolve: (_root, { accountId, identityId }, { doors, actor }) =>
      doors.identities.unlink(actor, accountId, identityId),
  }),
  setAccountApart: t.field({
    ...write,
    type: IdentityResult,
    description: 'The account is not this identity’s: never suggested again.',
    args: { accountId: t.arg.id({ required: true }), identityId: t.arg.id({ required: true }) },
    resolve: (_root, { accountId, identityId }, { doors, actor }) =>
      doors.identities.setApart(actor, accountId, identityId),
  }),
}))

builder.mutationFields((t) => ({
  markAccount: t.field({
    ...write,
    type: MarkResult,
    description: 'As a service account, which every rule leaves alone, or as a person’s again.',
    args: {
      accountId: t.arg.id({ required: true }),
      nature: t.arg({ type: AccountNatureType, required: true }),
    },
    resolve: (_root, { accountId, nature }, { doors, actor }) =>
      doors.identities.setNature(actor, accountId, nature),
  }),
  mergeIdentities: t.field({
    ...needs('identity.merge'),
    type: IdentityResult,
    description: 'Two identities are one person: the accounts of the one go to the other, which is returned.',
    args: {
      fromId: t.arg.id({ required: true }),
      intoId: t.arg.id({ required: true }),
      reason: t.arg.string(),
    },
    resolve: (_root, input, { doors, actor }) => doors.identities.merge(actor, input),
  }),
  unmergeIdentity: t.field({
    ...needs('identity.merge'),
    type: UnmergeResult,
    description: 'Puts back what was. `id`: the identity that was merged away.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.identities.unmerge(actor, id),
  }),
  setAttributeSources: t.field({
    ...write,
    type: SourcesResult,
    args: {
      attribute: t.arg.string({ required: true }),
      sources: t.arg.idList({ required: true }),
      version: t.arg.int({ required: true, description: 'The one that was looked at.' }),
    },
    resolve: (_root, input, { doors, actor }) => doors.identities.setSources(actor, input),
  }),
  setCorrelation: t.field({
    ...write,
    type: CorrelationResult,
    args: {
      connectionId: t.arg.id({ required: true }),
      version: t.arg.int({ required: true, description: 'The one that was looked at.' }),
      createIdentities: t.arg.boolean({ required: true }),
      emailTrust: t.arg({ type: EmailTrustType, required: true }),
      keys: t.arg({ type: [CustomKeyInput], required: true }),
    },
    resolve: (_root, input, { doors, actor }) => doors.correlation.setSetting(actor, input),
  }),
}))
