import {
  type Decided,
  decisions,
  type DecisionMade,
  type DecisionPreview,
  type Drift,
  type DriftCount,
  type DriftPage,
  driftTypes,
  type GuardVerdict,
  type IntentShown,
  type Undone,
} from '../../drift/index.ts'
import type { ApiContext } from '../context.ts'
import { builder, needs } from './builder.ts'
import { ActionType, type ActionView, ConnectionType } from './connections.ts'
import { RefusalType, refusalOr } from './failure.ts'

export const DriftTypeType = builder.enumType('DriftType', { values: driftTypes })
export const DecisionType = builder.enumType('DriftDecision', { values: decisions })
const states = ['open', 'flagged', 'ignored', 'operation_wanted', 'operation_queued', 'closed'] as const
const DriftStateType = builder.enumType('DriftState', { values: states })
const DriftStateFilter = builder.enumType('DriftStateFilter', {
  description: '`review`: open or flagged. Left out: everything that is not closed.',
  values: ['review', ...states] as const,
})
const SubjectType = builder.enumType('DriftSubject', { values: ['account', 'entitlement', 'grant'] as const })

const own = needs('drift.read')

/** The connection, and the words of a kind of it: both are asked for by many rows of one page. */
export async function kindLabel(context: ApiContext, connectionId: string, kind: string): Promise<string> {
  const connection = await context.load.connection(connectionId)
  const entry = context.doors.catalog.find(({ name }) => name === connection?.connector)
  return entry?.connector?.manifest.kinds.find(({ name }) => name === kind)?.label ?? kind
}

const IntentType = builder.objectRef<IntentShown>('Intent').implement({
  description: 'What ought to be: since when, why, and who wished it.',
  fields: (t) => ({
    id: t.exposeID('id'),
    wanted: t.exposeBoolean('wanted'),
    source: t.exposeString('source'),
    actor: t.exposeString('actor'),
    reason: t.exposeString('reason', { nullable: true }),
    since: t.expose('since', { type: 'DateTime' }),
    desiredVersion: t.exposeInt('desiredVersion'),
    appliedVersion: t.exposeInt('appliedVersion'),
  }),
})

const DecisionMadeType = builder.objectRef<DecisionMade>('DriftDecisionMade').implement({
  fields: (t) => ({
    batchId: t.exposeID('batchId', { description: 'Decided together; for undoDrift.' }),
    decision: t.expose('decision', { type: DecisionType }),
    byPolicy: t.exposeBoolean('byPolicy'),
    actor: t.exposeString('actor'),
    reason: t.exposeString('reason', { nullable: true }),
    at: t.expose('at', { type: 'DateTime' }),
    undoneAt: t.expose('undoneAt', { type: 'DateTime', nullable: true }),
    undoneBy: t.exposeString('undoneBy', { nullable: true }),
  }),
})

/** The four decisions, and why one cannot be made now. */
function driftActions({ state }: Drift, { refusal }: ApiContext): ActionView[] {
  const may = refusal('drift.decide')?.message ?? null
  const isOver = state === 'closed' ? 'It is over.' : null
  const isUnderWay = state === 'operation_queued' ? 'An operation is putting this back already.' : null
  const made = { flag: 'flagged', preserve: 'operation_wanted', ignore: 'ignored', adopt: null } as const
  return (['adopt', 'preserve', 'ignore', 'flag'] as const).map((name) => ({
    name,
    disabledReason: may ?? isOver ?? isUnderWay ?? (made[name] === state ? 'It is decided so.' : null),
  }))
}

interface Difference {
  readonly field: string
  readonly intended: unknown
  readonly observed: unknown
}

const DifferenceType = builder.objectRef<Difference>('DriftDifference').implement({
  fields: (t) => ({
    field: t.exposeString('field'),
    intended: t.expose('intended', { type: 'JSON', nullable: true }),
    observed: t.expose('observed', { type: 'JSON', nullable: true }),
  }),
})

/** The values that disagree, by field. Of a whole object that is missing or in excess: all governed ones. */
function differencesOf({ intended, observed }: Drift): Difference[] {
  const names = [...new Set([...Object.keys(intended ?? {}), ...Object.keys(observed ?? {})])].sort()
  return names.map((field) => ({
    field,
    intended: intended?.[field] ?? null,
    observed: observed?.[field] ?? null,
  }))
}

const DriftNode = builder.objectRef<Drift>('Drift').implement({
  description: 'One disagreement between what is and what ought to be.',
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    kind: t.exposeString('kind'),
    kindLabel: t.string({
      resolve: ({ connectionId, kind }, _args, context) => kindLabel(context, connectionId, kind),
    }),
    subject: t.expose('yields', { type: SubjectType }),
    type: t.expose('type', { type: DriftTypeType }),
    state: t.expose('state', { type: DriftStateType }),
    account: t.exposeString('account', { nullable: true, description: 'The target’s own id.' }),
    accountId: t.exposeID('accountId', { nullable: true }),
    accountName: t.exposeString('accountName', { nullable: true }),
    entitlement: t.exposeString('entitlement', { nullable: true, description: 'The target’s own id.' }),
    entitlementId: t.exposeID('entitlementId', { nullable: true }),
    entitlementName: t.exposeString('entitlementName', { nullable: true }),
    entitlementType: t.exposeString('entitlementType', { nullable: true }),
    grantType: t.exposeString('grantType', { nullable: true }),
    differences: t.field({ type: [DifferenceType], resolve: differencesOf }),
    policy: t.expose('policy', { type: DecisionType, description: 'The rule that applied.' }),
    policyBy: t.exposeString('policyBy', {
      nullable: true,
      description: 'Who had set it; null: the default.',
    }),
    heldReason: t.exposeString('heldReason', { nullable: true }),
    operationId: t.exposeString('operationId', { nullable: true }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime' }),
    firstSeenRun: t.exposeID('firstSeenRun', { nullable: true }),
    firstSeenGeneration: t.exposeInt('firstSeenGeneration', { nullable: true }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    lastSeenRun: t.exposeID('lastSeenRun', { nullable: true }),
    lastSeenGeneration: t.exposeInt('lastSeenGeneration', { nullable: true }),
    closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
    resolution: t.exposeString('resolution', { nullable: true }),
    intent: t.expose('intent', { type: IntentType, nullable: true }),
    decisions: t.field({ type: [DecisionMadeType], resolve: ({ decisions }) => [...decisions] }),
    actions: t.field({
      type: [ActionType],
      resolve: (drift, _args, context) => driftActions(drift, context),
    }),
  }),
})

const DriftPageType = builder.objectRef<DriftPage>('DriftPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [DriftNode], resolve: ({ nodes }) => [...nodes] }),
    next: t.exposeString('next', { nullable: true }),
    total: t.exposeInt('total'),
  }),
})

const DriftCountType = builder.objectRef<DriftCount>('DriftCount').implement({
  fields: (t) => ({
    connectionId: t.exposeID('connectionId'),
    kind: t.exposeString('kind'),
    kindLabel: t.string({
      resolve: ({ connectionId, kind }, _args, context) => kindLabel(context, connectionId, kind),
    }),
    type: t.expose('type', { type: DriftTypeType }),
    state: t.expose('state', { type: DriftStateType }),
    count: t.exposeInt('count'),
  }),
})

export const GuardVerdictType = builder.objectRef<GuardVerdict>('DecisionGuard').implement({
  description: 'Whether a decision is so large that it must be confirmed by its number.',
  fields: (t) => ({
    asks: t.exposeBoolean('asks'),
    count: t.exposeInt('count'),
    of: t.exposeInt('of'),
    reason: t.exposeString('reason', { nullable: true }),
  }),
})

const PreviewGroupType = builder
  .objectRef<DecisionPreview['groups'][number]>('DriftDecisionGroup')
  .implement({
    fields: (t) => ({
      connectionId: t.exposeID('connectionId'),
      kind: t.exposeString('kind'),
      kindLabel: t.string({
        resolve: ({ connectionId, kind }, _args, context) => kindLabel(context, connectionId, kind),
      }),
      type: t.expose('type', { type: DriftTypeType }),
      count: t.exposeInt('count'),
    }),
  })

const DecisionPreviewType = builder.objectRef<DecisionPreview>('DriftDecisionPreview').implement({
  fields: (t) => ({
    count: t.exposeInt('count'),
    skipped: t.exposeInt('skipped', { description: 'Over, moved or under way by now.' }),
    groups: t.field({ type: [PreviewGroupType], resolve: ({ groups }) => [...groups] }),
    guard: t.expose('guard', { type: GuardVerdictType }),
  }),
})

const DecidedType = builder.objectRef<Decided>('DriftDecided').implement({
  fields: (t) => ({
    batchId: t.exposeID('batchId'),
    decision: t.expose('decision', { type: DecisionType }),
    decided: t.exposeInt('decided'),
    skipped: t.exposeInt('skipped'),
  }),
})

const UndoneType = builder.objectRef<Undone>('DriftUndone').implement({
  fields: (t) => ({
    batchId: t.exposeID('batchId'),
    undone: t.exposeInt('undone'),
    kept: t.exposeInt('kept', { description: 'Decided again, taken up, or wished otherwise since.' }),
  }),
})

const DecisionPreviewResult = builder.unionType('DriftDecisionPreviewResult', {
  types: [DecisionPreviewType, RefusalType],
  resolveType: refusalOr('DriftDecisionPreview'),
})
const DecideResult = builder.unionType('DecideDriftResult', {
  types: [DecidedType, RefusalType],
  resolveType: refusalOr('DriftDecided'),
})
const UndoResult = builder.unionType('UndoDriftResult', {
  types: [UndoneType, RefusalType],
  resolveType: refusalOr('DriftUndone'),
})

const DriftFilterInput = builder.inputType('DriftFilter', {
  fields: (t) => ({
    connectionId: t.id(),
    kind: t.string(),
    type: t.field({ type: DriftTypeType }),
    state: t.field({ type: DriftStateFilter }),
    search: t.string({ description: 'Part of a name or id.' }),
    about: t.string({ description: 'Only about this account or entitlement, by the target’s id.' }),
  }),
})

builder.queryFields((t) => ({
  drifts: t.field({
    ...own,
    type: DriftPageType,
    args: {
      filter: t.arg({ type: DriftFilterInput }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { filter, first, after }, { doors, tenantId }) =>
      doors.drift.list(tenantId, filter ?? {}, { first: first ?? 50, after: after ?? null }),
  }),
  drift: t.field({
    ...own,
    type: DriftNode,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.drift.get(tenantId, id),
  }),
  driftCounts: t.field({
    ...own,
    type: [DriftCountType],
    description: 'What is not closed, by connection, kind, type and state.',
    resolve: async (_root, _args, { doors, tenantId }) => [...(await doors.drift.counts(tenantId))],
  }),
  previewDriftDecision: t.field({
    ...own,
    type: DecisionPreviewResult,
    args: {
      ids: t.arg.idList(),
      filter: t.arg({ type: DriftFilterInput }),
      decision: t.arg({ type: DecisionType, required: true }),
    },
    resolve: (_root, { ids, filter, decision }, { doors, tenantId }) =>
      doors.drift.previewDecision(tenantId, { ids, filter, decision }),
  }),
}))

builder.mutationFields((t) => ({
  decideDrift: t.field({
    ...needs('drift.decide'),
    type: DecideResult,
    description:
      'Decides those named, or all a filter finds. The guard may ask for their number (`confirm`).',
    args: {
      ids: t.arg.idList(),
      filter: t.arg({ type: DriftFilterInput }),
      decision: t.arg({ type: DecisionType, required: true }),
      confirm: t.arg.int(),
      reason: t.arg.string(),
    },
    resolve: (_root, args, { doors, actor }) => doors.drift.decide(actor, args),
  }),
  undoDrift: t.field({
    ...needs('drift.decide'),
    type: UndoResult,
    args: { batchId: t.arg.id({ required: true }) },
    resolve: (_root, { batchId }, { doors, actor }) => doors.drift.undo(actor, batchId),
  }),
}))
