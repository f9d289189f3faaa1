import type { SyncForecast } from '../../sync/index.ts'
import { builder, needs } from './builder.ts'

const KindForecastType = builder.objectRef<SyncForecast['kinds'][number]>('KindForecast').implement({
  fields: (t) => ({
    name: t.exposeString('kind'),
    label: t.exposeString('label'),
    route: t.exposeString('route', { description: 'The way it is read.' }),
    why: t.exposeString('why'),
    requests: t.exposeInt('requests'),
    atMost: t.exposeInt('atMost', { nullable: true, description: 'Null while nobody has counted.' }),
  }),
})

const BucketForecastType = builder.objectRef<SyncForecast['buckets'][number]>('BucketForecast').implement({
  description: "One of the target's rate limits. A request may draw from more than one.",
  fields: (t) => ({
    name: t.exposeString('bucket'),
    requests: t.exposeInt('requests'),
    minutes: t.exposeFloat('minutes'),
  }),
})

export const SyncForecastType = builder.objectRef<SyncForecast>('SyncForecast').implement({
  description: 'What a run is expected to take, from what the last complete runs counted.',
  fields: (t) => ({
    requests: t.exposeInt('requests'),
    atMost: t.exposeInt('atMost', { nullable: true, description: 'Null while nobody has counted.' }),
    minutes: t.exposeFloat('minutes', {
      description: 'What the slowest rate limit takes. The answers themselves come on top.',
    }),
    kinds: t.field({ type: [KindForecastType], resolve: ({ kinds }) => [...kinds] }),
    buckets: t.field({ type: [BucketForecastType], resolve: ({ buckets }) => [...buckets] }),
    ratePlan: t.string({ resolve: ({ plan }) => plan.label }),
    ratePlanAssumed: t.boolean({
      description: 'Nobody has said which plan the target has.',
      resolve: ({ plan }) => plan.assumed,
    }),
    reservePercent: t.int({ resolve: ({ reserve }) => Math.round(reserve * 100) }),
    countedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the sizes it goes by were counted; null before the first run.',
      resolve: ({ countedAt }) => countedAt,
    }),
  }),
})

builder.queryFields((t) => ({
  syncForecast: t.field({
    ...needs('sync.read'),
    type: SyncForecastType,
    nullable: true,
    description: 'What a run would take now. No request is made.',
    args: { connectionId: t.arg.id({ required: true }) },
    resolve: (_root, { connectionId }, { doors, tenantId }) => doors.sync.forecast(tenantId, connectionId),
  }),
}))
