import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { exitCodes, refuse, type Failure } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, green, json, plain, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'
import { baselineCommand } from './drift-baseline.ts'
import { policyCommand } from './drift-policy.ts'

const DRIFT = `id kind kindLabel subject type state account accountName entitlement entitlementName
  differences { field intended observed } policy policyBy heldReason operationId firstSeenAt firstSeenGeneration
  lastSeenAt lastSeenGeneration closedAt resolution connection { id name }`
export const LIST = `query Drifts($filter: DriftFilter, $first: Int, $after: String) {
  drifts(filter: $filter, first: $first, after: $after) { total next nodes { ${DRIFT} } } }`
export const SHOW = `query Drift($id: ID!) { drift(id: $id) { ${DRIFT}
  intent { wanted source actor reason since desiredVersion appliedVersion }
  decisions { batchId decision byPolicy actor reason at undoneAt undoneBy } } }`
export const PREVIEW = `query PreviewDecision($ids: [ID!], $filter: DriftFilter, $decision: DriftDecision!) {
  previewDriftDecision(ids: $ids, filter: $filter, decision: $decision) {
    ... on DriftDecisionPreview { count skipped groups { kindLabel type count } guard { asks reason } }
    ... on Refusal { failures { ${FAILURE} } } } }`
export const DECIDE = `mutation DecideDrift($ids: [ID!], $filter: DriftFilter, $decision: DriftDecision!,
  $confirm: Int, $reason: String) {
  decideDrift(ids: $ids, filter: $filter, decision: $decision, confirm: $confirm, reason: $reason) {
    ... on DriftDecided { batchId decision decided skipped } ... on Refusal { failures { ${FAILURE} } } } }`
export const UNDO = `mutation UndoDrift($batchId: ID!) { undoDrift(batchId: $batchId) {
  ... on DriftUndone { batchId undone kept } ... on Refusal { failures { ${FAILURE} } } } }`

interface Drift {
  id: string
  kind: string
  kindLabel: string
  type: string
  state: string
  account: string | null
  accountName: string | null
  entitlement: string | null
  entitlementName: string | null
  differences: { field: string; intended: unknown; observed: unknown }[]
  policy: string
  policyBy: string | null
  heldReason: string | null
  firstSeenAt: string
  firstSeenGeneration: number | null
  lastSeenAt: string
  lastSeenGeneration: number | null
  resolution: string | null
  connection: { id: string; name: string }
}

interface ShownDrift extends Drift {
  intent: {
    wanted: boolean
    source: string
    actor: string
    reason: string | null
    since: string
    desiredVersion: number
    appliedVersion: number
  } | null
  decisions: { decision: string; byPolicy: boolean; actor: string; at: string; undoneAt: string | null }[]
}

interface FilterOptions {
  connection?: string
  kind?: string
  type?: string
  state?: string
  search?: string
}

interface JsonOption {
  json?: true
}

const words = ['adopt', 'preserve', 'ignore', 'flag']

export function driftCommands(root: Command, context: Context): void {
  const noun = root
    .command('drift')
    .description('Where what is and what ought to be disagree, and what to do about it.')
  filtered(noun.command('list'))
    .description('Disagreements, newest first.')
    .argument('[connection]', 'the connection’s name; as --connection')
    .option('--limit <n>', 'at most so many', '100')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie drift list Auth0 --state review\n  owlie drift list --type missing --json | jq -r ".nodes[].id"',
    )
    .action((name: string | undefined, options: FilterOptions & JsonOption & { limit: string }) =>
      list(context, name === undefined ? options : { ...options, connection: name }),
    )
  noun
    .command('show')
    .description('One disagreement with its evidence, its rule and what was decided.')
    .argument('<id>', 'the drift’s id, from `owlie drift list`')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie drift show 0191…\n  owlie drift show 0191… --json')
    .action((id: string, options: JsonOption) => show(context, id, options))
  filtered(noun.command('decide'))
    .description(
      'Adopt what is, put Owlie’s value back (preserve), ignore it, or flag it; by id, or all of a filter.',
    )
    .argument('<decision>', words.join(', '))
    .argument('[ids...]', 'ids from `owlie drift list`; none: all that the options find')
    .option('--confirm <count>', 'the number, where the guard asks for it')
    .option('--reason <text>', 'why; kept with the decision')
    .option('--dry-run', 'only say what it would be about')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie drift decide adopt 0191… --reason "new hire"\n' +
        '  owlie drift decide preserve --connection Auth0 --type missing --dry-run',
    )
    .action((decision: string, ids: string[], options: DecideOptions) =>
      decide(context, decision, ids, options),
    )
  noun
    .command('undo')
    .description('Take a decision back where nothing has come of it yet.')
    .argument('<batch>', 'the batch `owlie drift decide` named')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie drift undo 0191…\n  owlie drift undo 0191… --json')
    .action((batchId: string, options: JsonOption) => undo(context, batchId, options))
  policyCommand(noun, context)
  baselineCommand(noun, context)
}

function filtered(command: Command): Command {
  return command
    .option('--connection <name>', 'only of this connection')
    .option('--kind <kind>', 'only of this kind, e.g. role_members')
    .option('--type <type>', 'missing, excess or different')
    .option('--state <state>', 'review, open, flagged, ignored, operation_wanted, operation_queued, closed')
    .option('--search <text>', 'part of a name or id')
}

async function filterOf(context: Context, options: FilterOptions): Promise<Record<string, unknown>> {
  const { connection, kind, type, state, search } = options
  const connectionId = connection ? (await connectionNamed(context.api(), connection)).id : undefined
  return { connectionId, kind, type, state, search }
}

async function list(
  context: Context,
  options: FilterOptions & JsonOption & { limit: string },
): Promise<void> {
  const filter = await filterOf(context, options)
  const wanted = Math.max(1, Number.parseInt(options.limit, 10) || 100)
  const nodes: Drift[] = []
  let after: string | null = null
  let total: number
  do {
    const first = Math.min(500, wanted - nodes.length)
    const sent: { drifts: { nodes: Drift[]; next: string | null; total: number } } = await context
      .api()
      .send(LIST, { filter, first, after })
    nodes.push(...sent.drifts.nodes)
    after = sent.drifts.next
    total = sent.drifts.total
  } while (after !== null && nodes.length < wanted)
  if (options.json) return json({ total, nodes })
  if (nodes.length === 0) return say(`${green('✓')} No drift.`)
  table(
    ['ID', 'KIND', 'TYPE', 'STATE', 'WHO AND WHAT', 'INTENDED → OBSERVED', 'SINCE'],
    nodes.map((drift) => [
      drift.id,
      drift.kind,
      drift.type,
      drift.state,
      aboutOf(drift),
      valuesOf(drift),
      drift.firstSeenAt,
    ]),
  )
  if (total > nodes.length) say(dim(`${total - nodes.length} more; raise --limit.`))
}

function aboutOf(drift: Drift): string {
  const parts = [drift.accountName ?? drift.account, drift.entitlementName ?? drift.entitlement]
  return parts.filter((part) => part !== null).join(' / ')
}

function valuesOf({ type, differences }: Drift): string {
  if (type === 'missing') return 'there → not there'
  if (type === 'excess') return 'not there → there'
  return differences
    .map(
      ({ field, intended, observed }) =>
        `${field}: ${JSON.stringify(intended)} → ${JSON.stringify(observed)}`,
    )
    .join(', ')
}

async function show(context: Context, id: string, options: JsonOption): Promise<void> {
  const { drift } = await context.api().send<{ drift: ShownDrift | null }>(SHOW, { id })
  if (!drift)
    throw refuse(
      'missing',
      'drift.not_found',
      `There is no drift ${id}.`,
      'See `owlie drift list` for the ids.',
    )
  if (options.json) return json(drift)
  const { intent } = drift
  say(`${bold(plain(aboutOf(drift)))} · ${drift.kindLabel} · ${drift.type} · ${drift.state}`)
  say(`  ${plain(valuesOf(drift))}`)
  say(`  Seen first in run ${drift.firstSeenGeneration ?? '–'} (${drift.firstSeenAt}),`)
  say(`  last in run ${drift.lastSeenGeneration ?? '–'} (${drift.lastSeenAt}).`)
  say(`  Rule: ${drift.policy}${drift.policyBy ? `, set by ${plain(drift.policyBy)}` : ' (default)'}`)
  if (drift.heldReason) say(`  ${plain(drift.heldReason)}`)
  if (intent)
    say(
      `  Intent: ${intent.wanted ? 'ought to be' : 'ought not to be'}, by ${plain(intent.actor)} (${intent.source}), ` +
        `since ${intent.since}, version ${intent.desiredVersion}, applied ${intent.appliedVersion}`,
    )
  else say('  Intent: nobody has wished it.')
  for (const made of drift.decisions)
    say(`  ${made.at} ${made.decision} by ${plain(made.actor)}${made.undoneAt ? ' (undone)' : ''}`)
}

interface DecideOptions extends FilterOptions, JsonOption {
  confirm?: string
  reason?: string
  dryRun?: true
}

interface DecisionPreview {
  count: number
  skipped: number
  groups: { kindLabel: string; type: string; count: number }[]
  guard: { asks: boolean; reason: string | null }
}

async function decide(
  context: Context,
  decision: string,
  ids: readonly string[],
  options: DecideOptions,
): Promise<void> {
  if (!words.includes(decision))
    throw refuse(
      'config',
      'cli.decision',
      `${JSON.stringify(decision)} is no decision.`,
      `Choose one of ${words.join(', ')}.`,
    )
  const filter = await filterOf(context, options)
  if (ids.length === 0 && Object.values(filter).every((value) => value === undefined))
    throw refuse(
      'config',
      'cli.no_drift_named',
      'Neither ids nor a filter.',
      'Name ids from `owlie drift list`, or narrow with --connection, --kind, --type, --state or --search.',
      exitCodes.usage,
    )
  const about = ids.length > 0 ? { ids } : { filter }
  if (options.dryRun) return preview(context, { ...about, decision }, options)
  const sent = await context.api().send<{ decideDrift: Decided | { failures: Failure[] } }>(DECIDE, {
    ...about,
    decision,
    confirm: options.confirm === undefined ? undefined : Number.parseInt(options.confirm, 10),
    reason: options.reason,
  })
  const decided = accepted<Decided>(sent.decideDrift)
  if (options.json) return json(decided)
  say(`${green('✓')} ${decided.decision}: ${decided.decided} decided, ${decided.skipped} left as they are.`)
  say(dim(`Take it back with: owlie drift undo ${decided.batchId}`))
}

interface Decided {
  batchId: string
  decision: string
  decided: number
  skipped: number
}

async function preview(
  context: Context,
  variables: Record<string, unknown>,
  options: JsonOption,
): Promise<void> {
  const sent = await context.api().send<{ previewDriftDecision: DecisionPreview }>(PREVIEW, variables)
  const { count, skipped, groups, guard } = accepted(sent.previewDriftDecision)
  if (options.json) return json({ count, skipped, groups, guard })
  table(
    ['KIND', 'TYPE', 'COUNT'],
    groups.map((group) => [group.kindLabel, group.type, String(group.count)]),
  )
  say(`${count} would be decided, ${skipped} left as they are.`)
  if (guard.asks) say(`The guard asks for --confirm ${count}: ${guard.reason ?? ''}`)
}

async function undo(context: Context, batchId: string, options: JsonOption): Promise<void> {
  const sent = await context
    .api()
    .send<{ undoDrift: { batchId: string; undone: number; kept: number } }>(UNDO, { batchId })
  const undone = accepted(sent.undoDrift)
  if (options.json) return json(undone)
  say(`${green('✓')} ${undone.undone} taken back, ${undone.kept} left as they are.`)
}
