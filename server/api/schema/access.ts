import type { AccountPermission } from '@owlie/connector-kit'
import type {
  AccessOrigin,
  AccountPermissions,
  AllowedPermission,
  EffectiveAccess,
  HeldEntitlement,
  Unseen,
} from '../../access/index.ts'
import { builder, needs } from './builder.ts'
import { refusalOr, RefusalType } from './failure.ts'
import { AccountType, EntitlementType } from './inventory.ts'

const AccessOriginType = builder.objectRef<AccessOrigin>('AccessOrigin').implement({
  fields: (t) => ({
    words: t.exposeString('words', {
      description: '`assigned directly in Auth0`, `through group Engineering → role Editor`.',
    }),
    through: t.field({
      type: [EntitlementType],
      description: 'What it comes through, from what the account itself holds on; empty when held directly.',
      resolve: async ({ through }, _args, { load }) => {
        const all = await Promise.all(through.map((id) => load.entitlement(id)))
        return all.filter((one) => one !== undefined)
      },
    }),
    inside: t.field({
      type: EntitlementType,
      nullable: true,
      description: 'The organization inside which alone it counts; null when it counts everywhere.',
      resolve: async ({ inside }, _args, { load }) =>
        inside === null ? null : ((await load.entitlement(inside)) ?? null),
    }),
  }),
})

const HeldEntitlementType = builder.objectRef<HeldEntitlement>('HeldEntitlement').implement({
  fields: (t) => ({
    entitlement: t.field({
      type: EntitlementType,
      resolve: async ({ entitlementId }, _args, { load }) => (await load.entitlement(entitlementId))!,
    }),
    origins: t.field({
      type: [AccessOriginType],
      description: 'Every way it comes, at least one.',
      resolve: ({ origins }) => [...origins],
    }),
  }),
})

const AllowedPermissionType = builder.objectRef<AllowedPermission>('AllowedPermission').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    api: t.exposeString('api', { description: 'The identifier of the API.' }),
    apiName: t.exposeString('apiName', { nullable: true }),
    origins: t.field({ type: [AccessOriginType], resolve: ({ origins }) => [...origins] }),
  }),
})

const UnseenType = builder.objectRef<Unseen>('UnseenAccess').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    sentence: t.exposeString('sentence'),
    scopes: t.stringList({
      description: 'Permissions that would let Owlie read it.',
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
})

const EffectiveAccessType = builder.objectRef<EffectiveAccess>('EffectiveAccess').implement({
  description: 'What an account can do and why, from what syncs saw; the target is not asked.',
  fields: (t) => ({
    entitlements: t.field({
      type: [HeldEntitlementType],
      resolve: ({ entitlements }) => [...entitlements],
    }),
    permissions: t.field({ type: [AllowedPermissionType], resolve: ({ permissions }) => [...permissions] }),
    unseen: t.field({
      type: [UnseenType],
      description: 'What was never read completely, so that what comes through it is missing.',
      resolve: ({ unseen }) => [...unseen],
    }),
    asOf: t.expose('asOf', {
      type: 'DateTime',
      nullable: true,
      description: 'The oldest of the complete reads it rests on.',
    }),
  }),
})

builder.objectField(AccountType, 'effectiveAccess', (t) =>
  t.field({
    ...needs('inventory.read'),
    type: EffectiveAccessType,
    resolve: async ({ id }, _args, { doors, tenantId }) => (await doors.access.effective(tenantId, id))!,
  }),
)

type Source = AccountPermission['sources'][number]

const PermissionSourceKindType = builder.enumType('PermissionSourceKind', {
  values: ['direct', 'role', 'other'] as const,
})

const PermissionSourceType = builder.objectRef<Source>('PermissionSource').implement({
  fields: (t) => ({
    type: t.expose('type', { type: PermissionSourceKindType }),
    id: t.exposeString('id', { nullable: true }),
    name: t.exposeString('name', { nullable: true }),
  }),
})

const AccountPermissionType = builder.objectRef<AccountPermission>('AccountPermission').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    api: t.exposeString('api'),
    apiName: t.exposeString('apiName', { nullable: true }),
    sources: t.field({ type: [PermissionSourceType], resolve: ({ sources }) => [...sources] }),
  }),
})

const AccountPermissionsType = builder.objectRef<AccountPermissions>('AccountPermissions').implement({
  description: 'What the target itself said when asked, kept nowhere.',
  fields: (t) => ({
    permissions: t.field({ type: [AccountPermissionType], resolve: ({ permissions }) => [...permissions] }),
    readAt: t.expose('readAt', { type: 'DateTime' }),
    requests: t.exposeInt('requests', { description: 'What it cost, the token included.' }),
  }),
})

const ReadAccountPermissionsResult = builder.unionType('ReadAccountPermissionsResult', {
  types: [AccountPermissionsType, RefusalType],
  resolveType: refusalOr('AccountPermissions'),
})

builder.mutationFields((t) => ({
  readAccountPermissions: t.field({
    ...needs('inventory.ask'),
    type: ReadAccountPermissionsResult,
    description:
      'Asks the target for the permissions of one account now: a token and one request for each hundred.',
    args: { accountId: t.arg.id({ required: true }) },
    resolve: (_root, { accountId }, { doors, actor }) => doors.access.readPermissions(actor, accountId),
  }),
}))
