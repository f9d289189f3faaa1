import type { QuarantinedRecord, Statement } from '../../sync/index.ts'
import { builder, needs } from './builder.ts'
import { SyncRunType } from './sync.ts'

const QuarantinedRecordType = builder.objectRef<QuarantinedRecord>('QuarantinedRecord').implement({
  description: 'A record that was read and could not be understood or stored.',
  fields: (t) => ({
    kind: t.exposeString('kind'),
    id: t.exposeString('id', { nullable: true }),
    reason: t.exposeString('reason'),
  }),
})

const StatementType = builder.objectRef<Statement>('CompletenessStatement').implement({
  description: 'What a run is worth as evidence. Written once when it ends; the audit holds its hash.',
  fields: (t) => ({
    json: t.exposeString('json', { description: 'Canonical JSON; the hash is the sha256 of exactly this.' }),
    text: t.exposeString('text', { description: 'The same as Markdown.' }),
    hash: t.exposeString('hash'),
  }),
})

const own = needs('sync.read')

builder.objectFields(SyncRunType, (t) => ({
  statement: t.field({
    ...own,
    type: StatementType,
    nullable: true,
    description: 'Null while the run goes on.',
    resolve: ({ id }, _args, { doors, tenantId }) => doors.sync.statement(tenantId, id),
  }),
  quarantinedRecords: t.field({
    ...own,
    type: [QuarantinedRecordType],
    description: 'At most 1,000. Kept for the last 20 runs; the statement keeps them for good.',
    resolve: async ({ id }, _args, { doors, tenantId }) => [...(await doors.sync.quarantined(tenantId, id))],
  }),
}))
