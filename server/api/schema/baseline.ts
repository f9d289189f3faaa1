import type { Baseline, BaselineKind, PreviewedKind } from '../../assignments/index.ts'
import { isRefusal } from '../../model/index.ts'
import { builder, needs } from './builder.ts'
import { kindLabel } from './drift.ts'
import { RefusalType, refusalOr } from './failure.ts'

const PreviewedKindType = builder.objectRef<PreviewedKind>('BaselinePreviewKind').implement({
  description: 'What a baseline would take of one kind.',
  fields: (t) => ({
    kind: t.exposeString('kind'),
    label: t.exposeString('label'),
    fresh: t.exposeInt('fresh', { description: 'There now, and nothing is wished of it yet.' }),
    kept: t.exposeInt('kept', { description: 'Has an intention already, which stays as it is.' }),
    completeAt: t.expose('completeAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the kind was last read completely; null: never, so it cannot be taken.',
    }),
  }),
})

const PreviewType = builder.objectRef<{ kinds: readonly PreviewedKind[] }>('BaselinePreview').implement({
  fields: (t) => ({ kinds: t.field({ type: [PreviewedKindType], resolve: ({ kinds }) => [...kinds] }) }),
})

type KindOf = BaselineKind & { readonly connectionId: string }

const BaselineKindType = builder.objectRef<KindOf>('BaselineKind').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    label: t.string({
      resolve: ({ connectionId, kind }, _args, context) => kindLabel(context, connectionId, kind),
    }),
    total: t.exposeInt('total'),
    taken: t.exposeInt('taken'),
    kept: t.exposeInt('kept'),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
})

const BaselineStatusType = builder.enumType('BaselineStatus', {
  values: ['running', 'complete', 'cancelled'] as const,
})

const BaselineType = builder.objectRef<Baseline>('Baseline').implement({
  description: 'What is now, taken as what ought to be.',
  fields: (t) => ({
    id: t.exposeID('id'),
    status: t.expose('status', { type: BaselineStatusType }),
    actor: t.exposeString('actorName'),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    kinds: t.field({
      type: [BaselineKindType],
      resolve: ({ kinds, connectionId }) => kinds.map((kind) => ({ ...kind, connectionId })),
    }),
  }),
})

const PreviewResult = builder.unionType('BaselinePreviewResult', {
  types: [PreviewType, RefusalType],
  resolveType: refusalOr('BaselinePreview'),
})
const BaselineResult = builder.unionType('BaselineResult', {
  types: [BaselineType, RefusalType],
  resolveType: refusalOr('Baseline'),
})

builder.queryFields((t) => ({
  previewBaseline: t.field({
    ...needs('assignment.read'),
    type: PreviewResult,
    args: { connectionId: t.arg.id({ required: true }) },
    resolve: async (_root, { connectionId }, { doors, tenantId }) => {
      const preview = await doors.assignments.previewBaseline(tenantId, connectionId)
      return isRefusal(preview) ? preview : { kinds: preview }
    },
  }),
  latestBaseline: t.field({
    ...needs('assignment.read'),
    type: BaselineType,
    nullable: true,
    args: { connectionId: t.arg.id({ required: true }) },
    resolve: (_root, { connectionId }, { doors, tenantId }) =>
      doors.assignments.latestBaseline(tenantId, connectionId),
  }),
}))

builder.mutationFields((t) => ({
  takeBaseline: t.field({
    ...needs('assignment.write'),
    type: BaselineResult,
    args: { connectionId: t.arg.id({ required: true }), kinds: t.arg.stringList({ required: true }) },
    resolve: (_root, input, { doors, actor }) => doors.assignments.takeBaseline(actor, input),
  }),
  cancelBaseline: t.field({
    ...needs('assignment.write'),
    type: BaselineResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.assignments.cancelBaseline(actor, id),
  }),
}))
