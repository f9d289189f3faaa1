import type { Command } from 'commander'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { SYNC_FORECAST, forecastLines, type SyncForecast } from '../sync-forecast.ts'
import { count } from '../sync-run.ts'
import { json, plain, say, table } from '../talk.ts'
import { connectionNamed } from './connection.ts'

export const FORECAST = `query Forecast($id: ID!) { syncForecast(connectionId: $id) { ${SYNC_FORECAST} } }`

export function forecastCommand(noun: Command, context: Context): void {
  noun
    .command('forecast')
    .description(
      'What a full run would take now: requests and minutes, kind by kind. Sends nothing to the target.',
    )
    .argument('<name>', 'the connection’s name')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie sync forecast Auth0\n  owlie sync forecast Auth0 --json')
    .action((name: string, options: { json?: true }) => forecast(context, name, options))
}

async function forecast(context: Context, name: string, options: { json?: true }): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const { syncForecast } = await api.send<{ syncForecast: SyncForecast | null }>(FORECAST, { id })
  if (!syncForecast) {
    throw refuse(
      'unsupported',
      'sync.no_forecast',
      `Nothing can be foreseen for ${name}.`,
      'Start a run and watch it: owlie sync run NAME --wait',
    )
  }
  if (options.json) return json(syncForecast)
  for (const line of forecastLines(syncForecast)) say(line)
  const rows = syncForecast.kinds.map((kind) => [
    plain(kind.label),
    count(kind.requests),
    kind.atMost === null ? 'not counted' : count(kind.atMost),
    kind.route,
    plain(kind.why),
  ])
  table(['KIND', 'REQUESTS', 'AT MOST', 'WAY', 'WHY'], rows)
}
