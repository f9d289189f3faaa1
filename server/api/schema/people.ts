import type { Secret } from '@owlie/connector-kit'
import { isRefusal, type Refusal } from '../../model/index.ts'
import type { PersonRow } from '../../operators/index.ts'
import type { ApiContext } from '../context.ts'
import { builder, needs } from './builder.ts'
import { DeletedType } from './connections.ts'
import { RefusalType, refusalOr } from './failure.ts'
import { RoleType, ViewerType } from './operators.ts'

const OperatorType = builder.objectRef<PersonRow>('Operator').implement({
  description: 'Somebody who may use Owlie.',
  fields: (t) => ({
    id: t.exposeID('id'),
    email: t.exposeString('email'),
    name: t.exposeString('name'),
    role: t.expose('role', { type: RoleType }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy', { nullable: true }),
    signedInAt: t.expose('signedInAt', { type: 'DateTime', nullable: true }),
    secondFactor: t.exposeBoolean('secondFactor'),
    disabledAt: t.expose('disabledAt', { type: 'DateTime', nullable: true }),
    oneTimeUntil: t.expose('oneTimeUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Set: has not chosen a password of their own yet, and has until then to do so.',
    }),
    isViewer: t.boolean({ resolve: ({ id }, _args, { principal }) => id === principal.id }),
  }),
})

interface Issued {
  readonly operator: PersonRow
  readonly password: Secret
}

const IssuedPasswordType = builder.objectRef<Issued>('IssuedPassword').implement({
  description: 'The one-time password is shown this one time; it must be changed at the first sign-in.',
  fields: (t) => ({
    operator: t.expose('operator', { type: OperatorType }),
    oneTimePassword: t.string({ resolve: ({ password }) => password.reveal() }),
  }),
})

const OperatorResult = builder.unionType('OperatorResult', {
  types: [OperatorType, RefusalType],
  resolveType: refusalOr('Operator'),
})

const IssuedPasswordResult = builder.unionType('IssuedPasswordResult', {
  types: [IssuedPasswordType, RefusalType],
  resolveType: refusalOr('IssuedPassword'),
})

const RemoveOperatorResult = builder.unionType('RemoveOperatorResult', {
  types: [DeletedType, RefusalType],
  resolveType: refusalOr('Deleted'),
})

const CreateOperatorInput = builder.inputType('CreateOperatorInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    name: t.string({ required: true }),
    role: t.field({ type: RoleType, required: true }),
  }),
})

/** As the list shows them, after a change. */
async function shown(
  { doors, tenantId }: ApiContext,
  changed: { readonly id: string } | Refusal,
): Promise<PersonRow | Refusal> {
  if (isRefusal(changed)) return changed
  return (await doors.operators.listOperators(tenantId)).find(({ id }) => id === changed.id)!
}

async function issued(
  context: ApiContext,
  made: { readonly id: string; readonly password: Secret } | Refusal,
): Promise<Issued | Refusal> {
  if (isRefusal(made)) return made
  const operator = await shown(context, made)
  return isRefusal(operator) ? operator : { operator, password: made.password }
}

builder.objectField(ViewerType, 'mustChangePassword', (t) =>
  t.boolean({
    description: 'Signed in with a one-time password: until it is changed, nothing else can be done.',
    resolve: (viewer) => viewer.kind === 'operator' && viewer.mustChangePassword === true,
  }),
)

builder.objectField(ViewerType, 'secondFactor', (t) =>
  t.boolean({
    resolve: async ({ id, tenantId }, _args, { doors }) =>
      (await doors.operators.listOperators(tenantId)).find((each) => each.id === id)?.secondFactor ?? false,
  }),
)

builder.queryFields((t) => ({
  operators: t.field({
    ...needs('operator.read'),
    type: [OperatorType],
    resolve: async (_root, _args, { doors, tenantId }) => [
      ...(await doors.operators.listOperators(tenantId)),
    ],
  }),
}))

builder.mutationFields((t) => ({
  createOperator: t.field({
    ...needs('operator.write'),
    type: IssuedPasswordResult,
    args: { input: t.arg({ type: CreateOperatorInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const made = await context.doors.operators.createOperator(context.actor, input)
      return issued(context, isRefusal(made) ? made : { id: made.id, password: made.generatedPassword! })
    },
  }),
  setOperatorRole: t.field({
    ...needs('operator.write'),
    type: OperatorResult,
    args: { id: t.arg.id({ required: true }), role: t.arg({ type: RoleType, required: true }) },
    resolve: async (_root, { id, role }, context) =>
      shown(context, await context.doors.operators.setRole(context.actor, id, role)),
  }),
  setOperatorDisabled: t.field({
    ...needs('operator.write'),
    type: OperatorResult,
    args: { id: t.arg.id({ required: true }), disabled: t.arg.boolean({ required: true }) },
    resolve: async (_root, { id, disabled }, context) =>
      shown(context, await context.doors.operators.setDisabled(context.actor, id, disabled)),
  }),
  resetOperatorPassword: t.field({
    ...needs('operator.write'),
    type: IssuedPasswordResult,
    args: {
      id: t.arg.id({ required: true }),
      secondFactor: t.arg.boolean({ defaultValue: false, description: 'Remove the second factor too.' }),
    },
    resolve: async (_root, { id, secondFactor }, context) => {
      const made = await context.doors.operators.resetPassword(context.actor, id, secondFactor ?? false)
      return issued(context, isRefusal(made) ? made : { id, password: made.oneTimePassword })
    },
  }),
  endOperatorSessions: t.field({
    ...needs('operator.write'),
    type: OperatorResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) =>
      shown(context, await context.doors.operators.signOutEverywhere(context.actor, id)),
  }),
  removeOperator: t.field({
    ...needs('operator.write'),
    type: RemoveOperatorResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.operators.removeOperator(actor, id),
  }),
}))
