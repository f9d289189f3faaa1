import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, green, json, plain, say } from '../talk.ts'

const EDITED = `id name state stateReason version ratePlan customRate { burst perMinute } reservePercent
  config { name value }`
export const SHOW_SETTINGS = `query Settings($name: String!) {
  connection(name: $name) { id version } }`
export const UPDATE = `mutation Update($input: UpdateConnectionInput!) {
  updateConnection(input: $input) { ... on Connection { ${EDITED} } ... on Refusal { failures { ${FAILURE} } } } }`

interface Edited {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly stateReason: string | null
  readonly ratePlan: string
  readonly customRate: { readonly burst: number; readonly perMinute: number } | null
  readonly reservePercent: number
}

export interface RateFlags {
  ratePlan?: string
  reserve?: string
}

interface EditOptions extends RateFlags {
  rename?: string
  scopes?: string
  json?: true
}

/** The options of every verb that takes a rate plan. */
export function rateOptions(verb: Command): Command {
  return verb
    .option(
      '--rate-plan <plan>',
      'the target’s rate plan, e.g. self-service (a wrong name lists them all); unknown: its answers say; or your own limit as BURST/PER-MINUTE, e.g. 10/600',
    )
    .option('--reserve <percent>', 'part of each rate limit left to logins, 0 to 90 (default 20)')
}

export function connectionEditCommand(noun: Command, context: Context): void {
  rateOptions(noun.command('edit'))
    .description('Change settings of a connection. What is not given stays as it is.')
    .argument('<name>', 'the connection’s name')
    .option('--rename <name>', 'another name in Owlie')
    .option('--scopes <scopes>', 'space-delimited Management API scopes, all of them')
    .option('--json', 'the connection as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  owlie connection edit Auth0 --rate-plan enterprise-non-production --reserve 30\n' +
        '  owlie connection edit Auth0 --rate-plan 10/600 --json',
    )
    .action((name: string, options: EditOptions) => edit(context, name, options))
}

async function edit(context: Context, name: string, options: EditOptions): Promise<void> {
  const api = context.api()
  const { connection } = await api.send<{ connection: { id: string; version: number } | null }>(
    SHOW_SETTINGS,
    {
      name,
    },
  )
  if (!connection)
    throw refuse(
      'missing',
      'connection.not_found',
      `There is no connection called ${JSON.stringify(name)}.`,
      'See `owlie connection list` for the names there are.',
    )
  const { rename, scopes } = options
  const input = {
    id: connection.id,
    version: connection.version,
    ...(rename === undefined ? {} : { name: rename }),
    ...(scopes === undefined ? {} : { config: [{ name: 'scopes', value: scopes }] }),
    ...rateInput(options),
  }
  if (Object.keys(input).length === 2)
    throw refuse(
      'config',
      'cli.nothing_to_change',
      'Nothing to change was given.',
      'See --help for what can be changed.',
    )
  const sent = await api.send<{ updateConnection: Edited }>(UPDATE, { input })
  const edited = accepted(sent.updateConnection)
  if (options.json) return json(edited)
  say(`${green('✓')} Saved ${bold(plain(edited.name))} (${edited.state}).`)
  if (edited.stateReason) say(`  ${plain(edited.stateReason)}`)
  const { customRate } = edited
  const plan = customRate ? `${customRate.burst} at once, ${customRate.perMinute} a minute` : edited.ratePlan
  say(`  Rate plan: ${plain(plan)}. Reserve: ${edited.reservePercent} %.`)
}

/** `10/600` is a limit of its own; any other word is a plan, which the server knows. */
export function rateInput({ ratePlan, reserve }: RateFlags) {
  const figures = /^(\d{1,9})\/(\d{1,9})$/.exec(ratePlan ?? '')
  const percent = /^(\d{1,3})\s*%?$/.exec(reserve ?? '')
  if (reserve !== undefined && !percent)
    throw refuse(
      'config',
      'connection.reserve_out_of_range',
      'The reserve must be a whole number of percent, 0 to 90.',
      'For example --reserve 20.',
    )
  return {
    ...(figures ? { customRate: { burst: Number(figures[1]), perMinute: Number(figures[2]) } } : {}),
    ...(ratePlan !== undefined && !figures ? { ratePlan } : {}),
    ...(percent ? { reservePercent: Number(percent[1]) } : {}),
  }
}
