import type { KindPolicies, PolicyPreview } from '../../drift/index.ts'
import { builder, needs } from './builder.ts'
import { DecisionType, DriftTypeType, GuardVerdictType } from './drift.ts'
import { RefusalType, refusalOr } from './failure.ts'

const own = needs('drift.read')

type SetPolicy = KindPolicies['set'][number]
interface Effective {
  readonly type: 'missing' | 'excess' | 'different'
  readonly policy: SetPolicy['policy']
  readonly scope: 'type' | 'kind' | 'default'
  readonly by: string | null
}

const SetPolicyType = builder.objectRef<SetPolicy>('DriftPolicySet').implement({
  fields: (t) => ({
    type: t.expose('type', { type: DriftTypeType, nullable: true, description: 'Null: of any type.' }),
    policy: t.expose('policy', { type: DecisionType }),
    by: t.exposeString('by'),
    at: t.expose('at', { type: 'DateTime' }),
  }),
})

const EffectiveType = builder.objectRef<Effective>('DriftPolicyEffective').implement({
  fields: (t) => ({
    type: t.expose('type', { type: DriftTypeType }),
    policy: t.expose('policy', { type: DecisionType }),
    scope: t.exposeString('scope', { description: '`type`, `kind` or `default`: where it was set.' }),
    by: t.exposeString('by', { nullable: true }),
  }),
})

const KindPoliciesType = builder.objectRef<KindPolicies>('KindPolicies').implement({
  description: 'What is done about drift of one kind of a connection.',
  fields: (t) => ({
    id: t.id({ resolve: ({ connectionId, kind }) => `${connectionId} ${kind}` }),
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    subject: t.exposeString('yields'),
    set: t.field({ type: [SetPolicyType], resolve: ({ set }) => [...set] }),
    effective: t.field({
      type: [EffectiveType],
      resolve: ({ effective }) =>
        (['missing', 'excess', 'different'] as const).map((type) => ({ type, ...effective[type] })),
    }),
    governedFields: t.stringList({ resolve: ({ governedFields }) => [...governedFields] }),
    ignoredFields: t.stringList({ resolve: ({ ignoredFields }) => [...ignoredFields] }),
    graceSeconds: t.int({
      description: 'How long after a write of ours the target’s lists may not show it.',
      resolve: ({ graceMs }) => Math.round(graceMs / 1000),
    }),
    governedSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its first baseline was taken; null: what appears by itself is no drift.',
      resolve: ({ baseline }) => baseline?.since ?? null,
    }),
    governedBy: t.string({ nullable: true, resolve: ({ baseline }) => baseline?.by ?? null }),
    intents: t.exposeInt('intents', { description: 'Things that ought to be.' }),
    open: t.exposeInt('open', { description: 'Drift that needs review.' }),
  }),
})

const KindPoliciesListType = builder
  .objectRef<{ kinds: readonly KindPolicies[] }>('KindPoliciesList')
  .implement({
    fields: (t) => ({ kinds: t.field({ type: [KindPoliciesType], resolve: ({ kinds }) => [...kinds] }) }),
  })

const ExampleType = builder.objectRef<PolicyPreview['examples'][number]>('DriftExample').implement({
  fields: (t) => ({
    type: t.expose('type', { type: DriftTypeType }),
    account: t.exposeString('account'),
    entitlement: t.exposeString('entitlement'),
  }),
})

const PolicyPreviewType = builder.objectRef<PolicyPreview>('DriftPolicyPreview').implement({
  description: 'What would happen at once if the policy were saved.',
  fields: (t) => ({
    adopted: t.exposeInt('adopted'),
    operations: t.exposeInt('operations'),
    listed: t.exposeInt('listed'),
    dropped: t.exposeInt('dropped'),
    examples: t.field({ type: [ExampleType], resolve: ({ examples }) => [...examples] }),
    guard: t.expose('guard', { type: GuardVerdictType }),
    cut: t.exposeBoolean('isCut', { description: 'There are more; the counts are lower bounds.' }),
  }),
})

const PreviewResult = builder.unionType('DriftPolicyPreviewResult', {
  types: [PolicyPreviewType, RefusalType],
  resolveType: refusalOr('DriftPolicyPreview'),
})
const PoliciesResult = builder.unionType('KindPoliciesResult', {
  types: [KindPoliciesListType, RefusalType],
  resolveType: refusalOr('KindPoliciesList'),
})

const DriftPolicyInput = builder.inputType('DriftPolicyInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    kind: t.string({ required: true }),
    type: t.field({ type: DriftTypeType, description: 'Left out: of any type.' }),
    policy: t.field({ type: DecisionType, description: 'Left out: take the rule away.' }),
  }),
})

type PolicyArgs = typeof DriftPolicyInput.$inferInput
const toInput = ({ connectionId, kind, type, policy }: PolicyArgs) => ({
  ...{ connectionId, kind, type: type ?? null, policy: policy ?? null },
})

const listed = <T extends object>(answer: readonly KindPolicies[] | T) =>
  Array.isArray(answer) ? { kinds: answer as readonly KindPolicies[] } : (answer as T)

builder.queryFields((t) => ({
  driftPolicies: t.field({
    ...own,
    type: [KindPoliciesType],
    nullable: true,
    description: 'One entry per kind that can be a matter of intent; null: there is no such connection.',
    args: { connectionId: t.arg.id({ required: true }) },
    resolve: async (_root, { connectionId }, { doors, tenantId }) => {
      const kinds = await doors.drift.policies(tenantId, connectionId)
      return kinds && [...kinds]
    },
  }),
  previewDriftPolicy: t.field({
    ...own,
    type: PreviewResult,
    args: { input: t.arg({ type: DriftPolicyInput, required: true }) },
    resolve: (_root, { input }, { doors, tenantId }) => doors.drift.previewPolicy(tenantId, toInput(input)),
  }),
}))

builder.mutationFields((t) => ({
  setDriftPolicy: t.field({
    ...needs('drift.decide'),
    type: PoliciesResult,
    args: { input: t.arg({ type: DriftPolicyInput, required: true }) },
    resolve: async (_root, { input }, { doors, actor }) =>
      listed(await doors.drift.setPolicy(actor, toInput(input))),
  }),
  setDriftSetting: t.field({
    ...needs('drift.decide'),
    type: PoliciesResult,
    args: {
      connectionId: t.arg.id({ required: true }),
      kind: t.arg.string({ required: true }),
      ignoredFields: t.arg.stringList({ required: true }),
      graceSeconds: t.arg.int({ required: true }),
    },
    resolve: async (_root, { graceSeconds, ...input }, { doors, actor }) =>
      listed(await doors.drift.setSetting(actor, { ...input, graceMs: graceSeconds * 1000 })),
  }),
}))
