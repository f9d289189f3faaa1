import { list as listAudit, type AuditEvent } from '../../audit/index.ts'
import { fromNumberCursor } from '../../model/index.ts'
import {
  type ApiKey,
  type CreatedApiKey,
  type Principal,
  actionsOf,
  apiKeyScopes,
} from '../../operators/index.ts'
import { builder, needs } from './builder.ts'
import { DeletedType } from './connections.ts'
import { RefusalType, refusalOr } from './failure.ts'

export const RoleType = builder.enumType('Role', {
  values: ['admin', 'auditor', 'requester'] as const,
})

export const ViewerType = builder.objectRef<Principal>('Viewer').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    email: t.string({
      nullable: true,
      resolve: (viewer) => (viewer.kind === 'operator' ? viewer.email : null),
    }),
    role: t.field({
      type: RoleType,
      nullable: true,
      resolve: (viewer) => (viewer.kind === 'operator' ? viewer.role : null),
    }),
    tenantId: t.exposeID('tenantId'),
    actions: t.stringList({ resolve: (viewer) => [...actionsOf(viewer)] }),
  }),
})

const ApiKeyType = builder.objectRef<ApiKey>('ApiKey').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    start: t.exposeString('start'),
    scopes: t.stringList({ resolve: ({ scopes }) => [...scopes] }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy', { nullable: true }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ApiKeyScopeType = builder.objectRef<{ name: string; purpose: string }>('ApiKeyScope').implement({
  fields: (t) => ({ name: t.exposeString('name'), purpose: t.exposeString('purpose') }),
})

const CreatedApiKeyType = builder.objectRef<CreatedApiKey>('CreatedApiKey').implement({
  description: 'The key itself is shown this one time.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyType }),
    key: t.string({ resolve: ({ key }) => key.reveal() }),
  }),
})

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  types: [CreatedApiKeyType, RefusalType],
  resolveType: refusalOr('CreatedApiKey'),
})

const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  types: [DeletedType, RefusalType],
  resolveType: refusalOr('Deleted'),
})

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    scopes: t.stringList({ required: true }),
    expiresInDays: t.int(),
  }),
})

const AuditEventType = builder.objectRef<AuditEvent>('AuditEvent').implement({
  fields: (t) => ({
    seq: t.exposeInt('seq'),
    at: t.expose('at', { type: 'DateTime' }),
    actor: t.string({ resolve: ({ actor }) => actor.name }),
    action: t.exposeString('action'),
    subject: t.string({ resolve: ({ subject }) => subject.name ?? subject.id }),
    detail: t.expose('detail', { type: 'JSON' }),
  }),
})

const AuditEventPageType = builder
  .objectRef<{ nodes: readonly AuditEvent[]; next: string | null }>('AuditEventPage')
  .implement({
    fields: (t) => ({
      nodes: t.field({ type: [AuditEventType], resolve: ({ nodes }) => [...nodes] }),
      next: t.exposeString('next', { nullable: true }),
    }),
  })

builder.queryFields((t) => ({
  viewer: t.field({
    ...needs('signed-in'),
    type: ViewerType,
    resolve: (_root, _args, { principal }) => principal,
  }),
  apiKeys: t.field({
    ...needs('api_key.read'),
    type: [ApiKeyType],
    resolve: async (_root, _args, { doors, tenantId }) => [...(await doors.operators.listApiKeys(tenantId))],
  }),
  apiKeyScopes: t.field({
    ...needs('signed-in'),
    type: [ApiKeyScopeType],
    resolve: () => Object.entries(apiKeyScopes).map(([name, purpose]) => ({ name, purpose })),
  }),
  auditEvents: t.field({
    ...needs('audit.read'),
    type: AuditEventPageType,
    args: { first: t.arg.int({ defaultValue: 50 }), after: t.arg.string() },
    resolve: async (_root, { first, after }, { doors, tenantId }) => {
      const query = { first: first ?? 50, after: fromNumberCursor(after) }
      const page = await doors.database.tenant(tenantId, (trx) => listAudit(trx, query))
      return { nodes: page.events, next: page.next === null ? null : String(page.next) }
    },
  }),
}))

builder.mutationFields((t) => ({
  createApiKey: t.field({
    ...needs('api_key.write'),
    type: CreateApiKeyResult,
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: (_root, { input }, { doors, principal }) => doors.operators.createApiKey(principal, input),
  }),
  revokeApiKey: t.field({
    ...needs('api_key.write'),
    type: RevokeApiKeyResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, principal }) => doors.operators.revokeApiKey(principal, id),
  }),
}))
