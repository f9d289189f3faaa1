import type { WishFile, WishLine } from '../../provisioning/index.ts'
import { builder, needs } from './builder.ts'
import { FailureType } from './failure.ts'

const WishLineType = builder.objectRef<WishLine>('WishLine').implement({
  fields: (t) => ({
    line: t.exposeInt('line', {
      description: 'CSV: the line of the file, the heading counted. JSON: the place in the list. From 1.',
    }),
    item: t.expose('item', {
      type: 'JSON',
      nullable: true,
      description: 'The wish it stands for; null where it cannot be read.',
    }),
    problems: t.field({ type: [FailureType], resolve: ({ problems }) => [...problems] }),
  }),
})

const WishFileType = builder.objectRef<WishFile>('WishFile').implement({
  description: 'A file of wishes, read and checked line by line before anything is submitted.',
  fields: (t) => ({
    lines: t.field({ type: [WishLineType], resolve: ({ lines }) => [...lines] }),
    items: t.field({
      type: 'JSON',
      description: 'The lines nothing is wrong with, to be given to submitOperation as they are.',
      resolve: ({ items }) => items,
    }),
    problems: t.field({
      type: [FailureType],
      description: 'What is wrong with the file as a whole.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

const WishFormat = builder.enumType('WishFormat', { values: ['csv', 'json'] as const })

builder.queryFields((t) => ({
  readWishFile: t.field({
    ...needs('provisioning.plan'),
    type: WishFileType,
    description:
      'Reads a file of wishes; nothing is stored. CSV: a heading of the action’s targets and fields, and a column `action` where lines differ. JSON: a list of {action, target, input}.',
    args: {
      connectionId: t.arg.id({ required: true }),
      format: t.arg({ type: WishFormat, required: true }),
      text: t.arg.string({ required: true }),
      action: t.arg.string({ description: 'The action of the lines that name none.' }),
    },
    resolve: (_root, { connectionId, format, text, action }, { doors, tenantId }) =>
      doors.provisioning.readFile(tenantId, connectionId, { format, text, action: action ?? null }),
  }),
}))
