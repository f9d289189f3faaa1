import type { ActionKind } from '@owlie/connector-kit'
import {
  type Approval,
  type Difference,
  type Item,
  type JournalEntry,
  type Moved,
  type Operation,
  operationStates,
  type Plan,
  type PlanSummary,
  reasonNotTo,
  type Step,
  type Verb,
} from '../../provisioning/index.ts'
import type { ApiContext } from '../context.ts'
import { builder, needs } from './builder.ts'
import { ActionType, type ActionView, ConnectionType } from './connections.ts'
import { ConnectorType } from './connectors.ts'
import { FailureType, RefusalType, refusalOr } from './failure.ts'

const OperationStateType = builder.enumType('OperationState', {
  description:
    'planning: both sides are read. planned: waits for approval. approved, applying: being carried out. tried: one step was done, the rest waits for a word. applied: all as wished. failed: ended with steps that did not work; recover it. refused: no plan can be made. cancelled: stopped by a person.',
  values: operationStates,
})
const StepStateType = builder.enumType('StepState', {
  description: 'same: it was so already. superseded: a later operation took over. unknown: look first.',
  values: ['applied', 'pending', 'refused', 'same', 'skipped', 'superseded', 'touching', 'unknown'] as const,
})
const StepProofType = builder.enumType('StepProof', { values: ['unproven', 'verified'] as const })

const own = needs('provisioning.read')

const DifferenceType = builder.objectRef<Difference>('Difference').implement({
  fields: (t) => ({
    what: t.exposeString('what'),
    from: t.expose('from', { type: 'JSON', nullable: true }),
    to: t.expose('to', { type: 'JSON', nullable: true }),
  }),
})

const StepType = builder.objectRef<Step>('OperationStep').implement({
  description: 'One request that writes, or that it turned out not to be needed.',
  fields: (t) => ({
    id: t.exposeID('id'),
    position: t.exposeInt('position'),
    action: t.exposeString('action'),
    sentence: t.exposeString('sentence'),
    request: t.exposeString('request', { description: 'The exact call.' }),
    changeId: t.exposeString('changeId', { description: "In the target's log as X-Correlation-ID." }),
    target: t.expose('target', { type: 'JSON' }),
    differences: t.field({ type: [DifferenceType], resolve: ({ differences }) => [...differences] }),
    scopes: t.stringList({ resolve: ({ scopes }) => [...scopes] }),
    items: t.intList({ resolve: ({ items }) => [...items] }),
    changes: t.int({ description: 'Single changes in it.', resolve: ({ units }) => units.length }),
    destructive: t.exposeBoolean('destructive'),
    reversible: t.exposeBoolean('reversible'),
    state: t.expose('state', { type: StepStateType }),
    attempts: t.exposeInt('attempts'),
    failure: t.expose('failure', { type: FailureType, nullable: true }),
    externalId: t.exposeString('externalId', { nullable: true }),
    proof: t.expose('proof', { type: StepProofType, nullable: true }),
    proofReason: t.exposeString('proofReason', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ApprovalType = builder.objectRef<Approval>('Approval').implement({
  fields: (t) => ({ name: t.exposeString('name'), at: t.exposeString('at') }),
})

const MovedType = builder.objectRef<Moved>('Moved').implement({
  description: 'What was no longer so when the plan before was to be carried out.',
  fields: (t) => ({
    sentence: t.exposeString('sentence'),
    from: t.expose('from', { type: 'JSON', nullable: true }),
    to: t.expose('to', { type: 'JSON', nullable: true }),
  }),
})

const PlanGuardType = builder.objectRef<PlanSummary['guard']>('PlanGuard').implement({
  fields: (t) => ({
    count: t.exposeInt('count', {
      nullable: true,
      description: 'To be typed; null where nothing is taken away.',
    }),
    secondPerson: t.exposeBoolean('secondPerson'),
    why: t.exposeString('why', { nullable: true }),
  }),
})

const PlanType = builder.objectRef<Plan>('Plan').implement({
  fields: (t) => ({
    number: t.exposeInt('number'),
    hash: t.exposeString('hash', { description: 'Names exactly this plan when it is approved.' }),
    madeAt: t.expose('madeAt', { type: 'DateTime' }),
    create: t.int({ resolve: ({ summary }) => summary.create }),
    change: t.int({ resolve: ({ summary }) => summary.change }),
    destroy: t.int({ resolve: ({ summary }) => summary.destroy }),
    same: t.int({ description: 'Already as wished.', resolve: ({ summary }) => summary.same }),
    adopted: t.stringList({ resolve: ({ summary }) => [...summary.adopted] }),
    warnings: t.stringList({ resolve: ({ summary }) => [...summary.warnings] }),
    problems: t.field({ type: [FailureType], resolve: ({ summary }) => [...summary.problems] }),
    moved: t.field({ type: [MovedType], resolve: ({ summary }) => [...summary.moved] }),
    guard: t.field({ type: PlanGuardType, resolve: ({ summary }) => summary.guard }),
    writes: t.int({ description: 'Requests that write.', resolve: ({ summary }) => summary.forecast.writes }),
    reads: t.int({
      description: 'Requests that look before a write, where that matters, and after it.',
      resolve: ({ summary }) => summary.forecast.reads,
    }),
    seconds: t.int({
      nullable: true,
      description:
        'How long the rate limits make it take at least, by the connection’s plan and reserve; null where nobody knows them.',
      resolve: ({ summary }) => summary.forecast.seconds,
    }),
    approvals: t.field({ type: [ApprovalType], resolve: ({ approvals }) => [...approvals] }),
    approvedAt: t.expose('approvedAt', { type: 'DateTime', nullable: true }),
    approvedByPolicy: t.exposeString('approvedByPolicy', {
      nullable: true,
      description: 'The rules that let it through without a person; null where persons approve.',
    }),
    tryOne: t.exposeBoolean('tryOne'),
  }),
})

const JournalEntryType = builder.objectRef<JournalEntry>('JournalEntry').implement({
  fields: (t) => ({
    seq: t.exposeInt('seq'),
    at: t.expose('at', { type: 'DateTime' }),
    stepId: t.exposeID('stepId', { nullable: true }),
    entry: t.exposeString('entry'),
    changeId: t.exposeString('changeId', { nullable: true }),
    attempt: t.exposeInt('attempt', { nullable: true }),
    detail: t.expose('detail', { type: 'JSON' }),
  }),
})

const ProgressType = builder.objectRef<Operation['progress']>('OperationProgress').implement({
  fields: (t) => ({
    steps: t.exposeInt('steps'),
    done: t.exposeInt('done'),
    failed: t.exposeInt('failed'),
    perMinute: t.exposeInt('perMinute', {
      nullable: true,
      description: 'Steps that ended per minute since the last approval.',
    }),
    etaMs: t.exposeInt('etaMs', {
      nullable: true,
      description:
        'By the rate so far, and never less than the rate limits allow; null while nothing can be said.',
    }),
  }),
})

const OperationWaitType = builder.objectRef<NonNullable<Operation['waiting']>>('OperationWait').implement({
  fields: (t) => ({ reason: t.exposeString('reason'), until: t.expose('until', { type: 'DateTime' }) }),
})

const InverseType = builder
  .objectRef<{ readonly items: readonly Item[]; readonly lasting: readonly string[] }>('InversePlan')
  .implement({
    description: 'What would undo what was done; to be submitted like any other wish.',
    fields: (t) => ({
      items: t.field({ type: 'JSON', resolve: ({ items }) => items }),
      lasting: t.stringList({ resolve: ({ lasting }) => [...lasting] }),
    }),
  })

const range = (after: number | null | undefined, first: number | null | undefined) => ({
  after: after ?? 0,
  limit: Math.min(Math.max(first ?? 100, 1), 1000),
})

export const OperationType = builder.objectRef<Operation>('Operation').implement({
  description: 'A wished change, from the wish to its proof.',
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    idempotencyKey: t.exposeString('idempotencyKey'),
    title: t.exposeString('title'),
    reason: t.exposeString('reason', { nullable: true }),
    items: t.field({ type: 'JSON', resolve: ({ items }) => items }),
    state: t.expose('state', { type: OperationStateType }),
    actor: t.exposeString('actor'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    cancelRequestedBy: t.exposeString('cancelRequestedBy', { nullable: true }),
    waiting: t.expose('waiting', { type: OperationWaitType, nullable: true }),
    failure: t.expose('failure', { type: FailureType, nullable: true }),
    plan: t.expose('plan', { type: PlanType, nullable: true }),
    progress: t.expose('progress', { type: ProgressType }),
    steps: t.field({
      type: [StepType],
      args: { first: t.arg.int({ defaultValue: 100 }), after: t.arg.int({ description: 'A position.' }) },
      resolve: async ({ id }, { first, after }, { doors, tenantId }) => [
        ...(await doors.provisioning.steps(tenantId, id, range(after, first))),
      ],
    }),
    journal: t.field({
      type: [JournalEntryType],
      args: { first: t.arg.int({ defaultValue: 100 }), after: t.arg.int({ description: 'A number.' }) },
      resolve: async ({ id }, { first, after }, { doors, tenantId }) => [
        ...(await doors.provisioning.journal(tenantId, id, range(after, first))),
      ],
    }),
    inverse: t.field({
      type: InverseType,
      nullable: true,
      resolve: ({ id }, _args, { doors, tenantId }) => doors.provisioning.inverse(tenantId, id),
    }),
    actions: t.field({
      type: [ActionType],
      resolve: (operation, _args, context) => operationActions(operation, context),
    }),
  }),
})

function operationActions({ state }: Operation, may: Pick<ApiContext, 'refusal'>): ActionView[] {
  const demands = {
    approve: 'provisioning.approve',
    cancel: 'provisioning.apply',
    recover: 'provisioning.apply',
    replan: 'provisioning.plan',
  } as const satisfies Record<Verb, string>
  return (Object.keys(demands) as Verb[]).map((name) => ({
    name,
    disabledReason: may.refusal(demands[name])?.message ?? reasonNotTo(name, state),
  }))
}

const OperationPageType = builder
  .objectRef<{ nodes: readonly Operation[]; next: string | null }>('OperationPage')
  .implement({
    fields: (t) => ({
      nodes: t.field({ type: [OperationType], resolve: ({ nodes }) => [...nodes] }),
      next: t.exposeString('next', { nullable: true }),
    }),
  })

const OperationResult = builder.unionType('OperationResult', {
  types: [OperationType, RefusalType],
  resolveType: refusalOr('Operation'),
})

const ActionKindType = builder.objectRef<ActionKind>('ActionKind').implement({
  description: 'Something that can be written, with the JSON schema of its input.',
  fields: (t) => ({
    name: t.exposeID('name'),
    label: t.exposeString('label'),
    capability: t.exposeString('capability'),
    targets: t.field({ type: 'JSON', resolve: ({ targets }) => targets }),
    input: t.expose('input', { type: 'JSON' }),
    request: t.exposeString('request'),
    scopes: t.stringList({ resolve: ({ scopes }) => [...scopes] }),
    destructive: t.exposeBoolean('destructive'),
    reversible: t.boolean({ resolve: ({ inverse }) => inverse !== null }),
    immutable: t.stringList({ resolve: ({ immutable = [] }) => [...immutable] }),
  }),
})

builder.objectFields(ConnectorType, (t) => ({
  actions: t.field({
    type: [ActionKindType],
    description: 'What can be written; empty where a connector only reads.',
    resolve: ({ connector }) => [...(connector?.manifest.actions ?? [])],
  }),
}))

builder.queryFields((t) => ({
  operation: t.field({
    ...own,
    type: OperationType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.provisioning.get(tenantId, id),
  }),
  operations: t.field({
    ...own,
    type: OperationPageType,
    description: 'Newest first.',
    args: {
      connectionId: t.arg.id(),
      states: t.arg({ type: [OperationStateType] }),
      first: t.arg.int({ defaultValue: 50 }),
      after: t.arg.string(),
    },
    resolve: (_root, { connectionId, states, first, after }, { doors, tenantId }) =>
      doors.provisioning.list(tenantId, {
        ...{ connectionId: connectionId ?? null, states: states ?? null },
        ...{ first: first ?? 50, after: after ?? null },
      }),
  }),
}))

const ItemInput = builder.inputType('OperationItem', {
  fields: (t) => ({
    action: t.string({ required: true, description: 'The name of an action of the connector.' }),
    target: t.field({
      type: 'JSON',
      description: 'Ids by the names of the action’s targets: {"user": ["auth0|…"]}.',
    }),
    input: t.field({ type: 'JSON', description: 'As the action’s schema says.' }),
  }),
})

builder.mutationFields((t) => ({
  submitOperation: t.field({
    ...needs('provisioning.plan'),
    type: OperationResult,
    description: 'Makes a plan; nothing is touched before it is approved.',
    args: {
      connectionId: t.arg.id({ required: true }),
      items: t.arg({ type: [ItemInput], required: true }),
      idempotencyKey: t.arg.string({ description: 'The same key with the same wish is the same operation.' }),
      reason: t.arg.string(),
    },
    resolve: (_root, { connectionId, items, idempotencyKey, reason }, { doors, actor }) =>
      doors.provisioning.submit(actor, {
        ...{ connectionId, idempotencyKey: idempotencyKey ?? null, reason: reason ?? null },
        items: items.map((one) => toItem(one)),
      }),
  }),
  approveOperation: t.field({
    ...needs('provisioning.approve'),
    type: OperationResult,
    args: {
      id: t.arg.id({ required: true }),
      hash: t.arg.string({ required: true }),
      confirmCount: t.arg.int(),
      tryOne: t.arg.boolean(),
    },
    resolve: (_root, { id, hash, confirmCount, tryOne }, { doors, actor }) =>
      doors.provisioning.approve(actor, {
        id,
        hash,
        confirmCount: confirmCount ?? null,
        tryOne: tryOne ?? null,
      }),
  }),
  cancelOperation: t.field({
    ...needs('provisioning.apply'),
    type: OperationResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.provisioning.cancel(actor, id),
  }),
  recoverOperation: t.field({
    ...needs('provisioning.apply'),
    type: OperationResult,
    args: { id: t.arg.id({ required: true }), carryOn: t.arg.boolean({ defaultValue: false }) },
    resolve: (_root, { id, carryOn }, { doors, actor }) =>
      doors.provisioning.recover(actor, id, { carryOn: carryOn ?? false }),
  }),
  replanOperation: t.field({
    ...needs('provisioning.plan'),
    type: OperationResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.provisioning.replan(actor, id),
  }),
}))

function toItem(given: {
  readonly action: string
  readonly target?: unknown
  readonly input?: unknown
}): Item {
  const target = plain(given.target)
  const ids = Object.entries(target).map(([name, value]) => [name, [value].flat().map(String)] as const)
  return { action: given.action, target: Object.fromEntries(ids), input: plain(given.input) as Item['input'] }
}

function plain(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : {}
}
