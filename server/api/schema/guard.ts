import {
  defaultLimits,
  type GuardStop,
  type Limit,
  type Metric,
  metrics,
  reasonInWords,
} from '../../guard/index.ts'
import type { StopReason } from '../../guard/index.ts'
import { type Refusal, isRefusal, refuse } from '../../model/index.ts'
import { stopActions } from './actions.ts'
import type { ApiContext } from '../context.ts'
import { ActionType, ConnectionType } from './connections.ts'
import { builder, needs } from './builder.ts'
import { RefusalType, refusalOr } from './failure.ts'
import { SyncRunType } from './sync.ts'

const read = needs('guard.read')

const GuardStateType = builder.enumType('GuardState', {
  values: ['released', 'requested', 'stopped', 'superseded'] as const,
})
const GuardMetricType = builder.enumType('GuardMetric', {
  values: metrics,
})

const GuardReasonType = builder.objectRef<StopReason>('GuardReason').implement({
  fields: (t) => ({
    metric: t.expose('metric', { type: GuardMetricType }),
    window: t.exposeString('window', {
      description: '`run`: this run alone; `day`: the last 24 hours with it.',
    }),
    rule: t.exposeString('rule', {
      description: '`absolute`, `percent`, or `empty`, which no limit allows.',
    }),
    count: t.exposeInt('count'),
    base: t.exposeInt('base'),
    limit: t.exposeFloat('limit'),
    words: t.string({ resolve: reasonInWords }),
  }),
})

const GuardObjectType = builder
  .objectRef<{ id: string; label: string; externalId: string }>('GuardObject')
  .implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      label: t.exposeString('label'),
      externalId: t.exposeString('externalId'),
    }),
  })

const GuardStopType = builder.objectRef<GuardStop>('GuardStop').implement({
  description:
    'Where more of a kind appeared, changed or vanished than its limits allow: nothing of it was marked.',
  fields: (t) => ({
    id: t.exposeID('id'),
    connection: t.field({
      type: ConnectionType,
      resolve: async ({ connectionId }, _args, { load }) => (await load.connection(connectionId))!,
    }),
    run: t.field({
      type: SyncRunType,
      nullable: true,
      resolve: ({ runId }, _args, { doors, tenantId }) => doors.sync.get(tenantId, runId),
    }),
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    at: t.expose('at', { type: 'DateTime' }),
    state: t.expose('state', { type: GuardStateType }),
    reasons: t.field({ type: [GuardReasonType], resolve: ({ reasons }) => [...reasons] }),
    present: t.int({ resolve: ({ counts }) => counts.present }),
    seen: t.int({ resolve: ({ counts }) => counts.seen }),
    created: t.int({ resolve: ({ counts }) => counts.created }),
    changed: t.int({ resolve: ({ counts }) => counts.changed }),
    missed: t.int({
      description: 'Objects a release marks stale: exactly these.',
      resolve: ({ missedCount }) => missedCount,
    }),
    setHash: t.exposeString('setHash', { description: 'Names the exact set; a release must give it.' }),
    objects: t.field({
      type: [GuardObjectType],
      args: { first: t.arg.int({ defaultValue: 20 }), skip: t.arg.int({ defaultValue: 0 }) },
      resolve: async (stop, { first, skip }, { doors, tenantId }) => {
        const size = Math.min(Math.max(first ?? 20, 1), 1000)
        const ids = await doors.guard.missed(tenantId, stop.id, size, Math.max(skip ?? 0, 0))
        return [...(await doors.inventory.labelled(tenantId, ids))]
      },
    }),
    requestedBy: t.string({ nullable: true, resolve: ({ request }) => request?.by ?? null }),
    requestedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ request }) => request?.at ?? null }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ request }) => request?.expiresAt ?? null,
    }),
    releasedBy: t.string({ nullable: true, resolve: ({ release }) => release?.by ?? null }),
    releasedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ release }) => release?.at ?? null }),
    closedReason: t.exposeString('closedReason', { nullable: true }),
    actions: t.field({ type: [ActionType], resolve: (stop, _args, context) => stopActions(stop, context) }),
  }),
})

interface GuardLimit extends Limit {
  readonly kind: string
  readonly label: string
  readonly metric: Metric
  readonly isDefault: boolean
}

const GuardLimitType = builder.objectRef<GuardLimit>('GuardLimit').implement({
  description: 'More than `free` objects, and over `absolute` or `percent`, is too much.',
  fields: (t) => ({
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    metric: t.expose('metric', { type: GuardMetricType }),
    free: t.exposeInt('free'),
    absolute: t.exposeInt('absolute', { nullable: true }),
    percent: t.exposeFloat('percent', { nullable: true }),
    isDefault: t.exposeBoolean('isDefault'),
  }),
})

async function limitsOf({ doors, tenantId, load }: ApiContext, connectionId: string): Promise<GuardLimit[]> {
  const connection = await load.connection(connectionId)
  const kinds =
    doors.catalog.find(({ name }) => name === connection?.connector)?.connector?.manifest.kinds ?? []
  return doors.database.tenant(tenantId, async (trx) => {
    const rows: GuardLimit[] = []
    for (const { name, label, yields } of kinds) {
      const limits = await doors.guard.limits(trx, connectionId, { name, yields })
      for (const metric of metrics) {
        const isDefault = JSON.stringify(limits[metric]) === JSON.stringify(defaultLimits[yields][metric])
        rows.push({ kind: name, label, metric, ...limits[metric], isDefault })
      }
    }
    return rows
  })
}

builder.objectFields(ConnectionType, (t) => ({
  staleDays: t.field({
    ...read,
    type: 'Int',
    nullable: true,
    description: 'Days what vanished stays in the inventory when nobody wants it; null: for ever.',
    resolve: ({ id }, _args, { doors, tenantId }) => doors.retention.days(tenantId, id),
  }),
  guardLimits: t.field({
    ...read,
    type: [GuardLimitType],
    resolve: ({ id }, _args, context) => limitsOf(context, id),
  }),
}))

const GuardStopResult = builder.unionType('GuardStopResult', {
  types: [GuardStopType, RefusalType],
  resolveType: refusalOr('GuardStop'),
})
const ConnectionLimits = builder.objectRef<{ limits: readonly GuardLimit[] }>('GuardLimits').implement({
  fields: (t) => ({ limits: t.field({ type: [GuardLimitType], resolve: ({ limits }) => [...limits] }) }),
})
const GuardLimitResult = builder.unionType('GuardLimitResult', {
  types: [ConnectionLimits, RefusalType],
  resolveType: refusalOr('GuardLimits'),
})

builder.queryFields((t) => ({
  guardStops: t.field({
    ...read,
    type: [GuardStopType],
    description: 'Newest first, at most 200.',
    args: { connectionId: t.arg.id(), open: t.arg.boolean() },
    resolve: async (_root, { connectionId, open }, { doors, tenantId }) => [
      ...(await doors.guard.list(tenantId, { connectionId: connectionId ?? null, open: open ?? null })),
    ],
  }),
  guardStop: t.field({
    ...read,
    type: GuardStopType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.guard.get(tenantId, id),
  }),
}))

const RetentionType = builder
  .objectRef<{ days: number | null }>('Retention')
  .implement({ fields: (t) => ({ days: t.exposeInt('days', { nullable: true }) }) })
const RetentionResult = builder.unionType('RetentionResult', {
  types: [RetentionType, RefusalType],
  resolveType: refusalOr('Retention'),
})

builder.mutationFields((t) => ({
  setStaleDays: t.field({
    ...needs('retention.set'),
    type: RetentionResult,
    description: 'Without `days`: for ever.',
    args: { connectionId: t.arg.id({ required: true }), days: t.arg.int() },
    resolve: (_root, { connectionId, days }, { doors, actor }) =>
      doors.retention.setDays(actor, connectionId, days ?? null),
  }),
  requestGuardRelease: t.field({
    ...needs('guard.request'),
    type: GuardStopResult,
    description: 'The first of two people. Stands for an hour.',
    args: { id: t.arg.id({ required: true }), setHash: t.arg.string({ required: true }) },
    resolve: (_root, { id, setHash }, { doors, actor }) => doors.guard.request(actor, id, setHash),
  }),
  withdrawGuardRelease: t.field({
    ...needs('guard.request'),
    type: GuardStopResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.guard.withdraw(actor, id),
  }),
  releaseGuard: t.field({
    ...needs('guard.release'),
    type: GuardStopResult,
    description: 'The second person, signed in. Marks exactly the named set stale.',
    args: {
      id: t.arg.id({ required: true }),
      setHash: t.arg.string({ required: true }),
      confirmCount: t.arg.int({ required: true, description: 'The number of objects, typed.' }),
    },
    resolve: (_root, input, { doors, actor }) => doors.sync.releaseStop(actor, input),
  }),
  setGuardLimit: t.field({
    ...needs('guard.limit'),
    type: GuardLimitResult,
    args: {
      connectionId: t.arg.id({ required: true }),
      kind: t.arg.string({ required: true }),
      metric: t.arg.string({ required: true }),
      free: t.arg.int({ required: true }),
      absolute: t.arg.int(),
      percent: t.arg.float(),
    },
    resolve: (_root, { connectionId, kind, ...input }, context) =>
      setLimit(context, connectionId, kind, {
        ...input,
        absolute: input.absolute ?? null,
        percent: input.percent ?? null,
      }),
  }),
}))

async function setLimit(
  context: ApiContext,
  connectionId: string,
  kindName: string,
  input: { metric: string; free: number; absolute: number | null; percent: number | null },
): Promise<{ limits: readonly GuardLimit[] } | Refusal> {
  const { doors, actor, load } = context
  const connection = await load.connection(connectionId)
  const manifest = doors.catalog.find(({ name }) => name === connection?.connector)?.connector?.manifest
  const kind = manifest?.kinds.find(({ name }) => name === kindName)
  if (!kind) {
    return refuse({
      kind: 'missing',
      code: 'guard.no_such_kind',
      message: 'There is no such connection or kind.',
      remedy: "Look at the connection's kinds.",
      field: 'kind',
    })
  }
  const { name, yields } = kind
  const set = await doors.guard.setLimit(actor, { connectionId, kind: { name, yields } }, input)
  return isRefusal(set) ? set : { limits: await limitsOf(context, connectionId) }
}
