import type { Command } from 'commander'
import { FAILURE, accepted } from '../api.ts'
import { runOnHost } from '../host-command.ts'
import type { Context } from '../program.ts'
import { bold, green, json, plain, say, table, yellow } from '../talk.ts'

interface ApiKey {
  id: string
  name: string
  start: string
  scopes: string[]
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
}

const KEY = 'id name start scopes createdAt expiresAt lastUsedAt'
export const KEYS = `query Keys { apiKeys { ${KEY} } }`
export const CREATE_KEY = `mutation CreateKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    ... on CreatedApiKey { key apiKey { ${KEY} } } ... on Refusal { failures { ${FAILURE} } } } }`
export const REVOKE_KEY = `mutation RevokeKey($id: ID!) {
  revokeApiKey(id: $id) { ... on Deleted { id } ... on Refusal { failures { ${FAILURE} } } } }`

interface CreateOptions {
  name: string
  scopes: string
  expiresInDays?: string
  local?: true
  json?: true
}

export function apiKeyCommands(root: Command, context: Context): void {
  const noun = root
    .command('api-key')
    .description('Keys for automation; one per use, with only the scopes it needs.')
  noun
    .command('create')
    .description('Make a key. It is shown this one time.')
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption(
      '--scopes <scopes>',
      'space-delimited, e.g. "connections:read sync:run"; "*" for everything',
    )
    .option('--expires-in-days <days>', 'days until it stops working')
    .option('--local', 'on the server’s host, without a session: works on OWLIE_DATA_DIR or DATABASE_URL')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  owlie api-key create --local --name ci --scopes "*"\n' +
        '  owlie api-key create --name export --scopes "connections:read inventory:read" --expires-in-days 90 --json',
    )
    .action((options: CreateOptions) =>
      options.local ? createHere(context, options) : create(context, options),
    )
  noun
    .command('list')
    .description('All keys: name, first characters, scopes, last use.')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie api-key list\n  owlie api-key list --json')
    .action((options: { json?: true }) => list(context, options))
  noun
    .command('revoke')
    .description('Revoke a key; it stops working at once.')
    .argument('<id>', 'the key’s id, from `owlie api-key list`')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  owlie api-key revoke KEY_ID\n  owlie api-key revoke KEY_ID --json')
    .action(async (id: string, options: { json?: true }) => {
      const sent = await context.api().send<{ revokeApiKey: { id: string } }>(REVOKE_KEY, { id })
      const revoked = accepted(sent.revokeApiKey)
      if (options.json) json(revoked)
      else say(`${green('✓')} Revoked.`)
    })
}

async function create(context: Context, options: CreateOptions): Promise<void> {
  const input = {
    name: options.name,
    scopes: options.scopes.split(/\s+/).filter((scope) => scope !== ''),
    expiresInDays: options.expiresInDays === undefined ? null : Number(options.expiresInDays),
  }
  const sent = await context
    .api()
    .send<{ createApiKey: { key: string; apiKey: ApiKey } }>(CREATE_KEY, { input })
  const created = accepted(sent.createApiKey)
  if (options.json) return json(created)
  say(`${green('✓')} Made ${bold(plain(created.apiKey.name))}. ${yellow('It is shown only now:')}`)
  process.stdout.write(`${created.key}\n`)
}

function createHere(context: Context, options: CreateOptions): Promise<void> {
  const args = ['api-key', 'create', '--name', options.name, '--scopes', options.scopes]
  if (options.expiresInDays !== undefined) args.push('--expires-in-days', options.expiresInDays)
  if (options.json) args.push('--json')
  return runOnHost(context, args)
}

async function list(context: Context, options: { json?: true }): Promise<void> {
  const { apiKeys } = await context.api().send<{ apiKeys: ApiKey[] }>(KEYS)
  if (options.json) return json(apiKeys)
  if (apiKeys.length === 0) return say('No API keys yet.')
  table(
    ['ID', 'NAME', 'KEY', 'SCOPES', 'LAST USED', 'EXPIRES'],
    apiKeys.map((key) => [
      key.id,
      key.name,
      `${key.start}…`,
      key.scopes.join(' '),
      key.lastUsedAt ?? 'never',
      key.expiresAt ?? 'never',
    ]),
  )
}
