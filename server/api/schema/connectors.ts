import type {
  Capability,
  ConfigField,
  Connector,
  LeastPrivilege,
  ObjectKind,
  ScopeAdvice,
  ScopePreset,
  SetupSnippet,
} from '@owlie/connector-kit'
import { rejected } from '../errors.ts'
import { builder, needs } from './builder.ts'
import { FailureType } from './failure.ts'

/** One entry of the catalog: a connector that is here, or one that is only announced. */
export interface CatalogEntry {
  readonly name: string
  readonly label: string
  readonly summary: string
  /** Null when Owlie has no connector for it yet. */
  readonly connector: Connector | null
}

const list = <T>(values: readonly T[] | undefined): T[] => [...(values ?? [])]

const ConfigFieldType = builder.objectRef<ConfigField>('ConfigField').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    input: t.exposeString('input'),
    required: t.exposeBoolean('required'),
    placeholder: t.exposeString('placeholder', { nullable: true }),
    hint: t.exposeString('hint'),
    bindsSecrets: t.boolean({ resolve: (field) => field.bindsSecrets ?? false }),
    keyPair: t.exposeString('keyPair', {
      nullable: true,
      description: 'For a secret: the key pair that may stand in its place, by the name of its status.',
    }),
  }),
})

const ObjectKindType = builder.objectRef<ObjectKind>('ObjectKind').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    yields: t.exposeString('yields'),
    entitlementType: t.exposeString('entitlementType', { nullable: true }),
    prerequisites: t.stringList({ resolve: (kind) => list(kind.prerequisites) }),
    container: t.exposeString('container', { nullable: true }),
    scopes: t.stringList({ resolve: (kind) => list(kind.scopes) }),
    capability: t.exposeString('capability'),
  }),
})

const CapabilityType = builder.objectRef<Capability>('Capability').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    group: t.exposeString('group'),
    scopes: t.stringList({ resolve: (capability) => list(capability.scopes) }),
    purpose: t.exposeString('purpose'),
  }),
})

const ScopePresetType = builder.objectRef<ScopePreset>('ScopePreset').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    label: t.exposeString('label'),
    scopes: t.stringList({ resolve: (preset) => list(preset.scopes) }),
  }),
})

const RatePlanType = builder
  .objectRef<NonNullable<Connector['manifest']['ratePlans']>[number]>('RatePlan')
  .implement({ fields: (t) => ({ name: t.exposeString('name'), label: t.exposeString('label') }) })

export const ConnectorType = builder.objectRef<CatalogEntry>('Connector').implement({
  fields: (t) => ({
    name: t.exposeID('name'),
    label: t.exposeString('label'),
    summary: t.exposeString('summary'),
    available: t.boolean({ resolve: (entry) => entry.connector !== null }),
    fields: t.field({
      type: [ConfigFieldType],
      resolve: (entry) => list(entry.connector?.manifest.fields),
    }),
    kinds: t.field({ type: [ObjectKindType], resolve: (entry) => list(entry.connector?.manifest.kinds) }),
    capabilities: t.field({
      type: [CapabilityType],
      resolve: (entry) => list(entry.connector?.manifest.capabilities),
    }),
    presets: t.field({
      type: [ScopePresetType],
      resolve: (entry) => list(entry.connector?.manifest.presets),
    }),
    ratePlans: t.field({
      type: [RatePlanType],
      description: "The target's published rate limits.",
      resolve: (entry) => list(entry.connector?.manifest.ratePlans),
    }),
  }),
})

const UnknownScopeType = builder.objectRef<ScopeAdvice['unknown'][number]>('UnknownScope').implement({
  fields: (t) => ({
    scope: t.exposeString('scope'),
    nearest: t.exposeString('nearest', { nullable: true }),
  }),
})

const DangerousScopeType = builder.objectRef<ScopeAdvice['dangerous'][number]>('DangerousScope').implement({
  fields: (t) => ({ scope: t.exposeString('scope'), reason: t.exposeString('reason') }),
})

const CapabilityStateType = builder
  .objectRef<ScopeAdvice['capabilities'][number]>('CapabilityState')
  .implement({
    fields: (t) => ({
      name: t.exposeString('name'),
      enabled: t.exposeBoolean('enabled'),
      missing: t.stringList({ resolve: (state) => list(state.missing) }),
    }),
  })

const BeyondType = builder.objectRef<LeastPrivilege['beyond'][number]>('ScopeBeyond').implement({
  fields: (t) => ({
    scope: t.exposeString('scope'),
    danger: t.exposeString('danger'),
    reason: t.exposeString('reason'),
  }),
})

const LeastPrivilegeType = builder.objectRef<LeastPrivilege>('LeastPrivilege').implement({
  description: 'How much of what is entered is needed for what is wanted, weighed by the damage it could do.',
  fields: (t) => ({
    score: t.exposeInt('score'),
    sentence: t.exposeString('sentence'),
    beyond: t.field({ type: [BeyondType], resolve: ({ beyond }) => list(beyond) }),
  }),
})

const SetupSnippetType = builder.objectRef<SetupSnippet>('SetupSnippet').implement({
  description:
    'Text for another tool that makes the application Owlie needs, with exactly the minimal scopes.',
  fields: (t) => ({
    format: t.exposeString('format'),
    label: t.exposeString('label'),
    file: t.exposeString('file'),
    text: t.exposeString('text'),
    note: t.exposeString('note'),
  }),
})

const AuthenticationType = builder.enumType('ApplicationAuthentication', {
  description: 'By a client secret, or by a key pair that Owlie keeps (private_key_jwt).',
  values: ['secret', 'key'] as const,
})

const ScopeAdviceType = builder.objectRef<ScopeAdvice>('ScopeAdvice').implement({
  fields: (t) => ({
    entered: t.stringList({ resolve: (advice) => list(advice.entered) }),
    unknown: t.field({ type: [UnknownScopeType], resolve: (advice) => list(advice.unknown) }),
    neverNeeded: t.stringList({ resolve: (advice) => list(advice.neverNeeded) }),
    dangerous: t.field({ type: [DangerousScopeType], resolve: (advice) => list(advice.dangerous) }),
    capabilities: t.field({ type: [CapabilityStateType], resolve: (advice) => list(advice.capabilities) }),
    minimal: t.stringList({ resolve: (advice) => list(advice.minimal) }),
    missing: t.stringList({ resolve: (advice) => list(advice.missing) }),
    leastPrivilege: t.field({
      type: LeastPrivilegeType,
      nullable: true,
      resolve: (advice) => advice.leastPrivilege ?? null,
    }),
  }),
})

interface ConfigEntry {
  name: string
  value: string
}

export const ConfigEntryType = builder.objectRef<ConfigEntry>('ConfigEntry').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
})

export const ConfigEntryInput = builder.inputType('ConfigEntryInput', {
  fields: (t) => ({ name: t.string({ required: true }), value: t.string({ required: true }) }),
})

export const toEntries = (config: Readonly<Record<string, string>>): ConfigEntry[] =>
  Object.entries(config).map(([name, value]) => ({ name, value }))

export const toConfig = (entries: readonly ConfigEntry[]): Record<string, string> =>
  Object.fromEntries(entries.map(({ name, value }) => [name, value]))

const ConfigAdviceType = builder.objectRef<ReturnType<Connector['checkConfig']>>('ConfigAdvice').implement({
  fields: (t) => ({
    config: t.field({ type: [ConfigEntryType], resolve: (advice) => toEntries(advice.config) }),
    failures: t.field({ type: [FailureType], resolve: (advice) => list(advice.failures) }),
  }),
})

builder.queryFields((t) => ({
  connectors: t.field({
    ...needs('connection.read'),
    type: [ConnectorType],
    resolve: (_root, _args, { doors }) => [...doors.catalog],
  }),
  connector: t.field({
    ...needs('connection.read'),
    type: ConnectorType,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { doors }) => doors.catalog.find((entry) => entry.name === name) ?? null,
  }),
  scopeAdvice: t.field({
    ...needs('connection.read'),
    type: ScopeAdviceType,
    args: {
      connector: t.arg.string({ required: true }),
      scopes: t.arg.string({ required: true }),
      wanted: t.arg.stringList(),
    },
    resolve: (_root, { connector: name, scopes, wanted }, { doors }) => {
      const connector = theConnector(doors.catalog, name)
      return connector.adviseScopes(scopes, knownCapabilities(connector, wanted))
    },
  }),
  setupSnippets: t.field({
    ...needs('connection.read'),
    type: [SetupSnippetType],
    description:
      'For the minimal scopes of `capabilities`; without them, of the capabilities that `scopes` enables.',
    args: {
      connector: t.arg.string({ required: true }),
      capabilities: t.arg.stringList(),
      scopes: t.arg.string({ defaultValue: '' }),
      domain: t.arg.string({ defaultValue: '' }),
      authentication: t.arg({ type: AuthenticationType, defaultValue: 'secret' }),
      publicKey: t.arg.string(),
    },
    resolve: (_root, args, { doors }) => {
      const connector = theConnector(doors.catalog, args.connector)
      const wanted = knownCapabilities(connector, args.capabilities)
      return list(
        connector.setupSnippets?.({
          scopes: connector.adviseScopes(args.scopes ?? '', wanted).minimal,
          domain: args.domain ?? '',
          authentication: args.authentication ?? 'secret',
          ...(args.publicKey ? { publicKey: args.publicKey } : {}),
        }),
      )
    },
  }),
  configAdvice: t.field({
    ...needs('connection.read'),
    type: ConfigAdviceType,
    args: {
      connector: t.arg.string({ required: true }),
      config: t.arg({ type: [ConfigEntryInput], required: true }),
    },
    resolve: (_root, { connector, config }, { doors }) =>
      theConnector(doors.catalog, connector).checkConfig(toConfig(config), doors.extraHosts),
  }),
}))

/** Left out means: those that are enabled. A name that is none would silently ask for too little. */
function knownCapabilities(
  connector: Connector,
  names: readonly string[] | null | undefined,
): readonly string[] | undefined {
  const known = connector.manifest.capabilities.map(({ name }) => name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown === undefined) return names ?? undefined
  throw rejected({
    kind: 'missing',
    code: 'connector.unknown_capability',
    message: 'One of the capabilities named is none of this connector.',
    remedy: `Use some of: ${known.join(', ')}.`,
    field: 'capabilities',
  })
}

function theConnector(catalog: readonly CatalogEntry[], name: string): Connector {
  const connector = catalog.find((entry) => entry.name === name)?.connector
  if (connector) return connector
  const known = catalog.filter((entry) => entry.connector !== null).map((entry) => `\`${entry.name}\``)
  throw rejected({
    kind: 'missing',
    code: 'connector.not_found',
    message: 'There is no connector of this name.',
    remedy: `Use one of: ${known.join(', ')}.`,
    field: 'connector',
  })
}
