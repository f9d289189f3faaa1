import { type Check, type CustomRate, Secret } from '@owlie/connector-kit'
import type { Connection, ConnectionTest, SecretStatus } from '../../connections/index.ts'
import { connectionActions } from './actions.ts'
import { builder, needs } from './builder.ts'
import {
  type CatalogEntry,
  ConfigEntryInput,
  ConfigEntryType,
  ConnectorType,
  toConfig,
  toEntries,
} from './connectors.ts'
import { FailureType, RefusalType, refusalOr } from './failure.ts'

const CheckStatusType = builder.enumType('CheckStatus', {
  values: ['failed', 'passed', 'running', 'skipped', 'warning'] as const,
})
const TestStatusType = builder.enumType('TestStatus', {
  values: ['cancelled', 'failed', 'passed', 'running', 'warning'] as const,
})
const ConnectionStateType = builder.enumType('ConnectionState', {
  values: ['incomplete', 'ready'] as const,
})

const CheckType = builder.objectRef<Check>('Check').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    status: t.expose('status', { type: CheckStatusType }),
    sentence: t.exposeString('sentence'),
    durationMs: t.int({ nullable: true, resolve: ({ durationMs }) => rounded(durationMs) }),
    failure: t.expose('failure', { type: FailureType, nullable: true }),
  }),
})

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms))

export const ConnectionTestType = builder.objectRef<ConnectionTest>('ConnectionTest').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    connectionId: t.exposeID('connectionId', { nullable: true }),
    status: t.expose('status', { type: TestStatusType }),
    summary: t.exposeString('summary'),
    checks: t.field({ type: [CheckType], resolve: (test) => [...test.checks] }),
    grantedScopes: t.stringList({
      nullable: true,
      resolve: ({ grantedScopes }) => grantedScopes && [...grantedScopes],
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    actor: t.exposeString('actor'),
  }),
})

export const SecretStatusType = builder.objectRef<SecretStatus>('SecretStatus').implement({
  fields: (t) => ({
    field: t.exposeString('field'),
    configured: t.exposeBoolean('configured'),
    lastFour: t.exposeString('lastFour', { nullable: true }),
    setAt: t.expose('setAt', { type: 'DateTime', nullable: true }),
    setBy: t.exposeString('setBy', { nullable: true }),
  }),
})

const CustomRateType = builder.objectRef<CustomRate>('CustomRate').implement({
  fields: (t) => ({ burst: t.exposeInt('burst'), perMinute: t.exposeInt('perMinute') }),
})

const CustomRateInput = builder.inputType('CustomRateInput', {
  description: 'A rate limit of its own: so many requests at once, so many a minute.',
  fields: (t) => ({ burst: t.int({ required: true }), perMinute: t.int({ required: true }) }),
})

/** Whether a thing can be done now, for this caller. */
export interface ActionView {
  readonly name: string
  readonly disabledReason: string | null
}

export const ActionType = builder.objectRef<ActionView>('Action').implement({
  description: 'Whether a thing can be done now, and if not, why.',
  fields: (t) => ({
    name: t.exposeString('name'),
    disabledReason: t.exposeString('disabledReason', { nullable: true }),
  }),
})

/** A name and a state are seen by whoever sees something that came through the connection; the rest is its own. */
const own = needs('connection.read')

export const ConnectionType = builder.objectRef<Connection>('Connection').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    connector: t.field({
      type: ConnectorType,
      resolve: ({ connector }, _args, { doors }) => entryOf(doors.catalog, connector),
    }),
    state: t.expose('state', { type: ConnectionStateType }),
    stateReason: t.exposeString('stateReason', {
      ...own,
      nullable: true,
      description: 'Why it is incomplete, and what to do.',
    }),
    config: t.field({ ...own, type: [ConfigEntryType], resolve: ({ config }) => toEntries(config) }),
    ratePlan: t.string({
      ...own,
      description:
        "One of the connector's rate plans, `custom`, or `unknown`: then the target's answers say.",
      resolve: ({ ratePlan }) => (typeof ratePlan === 'string' ? ratePlan : 'custom'),
    }),
    customRate: t.field({
      ...own,
      type: CustomRateType,
      nullable: true,
      resolve: ({ ratePlan }) => (typeof ratePlan === 'string' ? null : ratePlan),
    }),
    reservePercent: t.int({
      ...own,
      description: "The part of each rate limit left to logins and the target's other applications, 0 to 90.",
      resolve: ({ reserve }) => Math.round(reserve * 100),
    }),
    secrets: t.field({
      ...own,
      type: [SecretStatusType],
      description: 'Never a value: only that a secret is there, since when and by whom.',
      resolve: ({ secrets }) => [...secrets],
    }),
    version: t.exposeInt('version'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    lastTest: t.expose('lastTest', { ...own, type: ConnectionTestType, nullable: true }),
    tests: t.field({
      ...own,
      type: [ConnectionTestType],
      args: { first: t.arg.int({ defaultValue: 20 }) },
      resolve: async ({ id }, { first }, { doors, tenantId }) => [
        ...(await doors.connections.listTests(tenantId, id, first ?? 20)),
      ],
    }),
    actions: t.field({
      ...own,
      type: [ActionType],
      resolve: async (connection, _args, context) =>
        connectionActions(connection, await context.load.activeRun(connection.id), context),
    }),
  }),
})

/** A connection outlives its connector's removal from the code; it is then shown as no longer available. */
function entryOf(catalog: readonly CatalogEntry[], name: string): CatalogEntry {
  const entry = catalog.find((candidate) => candidate.name === name)
  return (
    entry ?? { name, label: name, summary: 'This connector is no longer part of Owlie.', connector: null }
  )
}

builder.objectField(ConnectorType, 'connections', (t) =>
  t.field({
    ...own,
    type: [ConnectionType],
    resolve: async ({ name }, _args, { load }) =>
      (await load.connections()).filter((connection) => connection.connector === name),
  }),
)

builder.queryFields((t) => ({
  connections: t.field({
    ...own,
    type: [ConnectionType],
    resolve: async (_root, _args, { load }) => [...(await load.connections())],
  }),
  connection: t.field({
    ...own,
    type: ConnectionType,
    nullable: true,
    args: { id: t.arg.id(), name: t.arg.string() },
    resolve: (_root, { id, name }, { doors, tenantId }) => {
      if (id) return doors.connections.get(tenantId, { id })
      return name ? doors.connections.get(tenantId, { name }) : null
    },
  }),
  connectionTest: t.field({
    ...own,
    type: ConnectionTestType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, tenantId }) => doors.connections.getTest(tenantId, id),
  }),
}))

const CreateConnectionInput = builder.inputType('CreateConnectionInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    connector: t.string({ required: true }),
    config: t.field({ type: [ConfigEntryInput], required: true }),
    secrets: t.field({ type: [ConfigEntryInput], required: true }),
    keyId: t.id({ description: 'A waiting key pair, instead of the secret.' }),
    ratePlan: t.string(),
    customRate: t.field({ type: CustomRateInput }),
    reservePercent: t.int(),
    testId: t.id(),
  }),
})

const UpdateConnectionInput = builder.inputType('UpdateConnectionInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    version: t.int({ required: true }),
    name: t.string(),
    config: t.field({ type: [ConfigEntryInput] }),
    secrets: t.field({ type: [ConfigEntryInput] }),
    keyId: t.id({ description: 'A waiting key pair, instead of the secret.' }),
    ratePlan: t.string(),
    customRate: t.field({ type: CustomRateInput }),
    reservePercent: t.int(),
    testId: t.id(),
  }),
})

const TestConnectionInput = builder.inputType('TestConnectionInput', {
  description:
    "Either a saved connection (`connectionId`), or a draft (`connector`, `config`, `secrets`); both: the draft's values over the saved ones.",
  fields: (t) => ({
    connectionId: t.id(),
    connector: t.string(),
    config: t.field({ type: [ConfigEntryInput] }),
    secrets: t.field({ type: [ConfigEntryInput] }),
    keyId: t.id({ description: 'A waiting key pair, instead of the secret.' }),
  }),
})

const ConnectionResult = builder.unionType('ConnectionResult', {
  types: [ConnectionType, RefusalType],
  resolveType: refusalOr('Connection'),
})

export const TestConnectionResult = builder.unionType('TestConnectionResult', {
  types: [ConnectionTestType, RefusalType],
  resolveType: refusalOr('ConnectionTest'),
})

export const DeletedType = builder.objectRef<{ id: string }>('Deleted').implement({
  fields: (t) => ({ id: t.exposeID('id') }),
})

const DeleteConnectionResult = builder.unionType('DeleteConnectionResult', {
  types: [DeletedType, RefusalType],
  resolveType: refusalOr('Deleted'),
})

/** A secret is wrapped before anything else touches it. */
export function toSecrets(entries: readonly { name: string; value: string }[]): Record<string, Secret> {
  return Object.fromEntries(entries.map(({ name, value }) => [name, new Secret(value)]))
}

builder.mutationFields((t) => ({
  createConnection: t.field({
    ...needs('connection.write'),
    type: ConnectionResult,
    args: { input: t.arg({ type: CreateConnectionInput, required: true }) },
    resolve: (_root, { input }, { doors, actor }) =>
      doors.connections.create(actor, {
        ...input,
        config: toConfig(input.config),
        secrets: toSecrets(input.secrets),
      }),
  }),
  updateConnection: t.field({
    ...needs('connection.write'),
    type: ConnectionResult,
    args: { input: t.arg({ type: UpdateConnectionInput, required: true }) },
    resolve: (_root, { input }, { doors, actor }) =>
      doors.connections.update(actor, {
        ...input,
        config: input.config && toConfig(input.config),
        secrets: input.secrets && toSecrets(input.secrets),
      }),
  }),
  deleteConnection: t.field({
    ...needs('connection.write'),
    type: DeleteConnectionResult,
    args: { id: t.arg.id({ required: true }), confirmName: t.arg.string({ required: true }) },
    resolve: (_root, { id, confirmName }, { doors, actor }) =>
      doors.connections.remove(actor, id, confirmName),
  }),
  testConnection: t.field({
    ...needs('connection.test'),
    type: TestConnectionResult,
    args: { input: t.arg({ type: TestConnectionInput, required: true }) },
    resolve: (_root, { input }, { doors, actor }) =>
      doors.connections.startTest(actor, {
        ...input,
        config: input.config && toConfig(input.config),
        secrets: input.secrets && toSecrets(input.secrets),
      }),
  }),
  cancelConnectionTest: t.field({
    ...needs('connection.test'),
    type: TestConnectionResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { doors, actor }) => doors.connections.cancelTest(actor, id),
  }),
}))
