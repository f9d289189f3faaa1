import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { exitCodeOf, exitCodes, refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { patient } from '../patience.ts'
import { SYNC_RUN, count, hasEnded, kindLine, progressLine, syncReport, type SyncRun } from '../sync-run.ts'
import { bold, dim, green, json, plain, red, say, sayFailure, table, yellow } from '../talk.ts'
import { connectionNamed } from './connection.ts'
import { forecastCommand } from './sync-forecast.ts'
import { scheduleCommands } from './sync-schedule.ts'

export const START = `mutation StartSync($id: ID!, $mode: SyncMode) {
  startSync(connectionId: $id, mode: $mode) { ... on SyncRun { ${SYNC_RUN} } ... on Refusal { failures { ${FAILURE} } } } }`
export const RUN = `query Run($id: ID!) { syncRun(id: $id) { ${SYNC_RUN} } }`
export const RUNS = `query Runs($name: String!, $first: Int, $after: String) {
  connection(name: $name) { id runs(first: $first, after: $after) { next nodes { ${SYNC_RUN} } } } }`
export const ACTIVE = `query Active($name: String!) {
  connection(name: $name) { id activeRun { ${SYNC_RUN} } lastRun { ${SYNC_RUN} } } }`
export const STATEMENT = `query Statement($id: ID!) { syncRun(id: $id) { id status statement { json text hash } } }`
export const CANCEL = `mutation CancelSync($id: ID!) {
  cancelSync(runId: $id) { ... on SyncRun { ${SYNC_RUN} } ... on Refusal { failures { ${FAILURE} } } } }`
export const PAUSE = `mutation PauseSync($id: ID!) {
  pauseSync(runId: $id) { ... on SyncRun { ${SYNC_RUN} } ... on Refusal { failures { ${FAILURE} } } } }`
export const RESUME = `mutation ResumeSync($id: ID!) {
  resumeSync(runId: $id) { ... on SyncRun { ${SYNC_RUN} } ... on Refusal { failures { ${FAILURE} } } } }`

interface JsonOption {
  json?: true
}

interface RunOptions extends JsonOption {
  wait?: true
  incremental?: true
}

export function syncCommands(root: Command, context: Context): void {
  const noun = root
    .command('sync')
    .description('Read what is there now: users, roles, organizations, memberships.')
  noun
    .command('run')
    .description('Start a sync run.')
    .argument('<name>', 'the connection’s name')
    .option('--wait', 'stay until it has ended, and end with its result')
    .option('--incremental', 'read only what the target says has changed since the last run')
    .option('--json', 'the run as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie sync run Auth0 --wait\n  owlie sync run Auth0 --wait --json > run.json',
    )
    .action((name: string, options: RunOptions) => run(context, name, options))
  noun
    .command('watch')
    .description('Follow the run that is going on, or show the last one.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'the run as JSON on stdout when it has ended')
    .addHelpText('after', '\nExamples:\n  owlie sync watch Auth0\n  owlie sync watch Auth0 --json')
    .action((name: string, options: JsonOption) => watch(context, name, options))
  noun
    .command('list')
    .description('The last runs of a connection.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie sync list Auth0\n  owlie sync list Auth0 --json')
    .action((name: string, options: JsonOption) => list(context, name, options))
  noun
    .command('show')
    .description('One run: how each kind ended, requests spent, first failure.')
    .argument('<run>', 'the run’s id, from `owlie sync list`')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie sync show RUN_ID\n  owlie sync show RUN_ID --json')
    .action(async (id: string, options: JsonOption) =>
      conclude(context, await runById(context.api(), id), options),
    )
  noun
    .command('statement')
    .description('What an ended run is worth as evidence: kind by kind, how it is known that all was read.')
    .argument('<run>', 'the run’s id, from `owlie sync list`')
    .option('--json', 'as JSON on stdout: {statement, hash}')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie sync statement RUN_ID > statement.md\n  owlie sync statement RUN_ID --json > statement.json',
    )
    .action((id: string, options: JsonOption) => statement(context, id, options))
  for (const change of changes) {
    noun
      .command(change.verb)
      .description(change.description)
      .argument('<name>', 'the connection’s name')
      .option('--json', 'the run as JSON on stdout')
      .addHelpText(
        'after',
        `\nExamples:\n  owlie sync ${change.verb} Auth0\n  owlie sync ${change.verb} Auth0 --json`,
      )
      .action((name: string, options: JsonOption) => changeRun(context, change, name, options))
  }
  scheduleCommands(noun, context)
  forecastCommand(noun, context)
}

/** What can be done with the run that is going on. */
interface Change {
  readonly verb: 'cancel' | 'pause' | 'resume'
  readonly description: string
  readonly document: string
  readonly done: (id: string) => string
}

const changes: readonly Change[] = [
  {
    verb: 'pause',
    description: 'Pause the run that is going on, after the page in flight. Nothing it has read is lost.',
    document: PAUSE,
    done: (id) => `Paused run ${id}. Let it go on with: owlie sync resume NAME`,
  },
  {
    verb: 'resume',
    description: 'Let a paused run go on from where it was.',
    document: RESUME,
    done: (id) => `Run ${id} goes on.`,
  },
  {
    verb: 'cancel',
    description: 'Cancel the run that is going on. What it has read stays; nothing is marked stale.',
    document: CANCEL,
    done: (id) => `Cancelled run ${id}. What it had read stays; nothing was marked stale.`,
  },
]

async function run(context: Context, name: string, options: RunOptions): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const sent = await api.send<{ startSync: SyncRun }>(START, {
    id,
    mode: options.incremental ? 'incremental' : 'full',
  })
  const started = accepted(sent.startSync)
  if (options.wait) return conclude(context, await follow(context, started, !options.json), options)
  if (options.json) return json(syncReport(started))
  say(`${green('✓')} Run ${started.id} started. Follow it with: owlie sync watch ${JSON.stringify(name)}`)
}

async function watch(context: Context, name: string, options: JsonOption): Promise<void> {
  const { activeRun, lastRun } = await runsNow(context.api(), name)
  const current = activeRun ?? lastRun
  if (current) return conclude(context, await follow(context, current, !options.json), options)
  throw refuse(
    'missing',
    'sync.no_run',
    `${name} has never been synced.`,
    `Start with: owlie sync run ${name} --wait`,
  )
}

async function changeRun(
  context: Context,
  { verb, document, done }: Change,
  name: string,
  options: JsonOption,
): Promise<void> {
  const { activeRun } = await runsNow(context.api(), name)
  if (!activeRun) {
    throw refuse(
      'missing',
      'sync.no_active_run',
      `No run of ${name} is going on.`,
      `There is nothing to ${verb}.`,
    )
  }
  const sent = await context.api().send<Record<string, SyncRun>>(document, { id: activeRun.id })
  const changed = accepted(sent[`${verb}Sync`]!)
  if (options.json) json(syncReport(changed))
  else say(`${green('✓')} ${done(changed.id)}`)
}

async function list(context: Context, name: string, options: JsonOption): Promise<void> {
  const sent = await context
    .api()
    .send<{ connection: { runs: { nodes: SyncRun[] } } | null }>(RUNS, { name, first: 20, after: null })
  if (!sent.connection) await connectionNamed(context.api(), name)
  const runs = sent.connection?.runs.nodes ?? []
  if (options.json) return json(runs.map(syncReport))
  if (runs.length === 0) return say(`${plain(name)} has never been synced.`)
  table(
    ['RUN', 'STARTED', 'MODE', 'STATUS', 'REQUESTS', 'READ', 'NEW', 'CHANGED', 'STALE'],
    runs.map((one) => [
      one.id,
      one.startedAt,
      one.mode,
      one.status,
      String(one.requests.total),
      ...(['read', 'created', 'changed', 'stale'] as const).map((figure) =>
        String(one.kinds.reduce((sum, kind) => sum + kind[figure], 0)),
      ),
    ]),
  )
}

async function statement(context: Context, id: string, options: JsonOption): Promise<void> {
  const { syncRun } = await context.api().send<{
    syncRun: { status: string; statement: { json: string; text: string; hash: string } | null } | null
  }>(STATEMENT, { id })
  if (!syncRun) await runById(context.api(), id)
  const stated = syncRun?.statement
  if (!stated)
    throw refuse(
      'conflict',
      'sync.no_statement',
      `Run ${id} has no statement: it is ${syncRun?.status ?? 'unknown'}.`,
      'A statement is written when a run ends. Follow the run with: owlie sync show RUN_ID',
    )
  if (options.json) return json({ statement: JSON.parse(stated.json) as unknown, hash: stated.hash })
  process.stdout.write(stated.text)
}

/** Polls until the run has ended; draws in place on a terminal, else says each kind once it has ended. */
async function follow(context: Context, first: SyncRun, talk: boolean): Promise<SyncRun> {
  const live = talk && Boolean(process.stderr.isTTY)
  const saidKinds = new Set<string>()
  let drawn = 0
  let current = first
  const asking = patient(context.api(), context.signal, `owlie sync show ${first.id}`)
  for (;;) {
    if (hasEnded(current)) {
      if (live) wipe(drawn)
      return current
    }
    if (live) drawn = redraw(current, drawn)
    else if (talk) sayReadKinds(current, saidKinds)
    try {
      await sleep(500, undefined, { signal: context.signal })
    } catch {
      if (talk) say(dim(`The run goes on without you: owlie sync show ${current.id}`))
      throw context.signal.reason
    }
    current = await runById(asking, first.id)
  }
}

function redraw(current: SyncRun, drawn: number): number {
  const lines = [...current.kinds.map(kindLine), dim(progressLine(current, Date.now()))]
  const up = drawn > 0 ? `\u001b[${drawn}A` : ''
  process.stderr.write(up + lines.map((line) => `\u001b[2K${line}\n`).join(''))
  return lines.length
}

function wipe(drawn: number): void {
  if (drawn > 0) process.stderr.write(`\u001b[${drawn}A\u001b[0J`)
}

/** How far it is, and no more: what a kind's end is worth is decided when all were read, and said then. */
function sayReadKinds(current: SyncRun, said: Set<string>): void {
  for (const kind of current.kinds) {
    if (kind.end === null || said.has(kind.name)) continue
    said.add(kind.name)
    say(dim(`${plain(kind.label)}: ${count(kind.read)} read`))
  }
}

function conclude(context: Context, ended: SyncRun, options: JsonOption): void {
  if (options.json) json(syncReport(ended))
  else sayOutcome(ended)
  if (!hasEnded(ended) || ended.status === 'complete') return
  if (ended.status === 'cancelled') return context.ends(exitCodes.cancelled)
  const failures = [ended.failure, ...ended.kinds.map((kind) => kind.failure)].filter(
    (failure) => failure !== null,
  )
  context.ends(failures.length > 0 ? exitCodeOf(failures) : exitCodes.failed)
}

function sayOutcome(ended: SyncRun): void {
  for (const { at, fromPage } of ended.resumptions)
    say(dim(`Continued from page ${fromPage} after a restart (${at}).`))
  for (const kind of ended.kinds) say(kindLine(kind))
  for (const kind of ended.kinds) {
    if (kind.end === 'complete' || kind.end === null) continue
    say(`${yellow('!')} ${bold(plain(kind.label))} ${kind.end}: ${plain(kind.reason ?? '')}`)
    if (kind.failure) say(`  ${plain(kind.failure.remedy)}`)
  }
  if (ended.failure) sayFailure(ended.failure)
  const sign = ended.status === 'complete' ? green('✓') : ended.status === 'failed' ? red('✗') : yellow('!')
  say(`${sign} ${bold(ended.status)} · ${progressLine({ ...ended, eta: null, waiting: null }, Date.now())}`)
}

async function runById(api: Api, id: string): Promise<SyncRun> {
  const { syncRun } = await api.send<{ syncRun: SyncRun | null }>(RUN, { id })
  if (syncRun) return syncRun
  throw refuse(
    'missing',
    'sync.not_found',
    `There is no run ${id}.`,
    'See `owlie sync list NAME` for the runs.',
  )
}

async function runsNow(
  api: Api,
  name: string,
): Promise<{ activeRun: SyncRun | null; lastRun: SyncRun | null }> {
  const sent = await api.send<{ connection: { activeRun: SyncRun | null; lastRun: SyncRun | null } | null }>(
    ACTIVE,
    {
      name,
    },
  )
  if (!sent.connection) await connectionNamed(api, name)
  return sent.connection ?? { activeRun: null, lastRun: null }
}
