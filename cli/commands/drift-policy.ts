import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { refuse, type Failure } from '../exit.ts'
import type { Context } from '../program.ts'
import { green, json, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'

const KIND = `kind label effective { type policy scope by } governedFields ignoredFields graceSeconds governedSince
  intents open`
export const POLICIES = `query Policies($id: ID!) { driftPolicies(connectionId: $id) { ${KIND} } }`
export const PREVIEW_POLICY = `query PreviewPolicy($input: DriftPolicyInput!) { previewDriftPolicy(input: $input) {
  ... on DriftPolicyPreview { adopted operations listed dropped cut guard { asks reason }
    examples { type account entitlement } }
  ... on Refusal { failures { ${FAILURE} } } } }`
export const SET_POLICY = `mutation SetPolicy($input: DriftPolicyInput!) { setDriftPolicy(input: $input) {
  ... on KindPoliciesList { kinds { ${KIND} } } ... on Refusal { failures { ${FAILURE} } } } }`

interface Kind {
  kind: string
  label: string
  effective: { type: string; policy: string; scope: string; by: string | null }[]
  governedSince: string | null
  intents: number
  open: number
}

interface PolicyPreview {
  adopted: number
  operations: number
  listed: number
  dropped: number
  cut: boolean
  guard: { asks: boolean; reason: string | null }
}

interface Options {
  set?: string
  kind?: string
  type?: string
  dryRun?: true
  json?: true
}

const policies = ['adopt', 'flag', 'preserve', 'ignore', 'default']

export function policyCommand(noun: Command, context: Context): void {
  noun
    .command('policy')
    .description(
      'What is done about drift, per kind. With --set: change it; --dry-run says what that would do.',
    )
    .argument('<name>', 'the connection’s name')
    .option('--set <policy>', `${policies.join(', ')} (default: take the rule away)`)
    .option('--kind <kind>', 'the kind to set it for, e.g. roles')
    .option('--type <type>', 'only for missing, excess or different')
    .option('--dry-run', 'only say what would happen')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie drift policy Auth0\n  owlie drift policy Auth0 --kind role_members --set preserve --dry-run',
    )
    .action((name: string, options: Options) => policy(context, name, options))
}

async function policy(context: Context, name: string, options: Options): Promise<void> {
  const { id } = await connectionNamed(context.api(), name)
  if (options.set === undefined) {
    const { driftPolicies } = await context.api().send<{ driftPolicies: Kind[] | null }>(POLICIES, { id })
    return sayKinds(driftPolicies ?? [], options)
  }
  if (!policies.includes(options.set) || options.kind === undefined)
    throw refuse(
      'config',
      'cli.policy',
      options.kind === undefined ? 'A policy is set for a kind.' : `There is no policy ${options.set}.`,
      `Add --kind, and --set with one of ${policies.join(', ')}.`,
    )
  const value = options.set === 'default' ? null : options.set
  const input = { connectionId: id, kind: options.kind, type: options.type ?? null, policy: value }
  if (options.dryRun) return preview(context, input, options)
  const sent = await context
    .api()
    .send<{ setDriftPolicy: { kinds: Kind[] } | { failures: Failure[] } }>(SET_POLICY, { input })
  const { kinds } = accepted<{ kinds: Kind[] }>(sent.setDriftPolicy)
  if (!options.json)
    say(`${green('✓')} ${options.kind}: ${options.set}. The connection is compared again now.`)
  sayKinds(kinds, options)
}

async function preview(context: Context, input: object, options: Options): Promise<void> {
  const sent = await context
    .api()
    .send<{ previewDriftPolicy: PolicyPreview | { failures: Failure[] } }>(PREVIEW_POLICY, { input })
  const seen = accepted<PolicyPreview>(sent.previewDriftPolicy)
  if (options.json) return json(seen)
  const atLeast = seen.cut ? 'At least ' : ''
  say(
    `${atLeast}${seen.adopted} adopted, ${seen.operations} put back, ${seen.listed} listed, ${seen.dropped} dropped.`,
  )
  if (seen.guard.asks) say(`Nothing would be put back by itself: ${seen.guard.reason ?? ''}`)
}

function sayKinds(kinds: readonly Kind[], options: Options): void {
  if (options.json) return json(kinds)
  table(
    ['KIND', 'MISSING', 'EXCESS', 'DIFFERENT', 'BASELINE', 'INTENDED', 'TO REVIEW'],
    kinds.map((kind) => [
      kind.kind,
      ...kind.effective.map((rule) => (rule.scope === 'default' ? `(${rule.policy})` : rule.policy)),
      kind.governedSince ?? 'none',
      String(kind.intents),
      String(kind.open),
    ]),
  )
}
