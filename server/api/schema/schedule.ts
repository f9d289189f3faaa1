import type { LastDue, Schedule, SchedulePreview } from '../../sync/index.ts'
import { builder, needs } from './builder.ts'
import { ConnectionType } from './connections.ts'
import { FailureType, RefusalType, refusalOr } from './failure.ts'

const DueOutcomeType = builder.enumType('DueOutcome', { values: ['skipped', 'started'] as const })

const LastDueType = builder.objectRef<LastDue>('LastDue').implement({
  description: 'What became of the last time a run was due.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    outcome: t.expose('outcome', { type: DueOutcomeType }),
    reason: t.exposeString('reason', { nullable: true, description: 'One sentence, when it was skipped.' }),
    runId: t.exposeID('runId', {
      nullable: true,
      description: 'The run that was started, or the one that was in the way.',
    }),
  }),
})

const ScheduleType = builder.objectRef<Schedule>('Schedule').implement({
  description: 'When a connection is synced by itself.',
  fields: (t) => ({
    enabled: t.exposeBoolean('enabled'),
    cron: t.exposeString('cron', { description: 'Five fields, in the time zone: when everything is read.' }),
    timeZone: t.exposeString('timeZone', { description: 'An IANA name, e.g. Europe/Berlin.' }),
    incrementalMinutes: t.exposeInt('incrementalMinutes', {
      nullable: true,
      description: 'Between two incremental runs; null for full runs only.',
    }),
    next: t.field({
      type: ['DateTime'],
      description: 'The next three full runs, ascending; none while it is off.',
      resolve: ({ next }) => [...next],
    }),
    nextIncremental: t.expose('nextIncremental', { type: 'DateTime', nullable: true }),
    lastFull: t.expose('lastFull', { type: LastDueType, nullable: true }),
    lastIncremental: t.expose('lastIncremental', { type: LastDueType, nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.exposeString('updatedBy'),
  }),
})

const SchedulePreviewType = builder.objectRef<SchedulePreview>('SchedulePreview').implement({
  fields: (t) => ({
    next: t.field({ type: ['DateTime'], resolve: ({ next }) => [...next] }),
    failures: t.field({ type: [FailureType], resolve: ({ failures }) => [...failures] }),
  }),
})

const ScheduleResult = builder.unionType('ScheduleResult', {
  types: [ScheduleType, RefusalType],
  resolveType: refusalOr('Schedule'),
})

const own = needs('sync.read')

builder.objectFields(ConnectionType, (t) => ({
  schedule: t.field({
    ...own,
    type: ScheduleType,
    nullable: true,
    resolve: ({ id }, _args, { doors, tenantId }) => doors.sync.schedule(tenantId, id),
  }),
  incrementalObstacle: t.field({
    ...own,
    type: FailureType,
    nullable: true,
    description: 'Why only a full run tells what is; null when an incremental run can.',
    resolve: ({ id }, _args, { doors, tenantId }) => doors.sync.incrementalObstacle(tenantId, id),
  }),
}))

builder.queryFields((t) => ({
  schedulePreview: t.field({
    ...own,
    type: SchedulePreviewType,
    description: 'The next three times a schedule would have, or what is wrong with it. Nothing is stored.',
    args: { cron: t.arg.string({ required: true }), timeZone: t.arg.string({ required: true }) },
    resolve: (_root, input, { doors }) => doors.sync.previewSchedule(input),
  }),
}))

const ScheduleInputType = builder.inputType('ScheduleInput', {
  fields: (t) => ({
    enabled: t.boolean({ required: true }),
    cron: t.string({ required: true }),
    timeZone: t.string({ required: true }),
    incrementalMinutes: t.int(),
  }),
})

builder.mutationFields((t) => ({
  setSchedule: t.field({
    ...needs('connection.write'),
    type: ScheduleResult,
    args: {
      connectionId: t.arg.id({ required: true }),
      schedule: t.arg({ type: ScheduleInputType, required: true }),
    },
    resolve: (_root, { connectionId, schedule }, { doors, actor }) =>
      doors.sync.setSchedule(actor, connectionId, {
        ...schedule,
        incrementalMinutes: schedule.incrementalMinutes ?? null,
      }),
  }),
  switchScheduleOff: t.field({
    ...needs('connection.write'),
    type: ScheduleResult,
    description: 'Keeps its settings, but nothing starts any more.',
    args: { connectionId: t.arg.id({ required: true }) },
    resolve: (_root, { connectionId }, { doors, actor }) => doors.sync.switchScheduleOff(actor, connectionId),
  }),
}))
