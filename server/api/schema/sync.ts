import type { SyncKind, SyncRun } from '../../sync/index.ts'
import { runActions } from './actions.ts'
import { builder, needs } from './builder.ts'
import { ActionType, ConnectionType } from './connections.ts'
import { FailureType, RefusalType, refusalOr } from './failure.ts'
import { SyncForecastType } from './forecast.ts'

const SyncRunStatusType = builder.enumType('SyncRunStatus', {
  values: ['cancelled', 'complete', 'failed', 'incomplete', 'paused', 'queued', 'running'] as const,
})
const SyncModeType = builder.enumType('SyncMode', {
  description: 'full: every object of every kind. incremental: only those the target hints have changed.',
  values: ['full', 'incremental'] as const,
})
const KindEndType = builder.enumType('KindEnd', {
  values: ['complete', 'failed', 'held', 'skipped', 'truncated'] as const,
})

const SyncKindType = builder.objectRef<SyncKind>('SyncKind').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    end: t.expose('end', { type: KindEndType, nullable: true }),
    running: t.exposeBoolean('running'),
    reason: t.exposeString('reason', { nullable: true }),
    failure: t.expose('failure', { type: FailureType, nullable: true }),
    read: t.exposeInt('read'),
    created: t.exposeInt('created'),
    changed: t.exposeInt('changed'),
    unchanged: t.exposeInt('unchanged'),
    stale: t.exposeInt('stale'),
    quarantined: t.exposeInt('quarantined'),
    pages: t.exposeInt('pages'),
    total: t.exposeInt('total', { nullable: true }),
    totalExact: t.exposeBoolean('totalExact'),
  }),
})

const RouteCountType = builder.objectRef<{ route: string; count: number }>('RouteCount').implement({
  fields: (t) => ({ route: t.exposeString('route'), count: t.exposeInt('count') }),
})

const RequestCountsType = builder.objectRef<SyncRun['requests']>('RequestCounts').implement({
  fields: (t) => ({
    total: t.exposeInt('total'),
    byRoute: t.field({ type: [RouteCountType], resolve: ({ byRoute }) => [...byRoute] }),
    throttled: t.exposeInt('throttled'),
    waitedMs: t.exposeInt('waitedMs'),
  }),
})

const ResumptionType = builder.objectRef<SyncRun['resumptions'][number]>('Resumption').implement({
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    fromPage: t.exposeInt('fromPage'),
    kind: t.exposeString('kind', { nullable: true }),
  }),
})

const WaitingType = builder.objectRef<NonNullable<SyncRun['waiting']>>('Waiting').implement({
  fields: (t) => ({ reason: t.exposeString('reason'), until: t.expose('until', { type: 'DateTime' }) }),
})

const PausedType = builder.objectRef<NonNullable<SyncRun['paused']>>('Paused').implement({
  fields: (t) => ({ at: t.expose('at', { type: 'DateTime' }), by: t.exposeString('by') }),
})

const HintCountsType = builder.objectRef<NonNullable<SyncRun['hints']>>('HintCounts').implement({
  fields: (t) => ({ followed: t.exposeInt('followed'), known: t.exposeInt('known') }),
})

const EtaType = builder.objectRef<NonNullable<SyncRun['eta']>>('Eta').implement({
  fields: (t) => ({ ms: t.exposeInt('ms'), lowMs: t.exposeInt('lowMs'), highMs: t.exposeInt('highMs') }),
})

/** That a run happened and how it ended is part of seeing its connection; what it did is its own permission. */
const own = needs('sync.read')

export const SyncRunType = builder.objectRef<SyncRun>('SyncRun').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    generation: t.exposeInt('generation'),
    mode: t.expose('mode', { type: SyncModeType }),
    status: t.expose('status', { type: SyncRunStatusType }),
    hints: t.expose('hints', {
      ...own,
      type: HintCountsType,
      nullable: true,
      description:
        'Of incremental runs: hints of changes looked at, and those that named something known as it is already.',
    }),
    hintFailure: t.expose('hintFailure', {
      ...own,
      type: FailureType,
      nullable: true,
      description: "Why the target's changes cannot be followed from this run on, or were lost.",
    }),
    paused: t.expose('paused', { ...own, type: PausedType, nullable: true }),
    trigger: t.exposeString('trigger'),
    actor: t.exposeString('actor', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    durationMs: t.exposeInt('durationMs'),
    failure: t.expose('failure', { ...own, type: FailureType, nullable: true }),
    kinds: t.field({ ...own, type: [SyncKindType], resolve: ({ kinds }) => [...kinds] }),
    requests: t.expose('requests', { ...own, type: RequestCountsType }),
    waiting: t.expose('waiting', {
      ...own,
      type: WaitingType,
      nullable: true,
      description: "Set while the run waits for the target's rate limit.",
    }),
    eta: t.expose('eta', {
      ...own,
      type: EtaType,
      nullable: true,
      description:
        'Estimated milliseconds left, with a range; null in the first seconds or when the total is unknown.',
    }),
    forecast: t.expose('forecast', {
      ...own,
      type: SyncForecastType,
      nullable: true,
      description: 'What it was expected to take; null before its first turn.',
    }),
    resumptions: t.field({
      ...own,
      type: [ResumptionType],
      description: 'How often the run was taken up again after a restart, and from where.',
      resolve: ({ resumptions }) => [...resumptions],
    }),
    actions: t.field({
      ...own,
      type: [ActionType],
      resolve: (run, _args, context) => runActions(run, context),
    }),
  }),
})

const SyncRunPageType = builder
  .objectRef<{ nodes: readonly SyncRun[]; next: string | null }>('SyncRunPage')
  .implement({
    fields: (t) => ({
      nodes: t.field({ type: [SyncRunType], resolve: ({ nodes }) => [...nodes] }),
      next: t.exposeString('next', { nullable: true }),
    }),
  })

const StartSyncResult = builder.unionType('StartSyncResult', {
  types: [SyncRunType, RefusalType],
  resolveType: refusalOr('SyncRun'),
})

builder.objectFields(ConnectionType, (t) => ({
  activeRun: t.field({
    ...needs('connection.read'),
    type: SyncRunType,
    nullable: true,
    resolve: async ({ id }, _args, { load }) => (await load.activeRun(id)) ?? null,
  }),
  lastRun: t.field({
    ...needs('connection.read'),
    type: SyncRunType,
    nullable: true,
    resolve: async ({ id }, _args, { load }) => (await load.lastRun(id)) ?? null,
  }),
  runs: t.field({
    ...own,
    type: SyncRunPageType,
    args: { first: t.arg.int({ defaultValue: 20 }), after: t.arg.string() },
    resolve: ({ id }, { first, after }, { doors, tenantId }) =>
      doors.sync.list(tenantId, id, { first: first ?? 20, after: after ?? null }),
  }),
}))

builder.queryFields((t) => ({
  syncRun: t.field({
    ...own,
    type: SyncRunType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.sync.get(tenantId, id),
  }),
}))

builder.mutationFields((t) => ({
  startSync: t.field({
    ...needs('sync.run'),
    type: StartSyncResult,
    args: { connectionId: t.arg.id({ required: true }), mode: t.arg({ type: SyncModeType }) },
    resolve: (_root, { connectionId, mode }, { doors, actor }) =>
      doors.sync.start(actor, connectionId, { mode: mode ?? 'full' }),
  }),
  pauseSync: t.field({
    ...needs('sync.run'),
    type: StartSyncResult,
    description: 'Keeps a run from going on after the page in flight. Nothing it has read is lost.',
    args: { runId: t.arg.id({ required: true }) },
    resolve: (_root, { runId }, { doors, actor }) => doors.sync.pause(actor, runId),
  }),
  resumeSync: t.field({
    ...needs('sync.run'),
    type: StartSyncResult,
    args: { runId: t.arg.id({ required: true }) },
    resolve: (_root, { runId }, { doors, actor }) => doors.sync.resume(actor, runId),
  }),
  cancelSync: t.field({
    ...needs('sync.run'),
    type: StartSyncResult,
    args: { runId: t.arg.id({ required: true }) },
    resolve: (_root, { runId }, { doors, actor }) => doors.sync.cancel(actor, runId),
  }),
}))
