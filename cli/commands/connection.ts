import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { FAILURE, accepted, type Api } from '../api.ts'
import { exitCodeOf, exitCodes, refuse, type Failure } from '../exit.ts'
import type { Context } from '../program.ts'
import { secretOf, secretOptions, type SecretOptions } from '../secret-input.ts'
import { bold, dim, green, json, plain, red, say, sayFailure, table, yellow } from '../talk.ts'
import { connectionEditCommand, type RateFlags, rateInput, rateOptions } from './connection-edit.ts'

export interface Connection {
  id: string
  name: string
  state: string
  stateReason: string | null
  connector: { name: string }
  config: { name: string; value: string }[]
  lastRun: { status: string; finishedAt: string | null } | null
  counts: { kind: string; present: number; stale: number }[]
}

interface Check {
  name: string
  label: string
  status: string
  sentence: string
  durationMs: number | null
  failure: Failure | null
}

export interface Test {
  id: string
  status: string
  summary: string
  grantedScopes: string[] | null
  checks: Check[]
}

const CONNECTION = `id name state stateReason connector { name } config { name value }
  lastRun { status finishedAt } counts { kind present stale }`
export const TEST = `id status summary grantedScopes checks { name label status sentence durationMs failure { ${FAILURE} } }`

export const LIST = `query Connections { connections { ${CONNECTION} } }`
export const SHOW = `query Connection($name: String!) { connection(name: $name) { ${CONNECTION} } }`
export const CREATE = `mutation Create($input: CreateConnectionInput!) {
  createConnection(input: $input) { ... on Connection { ${CONNECTION} } ... on Refusal { failures { ${FAILURE} } } } }`
export const DELETE = `mutation Delete($id: ID!, $name: String!) {
  deleteConnection(id: $id, confirmName: $name) { ... on Deleted { id } ... on Refusal { failures { ${FAILURE} } } } }`
export const START_TEST = `mutation Test($input: TestConnectionInput!) {
  testConnection(input: $input) { ... on ConnectionTest { ${TEST} } ... on Refusal { failures { ${FAILURE} } } } }`
export const READ_TEST = `query TestState($id: ID!) { connectionTest(id: $id) { ${TEST} } }`

/** @returns the noun, for the verbs in the files beside this one. */
export function connectionCommands(root: Command, context: Context): Command {
  const noun = root.command('connection').description('A configured, credentialed use of a connector.')
  createCommand(noun, context)
  connectionEditCommand(noun, context)
  noun
    .command('test')
    .description('Run the connection test: named checks, each with what to do.')
    .argument('<name>', 'the connection’s name')
    .option('--json', 'the report as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie connection test Auth0\n  owlie connection test Auth0 --json')
    .action((name: string, options: { json?: true }) => test(context, name, options))
  noun
    .command('list')
    .description('All connections with their state and last sync.')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie connection list\n  owlie connection list --json')
    .action((options: { json?: true }) => list(context, options))
  noun
    .command('delete')
    .description('Delete a connection with everything that was read through it.')
    .argument('<name>', 'the connection’s name')
    .requiredOption('--confirm <name>', 'the name once more')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection delete Old --confirm Old\n  owlie connection delete Old --confirm Old --json',
    )
    .action(async (name: string, options: { confirm: string; json?: true }) => {
      const { id } = await connectionNamed(context.api(), name)
      const sent = await context
        .api()
        .send<{ deleteConnection: { id: string } }>(DELETE, { id, name: options.confirm })
      const deleted = accepted(sent.deleteConnection)
      if (options.json) json(deleted)
      else say(`${green('✓')} Deleted ${bold(plain(name))}.`)
    })
  return noun
}

interface CreateOptions extends SecretOptions, RateFlags {
  name: string
  domain: string
  clientId: string
  scopes: string
  key?: string
  json?: true
}

function createCommand(noun: Command, context: Context): void {
  rateOptions(secretOptions(noun.command('create')))
    .description('Save a connection. The secret comes from standard input or a file, never as an option.')
    .argument('<connector>', 'auth0')
    .requiredOption('--name <name>', 'what Owlie calls this connection')
    .requiredOption('--domain <domain>', 'Auth0 Domain, bare, e.g. tenant.us.auth0.com')
    .requiredOption('--client-id <id>', 'Client ID of the Machine to Machine application')
    .requiredOption('--scopes <scopes>', 'space-delimited Management API scopes')
    .option('--key <id>', 'no secret: the key pair that `connection key create` made')
    .option('--json', 'the connection as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  owlie connection create auth0 --name Auth0 --domain tenant.us.auth0.com --client-id abc \\\n' +
        '    --scopes "read:users read:roles read:organizations read:organization_members" --secret-stdin < secret.txt\n' +
        '  pass show auth0 | owlie connection create auth0 --name Auth0 --domain tenant.us.auth0.com --client-id abc \\\n' +
        '    --scopes "read:users read:roles" --secret-stdin --json',
    )
    .action((connector: string, options: CreateOptions) => create(context, connector, options))
}

async function create(context: Context, connector: string, options: CreateOptions): Promise<void> {
  const credential =
    options.key === undefined
      ? { secrets: [{ name: 'clientSecret', value: await secretOf(options) }] }
      : { secrets: [], keyId: options.key }
  const config = [
    { name: 'domain', value: options.domain },
    { name: 'clientId', value: options.clientId },
    { name: 'scopes', value: options.scopes },
  ]
  const input = { connector, name: options.name, config, ...credential, ...rateInput(options) }
  const sent = await context.api().send<{ createConnection: Connection }>(CREATE, { input })
  const connection = accepted(sent.createConnection)
  if (options.json) return json(connection)
  say(`${green('✓')} Saved ${bold(plain(connection.name))} (${connection.state}).`)
  if (connection.stateReason) say(`  ${plain(connection.stateReason)}`)
  say(`  Next: owlie connection test ${JSON.stringify(connection.name)}`)
}

async function test(context: Context, name: string, options: { json?: true }): Promise<void> {
  const api = context.api()
  const { id } = await connectionNamed(api, name)
  const sent = await api.send<{ testConnection: Test }>(START_TEST, { input: { connectionId: id } })
  await follow(context, accepted(sent.testConnection), options)
}

/** Tells each row of a test as it ends, then the result; its failures decide the exit code. */
export async function follow(context: Context, started: Test, options: { json?: true }): Promise<void> {
  const report = await watch(context, started, !options.json)
  if (options.json) json(report)
  else say(`${mark(report.status)} ${bold(plain(report.summary))}`)
  const failures = report.checks.flatMap((check) =>
    check.status === 'failed' && check.failure ? [check.failure] : [],
  )
  if (report.status === 'failed') context.ends(exitCodeOf(failures))
  if (report.status === 'cancelled') context.ends(exitCodes.cancelled)
}

async function watch(context: Context, started: Test, talk: boolean): Promise<Test> {
  const api = context.api()
  let said = 0
  let report = started
  for (;;) {
    const ended = report.status !== 'running'
    const rows = ended ? report.checks : report.checks.filter((check) => check.status !== 'running')
    if (talk) for (const check of rows.slice(said)) sayCheck(check)
    said = Math.max(said, rows.length)
    if (ended) return report
    try {
      await sleep(200, undefined, { signal: context.signal })
    } catch {
      throw context.signal.reason
    }
    const read = await api.send<{ connectionTest: Test | null }>(READ_TEST, { id: started.id })
    if (read.connectionTest) report = read.connectionTest
  }
}

function mark(status: string): string {
  if (status === 'passed') return green('✓')
  if (status === 'warning') return yellow('!')
  if (status === 'failed') return red('✗')
  return dim('–')
}

function sayCheck(check: Check): void {
  const time = check.durationMs === null ? '' : dim(` ${check.durationMs} ms`)
  if (check.status === 'failed' && check.failure) {
    say(`${mark(check.status)} ${bold(plain(check.label))}${time}`)
    sayFailure(check.failure)
    return
  }
  say(`${mark(check.status)} ${bold(plain(check.label))}${time}  ${plain(check.sentence)}`)
  if (check.failure) say(dim(`  ${plain(check.failure.remedy)}`))
}

async function list(context: Context, options: { json?: true }): Promise<void> {
  const { connections } = await context.api().send<{ connections: Connection[] }>(LIST)
  if (options.json) return json(connections)
  if (connections.length === 0) return say('No connections yet. Next: owlie connection create auth0 --help')
  table(
    ['NAME', 'CONNECTOR', 'STATE', 'LAST SYNC', 'ACCOUNTS'],
    connections.map((connection) => [
      connection.name,
      connection.connector.name,
      connection.state,
      connection.lastRun
        ? `${connection.lastRun.status} ${connection.lastRun.finishedAt ?? ''}`.trim()
        : 'never',
      String(connection.counts.find((count) => count.kind === 'users')?.present ?? 0),
    ]),
  )
}

/** The connection of that name; exit code 6 when there is none. */
export async function connectionNamed(api: Api, name: string): Promise<Connection> {
  const { connection } = await api.send<{ connection: Connection | null }>(SHOW, { name })
  if (connection) return connection
  const remedy = 'See `owlie connection list` for the names there are.'
  throw refuse(
    'missing',
    'connection.not_found',
    `There is no connection called ${JSON.stringify(name)}.`,
    remedy,
  )
}
