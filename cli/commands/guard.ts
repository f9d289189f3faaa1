import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, green, json, plain, say, table, yellow } from '../talk.ts'
import { connectionNamed } from './connection.ts'

const STOP = `id kind label at state present seen created changed missed setHash requestedBy expiresAt releasedBy
  closedReason connection { name } run { id generation } reasons { words metric window rule count base limit }`
export const STOPS = `query GuardStops($connectionId: ID, $open: Boolean) {
  guardStops(connectionId: $connectionId, open: $open) { ${STOP} } }`
export const ONE_STOP = `query GuardStop($id: ID!) {
  guardStop(id: $id) { ${STOP} objects(first: 20) { id label externalId } } }`
export const REQUEST = `mutation RequestGuardRelease($id: ID!, $setHash: String!) {
  requestGuardRelease(id: $id, setHash: $setHash) {
    ... on GuardStop { ${STOP} } ... on Refusal { failures { ${FAILURE} } } } }`

export const KEEP = `mutation SetStaleDays($connectionId: ID!, $days: Int) {
  setStaleDays(connectionId: $connectionId, days: $days) {
    ... on Retention { days } ... on Refusal { failures { ${FAILURE} } } } }`

interface Stop {
  id: string
  label: string
  at: string
  state: string
  missed: number
  present: number
  setHash: string
  requestedBy: string | null
  expiresAt: string | null
  connection: { name: string }
  reasons: { words: string }[]
  objects?: { label: string; externalId: string }[]
}

interface JsonOption {
  json?: true
}

export function guardCommands(root: Command, context: Context): void {
  const noun = root
    .command('guard')
    .description('What the mass-change guard has stopped, and letting it through.')
  noun
    .command('list')
    .description('Open stops; nothing of them was marked stale.')
    .argument('[connection]', 'the connection’s name; without it, of all connections')
    .option('--all', 'also released and superseded ones')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie guard list\n  owlie guard list Auth0 --all --json')
    .action((name: string | undefined, options: JsonOption & { all?: true }) => list(context, name, options))
  noun
    .command('show')
    .description('One stop: why, how many, the first 20 objects, and the hash that names the exact set.')
    .argument('<stop>', 'the stop’s id, from `owlie guard list`')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie guard show STOP_ID\n  owlie guard show STOP_ID --json')
    .action((id: string, options: JsonOption) => show(context, id, options))
  noun
    .command('release')
    .description(
      'Ask for the release of exactly one set. Another admin confirms it in the console within an hour.',
    )
    .argument('<stop>', 'the stop’s id, from `owlie guard list`')
    .requiredOption('--hash <hash>', 'the set’s hash, from `owlie guard show`')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie guard release STOP_ID --hash 1f3a…\n  owlie guard release STOP_ID --hash 1f3a… --json',
    )
    .action((id: string, options: JsonOption & { hash: string }) => release(context, id, options))
  noun
    .command('keep')
    .description('How many days what vanished is kept when nobody wants it.')
    .argument('<connection>', 'the connection’s name')
    .argument('<days>', '1 to 3650, or forever')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie guard keep Auth0 90\n  owlie guard keep Auth0 forever --json')
    .action((name: string, days: string, options: JsonOption) => keep(context, name, days, options))
}

async function keep(context: Context, name: string, days: string, options: JsonOption): Promise<void> {
  const api = context.api()
  const { id: connectionId } = await connectionNamed(api, name)
  const wanted = days === 'forever' ? null : Number(days)
  if (wanted !== null && !Number.isInteger(wanted))
    throw refuse(
      'config',
      'retention.bad_days',
      `${days} is no number of days.`,
      'Give 1 to 3650, or forever.',
    )
  const sent = await api.send<{ setStaleDays: { days: number | null } }>(KEEP, { connectionId, days: wanted })
  const set = accepted(sent.setStaleDays)
  if (options.json) return json(set)
  say(`${green('✓')} What vanishes is kept ${set.days === null ? 'for ever' : `for ${set.days} days`}.`)
}

async function list(
  context: Context,
  name: string | undefined,
  options: JsonOption & { all?: true },
): Promise<void> {
  const api = context.api()
  const connectionId = name === undefined ? null : (await connectionNamed(api, name)).id
  const { guardStops } = await api.send<{ guardStops: Stop[] }>(STOPS, {
    connectionId,
    open: options.all ? null : true,
  })
  if (options.json) return json(guardStops)
  if (guardStops.length === 0) return say(`${green('✓')} The guard holds nothing back.`)
  table(
    ['STOP', 'CONNECTION', 'KIND', 'AT', 'STATE', 'WOULD BE MARKED'],
    guardStops.map((stop) => [
      stop.id,
      plain(stop.connection.name),
      stop.label,
      stop.at,
      stop.state,
      `${stop.missed} of ${stop.present}`,
    ]),
  )
}

async function show(context: Context, id: string, options: JsonOption): Promise<void> {
  const { guardStop } = await context.api().send<{ guardStop: Stop | null }>(ONE_STOP, { id })
  if (!guardStop)
    throw refuse('missing', 'guard.not_found', 'There is no such guard stop.', 'See: owlie guard list --all')
  if (options.json) return json(guardStop)
  say(`${bold(guardStop.label)} of ${plain(guardStop.connection.name)}: ${yellow(guardStop.state)}`)
  for (const { words } of guardStop.reasons) say(`  ${words}`)
  say(`  A release marks ${guardStop.missed} of ${guardStop.present} stale, set ${guardStop.setHash}`)
  for (const object of guardStop.objects ?? [])
    say(`    ${plain(object.label)} ${dim(plain(object.externalId))}`)
  const more = guardStop.missed - (guardStop.objects?.length ?? 0)
  if (more > 0) say(dim(`    and ${more} more`))
  if (guardStop.requestedBy)
    say(
      `  Asked for by ${plain(guardStop.requestedBy)}; another admin confirms it before ${guardStop.expiresAt}.`,
    )
}

async function release(context: Context, id: string, options: JsonOption & { hash: string }): Promise<void> {
  const sent = await context.api().send<{ requestGuardRelease: Stop }>(REQUEST, { id, setHash: options.hash })
  const stop = accepted(sent.requestGuardRelease)
  if (options.json) return json(stop)
  say(`${green('✓')} Asked. Another admin confirms it at /admin/guard/${stop.id} before ${stop.expiresAt}.`)
}
