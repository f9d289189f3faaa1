import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { type Failure, refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, green, json, plain, say, yellow } from '../talk.ts'
import { connectionNamed } from './connection.ts'

const SCHEDULE = `enabled cron timeZone incrementalMinutes next nextIncremental updatedAt updatedBy
  lastFull { at outcome reason runId } lastIncremental { at outcome reason runId }`
export const SHOW_SCHEDULE = `query Schedule($name: String!) {
  connection(name: $name) { id schedule { ${SCHEDULE} } incrementalObstacle { ${FAILURE} } } }`
export const SET_SCHEDULE = `mutation SetSchedule($id: ID!, $schedule: ScheduleInput!) {
  setSchedule(connectionId: $id, schedule: $schedule) {
    ... on Schedule { ${SCHEDULE} } ... on Refusal { failures { ${FAILURE} } } } }`
export const SCHEDULE_OFF = `mutation ScheduleOff($id: ID!) {
  switchScheduleOff(connectionId: $id) {
    ... on Schedule { ${SCHEDULE} } ... on Refusal { failures { ${FAILURE} } } } }`

interface Last {
  at: string
  outcome: string
  reason: string | null
  runId: string | null
}

interface Schedule {
  enabled: boolean
  cron: string
  timeZone: string
  incrementalMinutes: number | null
  next: string[]
  nextIncremental: string | null
  lastFull: Last | null
  lastIncremental: Last | null
  updatedAt: string
  updatedBy: string
}

interface Options {
  json?: true
}

interface SetOptions extends Options {
  cron?: string
  timeZone?: string
  incremental?: string
}

export function scheduleCommands(sync: Command, context: Context): void {
  const noun = sync.command('schedule').description('When a connection is synced by itself.')
  noun
    .command('show')
    .description('The schedule, its next three times and what became of the last one.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie sync schedule show Auth0\n  owlie sync schedule show Auth0 --json',
    )
    .action((name: string, options: Options) => show(context, name, options))
  noun
    .command('set')
    .description('Set it and switch it on. What is not given stays as it is.')
    .argument('<name>', 'the connection’s name')
    .option('--cron <fields>', 'minute hour day month weekday (default "0 3 * * *")')
    .option('--time-zone <zone>', 'IANA name (default: that of this computer)')
    .option('--incremental <minutes>', 'follow changes this often in between; "off" for full runs only')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie sync schedule set Auth0 --cron "0 3 * * *" --time-zone Europe/Berlin\n  owlie sync schedule set Auth0 --incremental 15',
    )
    .action((name: string, options: SetOptions) => set(context, name, options))
  noun
    .command('off')
    .description('Start nothing by itself any more. The settings stay.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie sync schedule off Auth0\n  owlie sync schedule off Auth0 --json',
    )
    .action((name: string, options: Options) => off(context, name, options))
}

async function scheduleOf(
  api: Api,
  name: string,
): Promise<{ id: string; schedule: Schedule | null; incrementalObstacle: Failure | null }> {
  const sent = await api.send<{
    connection: { id: string; schedule: Schedule | null; incrementalObstacle: Failure | null } | null
  }>(SHOW_SCHEDULE, { name })
  if (!sent.connection) await connectionNamed(api, name)
  return sent.connection!
}

async function show(context: Context, name: string, options: Options): Promise<void> {
  const { schedule, incrementalObstacle } = await scheduleOf(context.api(), name)
  if (options.json) return json(schedule && { ...schedule, incrementalObstacle })
  if (!schedule) return say(`${plain(name)} has no schedule. Set one with: owlie sync schedule set ${name}`)
  tell(schedule, incrementalObstacle)
}

async function set(context: Context, name: string, options: SetOptions): Promise<void> {
  const api = context.api()
  const { id, schedule: before, incrementalObstacle } = await scheduleOf(api, name)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const schedule = {
    enabled: true,
    cron: options.cron ?? before?.cron ?? '0 3 * * *',
    timeZone: options.timeZone ?? before?.timeZone ?? zone,
    incrementalMinutes:
      options.incremental === undefined ? (before?.incrementalMinutes ?? null) : minutes(options.incremental),
  }
  const sent = await api.send<{ setSchedule: Schedule }>(SET_SCHEDULE, { id, schedule })
  const saved = accepted(sent.setSchedule)
  if (options.json) return json({ ...saved, incrementalObstacle })
  say(`${green('✓')} Schedule of ${plain(name)} set.`)
  tell(saved, incrementalObstacle)
}

async function off(context: Context, name: string, options: Options): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const sent = await api.send<{ switchScheduleOff: Schedule }>(SCHEDULE_OFF, { id })
  const saved = accepted(sent.switchScheduleOff)
  if (options.json) return json(saved)
  say(`${green('✓')} ${plain(name)} is no longer synced by itself.`)
}

function minutes(text: string): number | null {
  if (text === 'off') return null
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value)) return value
  throw refuse(
    'config',
    'sync.bad_incremental',
    `--incremental takes a number of minutes or off, not ${JSON.stringify(text)}.`,
    'For example: --incremental 15',
  )
}

function tell(schedule: Schedule, obstacle: Failure | null): void {
  const { enabled, cron, timeZone, next, incrementalMinutes } = schedule
  say(`${bold(enabled ? 'on' : 'off')}  ${plain(cron)}  ${plain(timeZone)}`)
  for (const at of next) say(`  ${local(at, timeZone)}  ${dim(at)}`)
  if (incrementalMinutes !== null) {
    say(`Incremental every ${incrementalMinutes} min in between.`)
    if (obstacle) say(`${yellow('!')} ${plain(obstacle.message)} ${plain(obstacle.remedy)}`)
  }
  for (const [what, last] of [
    ['Last full run', schedule.lastFull],
    ['Last incremental run', schedule.lastIncremental],
  ] as const)
    if (last) say(`${what}: ${last.at} ${last.outcome}${last.reason ? `: ${plain(last.reason)}` : ''}`)
}

function local(at: string, timeZone: string): string {
  return new Date(at).toLocaleString('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'short' })
}
