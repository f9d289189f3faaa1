import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Api } from '../api.ts'
import { refuse } from '../exit.ts'
import type { Context } from '../program.ts'
import { bold, dim, green, json, plain, red, say, yellow } from '../talk.ts'

interface Advice {
  entered: string[]
  unknown: { scope: string; nearest: string | null }[]
  neverNeeded: string[]
  dangerous: { scope: string; reason: string }[]
  capabilities: { name: string; enabled: boolean; missing: string[] }[]
  minimal: string[]
  missing: string[]
  leastPrivilege: {
    score: number
    sentence: string
    beyond: { scope: string; danger: string; reason: string }[]
  } | null
}

interface Snippet {
  format: string
  label: string
  file: string
  text: string
  note: string
}

interface Saved {
  connector: { name: string }
  config: { name: string; value: string }[]
  lastTest: { grantedScopes: string[] | null } | null
}

export const SCOPES = `query Scopes($connector: String!, $scopes: String!, $wanted: [String!]) {
  scopeAdvice(connector: $connector, scopes: $scopes, wanted: $wanted) {
    entered unknown { scope nearest } neverNeeded dangerous { scope reason }
    capabilities { name enabled missing } minimal missing
    leastPrivilege { score sentence beyond { scope danger reason } } } }`
export const SCOPES_OF = `query ScopesOf($name: String!) {
  connection(name: $name) { connector { name } config { name value } lastTest { grantedScopes } } }`
export const SNIPPETS = `query Snippets($connector: String!, $capabilities: [String!], $scopes: String,
  $domain: String, $authentication: ApplicationAuthentication, $publicKey: String) {
  setupSnippets(connector: $connector, capabilities: $capabilities, scopes: $scopes, domain: $domain,
    authentication: $authentication, publicKey: $publicKey) { format label file text note } }`

export function connectionScopeCommands(noun: Command, context: Context): void {
  noun
    .command('scopes')
    .description('What scopes mean: of a connection, of a list, or the exact minimum for capabilities.')
    .argument('[name]', 'a saved connection: what is entered, and what its last test found granted')
    .option('--connector <connector>', 'without a connection', 'auth0')
    .option('--scopes <scopes>', 'judge this space-delimited list instead')
    .option('--capabilities <names>', 'comma-separated: prints the exact minimal scopes for them on stdout')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie connection scopes Auth0\n' +
        '  owlie connection scopes --capabilities read_users,read_role_members,assign_roles --json',
    )
    .action((name: string | undefined, options: ScopesOptions) => scopes(context, name, options))
  noun
    .command('snippet')
    .description('Ready text for another tool that makes the application with exactly the minimal scopes.')
    .argument('<connector>', 'auth0')
    .requiredOption('--format <format>', 'terraform, auth0-cli or deploy-cli')
    .option('--capabilities <names>', 'comma-separated, e.g. read_users,assign_roles')
    .option('--scopes <scopes>', 'instead: what these space-delimited scopes enable')
    .option('--domain <domain>', 'Auth0 Domain, bare', '')
    .option(
      '--public-key <path>',
      'a key pair instead of a secret: the PEM file `connection key create` printed',
    )
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  owlie connection snippet auth0 --capabilities read_users,read_roles --domain tenant.us.auth0.com --format terraform > owlie.tf\n' +
        '  owlie connection snippet auth0 --scopes "read:users read:roles" --format auth0-cli --public-key owlie.pem --json',
    )
    .action((connector: string, options: SnippetOptions) => snippet(context, connector, options))
}

interface ScopesOptions {
  connector: string
  scopes?: string
  capabilities?: string
  json?: true
}

async function scopes(context: Context, name: string | undefined, options: ScopesOptions): Promise<void> {
  const api = context.api()
  const wanted = options.capabilities?.split(',').map((each) => each.trim())
  if (name === undefined) {
    if (options.scopes === undefined && !wanted)
      throw refuse(
        'config',
        'cli.nothing_to_judge',
        'Neither a connection nor scopes nor capabilities were named.',
        'Name a connection, or give --scopes or --capabilities.',
      )
    const advice = await advise(api, options.connector, options.scopes ?? '', wanted)
    if (options.json) return json(advice)
    if (options.scopes !== undefined) return sayAdvice(advice)
    process.stdout.write(`${advice.minimal.join(' ')}\n`)
    return
  }
  const { connection } = await api.send<{ connection: Saved | null }>(SCOPES_OF, { name })
  if (!connection) {
    const message = `There is no connection called ${JSON.stringify(name)}.`
    throw refuse('missing', 'connection.not_found', message, 'See `owlie connection list`.')
  }
  const entered = connection.config.find((entry) => entry.name === 'scopes')?.value ?? ''
  const connector = connection.connector.name
  const advice = await advise(api, connector, options.scopes ?? entered, wanted)
  const granted = connection.lastTest?.grantedScopes ?? null
  // What is granted is judged by what the entered scopes are for.
  const goal = wanted ?? advice.capabilities.filter(({ enabled }) => enabled).map((each) => each.name)
  const real = granted === null ? null : await advise(api, connector, granted.join(' '), goal)
  if (options.json) return json({ entered: advice, granted: real })
  say(bold('Entered'))
  sayAdvice(advice)
  say(bold('Granted, as the last test found it'))
  if (real) sayAdvice(real)
  else say(dim(`  Not known yet: owlie connection test ${JSON.stringify(name)}`))
}

async function advise(api: Api, connector: string, text: string, wanted?: string[]): Promise<Advice> {
  const variables = { connector, scopes: text, wanted: wanted ?? null }
  return (await api.send<{ scopeAdvice: Advice }>(SCOPES, variables)).scopeAdvice
}

function sayAdvice(advice: Advice): void {
  const on = advice.capabilities.filter(({ enabled }) => enabled).length
  say(`  ${advice.entered.length} scopes; ${on} of ${advice.capabilities.length} capabilities work.`)
  const { leastPrivilege } = advice
  if (leastPrivilege) {
    const mark = leastPrivilege.score === 100 ? green('✓') : yellow('!')
    say(`  ${mark} Least privilege: ${plain(leastPrivilege.sentence)}`)
    for (const { scope, danger, reason } of leastPrivilege.beyond)
      say(`    ${plain(scope)} ${dim(`(${danger})`)} ${plain(reason)}`)
  }
  for (const { scope, nearest } of advice.unknown)
    say(`  ${red('✗')} ${plain(scope)} is unknown.${nearest ? ` Did you mean ${nearest}?` : ''}`)
  if (advice.missing.length > 0) say(`  ${red('✗')} Missing: ${advice.missing.join(' ')}`)
  for (const { name, enabled, missing } of advice.capabilities)
    if (!enabled) say(dim(`  – ${name} needs ${missing.join(' ')}`))
}

interface SnippetOptions {
  format: string
  capabilities?: string
  scopes?: string
  domain: string
  publicKey?: string
  json?: true
}

async function snippet(context: Context, connector: string, options: SnippetOptions): Promise<void> {
  if (options.capabilities === undefined && options.scopes === undefined)
    throw refuse(
      'config',
      'cli.no_capabilities',
      'What the application shall be allowed is not said.',
      'Give --capabilities or --scopes.',
    )
  const { setupSnippets } = await context.api().send<{ setupSnippets: Snippet[] }>(SNIPPETS, {
    connector,
    capabilities: options.capabilities?.split(',').map((each) => each.trim()) ?? null,
    scopes: options.scopes ?? '',
    domain: options.domain,
    authentication: options.publicKey === undefined ? 'secret' : 'key',
    publicKey: options.publicKey === undefined ? null : await readText(options.publicKey),
  })
  const found = setupSnippets.find(({ format }) => format === options.format)
  if (!found) {
    const known = setupSnippets.map(({ format }) => format).join(', ')
    throw refuse('config', 'cli.snippet_format', 'There is no such format.', `Use one of: ${known}.`)
  }
  if (options.json) return json(found)
  say(dim(plain(found.note)))
  process.stdout.write(found.text)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw refuse(
      'config',
      'cli.public_key_file',
      `Cannot read ${path}.`,
      'Check the path and its permissions.',
    )
  }
}
