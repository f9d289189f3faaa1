import { isRefusal } from '../../model/index.ts'
import type { KeptRule } from '../../provisioning/index.ts'
import { builder, needs } from './builder.ts'
import { ConnectionType } from './connections.ts'
import { RefusalType, refusalOr } from './failure.ts'

const ApprovalRuleType = builder.objectRef<KeptRule>('ApprovalRule').implement({
  description: 'Operations by this action need no person’s approval, up to so many changes within 24 hours.',
  fields: (t) => ({
    action: t.exposeString('action'),
    most: t.exposeInt('most'),
    setBy: t.exposeString('setBy'),
    setAt: t.expose('setAt', { type: 'DateTime' }),
  }),
})

builder.objectFields(ConnectionType, (t) => ({
  approvalRules: t.field({
    ...needs('provisioning.read'),
    type: [ApprovalRuleType],
    description: 'Empty: every operation needs a person’s approval.',
    resolve: async ({ id }, _args, { doors, tenantId }) => [
      ...(await doors.provisioning.rules(tenantId, id)),
    ],
  }),
}))

const ApprovalRules = builder.objectRef<{ rules: readonly KeptRule[] }>('ApprovalRules').implement({
  fields: (t) => ({ rules: t.field({ type: [ApprovalRuleType], resolve: ({ rules }) => [...rules] }) }),
})
const ApprovalRulesResult = builder.unionType('ApprovalRulesResult', {
  types: [ApprovalRules, RefusalType],
  resolveType: refusalOr('ApprovalRules'),
})

builder.mutationFields((t) => ({
  setApprovalRule: t.field({
    ...needs('provisioning.policy'),
    type: ApprovalRulesResult,
    description: 'Only for actions that take nothing away. Without `most` the rule is taken away.',
    args: {
      connectionId: t.arg.id({ required: true }),
      action: t.arg.string({ required: true }),
      most: t.arg.int({ description: 'Changes within 24 hours, 1 to 1,000.' }),
    },
    resolve: async (_root, { connectionId, action, most }, { doors, actor }) => {
      const rules = await doors.provisioning.setRule(actor, { connectionId, action, most: most ?? null })
      return isRefusal(rules) ? rules : { rules }
    },
  }),
}))
